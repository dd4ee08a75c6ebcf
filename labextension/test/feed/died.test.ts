import { describe, expect, it } from 'vitest';

import { reportOfDied } from '../../src/feed/died';
import { Run } from '../../src/feed/run';
import { parseReport } from '../../src/record/savedreport';
import { begin, samples } from '../live_messages';

const domain = { ...begin().domains[0], resolution_s: 0.1 };

/** A run at 10 W of which the kernel has told so many seconds. */
function runOf(seconds: number): Run {
  const run = new Run(begin({ domains: [domain] }));
  run.take(begin({ domains: [domain] }));
  for (let second = 1; second <= seconds; second++) {
    run.take({ ...samples(second), domains: [domain] });
  }
  return run;
}

describe('the report of a run whose kernel went away', () => {
  it('is one that every reader takes, with the joules until then', () => {
    const report = reportOfDied(runOf(5));

    expect(parseReport(report)).toEqual(report);
    expect(report).toMatchObject({
      status: 'died',
      energy_j: 50,
      duration_s: 5,
      mean_power_w: 10,
      peak_power_w: 12,
      provenance: 'counter',
      trace: { t_s: [1, 2, 3, 4, 5] },
      meter: { interval_s: 1 }
    });
  });

  it('leaves open a refresh at each edge', () => {
    expect(reportOfDied(runOf(5))?.uncertainty_j).toBeCloseTo(Math.SQRT2);
  });

  it('has a curve of few points, whatever the length', () => {
    const report = reportOfDied(runOf(1000));

    expect(parseReport(report)).toEqual(report);
    expect(report?.trace.t_s.length).toBeLessThanOrEqual(240);
  });

  it('is none where no joules were told', () => {
    expect(reportOfDied(runOf(0))).toBeNull();
  });
});
