import { describe, expect, it, vi } from 'vitest';

import { LiveFeed } from '../../src/feed/livefeed';
import { stagesOf } from '../../src/model/bystage';
import { EnergyModel } from '../../src/model/model';
import { REPORT_MIME_TYPE } from '../../src/record/bundle';
import { type IReport } from '../../src/record/report';
import { aBoard, anEstimate, aReport } from '../fixtures';
import { message, now, publish, report, eachModelled } from './setup';

const watcher = {};
const given = eachModelled(watcher);

describe('saved reports', () => {
  it('make a row for each metered cell, in the order of the notebook', () => {
    given.addCell('b', undefined, [report('b')]);
    given.addCell('plain');
    given.notebook.insertCell(0, {
      cell_type: 'markdown',
      id: 'm',
      source: '# x'
    });
    given.addCell('a', undefined, [
      report('a', { energy_j: 5, status: 'error' })
    ]);

    expect(given.rows()).toEqual([
      ['b', 'ok', 100],
      ['a', 'error', 5]
    ]);
    expect(given.model.total).toMatchObject({ energy_j: 105, cells: 2 });
  });

  it('follow a cell that is moved, and one that is deleted', () => {
    given.addCell('a', undefined, [report('a')]);
    given.addCell('b', undefined, [report('b', { energy_j: 5 })]);
    given.notebook.moveCell(0, 1);
    expect(given.rows().map(row => (row as string[])[0])).toEqual(['b', 'a']);

    given.notebook.deleteCell(0);
    expect(given.rows()).toEqual([['a', 'ok', 100]]);
    expect(given.model.total.energy_j).toBe(100);
  });

  it('are named by their label, else by the first line of code', () => {
    given.addCell('a', '%%energy -q\n\n  fit(x)\ny', [report('a')]);
    given.addCell('b', '%%energy', [report('b', { label: 'training' })]);
    given.addCell('c', '%%energy\n', [report('c')]);
    given.model.refresh();

    expect(given.model.rows.map(row => row.title)).toEqual([
      'fit(x)',
      'training',
      ''
    ]);
  });

  it('are named anew when the code is edited', () => {
    const cell = given.addCell('a', '%%energy\nold()', [report('a')]);
    given.model.refresh();
    cell.sharedModel.setSource('%%energy\nnew()');
    given.model.refresh();

    expect(given.model.rows[0].title).toBe('new()');
  });

  it('of several in one cell, count the longest with the id of the cell', () => {
    given.addCell('a', undefined, [
      report('a', { run_id: '1', energy_j: 1 }),
      report('a', { run_id: '2', energy_j: 2, duration_s: 4 }),
      report('a', { run_id: '3', energy_j: 3 }),
      report('other', { run_id: '4', energy_j: 4, duration_s: 9 })
    ]);

    expect(given.rows()).toEqual([['a', 'ok', 2]]);
  });

  it('stay with a copied cell', () => {
    given.addCell('copy', undefined, [report('original')]);

    expect(given.rows()).toEqual([['copy', 'ok', 100]]);
  });

  it('of a later version say so, by their schema and by their type', () => {
    const schema = 'jupyter-green.report.v2';
    given.addCell('a', undefined, [{ ...report('a'), schema }]);
    given.addCell('b').outputs.add({
      output_type: 'display_data',
      data: { [REPORT_MIME_TYPE.replace('v1', 'v12')]: { schema } },
      metadata: {}
    });
    given.addCell('c', undefined, [{ ...report('c'), schema: 'another' }]);

    expect(given.rows()).toEqual([
      ['a', 'newer', null],
      ['b', 'newer', null],
      ['c', 'unreadable', null]
    ]);
  });

  it('that are unreadable say why and do not count', () => {
    given.addCell('a', undefined, [{ ...report('a'), energy_j: 'much' }]);
    given.addCell('b', undefined, [report('b')]);

    expect(given.rows()).toEqual([
      ['a', 'unreadable', null],
      ['b', 'ok', 100]
    ]);
    expect(given.model.rows[0].reason).toBe(
      'report.energy_j is "much", expected a finite number'
    );
    expect(given.model.total.cells).toBe(1);
  });

  it('go when the outputs are cleared', () => {
    const cell = given.addCell('a', undefined, [report('a')]);
    expect(given.rows()).toHaveLength(1);
    cell.outputs.clear();

    expect(given.rows()).toEqual([]);
  });

  it('keep the row object of a cell that did not change', () => {
    given.addCell('a', undefined, [report('a')]);
    given.addCell('b');
    given.model.refresh();
    const [before] = given.model.rows;
    given.session.send(message('samples', 'b'));
    given.model.refresh();

    expect(given.model.rows[0]).toBe(before);
    expect(given.model.rows).toHaveLength(2);
  });

  it('tell the missing sensors of the newest run', () => {
    const gone = [{ id: 'gpu:0', reason: 'no driver', remedy: 'install it' }];
    given.addCell('a', undefined, [
      report('a', { missing: gone, started_at: '2026-01-02T00:00:00Z' })
    ]);
    given.addCell('b', undefined, [
      report('b', { started_at: '2026-01-01T00:00:00Z' })
    ]);
    given.model.refresh();
    expect(given.model.host.missing).toEqual(gone);

    given.addCell('c');
    given.session.send(
      message('begin', 'c', { started_at: '2026-01-03T00:00:00Z' })
    );
    given.model.refresh();
    expect(given.model.host.missing).toEqual([]);
  });

  it('tell no watts where the joules are below the resolution', () => {
    given.addCell('a', undefined, [report('a', { uncertainty_j: 100 })]);
    given.addCell('b', undefined, [report('b')]);
    given.model.refresh();

    expect(given.model.rows.map(row => row.power_w)).toEqual([null, 50]);
  });

  it('say what their domains have wrong in common', () => {
    const aside = anEstimate({ counted: false });
    given.addCell('a', undefined, [
      report('a', { domains: [aBoard(), aside] })
    ]);
    given.addCell('b', undefined, [report('b', { domains: [anEstimate()] })]);
    given.addCell('c', undefined, [report('c')]);
    given.model.refresh();

    expect(given.model.rows.map(row => row.scaleRange.high)).toEqual([
      1.06, 2, 1
    ]);
  });
});

describe('activity', () => {
  it('stops while nobody looks: no timers, no signals, no reading', () => {
    vi.useFakeTimers();
    const cell = given.addCell('a');
    vi.runAllTimers();
    given.model.unwatch(watcher);
    const changed = vi.fn();
    given.model.changed.connect(changed);
    const read = vi.spyOn(cell.outputs, 'get');
    given.session.send(message('begin', 'a'));
    given.session.send(message('samples', 'a'));
    publish(cell, report('a'));

    expect(vi.getTimerCount()).toBe(0);
    expect(read).not.toHaveBeenCalled();
    expect(changed).not.toHaveBeenCalled();
    vi.useRealTimers();
  });

  it('catches up when somebody looks again', () => {
    given.addCell('a');
    const cell = given.addCell('b');
    given.model.unwatch(watcher);
    given.session.send(message('end', 'a'));
    publish(cell, report('b', { energy_j: 5 }));
    given.model.watch(watcher);

    expect(given.model.rows.map(row => row.energy_j)).toEqual([100, 5]);
  });

  it('gathers what comes at once into one signal', () => {
    vi.useFakeTimers();
    given.addCell('a');
    vi.runAllTimers();
    const changed = vi.fn();
    given.model.changed.connect(changed);
    for (let seq = 1; seq <= 50; seq++) {
      given.session.send(message('samples', 'a', { seq, now: now(seq, seq) }));
    }
    vi.runAllTimers();

    expect(changed).toHaveBeenCalledOnce();
    expect(given.model.rows[0].energy_j).toBe(50);
    vi.useRealTimers();
  });

  it('signals at once what comes after a rest, and then rests again', () => {
    vi.useFakeTimers();
    given.addCell('a');
    vi.advanceTimersByTime(1000);
    const changed = vi.fn();
    given.model.changed.connect(changed);
    given.session.send(message('samples', 'a', { seq: 1, now: now(1, 1) }));
    vi.advanceTimersByTime(1);
    expect(changed).toHaveBeenCalledTimes(1);
    given.session.send(message('samples', 'a', { seq: 2, now: now(2, 2) }));
    vi.advanceTimersByTime(90);
    expect(changed).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(10);
    expect(changed).toHaveBeenCalledTimes(2);
    vi.useRealTimers();
  });

  it('ends with the model', () => {
    vi.useFakeTimers();
    given.addCell('a');
    given.model.dispose();
    given.session.send(message('samples', 'a'));
    given.notebook.deleteCell(0);

    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe('stages', () => {
  it('are those of the line, without a line those of the report', () => {
    given.addCell('a', '%%energy --stage data\nx', [
      report('a', { stage: 'old' })
    ]);
    given.addCell('b', '%%energy\nx', [report('b', { stage: 'old' })]);
    given.addCell('c', 'x', [report('c', { stage: 'old' })]);
    given.model.refresh();
    expect(given.model.rows.map(row => row.stage)).toEqual([
      'data',
      null,
      'old'
    ]);

    given.cellOf('b').sharedModel.setSource('%%energy --stage new\nx');
    given.model.refresh();
    expect(given.model.rows[1].stage).toBe('new');
  });

  it('are also those of blocks whose reports stand in the outputs', () => {
    const at = (second: string): string => `2026-01-02T03:04:${second}Z`;
    const block = (run_id: string, changes: Partial<IReport>): IReport =>
      aReport({ run_id, duration_s: 0.5, stage: 'data', ...changes });
    given.addCell('a', '%%energy --stage training\nx', [
      block('b', { started_at: at('05.500'), energy_j: 20 }),
      block('b', { started_at: at('05.500'), energy_j: 30 }),
      block('c', { started_at: at('06.800'), energy_j: 5 }),
      report('a')
    ]);
    given.model.refresh();

    expect(given.model.total.energy_j).toBe(100);
    expect(
      stagesOf(given.model.rows).map(({ name, total }) => [
        name,
        total.energy_j
      ])
    ).toEqual([
      ['data', 30],
      ['training', 70]
    ]);
  });
});

describe('what was spent', () => {
  function run(cellId: string, runId: string, changes = {}): void {
    const content = report(cellId, { run_id: runId, ...changes });
    given.session.send(message('begin', cellId, { run_id: runId }));
    given.session.send(
      message('end', cellId, { run_id: runId, report: content })
    );
  }

  it('holds repeated, failed and deleted runs, which the notebook does not', () => {
    given.addCell('a');
    given.addCell('b');
    run('a', '1', { status: 'error' });
    run('a', '2');
    run('b', '3');
    given.notebook.deleteCell(1);
    given.model.refresh();

    expect(given.model.total.energy_j).toBe(100);
    expect(given.model.spent).toMatchObject({
      energy_j: 300,
      runs: 3,
      repeated: 1,
      failed: 1
    });
  });

  it('knows a run that sent no messages by its output', () => {
    const cell = given.addCell('a', 'work()');
    given.model.queue('a');
    publish(cell, report('a'));
    given.model.settle('a');
    expect(given.model.spent).toMatchObject({ runs: 1, energy_j: 100 });
    expect(given.model.isAutoMetered).toBe(true);

    cell.outputs.clear();
    publish(cell, report('a', { energy_j: 101 }));
    given.model.refresh();
    expect(given.model.spent).toMatchObject({ runs: 1, energy_j: 101 });
  });

  it('counts the joules so far of a run that the kernel took with it', () => {
    given.addCell('a');
    given.session.send(message('samples', 'a', { now: now(1, 50) }));
    given.session.statusChanged.emit('restarting');
    given.model.refresh();

    expect(given.model.total.energy_j).toBe(0);
    expect(given.model.spent).toMatchObject({ energy_j: 50, isAtLeast: true });
  });

  it('is counted while nobody looks, and lasts over a reload', () => {
    given.addCell('a');
    given.model.unwatch(watcher);
    run('a', '1');
    const again = new EnergyModel(given);

    expect(again.spent.runs).toBe(1);
    again.dispose();
  });
});

describe('a notebook with a twin', () => {
  it('takes no messages that answer the twin', () => {
    given.addCell('a');
    const foreign = new LiveFeed({
      session: given.session,
      isForeign: () => true
    });
    const twin = new EnergyModel({
      cells: given.cells,
      session: given.session,
      feed: foreign
    });
    given.session.send(message('samples', 'a'));
    twin.watch(watcher);

    expect(twin.rows).toEqual([]);
    expect(given.rows()).toEqual([['a', 'running', 5]]);
    twin.dispose();
  });
});

describe('the host', () => {
  it('is what the newest report tells', () => {
    given.addCell('a', undefined, [
      report('a', {
        started_at: '2026-01-03T00:00:00Z',
        baseline_at: '2026-01-02T00:00:00Z',
        flags: ['other-meters']
      })
    ]);
    given.addCell('b', undefined, [report('b', { domains: [] })]);
    given.model.refresh();

    expect(given.model.host).toMatchObject({
      domains: report('a').domains,
      baselineAt: '2026-01-02T00:00:00Z',
      hasOtherMeters: true
    });
  });
});

describe('a run without a report', () => {
  it('has ended, and says so', () => {
    given.addCell('a');
    given.session.send(message('begin', 'a'));
    given.session.send(message('end', 'a', { report: null, error: 'a fault' }));

    expect(given.rows()).toEqual([['a', 'unreadable', null]]);
    expect(given.model.rows[0].reason).toBe('a fault');
  });
});
