import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { LiveFeed } from '../../src/feed/livefeed';
import { EnergyModel } from '../../src/model/model';
import { type IReport } from '../../src/record/report';
import { message, publish, report, type IModelled, modelled } from './setup';

let cells: IModelled['cells'];
let session: IModelled['session'];
let feed: IModelled['feed'];
let model: IModelled['model'];
let addCell: IModelled['addCell'];
const watcher = {};

beforeEach(() => {
  ({ cells, session, feed, model, addCell } = modelled(watcher));
});

afterEach(() => {
  model.dispose();
  feed.dispose();
  vi.restoreAllMocks();
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
