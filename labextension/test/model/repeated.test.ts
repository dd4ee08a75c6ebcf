import { YNotebook } from '@jupyter/ydoc';
import type { ICodeCellModel } from '@jupyterlab/cells';
import { CellList } from '@jupyterlab/notebook/lib/celllist';
import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { removeReports } from '../../src/cell/outputs';
import { LiveFeed } from '../../src/feed/livefeed';
import { EnergyModel } from '../../src/model/model';
import { REPEATS_MIME_TYPE, REPORT_MIME_TYPE } from '../../src/record/bundle';
import type { IReport } from '../../src/record/report';
import { perLoop, repeatsBadge } from '../../src/text/repeatwords';
import { aReport } from '../fixtures';
import { modelled } from './setup';

const trans = nullTranslator.load('jupyter_green');
let notebook: YNotebook;
let cells: CellList;
let feed: LiveFeed;
let model: EnergyModel;

beforeEach(() => {
  ({ notebook, cells, feed, model } = modelled());
});

afterEach(() => {
  model.dispose();
  feed.dispose();
});

function addCell(
  source: string,
  ...outputs: readonly (readonly [mimeType: string, record: unknown])[]
): ICodeCellModel {
  notebook.insertCell(notebook.cells.length, {
    cell_type: 'code',
    id: 'cell-1',
    source,
    metadata: {},
    outputs: []
  });
  const [cell] = [...cells].filter(({ id }) => id === 'cell-1');
  for (const [mimeType, record] of outputs) {
    (cell as ICodeCellModel).outputs.add({
      output_type: 'display_data',
      data: { [mimeType]: record as never, 'text/plain': 'a result' },
      metadata: {}
    });
  }
  model.refresh();
  return cell as ICodeCellModel;
}

/** What `%energy` leaves: 7 runs of 1000 loops, 100 J in all unless told otherwise. */
function repeated(
  runId: string,
  changes: Partial<IReport> | null = {},
  figures: Record<string, unknown> = {}
): readonly [string, unknown] {
  const report = changes && aReport({ run_id: runId, ...changes });
  return [
    REPEATS_MIME_TYPE,
    {
      schema: 'jupyter-green.repeats.v1',
      report,
      repeats: 7,
      loops: 1000,
      mean_j: 0.0123,
      stdev_j: 0.0005,
      interval_j: 0.0004,
      mean_duration_s: 0.002,
      ...figures
    }
  ];
}

describe('%energy and repeated cells', () => {
  it('make a row with the joules of all of it', () => {
    addCell('%energy work()', repeated('r1'));

    const [row] = model.rows;
    expect([row.title, row.energy_j]).toEqual(['%energy work()', 100]);
    expect(repeatsBadge(row.repeats, trans)).toBe('7 runs × 1000 loops');
    expect(perLoop(row, trans, 'auto')).toEqual(['12.3 ± 0.4 mJ per loop']);
    expect(model.total.energy_j).toBe(100);
    expect(model.total.cells).toBe(1);
  });

  it('go by their label', () => {
    addCell('%energy work()', repeated('r1', { label: 'fast path' }));

    expect(model.rows[0].title).toBe('fast path');
  });

  it('add up where there are several in a cell', () => {
    addCell(
      '%energy a()\n%energy b()',
      repeated('r1'),
      repeated('r2', { uncertainty_j: 4, duration_s: 3, peak_power_w: 90 })
    );

    const [row] = model.rows;
    expect(row.energy_j).toBe(200);
    expect(row.uncertainty_j).toBe(5);
    expect(row.duration_s).toBe(5);
    expect(row.peakPower_w).toBe(90);
    expect(row.parts.map(({ id, energy_j }) => [id, energy_j])).toEqual([
      ['cpu:0/package', 200]
    ]);
    expect(repeatsBadge(row.repeats, trans)).toBe('2 repeated statements');
    expect(model.reports().map(({ run_id }) => run_id)).toEqual(['r1', 'r2']);
  });

  it('add up their units of work, and keep the later metric', () => {
    const done = (count: number, acc: number): Partial<IReport> => ({
      per: { count, unit: 'token' },
      metric: { acc }
    });
    addCell(
      '%energy a()\n%energy b()',
      repeated('r1', done(100, 0.5)),
      repeated('r2', done(300, 0.75))
    );

    const [{ per, metric }] = model.rows;
    expect(per).toEqual({ count: 400, unit: 'token' });
    expect(metric).toEqual({ acc: 0.75 });
  });

  it('lie inside the report of a cell that is metered itself', () => {
    addCell('%energy a()', repeated('r1', null), [
      REPORT_MIME_TYPE,
      aReport({ run_id: 'own', energy_j: 130 })
    ]);
    expect(model.total.energy_j).toBe(130);
    expect(model.rows[0].repeats).toHaveLength(1);
  });

  it('are not counted beside the report of their cell', () => {
    addCell('%energy a()', repeated('r1'), [
      REPORT_MIME_TYPE,
      aReport({ run_id: 'own', energy_j: 130 })
    ]);
    expect(model.total.energy_j).toBe(130);
  });

  it('are spent with their cell, and once more when the cell runs again', () => {
    const cell = addCell('%energy a()', repeated('r1'), repeated('r2'));
    model.settle('cell-1');
    model.refresh();
    expect([model.spent.runs, model.spent.energy_j]).toEqual([1, 200]);

    cell.outputs.clear();
    const [mimeType, record] = repeated('r3');
    cell.outputs.add({
      output_type: 'display_data',
      data: { [mimeType]: record as never },
      metadata: {}
    });
    model.settle('cell-1');
    model.refresh();
    expect([model.spent.runs, model.spent.energy_j]).toEqual([2, 300]);
    expect(model.spent.repeated).toBe(1);
    expect(model.isAutoMetered).toBe(false);
  });

  it('are told where no run came to its end', () => {
    const nothing = {
      repeats: null,
      loops: null,
      mean_j: null,
      stdev_j: null,
      interval_j: null,
      mean_duration_s: null
    };
    addCell('%energy a()', repeated('r1', { status: 'interrupted' }, nothing));

    const [row] = model.rows;
    expect([row.status, row.energy_j]).toEqual(['interrupted', 100]);
    expect(repeatsBadge(row.repeats, trans)).toBe('repeated');
    expect(perLoop(row, trans, 'auto')).toEqual([]);
  });

  it('say what cannot be read', () => {
    addCell('%energy a()', [REPEATS_MIME_TYPE, { schema: 'another' }]);

    expect(model.rows[0].status).toBe('unreadable');
  });

  it('go when the reports are cleared', () => {
    const cell = addCell('%energy a()', repeated('r1'));
    removeReports(cells);

    expect(cell.outputs.length).toBe(0);
  });
});
