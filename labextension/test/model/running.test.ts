import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IOtherHost } from '../../src/record/livemessages';
import { joulesOf } from '../../src/text/totalwords';
import { aPart, otherHost } from '../live_messages';
import {
  domain,
  message,
  now,
  publish,
  report,
  type IModelled,
  modelled,
  rowsOf
} from './setup';

let notebook: IModelled['notebook'];
let session: IModelled['session'];
let feed: IModelled['feed'];
let model: IModelled['model'];
let addCell: IModelled['addCell'];
const watcher = {};

beforeEach(() => {
  ({ notebook, session, feed, model, addCell } = modelled(watcher));
});

afterEach(() => {
  model.dispose();
  feed.dispose();
  vi.restoreAllMocks();
});

function rows(): unknown[] {
  return rowsOf(model);
}

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

  it('has the joules of all hosts of a cluster', () => {
    addCell('a');
    const parts = [aPart('host-2/cpu', 50), aPart('host-2/gpu', 30)];
    const lost = otherHost({ parts, power_w: 30, lost: true });
    const tell = (seq: number, hosts: readonly IOtherHost[]): void => {
      const elsewhere = { own_name: 'host-1', at_least: true, hosts };
      const figures = { ...now(seq, 120, 70), elsewhere };
      session.send(message('samples', 'a', { seq, now: figures }));
      model.refresh();
    };

    tell(1, [otherHost({ parts: [], power_w: null, t_s: null })]);
    expect(model.rows[0]).toMatchObject({ energy_j: 120, isAtLeast: false });

    tell(2, [lost]);
    expect(model.rows[0]).toMatchObject({
      energy_j: 200,
      power_w: 100,
      isAtLeast: true
    });
    expect(model.total).toMatchObject({
      energy_j: 200,
      isAtLeast: true,
      devices_j: { cpu: 50, gpu: 30 }
    });
    expect(joulesOf(model.total, 'J', model.total.scaleRange)).toMatch(
      /^≥ 200/
    );
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
