import { describe, expect, it } from 'vitest';

import { Run } from '../../src/live/run';
import { begin, end, history, samples } from '../live_messages';

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
