import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { LiveFeed } from '../../src/feed/livefeed';
import { stagesOf } from '../../src/model/bystage';
import { EnergyModel } from '../../src/model/model';
import { REPORT_MIME_TYPE } from '../../src/record/bundle';
import { type IReport } from '../../src/record/report';
import { aBoard, anEstimate, aReport } from '../fixtures';
import {
  message,
  now,
  publish,
  report,
  type IModelled,
  modelled,
  rowsOf
} from './setup';

let notebook: IModelled['notebook'];
let cells: IModelled['cells'];
let session: IModelled['session'];
let feed: IModelled['feed'];
let model: IModelled['model'];
let addCell: IModelled['addCell'];
let cellOf: IModelled['cellOf'];
const watcher = {};

beforeEach(() => {
  ({ notebook, cells, session, feed, model, addCell, cellOf } =
    modelled(watcher));
});

afterEach(() => {
  model.dispose();
  feed.dispose();
  vi.restoreAllMocks();
});

function rows(): unknown[] {
  return rowsOf(model);
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
