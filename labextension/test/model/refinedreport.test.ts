import type { ICodeCellModel } from '@jupyterlab/cells';
import { describe, expect, it } from 'vitest';

import { REPORT_MIME_TYPE } from '../../src/record/bundle';
import { type IReport } from '../../src/record/report';
import { message, now, publish, report, eachModelled } from './setup';

const given = eachModelled();

describe('a refined report', () => {
  /** The same run again, a moment later, with a narrower interval. */
  const refined = (): IReport =>
    report('a', { energy_j: 101, uncertainty_j: 0.5 });

  /** Runs the cell up to its first report, as the kernel sends it. */
  function runOnce(): ICodeCellModel {
    const cell = given.addCell('a');
    given.session.send(message('samples', 'a'));
    given.session.send(message('end', 'a', { seq: 9 }));
    publish(cell, report('a'));
    return cell;
  }

  function replaceOutput(cell: ICodeCellModel): void {
    cell.outputs.set(0, {
      output_type: 'display_data',
      data: { [REPORT_MIME_TYPE]: refined() as never },
      metadata: {}
    });
  }

  it('takes the place of the first one in the row and in the total', () => {
    const cell = runOnce();
    expect(given.rows()).toEqual([['a', 'ok', 100]]);
    const seen = new Set<string>();
    given.model.changed.connect(() => {
      seen.add(
        JSON.stringify([given.model.rows.length, given.model.total.energy_j])
      );
    });
    replaceOutput(cell);

    expect(given.rows()).toEqual([['a', 'ok', 101]]);
    expect(given.model.rows[0].uncertainty_j).toBe(0.5);
    expect(given.model.total).toMatchObject({ cells: 1, uncertainty_j: 0.5 });
    expect([...seen]).toEqual(['[1,101]']);
  });

  it('is the same whether its message or its output comes first', () => {
    const cell = runOnce();
    given.session.send(message('end', 'a', { seq: 10, report: refined() }));
    expect(given.rows()).toHaveLength(1);
    replaceOutput(cell);
    given.session.send(message('end', 'a', { seq: 10, report: refined() }));

    expect(given.rows()).toEqual([['a', 'ok', 101]]);
    expect(given.model.total).toMatchObject({ cells: 1, energy_j: 101 });
  });

  it('reaches a row whose output never came', () => {
    given.addCell('a');
    given.session.send(message('end', 'a', { seq: 9 }));
    expect(given.rows()).toEqual([['a', 'ok', 100]]);
    given.session.send(message('end', 'a', { seq: 10, report: refined() }));

    expect(given.rows()).toEqual([['a', 'ok', 101]]);
  });

  it('does not come between the figures of the next run', () => {
    runOnce();
    given.session.send(message('begin', 'a', { run_id: 'next' }));
    given.session.send(
      message('samples', 'a', { run_id: 'next', now: now(1, 7) })
    );
    given.session.send(message('end', 'a', { seq: 10, report: refined() }));

    expect(given.rows()).toEqual([['a', 'running', 7]]);
  });

  it('does not bring back what was cleared meanwhile', () => {
    const cell = runOnce();
    expect(given.rows()).toHaveLength(1);
    cell.outputs.clear();
    given.session.send(message('end', 'a', { seq: 10, report: refined() }));

    expect(given.rows()).toEqual([]);
  });

  it('of a cell within a cell does not end the outer one', () => {
    given.addCell('a');
    given.session.send(message('samples', 'a', { now: now(1, 7) }));
    given.session.send(message('begin', 'a', { run_id: 'inner' }));
    given.session.send(message('end', 'a', { run_id: 'inner', seq: 1 }));
    given.session.send(message('samples', 'a', { seq: 2, now: now(2, 8) }));
    given.session.send(message('end', 'a', { run_id: 'inner', seq: 2 }));
    expect(given.rows()).toEqual([['a', 'running', 8]]);

    given.session.send(message('end', 'a', { seq: 3 }));
    expect(given.rows()).toEqual([['a', 'ok', 100]]);
  });
});
