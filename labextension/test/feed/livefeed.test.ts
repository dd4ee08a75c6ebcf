import type { KernelMessage } from '@jupyterlab/services';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { LiveFeed } from '../../src/feed/livefeed';
import { aMessage, aReport } from '../fixtures';
import { TestSession } from '../session';

let session: TestSession;
let feed: LiveFeed;
/** What was signalled: the run, and the kind of the message that told it. */
let told: string[];

beforeEach(() => {
  session = new TestSession();
  feed = new LiveFeed({ session });
  told = [];
  feed.changed.connect((_, { run, message }) => {
    told.push(`${run.head.run_id} ${message?.kind ?? 'none'}`);
  });
});

afterEach(() => {
  feed.dispose();
  vi.restoreAllMocks();
});

/** The message with the sample at `seq` seconds. */
function samples(seq: number, changes = {}): Record<string, unknown> {
  const now = { t_s: seq, power_w: 10, energy_j: 10 * seq, domains: {} };
  const points = { t_s: [seq], power_w: {}, energy_j: [10 * seq] };
  return aMessage('samples', { seq, ...points, now, ...changes });
}

describe('a feed', () => {
  it('keeps one run for all who ask, and says when more is known of it', () => {
    session.send(aMessage('begin'));
    const run = feed.get('run-1');
    session.send(samples(1));
    session.send(aMessage('end', { seq: 2 }));

    expect(feed.get('run-1')).toBe(run);
    expect(run).toMatchObject({ now: { energy_j: 10 }, report: aReport() });
    expect(told).toEqual(['run-1 begin', 'run-1 samples', 'run-1 end']);
  });

  it('takes nothing twice and nothing that is late', () => {
    session.send(samples(5));
    session.send(samples(5));
    session.send(samples(4));
    session.send(aMessage('begin'));

    expect(told).toEqual(['run-1 samples']);
    expect(feed.get('run-1')?.now?.t_s).toBe(5);
  });

  it('takes a refined report, and no older one after it', () => {
    const report = (uncertainty_j: number) => aReport({ uncertainty_j });
    session.send(aMessage('end', { seq: 8, report: report(1) }));
    session.send(aMessage('end', { seq: 7, report: report(3) }));

    expect(feed.get('run-1')?.report?.uncertainty_j).toBe(1);
    expect(told).toHaveLength(1);
  });

  it('is not shaken by a message that cannot be read', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    session.send(samples(1, { t_s: 'soon' }));
    session.send(samples(2, { domains: [{ id: 'cpu' }] }));
    session.send(samples(3));

    expect(warn).toHaveBeenCalledTimes(2);
    expect(told).toEqual(['run-1 samples']);
    expect(feed.get('run-1')?.curve.length).toBe(1);
  });

  it('repairs a run with the history of its widget, and begins none with it', () => {
    const history = samples(4, { t_s: [1, 2, 3, 4], energy_j: [1, 2, 3, 4] });
    const update = { data: { method: 'update', state: { history } } };
    session.publish('comm_msg', update);
    expect(feed.get('run-1')).toBeUndefined();

    session.send(samples(1));
    session.send(samples(4));
    session.publish('comm_msg', update);

    expect(feed.get('run-1')?.curve.length).toBe(4);
    expect(told).toEqual(['run-1 samples', 'run-1 samples', 'run-1 none']);
  });

  it('passes over what answers another notebook', () => {
    const isForeign = (message: KernelMessage.IMessage): boolean =>
      message.header.msg_type === 'comm_msg';
    const mine = new LiveFeed({ session, isForeign });
    session.send(samples(1));

    expect(mine.get('run-1')).toBeUndefined();
    mine.dispose();
  });

  it('keeps every run that goes on, and the newest of the others', () => {
    session.send(samples(1, { run_id: 'long' }));
    for (let run = 0; run < 50; run++) {
      session.send(aMessage('end', { run_id: `run-${run}` }));
    }

    expect(feed.get('long')).toBeDefined();
    expect(feed.get('run-10')).toBeUndefined();
    expect(feed.get('run-49')).toBeDefined();
  });
});

describe('a feed whose kernel goes away', () => {
  it('tells of the runs that were going on, then of the kernel', () => {
    session.send(aMessage('end', { run_id: 'over' }));
    session.send(samples(1));
    feed.kernelGone.connect(() => {
      told.push('gone');
    });
    told = [];
    session.statusChanged.emit('restarting');

    expect(told).toEqual(['run-1 none', 'gone']);
    expect(feed.get('run-1')?.isLost).toBe(true);
    expect(feed.get('over')?.isLost).toBe(false);
  });

  it('takes nothing more of them, even if they are kept no longer', () => {
    session.send(samples(1));
    session.statusChanged.emit('dead');
    session.send(aMessage('end', { seq: 9 }));
    expect(feed.get('run-1')?.report).toBeNull();

    for (let run = 2; run < 50; run++) {
      session.send(aMessage('end', { run_id: `run-${run}` }));
    }
    told = [];
    session.send(aMessage('end', { seq: 9 }));
    expect(feed.get('run-1')).toBeUndefined();
    expect(told).toEqual([]);
  });
});
