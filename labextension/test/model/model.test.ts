import { YNotebook } from '@jupyter/ydoc';
import type { ICodeCellModel } from '@jupyterlab/cells';
import { CellList } from '@jupyterlab/notebook/lib/celllist';
import type { Kernel } from '@jupyterlab/services';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { LiveFeed } from '../../src/feed/livefeed';
import { stagesOf } from '../../src/model/bystage';
import { EnergyModel } from '../../src/model/model';
import { REPORT_MIME_TYPE } from '../../src/record/bundle';
import { type IReport } from '../../src/record/report';
import { aBoard, aMessage, anEstimate, aReport } from '../fixtures';
import type { TestSession } from '../session';
import { modelled } from './setup';

let notebook: YNotebook;
let cells: CellList;
let session: TestSession;
let feed: LiveFeed;
let model: EnergyModel;
const watcher = {};

beforeEach(() => {
  ({ notebook, cells, session, feed, model } = modelled(watcher));
});

afterEach(() => {
  model.dispose();
  feed.dispose();
  vi.restoreAllMocks();
});

/** Appends a code cell whose outputs hold these records. */
function addCell(
  id: string,
  source = `%%energy\nwork("${id}")`,
  records: unknown[] = []
): ICodeCellModel {
  notebook.insertCell(notebook.cells.length, {
    cell_type: 'code',
    id,
    source,
    metadata: {},
    outputs: []
  });
  const cell = cellOf(id);
  records.forEach(record => {
    publish(cell, record);
  });
  return cell;
}

function cellOf(id: string): ICodeCellModel {
  return [...cells].find(cell => cell.id === id) as ICodeCellModel;
}

function publish(cell: ICodeCellModel, record: unknown): void {
  cell.outputs.add({
    output_type: 'display_data',
    data: { [REPORT_MIME_TYPE]: record as never, 'text/plain': 'a report' },
    metadata: {}
  });
}

function report(cellId: string, changes: Partial<IReport> = {}): IReport {
  return aReport({ cell_id: cellId, run_id: `run-${cellId}`, ...changes });
}

function message(
  kind: 'begin' | 'samples' | 'end',
  cellId: string,
  changes: Record<string, unknown> = {}
): Record<string, unknown> {
  return aMessage(kind, {
    cell_id: cellId,
    run_id: `run-${cellId}`,
    ...(kind === 'end' ? { report: report(cellId) } : {}),
    ...changes
  });
}

/** A domain as messages tell of it. */
const domain = {
  id: 'cpu:0/package',
  device: 'a processor',
  provenance: 'counter',
  counted: true
};

function now(t_s: number, energy_j: number, power_w = 50): object {
  return { t_s, energy_j, power_w, domains: {} };
}

/** The rows as `[cell id, status, joules]`. */
function rows(): unknown[] {
  model.refresh();
  return model.rows.map(row => [row.cellId, row.status, row.energy_j]);
}

describe('saved reports', () => {
  it('make a row for each metered cell, in the order of the notebook', () => {
    addCell('b', undefined, [report('b')]);
    addCell('plain');
    notebook.insertCell(0, { cell_type: 'markdown', id: 'm', source: '# x' });
    addCell('a', undefined, [report('a', { energy_j: 5, status: 'error' })]);

    expect(rows()).toEqual([
      ['b', 'ok', 100],
      ['a', 'error', 5]
    ]);
    expect(model.total).toMatchObject({ energy_j: 105, cells: 2 });
  });

  it('follow a cell that is moved, and one that is deleted', () => {
    addCell('a', undefined, [report('a')]);
    addCell('b', undefined, [report('b', { energy_j: 5 })]);
    notebook.moveCell(0, 1);
    expect(rows().map(row => (row as string[])[0])).toEqual(['b', 'a']);

    notebook.deleteCell(0);
    expect(rows()).toEqual([['a', 'ok', 100]]);
    expect(model.total.energy_j).toBe(100);
  });

  it('are named by their label, else by the first line of code', () => {
    addCell('a', '%%energy -q\n\n  fit(x)\ny', [report('a')]);
    addCell('b', '%%energy', [report('b', { label: 'training' })]);
    addCell('c', '%%energy\n', [report('c')]);
    model.refresh();

    expect(model.rows.map(row => row.title)).toEqual([
      'fit(x)',
      'training',
      ''
    ]);
  });

  it('are named anew when the code is edited', () => {
    const cell = addCell('a', '%%energy\nold()', [report('a')]);
    model.refresh();
    cell.sharedModel.setSource('%%energy\nnew()');
    model.refresh();

    expect(model.rows[0].title).toBe('new()');
  });

  it('of several in one cell, count the longest with the id of the cell', () => {
    addCell('a', undefined, [
      report('a', { run_id: '1', energy_j: 1 }),
      report('a', { run_id: '2', energy_j: 2, duration_s: 4 }),
      report('a', { run_id: '3', energy_j: 3 }),
      report('other', { run_id: '4', energy_j: 4, duration_s: 9 })
    ]);

    expect(rows()).toEqual([['a', 'ok', 2]]);
  });

  it('stay with a copied cell', () => {
    addCell('copy', undefined, [report('original')]);

    expect(rows()).toEqual([['copy', 'ok', 100]]);
  });

  it('of a later version say so, by their schema and by their type', () => {
    const schema = 'jupyter-green.report.v2';
    addCell('a', undefined, [{ ...report('a'), schema }]);
    addCell('b').outputs.add({
      output_type: 'display_data',
      data: { [REPORT_MIME_TYPE.replace('v1', 'v12')]: { schema } },
      metadata: {}
    });
    addCell('c', undefined, [{ ...report('c'), schema: 'another' }]);

    expect(rows()).toEqual([
      ['a', 'newer', null],
      ['b', 'newer', null],
      ['c', 'unreadable', null]
    ]);
  });

  it('that are unreadable say why and do not count', () => {
    addCell('a', undefined, [{ ...report('a'), energy_j: 'much' }]);
    addCell('b', undefined, [report('b')]);

    expect(rows()).toEqual([
      ['a', 'unreadable', null],
      ['b', 'ok', 100]
    ]);
    expect(model.rows[0].reason).toBe(
      'report.energy_j is "much", expected a finite number'
    );
    expect(model.total.cells).toBe(1);
  });

  it('go when the outputs are cleared', () => {
    const cell = addCell('a', undefined, [report('a')]);
    expect(rows()).toHaveLength(1);
    cell.outputs.clear();

    expect(rows()).toEqual([]);
  });

  it('keep the row object of a cell that did not change', () => {
    addCell('a', undefined, [report('a')]);
    addCell('b');
    model.refresh();
    const [before] = model.rows;
    session.send(message('samples', 'b'));
    model.refresh();

    expect(model.rows[0]).toBe(before);
    expect(model.rows).toHaveLength(2);
  });

  it('tell the missing sensors of the newest run', () => {
    const gone = [{ id: 'gpu:0', reason: 'no driver', remedy: 'install it' }];
    addCell('a', undefined, [
      report('a', { missing: gone, started_at: '2026-01-02T00:00:00Z' })
    ]);
    addCell('b', undefined, [
      report('b', { started_at: '2026-01-01T00:00:00Z' })
    ]);
    model.refresh();
    expect(model.host.missing).toEqual(gone);

    addCell('c');
    session.send(message('begin', 'c', { started_at: '2026-01-03T00:00:00Z' }));
    model.refresh();
    expect(model.host.missing).toEqual([]);
  });

  it('tell no watts where the joules are below the resolution', () => {
    addCell('a', undefined, [report('a', { uncertainty_j: 100 })]);
    addCell('b', undefined, [report('b')]);
    model.refresh();

    expect(model.rows.map(row => row.power_w)).toEqual([null, 50]);
  });

  it('say what their domains have wrong in common', () => {
    const aside = anEstimate({ counted: false });
    addCell('a', undefined, [report('a', { domains: [aBoard(), aside] })]);
    addCell('b', undefined, [report('b', { domains: [anEstimate()] })]);
    addCell('c', undefined, [report('c')]);
    model.refresh();

    expect(model.rows.map(row => row.scaleRange.high)).toEqual([1.06, 2, 1]);
  });
});

describe('a live run', () => {
  it('shows the newest figures', () => {
    addCell('a');
    session.send(message('begin', 'a'));
    expect(rows()).toEqual([['a', 'running', null]]);

    session.send(message('samples', 'a', { seq: 1, now: now(1, 50) }));
    session.send(message('samples', 'a', { seq: 2, now: now(2, 120, 70) }));
    model.refresh();
    expect(model.rows[0]).toMatchObject({
      status: 'running',
      energy_j: 120,
      duration_s: 2,
      power_w: 70,
      uncertainty_j: null
    });
    expect(model.total).toMatchObject({ energy_j: 120, isRunning: true });
  });

  it('divides the joules so far as those of ended cells are', () => {
    addCell('a', undefined, [report('a')]);
    addCell('b');
    const [cpu, gpu] = [
      { ...domain, provenance: 'estimate' },
      { ...domain, id: 'gpu:0' }
    ];
    const core = { ...cpu, id: 'cpu:0/core', counted: false };
    const joules = {
      'cpu:0/package': { energy_j: 20, power_w: 1 },
      'cpu:0/core': { energy_j: 15, power_w: 1 },
      'gpu:0': { energy_j: 30, power_w: null },
      unheard: { energy_j: 5, power_w: 1 },
      __proto__: null
    };
    session.send(
      message('samples', 'b', {
        provenance: 'mixed',
        domains: [cpu, gpu, core],
        now: { ...now(1, 50), domains: joules }
      })
    );
    model.refresh();

    expect(model.total).toMatchObject({
      energy_j: 150,
      devices_j: { cpu: 120, dram: 0, gpu: 30, other: 0 },
      estimated_j: 20
    });
  });

  it('can be joined in the middle', () => {
    addCell('a');
    session.send(message('samples', 'a', { seq: 40, now: now(4, 200) }));

    expect(rows()).toEqual([['a', 'running', 200]]);
  });

  it('does not go back to older figures', () => {
    addCell('a');
    session.send(message('samples', 'a', { seq: 5, now: now(5, 250) }));
    session.send(message('samples', 'a', { seq: 4, now: now(4, 200) }));

    expect(rows()).toEqual([['a', 'running', 250]]);
  });

  it('stands before the report of the run before', () => {
    addCell('a', undefined, [report('a', { run_id: 'old' })]);
    session.send(message('samples', 'a', { now: now(1, 7) }));

    expect(rows()).toEqual([['a', 'running', 7]]);
  });

  it('survives its own clear_output', () => {
    const cell = addCell('a');
    session.send(message('samples', 'a', { now: now(1, 7) }));
    cell.outputs.add({ output_type: 'stream', name: 'stdout', text: 'x' });
    cell.outputs.clear();

    expect(rows()).toEqual([['a', 'running', 7]]);
  });

  it('ends with its report, and is the same once that is in the output', () => {
    const cell = addCell('a');
    session.send(message('begin', 'a'));
    session.send(message('end', 'a'));
    expect(rows()).toEqual([['a', 'ok', 100]]);

    publish(cell, report('a'));
    expect(rows()).toEqual([['a', 'ok', 100]]);
    expect(model.total.cells).toBe(1);

    cell.outputs.clear();
    expect(rows()).toEqual([]);
  });

  it('keeps the report of a cell whose output was lost', () => {
    addCell('a', undefined, [report('a', { run_id: 'old', energy_j: 1 })]);
    session.send(message('end', 'a'));

    expect(rows()).toEqual([['a', 'ok', 100]]);
  });

  it('lets a kept report go when the cell is to run again', () => {
    addCell('a');
    session.send(message('end', 'a'));
    expect(rows()).toHaveLength(1);
    model.forget('a');

    expect(rows()).toEqual([]);
  });

  it('lets a kept report go when the outputs are cleared', () => {
    const cell = addCell('a');
    cell.outputs.add({ output_type: 'stream', name: 'stdout', text: 'x' });
    session.send(message('end', 'a'));
    expect(rows()).toHaveLength(1);
    cell.outputs.clear();

    expect(rows()).toEqual([]);
  });

  it('keeps no report besides the one that the output holds', () => {
    const cell = addCell('a');
    cell.outputs.add({ output_type: 'stream', name: 'stdout', text: 'x' });
    session.send(message('end', 'a'));
    publish(cell, report('a'));
    expect(rows()).toHaveLength(1);
    cell.outputs.remove(1);

    expect(rows()).toEqual([]);
  });

  it('does not run on when the cell was executed without an end', () => {
    addCell('a');
    session.send(message('samples', 'a'));
    model.settle('a');

    expect(rows()).toEqual([['a', 'restarted', null]]);
  });

  it('takes an end that comes after the cell was executed', () => {
    addCell('a');
    session.send(message('samples', 'a'));
    model.settle('a');
    session.send(message('end', 'a', { seq: 9 }));

    expect(rows()).toEqual([['a', 'ok', 100]]);
  });

  it('takes no more samples after its end', () => {
    addCell('a');
    session.send(message('end', 'a', { seq: 9 }));
    session.send(message('samples', 'a', { seq: 8 }));

    expect(rows()).toEqual([['a', 'ok', 100]]);
  });

  it('whose report is unreadable says so', () => {
    addCell('a');
    session.send(message('end', 'a', { report: { schema: 'x' } }));

    expect(rows()).toEqual([['a', 'unreadable', null]]);
  });

  it('of a deleted cell goes, and comes back with the cell', () => {
    addCell('a');
    session.send(message('begin', 'a'));
    notebook.deleteCell(0);
    session.send(message('samples', 'a'));
    expect(rows()).toEqual([]);

    session.send(message('end', 'a', { seq: 2 }));
    addCell('a');
    expect(rows()).toEqual([['a', 'ok', 100]]);
  });

  it('of a cell that is not in the notebook is ignored', () => {
    addCell('a');
    session.send(message('samples', 'elsewhere'));
    session.send(message('samples', 'a', { cell_id: null }));

    expect(rows()).toEqual([]);
  });

  it('ignores a broken message and goes on', () => {
    addCell('a');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    session.send(message('samples', 'a', { seq: 'first' }));
    expect(rows()).toEqual([]);
    expect(warn).toHaveBeenCalledOnce();

    session.send(message('samples', 'a'));
    expect(rows()).toEqual([['a', 'running', 5]]);
  });
});

describe('a refined report', () => {
  /** The same run again, a moment later, with a narrower interval. */
  const refined = (): IReport =>
    report('a', { energy_j: 101, uncertainty_j: 0.5 });

  /** Runs the cell up to its first report, as the kernel sends it. */
  function runOnce(): ICodeCellModel {
    const cell = addCell('a');
    session.send(message('samples', 'a'));
    session.send(message('end', 'a', { seq: 9 }));
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
    expect(rows()).toEqual([['a', 'ok', 100]]);
    const seen = new Set<string>();
    model.changed.connect(() => {
      seen.add(JSON.stringify([model.rows.length, model.total.energy_j]));
    });
    replaceOutput(cell);

    expect(rows()).toEqual([['a', 'ok', 101]]);
    expect(model.rows[0].uncertainty_j).toBe(0.5);
    expect(model.total).toMatchObject({ cells: 1, uncertainty_j: 0.5 });
    expect([...seen]).toEqual(['[1,101]']);
  });

  it('is the same whether its message or its output comes first', () => {
    const cell = runOnce();
    session.send(message('end', 'a', { seq: 10, report: refined() }));
    expect(rows()).toHaveLength(1);
    replaceOutput(cell);
    session.send(message('end', 'a', { seq: 10, report: refined() }));

    expect(rows()).toEqual([['a', 'ok', 101]]);
    expect(model.total).toMatchObject({ cells: 1, energy_j: 101 });
  });

  it('reaches a row whose output never came', () => {
    addCell('a');
    session.send(message('end', 'a', { seq: 9 }));
    expect(rows()).toEqual([['a', 'ok', 100]]);
    session.send(message('end', 'a', { seq: 10, report: refined() }));

    expect(rows()).toEqual([['a', 'ok', 101]]);
  });

  it('does not come between the figures of the next run', () => {
    runOnce();
    session.send(message('begin', 'a', { run_id: 'next' }));
    session.send(message('samples', 'a', { run_id: 'next', now: now(1, 7) }));
    session.send(message('end', 'a', { seq: 10, report: refined() }));

    expect(rows()).toEqual([['a', 'running', 7]]);
  });

  it('does not bring back what was cleared meanwhile', () => {
    const cell = runOnce();
    expect(rows()).toHaveLength(1);
    cell.outputs.clear();
    session.send(message('end', 'a', { seq: 10, report: refined() }));

    expect(rows()).toEqual([]);
  });

  it('of a cell within a cell does not end the outer one', () => {
    addCell('a');
    session.send(message('samples', 'a', { now: now(1, 7) }));
    session.send(message('begin', 'a', { run_id: 'inner' }));
    session.send(message('end', 'a', { run_id: 'inner', seq: 1 }));
    session.send(message('samples', 'a', { seq: 2, now: now(2, 8) }));
    session.send(message('end', 'a', { run_id: 'inner', seq: 2 }));
    expect(rows()).toEqual([['a', 'running', 8]]);

    session.send(message('end', 'a', { seq: 3 }));
    expect(rows()).toEqual([['a', 'ok', 100]]);
  });
});

describe('a replay', () => {
  const flagged = [{ ...domain, flags: ['replayed'] }];

  it('is one from the first message to the report', () => {
    addCell('a');
    session.send(message('begin', 'a', { domains: flagged }));
    rows();
    expect(model.rows[0].isReplayed).toBe(true);

    session.send(
      message('end', 'a', {
        seq: 9,
        report: report('a', { flags: ['replayed'] })
      })
    );
    rows();
    expect(model.rows[0].isReplayed).toBe(true);
    expect(model.total.isReplayed).toBe(true);
  });

  it('is also a report of which one domain was replayed', () => {
    const [cpu] = report('a').domains;
    addCell('a', undefined, [
      report('a', {
        domains: [cpu, { ...cpu, id: 'gpu:0', flags: ['replayed'] }]
      })
    ]);
    addCell('b', undefined, [report('b')]);
    rows();

    expect(model.rows.map(row => row.isReplayed)).toEqual([true, false]);
  });
});

it('says at least of a cell that was not metered to its end, and of the total', () => {
  addCell('a', undefined, [report('a', { flags: ['host-lost'] })]);
  addCell('b', undefined, [report('b')]);
  rows();

  expect(model.rows.map(row => row.isAtLeast)).toEqual([true, false]);
  expect(model.total.isAtLeast).toBe(true);
});

describe('a kernel that goes away', () => {
  it.each(['restarting', 'autorestarting', 'dead', 'terminating'] as const)(
    '(%s) marks the running cell and counts nothing for it',
    status => {
      addCell('a');
      addCell('b', undefined, [report('b')]);
      session.send(message('samples', 'a'));
      session.statusChanged.emit(status);

      expect(rows()).toEqual([
        ['a', 'restarted', null],
        ['b', 'ok', 100]
      ]);
      expect(model.total).toMatchObject({ energy_j: 100, isRunning: false });
    }
  );

  it('may still send a report, which no document will hold: not counted', () => {
    addCell('a');
    session.send(message('samples', 'a'));
    session.statusChanged.emit('restarting');
    session.send(message('end', 'a', { seq: 9 }));
    expect(rows()).toEqual([['a', 'restarted', null]]);

    model.forget('a'); // it is going to run again, and the old kernel still talks
    session.send(message('end', 'a', { seq: 9 }));
    expect(rows()).toEqual([]);
  });

  it('counts where another page has put the report into the document', () => {
    const cell = addCell('a');
    session.send(message('samples', 'a'));
    session.statusChanged.emit('restarting');
    publish(cell, report('a', { status: 'interrupted' }));

    expect(rows()).toEqual([['a', 'interrupted', 100]]);
    expect(model.total.energy_j).toBe(100);
  });

  it('leaves alone what has ended', () => {
    addCell('a');
    session.send(message('end', 'a'));
    session.statusChanged.emit('restarting');

    expect(rows()).toEqual([['a', 'ok', 100]]);
  });

  it('is also one that another kernel takes the place of', () => {
    addCell('a');
    session.send(message('samples', 'a'));
    const kernel = {} as Kernel.IKernelConnection;
    session.kernelChanged.emit({
      name: 'kernel',
      oldValue: null,
      newValue: kernel
    });
    expect(rows()).toEqual([['a', 'running', 5]]);

    session.kernelChanged.emit({
      name: 'kernel',
      oldValue: kernel,
      newValue: null
    });
    expect(rows()).toEqual([['a', 'restarted', null]]);
  });

  it('lets the cell be metered again', () => {
    addCell('a');
    session.send(message('samples', 'a'));
    session.statusChanged.emit('restarting');
    session.send(message('begin', 'a', { run_id: 'second' }));

    expect(rows()).toEqual([['a', 'running', null]]);
  });
});

describe('activity', () => {
  it('stops while nobody looks: no timers, no signals, no reading', () => {
    vi.useFakeTimers();
    const cell = addCell('a');
    vi.runAllTimers();
    model.unwatch(watcher);
    const changed = vi.fn();
    model.changed.connect(changed);
    const read = vi.spyOn(cell.outputs, 'get');
    session.send(message('begin', 'a'));
    session.send(message('samples', 'a'));
    publish(cell, report('a'));

    expect(vi.getTimerCount()).toBe(0);
    expect(read).not.toHaveBeenCalled();
    expect(changed).not.toHaveBeenCalled();
    vi.useRealTimers();
  });

  it('catches up when somebody looks again', () => {
    addCell('a');
    const cell = addCell('b');
    model.unwatch(watcher);
    session.send(message('end', 'a'));
    publish(cell, report('b', { energy_j: 5 }));
    model.watch(watcher);

    expect(model.rows.map(row => row.energy_j)).toEqual([100, 5]);
  });

  it('gathers what comes at once into one signal', () => {
    vi.useFakeTimers();
    addCell('a');
    vi.runAllTimers();
    const changed = vi.fn();
    model.changed.connect(changed);
    for (let seq = 1; seq <= 50; seq++) {
      session.send(message('samples', 'a', { seq, now: now(seq, seq) }));
    }
    vi.runAllTimers();

    expect(changed).toHaveBeenCalledOnce();
    expect(model.rows[0].energy_j).toBe(50);
    vi.useRealTimers();
  });

  it('signals at once what comes after a rest, and then rests again', () => {
    vi.useFakeTimers();
    addCell('a');
    vi.advanceTimersByTime(1000);
    const changed = vi.fn();
    model.changed.connect(changed);
    session.send(message('samples', 'a', { seq: 1, now: now(1, 1) }));
    vi.advanceTimersByTime(1);
    expect(changed).toHaveBeenCalledTimes(1);
    session.send(message('samples', 'a', { seq: 2, now: now(2, 2) }));
    vi.advanceTimersByTime(90);
    expect(changed).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(10);
    expect(changed).toHaveBeenCalledTimes(2);
    vi.useRealTimers();
  });

  it('ends with the model', () => {
    vi.useFakeTimers();
    addCell('a');
    model.dispose();
    session.send(message('samples', 'a'));
    notebook.deleteCell(0);

    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe('stages', () => {
  it('are those of the line, without a line those of the report', () => {
    addCell('a', '%%energy --stage data\nx', [report('a', { stage: 'old' })]);
    addCell('b', '%%energy\nx', [report('b', { stage: 'old' })]);
    addCell('c', 'x', [report('c', { stage: 'old' })]);
    model.refresh();
    expect(model.rows.map(row => row.stage)).toEqual(['data', null, 'old']);

    cellOf('b').sharedModel.setSource('%%energy --stage new\nx');
    model.refresh();
    expect(model.rows[1].stage).toBe('new');
  });

  it('are also those of blocks whose reports stand in the outputs', () => {
    const at = (second: string): string => `2026-01-02T03:04:${second}Z`;
    const block = (run_id: string, changes: Partial<IReport>): IReport =>
      aReport({ run_id, duration_s: 0.5, stage: 'data', ...changes });
    addCell('a', '%%energy --stage training\nx', [
      block('b', { started_at: at('05.500'), energy_j: 20 }),
      block('b', { started_at: at('05.500'), energy_j: 30 }),
      block('c', { started_at: at('06.800'), energy_j: 5 }),
      report('a')
    ]);
    model.refresh();

    expect(model.total.energy_j).toBe(100);
    expect(
      stagesOf(model.rows).map(({ name, total }) => [name, total.energy_j])
    ).toEqual([
      ['data', 30],
      ['training', 70]
    ]);
  });
});

describe('a queued cell', () => {
  it('waits until its run begins', () => {
    const cell = addCell('a', undefined, [report('a', { run_id: 'old' })]);
    addCell('first', 'work()');
    model.queue('first');
    model.queue('a');
    cell.outputs.clear();
    expect(rows()).toEqual([['a', 'queued', null]]);

    model.settle('first');
    expect(rows()).toEqual([['a', 'running', null]]);

    session.send(message('begin', 'a'));
    expect(rows()).toEqual([['a', 'running', null]]);
  });

  it('that is not metered is no row, unless every cell is', () => {
    addCell('a', 'work()');
    model.queue('a');
    expect(rows()).toEqual([]);

    model.isAutoMetered = true;
    model.queue('a');
    expect(rows()).toEqual([['a', 'running', null]]);
  });

  it('is known to be metered once another without a line was', () => {
    addCell('a', 'work()');
    addCell('b', 'work()');
    model.queue('a');
    session.send(message('begin', 'a'));
    model.queue('b');

    expect(rows()).toEqual([
      ['a', 'running', null],
      ['b', 'queued', null]
    ]);
  });

  it('waits no more when the kernel is gone, or it was passed over', () => {
    addCell('a');
    addCell('b');
    model.queue('a');
    model.queue('b');
    model.settle('b');
    expect(rows()).toEqual([['a', 'running', null]]);

    session.statusChanged.emit('restarting');
    expect(rows()).toEqual([]);
  });
});

describe('the run before', () => {
  const before = { energy_j: 100, uncertainty_j: 3, shares: [] };

  it('is that of the saved report that a new one replaced', () => {
    const cell = addCell('a', undefined, [report('a', { run_id: 'old' })]);
    model.refresh();
    expect(model.rows[0].previous).toBeNull();

    model.queue('a');
    cell.outputs.clear();
    session.send(message('begin', 'a'));
    session.send(
      message('end', 'a', { report: report('a', { energy_j: 80 }) })
    );
    model.refresh();
    expect(model.rows[0]).toMatchObject({ energy_j: 80, previous: before });

    // Its refined report is no run of its own.
    session.send(
      message('end', 'a', { seq: 3, report: report('a', { energy_j: 81 }) })
    );
    model.refresh();
    expect(model.rows[0]).toMatchObject({ energy_j: 81, previous: before });
  });

  it('is known too where nobody looked', () => {
    const cell = addCell('a', undefined, [report('a', { run_id: 'old' })]);
    model.unwatch(watcher);
    model.queue('a');
    cell.outputs.clear();
    session.send(message('end', 'a'));
    publish(cell, report('a'));
    model.watch(watcher);

    expect(model.rows[0].previous).toEqual(before);
  });

  it('is none where it was cut short', () => {
    addCell('a');
    const end = (run_id: string, status: IReport['status']): void => {
      const content = report('a', { run_id, status });
      session.send(message('end', 'a', { run_id, report: content }));
    };
    end('1', 'interrupted');
    end('2', 'ok');
    model.refresh();

    expect(model.rows[0].previous).toBeNull();
  });
});

describe('the run before, after the page was reloaded', () => {
  const before = { energy_j: 100, uncertainty_j: 3, shares: [] };

  /** Another model for the same cells, as a reloaded page has it. */
  function reload(): EnergyModel {
    model.dispose();
    feed.dispose();
    feed = new LiveFeed({ session });
    model = new EnergyModel({ cells, session, feed });
    model.watch(watcher);
    return model;
  }

  function end(run_id: string, energy_j = 100): void {
    const content = report('a', { run_id, energy_j });
    session.send(message('end', 'a', { run_id, report: content }));
  }

  it('is known still', () => {
    const cell = addCell('a');
    end('1');
    end('2', 80);
    publish(cell, report('a', { run_id: '2', energy_j: 80 }));

    expect(reload().rows[0]).toMatchObject({ energy_j: 80, previous: before });
  });

  it('is known to the run in which the page was reloaded', () => {
    const cell = addCell('a', undefined, [report('a', { run_id: '1' })]);
    model.refresh();
    model.queue('a');
    cell.outputs.clear();
    session.send(message('begin', 'a', { run_id: '2' }));
    reload();
    end('2', 80);
    model.refresh();

    expect(model.rows[0]).toMatchObject({ energy_j: 80, previous: before });
  });

  it('is kept once for a run, not with each of its samples', () => {
    addCell('a', undefined, [report('a', { run_id: '1' })]);
    model.refresh();
    const write = vi.spyOn(Storage.prototype, 'setItem');
    session.send(message('begin', 'a', { run_id: '2' }));
    for (let seq = 1; seq < 50; seq++) {
      session.send(message('samples', 'a', { run_id: '2', seq }));
      model.refresh();
    }

    expect(write).toHaveBeenCalledOnce();
  });
});

describe('what was spent', () => {
  function run(cellId: string, runId: string, changes = {}): void {
    const content = report(cellId, { run_id: runId, ...changes });
    session.send(message('begin', cellId, { run_id: runId }));
    session.send(message('end', cellId, { run_id: runId, report: content }));
  }

  it('holds repeated, failed and deleted runs, which the notebook does not', () => {
    addCell('a');
    addCell('b');
    run('a', '1', { status: 'error' });
    run('a', '2');
    run('b', '3');
    notebook.deleteCell(1);
    model.refresh();

    expect(model.total.energy_j).toBe(100);
    expect(model.spent).toMatchObject({
      energy_j: 300,
      runs: 3,
      repeated: 1,
      failed: 1
    });
  });

  it('knows a run that sent no messages by its output', () => {
    const cell = addCell('a', 'work()');
    model.queue('a');
    publish(cell, report('a'));
    model.settle('a');
    expect(model.spent).toMatchObject({ runs: 1, energy_j: 100 });
    expect(model.isAutoMetered).toBe(true);

    cell.outputs.clear();
    publish(cell, report('a', { energy_j: 101 }));
    model.refresh();
    expect(model.spent).toMatchObject({ runs: 1, energy_j: 101 });
  });

  it('counts the joules so far of a run that the kernel took with it', () => {
    addCell('a');
    session.send(message('samples', 'a', { now: now(1, 50) }));
    session.statusChanged.emit('restarting');
    model.refresh();

    expect(model.total.energy_j).toBe(0);
    expect(model.spent).toMatchObject({ energy_j: 50, isAtLeast: true });
  });

  it('is counted while nobody looks, and lasts over a reload', () => {
    addCell('a');
    model.unwatch(watcher);
    run('a', '1');
    const again = new EnergyModel({ cells, session, feed });

    expect(again.spent.runs).toBe(1);
    again.dispose();
  });
});

describe('a notebook with a twin', () => {
  it('takes no messages that answer the twin', () => {
    addCell('a');
    const foreign = new LiveFeed({ session, isForeign: () => true });
    const twin = new EnergyModel({ cells, session, feed: foreign });
    session.send(message('samples', 'a'));
    twin.watch(watcher);

    expect(twin.rows).toEqual([]);
    expect(rows()).toEqual([['a', 'running', 5]]);
    twin.dispose();
  });
});

describe('the host', () => {
  it('is what the newest report tells', () => {
    addCell('a', undefined, [
      report('a', {
        started_at: '2026-01-03T00:00:00Z',
        baseline_at: '2026-01-02T00:00:00Z',
        flags: ['other-meters']
      })
    ]);
    addCell('b', undefined, [report('b', { domains: [] })]);
    model.refresh();

    expect(model.host).toMatchObject({
      domains: report('a').domains,
      baselineAt: '2026-01-02T00:00:00Z',
      hasOtherMeters: true
    });
  });
});

describe('a run without a report', () => {
  it('has ended, and says so', () => {
    addCell('a');
    session.send(message('begin', 'a'));
    session.send(message('end', 'a', { report: null, error: 'a fault' }));

    expect(rows()).toEqual([['a', 'unreadable', null]]);
    expect(model.rows[0].reason).toBe('a fault');
  });
});

describe('the curve so far', () => {
  it('is thinned with its peaks kept', () => {
    addCell('a');
    for (let seq = 1; seq <= 400; seq++) {
      const power_w = { [domain.id]: [seq === 200 ? 999 : 50] };
      session.send(
        message('samples', 'a', { seq, domains: [domain], t_s: [seq], power_w })
      );
    }
    model.refresh();
    const { recent_w } = model.rows[0];

    expect(recent_w.length).toBeLessThan(100);
    expect(recent_w.filter(power_w => power_w === 999)).toHaveLength(1);
  });
});
