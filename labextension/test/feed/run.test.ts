import { describe, expect, it } from 'vitest';

import { Run } from '../../src/feed/run';
import type { IReport } from '../../src/record/report';
import { RecordError } from '../../src/record/validation';
import { aReport } from '../fixtures';
import {
  aPart,
  begin,
  end,
  history,
  otherHost,
  samples,
  samplesOnHosts
} from '../live_messages';

/** Takes messages in by their numbers: 0 is `begin`, n the sample at n seconds. */
function run(...numbers: number[]): Run {
  const run = new Run(begin());
  for (const seq of numbers) {
    run.take(seq === 0 ? begin() : samples(seq));
  }
  return run;
}

const times = (run: Run): number[] => [...run.curve.columns().t_s];

describe('a run', () => {
  it('is put together from messages in their order', () => {
    const whole = run(0, 1, 2, 3);
    expect(times(whole)).toEqual([1, 2, 3]);
    expect(whole.now?.t_s).toBe(3);
    expect(whole.report).toBeNull();
  });

  it('takes no message twice and none that is late', () => {
    const whole = run(0, 1, 3);
    expect(whole.take(samples(3))).toBe(false);
    expect(whole.take(samples(2))).toBe(false);
    expect(whole.now?.t_s).toBe(3);
    expect(times(whole)).toEqual([1, 3]);
  });

  it('takes nothing of another run', () => {
    const mine = run(0, 1);
    expect(mine.take({ ...samples(2), run_id: 'other' })).toBe(false);
    expect(mine.repair({ ...history(9), run_id: 'other' })).toBe(false);
    expect(times(mine)).toEqual([1]);
  });

  it('draws on where messages are lost, and repairs itself with the next history', () => {
    const torn = run(0, 1, 4, 5);
    expect(times(torn)).toEqual([1, 4, 5]);
    expect(torn.repair(history(4))).toBe(true);
    expect(times(torn)).toEqual([1, 2, 3, 4, 5]);
    expect(torn.now?.t_s).toBe(5);
  });

  it('stays torn until a history holds what was lost', () => {
    const torn = run(0, 1, 4);
    expect(torn.repair(history(2))).toBe(true);
    expect(times(torn)).toEqual([1, 2, 4]);
    expect(torn.repair(history(4))).toBe(true);
    expect(times(torn)).toEqual([1, 2, 3, 4]);
  });

  it('has no use for a history of what it has', () => {
    expect(run(0, 1, 2, 3).repair(history(2))).toBe(false);
  });

  it('draws other hosts from when they have told something', () => {
    const whole = run(0, 1);
    const told = samplesOnHosts(2, [otherHost({ t_s: 2 })]);
    const power_w = { ...told.power_w, 'host-2': [32] };
    whole.take({ ...told, power_w });
    const own = {
      ...samples(3),
      power_w: { ...samples(3).power_w, 'host-2': [30] }
    };
    whole.take(own);
    expect(whole.curve.domains.map(({ id }) => id)).toEqual([
      'cpu:0/package',
      'host-2'
    ]);
    expect(whole.curve.columns().power_w).toEqual([
      [10, 10, 10],
      [32, 32, 30]
    ]);
    const late = run(0);
    const all = { ...history(3), now: told.now };
    late.repair({
      ...all,
      power_w: { ...all.power_w, 'host-2': [null, 32, 30] }
    });
    expect(late.curve.columns().power_w[1]).toEqual([32, 32, 30]);
  });

  it('knows whose its joules are, and keeps what was told of others', () => {
    const own = run(0, 1);
    expect(own.soFar.hosts).toBe(1);
    own.take(samplesOnHosts(2, [otherHost(), otherHost({ parts: [] })], true));
    expect(own.soFar.hosts).toBe(3);
    own.take(samples(3)); // others are told of more rarely
    expect(own.soFar.hosts).toBe(3);
    expect(own.now?.elsewhere?.at_least).toBe(true);
    const scale = { factor: 1.1, group: 'models' };
    const rest = otherHost({
      name: '4 more',
      hosts: 4,
      parts: [
        aPart('4 more/cpu', 10),
        { ...aPart('4 more/gpu', 20), provenance: 'estimate', scale }
      ]
    });
    own.take(samplesOnHosts(4, [otherHost(), rest]));
    expect(own.soFar.hosts).toBe(6);
    expect(own.soFar.parts.map(({ id, energy_j }) => [id, energy_j])).toEqual([
      ['cpu:0/package', 40],
      ['host-2/cpu', 30],
      ['4 more/cpu', 10],
      ['4 more/gpu', 20]
    ]);
    expect(own.soFar.parts[3].scale).toEqual(scale);
  });

  it('shows all hosts once it has ended, and its own until then', () => {
    const going = run(0, 1, 2);
    const [own] = aReport().domains;
    const domains = ['host-1', 'host-2'].map(host => ({
      ...own,
      id: `${host}/${own.id}`
    }));
    const hosts = ['host-1', 'host-2'].map(name => ({
      ...{ name, duration_s: 2, energy_j: 100, uncertainty_j: 3 },
      ...{ offset_s: 0, offset_uncertainty_s: 0 }
    }));
    const report: IReport = { ...aReport(), domains, hosts };
    going.take(Object.assign(end(3), { report }));
    expect(going.head.domains).toBe(domains);
    expect(going.report).toBe(report);
  });

  it('can be joined late, with a history', () => {
    const late = new Run(begin());
    late.take(begin());
    expect(late.repair(history(40))).toBe(true);
    expect(late.now?.t_s).toBe(40);
    expect(late.take(samples(40))).toBe(false);
    expect(late.take(samples(41))).toBe(true);
    expect(late.curve.length).toBe(41);
  });

  it('can be joined late, at any message, before a history comes', () => {
    const late = new Run(samples(7));
    late.take(samples(7));
    late.take(samples(8));
    expect(times(late)).toEqual([7, 8]);
    late.repair(history(8));
    expect(times(late)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('takes up domains that come later, and keeps the watts of the others', () => {
    const growing = run(0, 1);
    const gpu = { ...begin().domains[0], id: 'gpu:0' };
    const later = samples(2);
    growing.take({
      ...later,
      domains: [gpu, ...later.domains],
      power_w: { ...later.power_w, 'gpu:0': [300] }
    });
    expect(growing.head.domains.map(({ id }) => id)).toEqual([
      'gpu:0',
      'cpu:0/package'
    ]);
    expect(growing.curve.columns().power_w).toEqual([
      [300, 300],
      [10, 10]
    ]);
  });

  it('has the curve of the report where nothing else has come', () => {
    const late = new Run(end(20));
    late.take(end(20));
    expect(times(late)).toEqual([0, 1, 2]);
  });

  it('keeps a report for which a later one cannot be read, or comes late', () => {
    const whole = run(0, 1);
    whole.take(end(4));
    expect(whole.take({ ...end(3), report: null })).toBe(false);
    whole.take({ ...end(5), report: new RecordError('broken') });
    expect(whole.report?.energy_j).toBe(100);
    expect(whole.failure).toBe('');
  });

  it('knows what is missing only from its begin', () => {
    const missing = [{ id: 'gpu:0', reason: 'no driver', remedy: 'none' }];
    const whole = new Run(begin({ missing }));
    expect(whole.isJoined).toBe(true);
    whole.take(begin({ missing }));
    expect(whole.isJoined).toBe(false);
    expect(whole.missing).toEqual(missing);
    const late = new Run(samples(7));
    late.take(samples(7));
    expect(late.missing).toBeNull();
  });

  it('is lost with its kernel, unless it is over', () => {
    const whole = run(0, 1);
    expect(whole.lose()).toBe(true);
    expect(whole.lose()).toBe(false);
    expect(whole.isLost).toBe(true);
    const ended = run(0, 1);
    ended.take(end(2));
    expect(ended.lose()).toBe(false);
    expect(ended.isLost).toBe(false);
  });

  it('can be made from a report, and takes a later one in its place', () => {
    const old = Run.ofReport(aReport());
    const { curve } = old;
    expect([old.isOver, old.now, times(old)]).toEqual([true, null, [0, 1, 2]]);
    const refined = aReport({
      energy_j: 101,
      trace: { t_s: [0, 2], power_w: { 'cpu:0/package': [40, 60] } }
    });
    old.replaceReport(refined, refined.domains);
    expect(old.report?.energy_j).toBe(101);
    expect(times(old)).toEqual([0, 2]);
    expect(old.curve).toBe(curve);
  });

  it('takes other provenances of the same domains up', () => {
    const changed = run(0, 1);
    const domains = [{ ...begin().domains[0], provenance: 'power' as const }];
    changed.take({ ...samples(2), provenance: 'power', domains });
    expect(changed.head).toMatchObject({ provenance: 'power', domains });
    expect(times(changed)).toEqual([1, 2]);
  });

  it('says why there is no report', () => {
    const broken = run(0, 1);
    broken.take({ ...end(2), report: null, error: 'no memory' });
    expect(broken.report).toBeNull();
    expect(broken.failure).toBe('no memory');
  });

  it('ends with a report', () => {
    const whole = run(0, 1);
    expect(whole.take(end(2))).toBe(true);
    expect(whole.report?.energy_j).toBe(100);
  });
});
