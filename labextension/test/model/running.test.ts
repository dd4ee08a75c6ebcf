import { describe, expect, it, vi } from 'vitest';

import type { IOtherHost } from '../../src/record/livemessages';
import { joulesOf } from '../../src/text/totalwords';
import { aPart, otherHost } from '../live_messages';
import { domain, message, now, publish, report, eachModelled } from './setup';

const given = eachModelled();

describe('a live run', () => {
  it('shows the newest figures', () => {
    given.addCell('a');
    given.session.send(message('begin', 'a'));
    expect(given.rows()).toEqual([['a', 'running', null]]);

    given.session.send(message('samples', 'a', { seq: 1, now: now(1, 50) }));
    given.session.send(
      message('samples', 'a', { seq: 2, now: now(2, 120, 70) })
    );
    given.model.refresh();
    expect(given.model.rows[0]).toMatchObject({
      status: 'running',
      energy_j: 120,
      duration_s: 2,
      power_w: 70,
      uncertainty_j: null
    });
    expect(given.model.total).toMatchObject({ energy_j: 120, isRunning: true });
  });

  it('has the joules of all hosts of a cluster', () => {
    given.addCell('a');
    const parts = [aPart('host-2/cpu', 50), aPart('host-2/gpu', 30)];
    const lost = otherHost({ parts, power_w: 30, t_s: 0.5, lost: true });
    const tell = (
      seq: number,
      figures: object,
      hosts: readonly IOtherHost[]
    ): void => {
      const elsewhere = { own_name: 'host-1', at_least: true, hosts };
      const known = { ...figures, elsewhere };
      given.session.send(message('samples', 'a', { seq, now: known }));
      given.model.refresh();
    };

    tell(1, now(1, 120, 70), [
      otherHost({ parts: [], power_w: null, t_s: null })
    ]);
    expect(given.model.rows[0]).toMatchObject({
      energy_j: 120,
      isAtLeast: false
    });

    tell(2, { ...now(2, 200, 100), told_s: 0.8 }, [lost]);
    expect(given.model.rows[0]).toMatchObject({
      energy_j: 200,
      power_w: 100,
      isAtLeast: true
    });
    expect(given.model.total).toMatchObject({
      energy_j: 200,
      isAtLeast: true,
      devices_j: { cpu: 50, gpu: 30 },
      mean_power_w: 250,
      duration_s: 2
    });
    expect(
      joulesOf(given.model.total, 'J', given.model.total.scaleRange)
    ).toMatch(/^≥ 200/);
  });

  it('divides the joules so far as those of ended cells are', () => {
    given.addCell('a', undefined, [report('a')]);
    given.addCell('b');
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
    given.session.send(
      message('samples', 'b', {
        provenance: 'mixed',
        domains: [cpu, gpu, core],
        now: { ...now(1, 50), domains: joules }
      })
    );
    given.model.refresh();

    expect(given.model.total).toMatchObject({
      energy_j: 150,
      devices_j: { cpu: 120, dram: 0, gpu: 30, other: 0 },
      estimated_j: 20
    });
  });

  it('can be joined in the middle', () => {
    given.addCell('a');
    given.session.send(message('samples', 'a', { seq: 40, now: now(4, 200) }));

    expect(given.rows()).toEqual([['a', 'running', 200]]);
  });

  it('does not go back to older figures', () => {
    given.addCell('a');
    given.session.send(message('samples', 'a', { seq: 5, now: now(5, 250) }));
    given.session.send(message('samples', 'a', { seq: 4, now: now(4, 200) }));

    expect(given.rows()).toEqual([['a', 'running', 250]]);
  });

  it('stands before the report of the run before', () => {
    given.addCell('a', undefined, [report('a', { run_id: 'old' })]);
    given.session.send(message('samples', 'a', { now: now(1, 7) }));

    expect(given.rows()).toEqual([['a', 'running', 7]]);
  });

  it('survives its own clear_output', () => {
    const cell = given.addCell('a');
    given.session.send(message('samples', 'a', { now: now(1, 7) }));
    cell.outputs.add({ output_type: 'stream', name: 'stdout', text: 'x' });
    cell.outputs.clear();

    expect(given.rows()).toEqual([['a', 'running', 7]]);
  });

  it('ends with its report, and is the same once that is in the output', () => {
    const cell = given.addCell('a');
    given.session.send(message('begin', 'a'));
    given.session.send(message('end', 'a'));
    expect(given.rows()).toEqual([['a', 'ok', 100]]);

    publish(cell, report('a'));
    expect(given.rows()).toEqual([['a', 'ok', 100]]);
    expect(given.model.total.cells).toBe(1);

    cell.outputs.clear();
    expect(given.rows()).toEqual([]);
  });

  it('keeps the report of a cell whose output was lost', () => {
    given.addCell('a', undefined, [
      report('a', { run_id: 'old', energy_j: 1 })
    ]);
    given.session.send(message('end', 'a'));

    expect(given.rows()).toEqual([['a', 'ok', 100]]);
  });

  it('lets a kept report go when the cell is to run again', () => {
    given.addCell('a');
    given.session.send(message('end', 'a'));
    expect(given.rows()).toHaveLength(1);
    given.model.forget('a');

    expect(given.rows()).toEqual([]);
  });

  it('lets a kept report go when the outputs are cleared', () => {
    const cell = given.addCell('a');
    cell.outputs.add({ output_type: 'stream', name: 'stdout', text: 'x' });
    given.session.send(message('end', 'a'));
    expect(given.rows()).toHaveLength(1);
    cell.outputs.clear();

    expect(given.rows()).toEqual([]);
  });

  it('keeps no report besides the one that the output holds', () => {
    const cell = given.addCell('a');
    cell.outputs.add({ output_type: 'stream', name: 'stdout', text: 'x' });
    given.session.send(message('end', 'a'));
    publish(cell, report('a'));
    expect(given.rows()).toHaveLength(1);
    cell.outputs.remove(1);

    expect(given.rows()).toEqual([]);
  });

  it('does not run on when the cell was executed without an end', () => {
    given.addCell('a');
    given.session.send(message('samples', 'a'));
    given.model.settle('a');

    expect(given.rows()).toEqual([['a', 'restarted', null]]);
  });

  it('takes an end that comes after the cell was executed', () => {
    given.addCell('a');
    given.session.send(message('samples', 'a'));
    given.model.settle('a');
    given.session.send(message('end', 'a', { seq: 9 }));

    expect(given.rows()).toEqual([['a', 'ok', 100]]);
  });

  it('takes no more samples after its end', () => {
    given.addCell('a');
    given.session.send(message('end', 'a', { seq: 9 }));
    given.session.send(message('samples', 'a', { seq: 8 }));

    expect(given.rows()).toEqual([['a', 'ok', 100]]);
  });

  it('whose report is unreadable says so', () => {
    given.addCell('a');
    given.session.send(message('end', 'a', { report: { schema: 'x' } }));

    expect(given.rows()).toEqual([['a', 'unreadable', null]]);
  });

  it('of a deleted cell goes, and comes back with the cell', () => {
    given.addCell('a');
    given.session.send(message('begin', 'a'));
    given.notebook.deleteCell(0);
    given.session.send(message('samples', 'a'));
    expect(given.rows()).toEqual([]);

    given.session.send(message('end', 'a', { seq: 2 }));
    given.addCell('a');
    expect(given.rows()).toEqual([['a', 'ok', 100]]);
  });

  it('of a cell that is not in the notebook is ignored', () => {
    given.addCell('a');
    given.session.send(message('samples', 'elsewhere'));
    given.session.send(message('samples', 'a', { cell_id: null }));

    expect(given.rows()).toEqual([]);
  });

  it('ignores a broken message and goes on', () => {
    given.addCell('a');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    given.session.send(message('samples', 'a', { seq: 'first' }));
    expect(given.rows()).toEqual([]);
    expect(warn).toHaveBeenCalledOnce();

    given.session.send(message('samples', 'a'));
    expect(given.rows()).toEqual([['a', 'running', 5]]);
  });
});

describe('a replay', () => {
  const flagged = [{ ...domain, flags: ['replayed'] }];

  it('is one from the first message to the report', () => {
    given.addCell('a');
    given.session.send(message('begin', 'a', { domains: flagged }));
    given.rows();
    expect(given.model.rows[0].isReplayed).toBe(true);

    given.session.send(
      message('end', 'a', {
        seq: 9,
        report: report('a', { flags: ['replayed'] })
      })
    );
    given.rows();
    expect(given.model.rows[0].isReplayed).toBe(true);
    expect(given.model.total.isReplayed).toBe(true);
  });

  it('is also a report of which one domain was replayed', () => {
    const [cpu] = report('a').domains;
    given.addCell('a', undefined, [
      report('a', {
        domains: [cpu, { ...cpu, id: 'gpu:0', flags: ['replayed'] }]
      })
    ]);
    given.addCell('b', undefined, [report('b')]);
    given.rows();

    expect(given.model.rows.map(row => row.isReplayed)).toEqual([true, false]);
  });
});

it('says at least of a cell that was not metered to its end, and of the total', () => {
  given.addCell('a', undefined, [report('a', { flags: ['host-lost'] })]);
  given.addCell('b', undefined, [report('b')]);
  given.rows();

  expect(given.model.rows.map(row => row.isAtLeast)).toEqual([true, false]);
  expect(given.model.total.isAtLeast).toBe(true);
});

describe('a queued cell', () => {
  it('waits until its run begins', () => {
    const cell = given.addCell('a', undefined, [
      report('a', { run_id: 'old' })
    ]);
    given.addCell('first', 'work()');
    given.model.queue('first');
    given.model.queue('a');
    cell.outputs.clear();
    expect(given.rows()).toEqual([['a', 'queued', null]]);

    given.model.settle('first');
    expect(given.rows()).toEqual([['a', 'running', null]]);

    given.session.send(message('begin', 'a'));
    expect(given.rows()).toEqual([['a', 'running', null]]);
  });

  it('that is not metered is no row, unless every cell is', () => {
    given.addCell('a', 'work()');
    given.model.queue('a');
    expect(given.rows()).toEqual([]);

    given.model.isAutoMetered = true;
    given.model.queue('a');
    expect(given.rows()).toEqual([['a', 'running', null]]);
  });

  it('is known to be metered once another without a line was', () => {
    given.addCell('a', 'work()');
    given.addCell('b', 'work()');
    given.model.queue('a');
    given.session.send(message('begin', 'a'));
    given.model.queue('b');

    expect(given.rows()).toEqual([
      ['a', 'running', null],
      ['b', 'queued', null]
    ]);
  });

  it('waits no more when the kernel is gone, or it was passed over', () => {
    given.addCell('a');
    given.addCell('b');
    given.model.queue('a');
    given.model.queue('b');
    given.model.settle('b');
    expect(given.rows()).toEqual([['a', 'running', null]]);

    given.session.statusChanged.emit('restarting');
    expect(given.rows()).toEqual([]);
  });
});

describe('the curve so far', () => {
  it('is thinned with its peaks kept', () => {
    given.addCell('a');
    for (let seq = 1; seq <= 400; seq++) {
      const power_w = { [domain.id]: [seq === 200 ? 999 : 50] };
      given.session.send(
        message('samples', 'a', { seq, domains: [domain], t_s: [seq], power_w })
      );
    }
    given.model.refresh();
    const { recent_w } = given.model.rows[0];

    expect(recent_w.length).toBeLessThan(100);
    expect(recent_w.filter(power_w => power_w === 999)).toHaveLength(1);
  });
});
