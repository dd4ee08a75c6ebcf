import { describe, expect, it } from 'vitest';

import cases from '../../../tests/data/cell_report_cases.json';
import { ownReport } from '../../src/model/cellrow';
import type { IReport } from '../../src/record/report';

type Reported = Pick<IReport, 'run_id' | 'cell_id' | 'duration_s'>;

describe('the own report of a cell', () => {
  it.each(cases)(
    'is the one that Python chooses: $name',
    ({ cell_id, index, ...rest }) => {
      const reports: readonly Reported[] = rest.reports;

      expect(ownReport(reports, cell_id)).toBe(reports[index]);
    }
  );

  it('is none where there are no reports', () => {
    const reports: readonly Reported[] = [];

    expect(ownReport(reports, 'cell')).toBeUndefined();
  });
});
