import { describe, expect, it } from 'vitest';

import {
  Curve,
  type IDomain,
  MAX_GAPS,
  MAX_POINTS
} from '../../src/chart/curve';

const domains: IDomain[] = ['cpu', 'gpu'].map(id => ({
  id,
  device: id,
  provenance: 'counter',
  counted: true
}));

/** One sample per time: 10 W of the CPU, and joules that are ten times the time. */
function samples(t_s: number[], gaps: [number, number][] = []) {
  return {
    t_s,
    power_w: {
      cpu: t_s.map(() => 10),
      gpu: t_s.map(t => (t === 0 ? null : t))
    },
    energy_j: t_s.map(t => 10 * t),
    gaps
  };
}

function range(n: number, step: number, begin = 0): number[] {
  return Array.from({ length: n }, (_, i) => begin + i * step);
}

describe('a curve', () => {
  it('gives seconds, joules and the watts of each domain as columns', () => {
    const curve = new Curve(domains);
    curve.append(samples([0.1, 0.2]));
    curve.append(samples([0.3]));
    expect(curve.columns()).toEqual({
      t_s: [0.1, 0.2, 0.3],
      energy_j: [1, 2, 3],
      power_w: [
        [10, 10, 10],
        [0.1, 0.2, 0.3]
      ]
    });
    expect(curve.end_s).toBe(0.3);
  });

  it('has columns before its first sample', () => {
    expect(new Curve(domains).columns()).toEqual({
      t_s: [],
      energy_j: [],
      power_w: [[], []]
    });
  });

  it('adds only what is later than what it has', () => {
    const curve = new Curve(domains);
    curve.append(samples([0.1, 0.2]));
    curve.append(samples([0.1, 0.2, 0.3]));
    expect(curve.columns().t_s).toEqual([0.1, 0.2, 0.3]);
  });

  it('lets the second power reach back to the first sample, which has none', () => {
    const curve = new Curve(domains);
    curve.append(samples([0, 0.5]));
    expect(curve.columns().power_w[1]).toEqual([0.5, 0.5]);
  });

  it('shows nothing for a domain of which a message says nothing', () => {
    const curve = new Curve(domains);
    curve.append({
      t_s: [1],
      power_w: { cpu: [5] },
      energy_j: [null],
      gaps: []
    });
    expect(curve.columns()).toEqual({
      t_s: [1],
      energy_j: [null],
      power_w: [[5], [null]]
    });
  });

  it('breaks the watts in a gap and lets the joules pass', () => {
    const curve = new Curve(domains);
    curve.append(samples([1, 2]));
    curve.append(samples([4, 5], [[2, 4]]));
    expect(curve.columns()).toEqual({
      t_s: [1, 2, 4, 5],
      energy_j: [10, 20, 40, 50],
      power_w: [
        [10, 10, null, 10],
        [1, 2, null, 5]
      ]
    });
    expect(curve.gaps).toEqual([[2, 4]]);
  });

  it('is replaced by a history up to its end', () => {
    const curve = new Curve(domains);
    curve.append(samples([1, 5], [[2, 3]]));
    curve.append(samples([9], [[5, 9]]));
    curve.reset(samples([1, 3, 4, 5], [[1, 3]]));
    expect(curve.columns().t_s).toEqual([1, 3, 4, 5, 9]);
    expect(curve.columns().power_w[0]).toEqual([10, null, 10, 10, null]);
    expect(curve.gaps).toEqual([
      [1, 3],
      [5, 9]
    ]);
  });

  it('is left alone by a history without points', () => {
    const curve = new Curve(domains);
    curve.append(samples([1, 2]));
    curve.reset(samples([]));
    expect(curve.length).toBe(2);
  });

  it('stays bounded, with its ends and its peaks, however it grows', () => {
    const curve = new Curve(domains);
    const n = 50_000;
    const peaks = new Set([777, 30_000, 49_000]);
    for (let i = 0; i < n; i += 10) {
      const t_s = range(10, 0.1, i / 10);
      curve.append({
        t_s,
        power_w: { cpu: t_s.map((_, k) => (peaks.has(i + k) ? 900 : 10)) },
        energy_j: t_s,
        gaps: []
      });
      expect(curve.length).toBeLessThanOrEqual(MAX_POINTS);
    }
    const {
      t_s,
      power_w: [cpu]
    } = curve.columns();
    expect(t_s[0]).toBe(0);
    expect(t_s.at(-1)).toBeCloseTo((n - 1) / 10);
    expect(cpu.filter(power_w => power_w === 900)).toHaveLength(peaks.size);
    expect(t_s).toEqual([...t_s].sort((a, b) => a - b));
  });

  it('has no longer holes in its old part than in its new one', () => {
    const curve = new Curve(domains);
    for (let i = 0; i < 20_000; i += 10) {
      curve.append(samples(range(10, 0.1, i / 10)));
    }
    const { t_s } = curve.columns();
    const steps_s = t_s.slice(1).map((t, i) => t - t_s[i]);
    expect(Math.max(...steps_s)).toBeLessThan(2000 / (MAX_POINTS / 8));
  });

  it('takes ten minutes at once', () => {
    const curve = new Curve(domains);
    curve.append(samples(range(60_000, 0.01)));
    expect(curve.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(curve.end_s).toBeCloseTo(599.99);
  });

  it('keeps the widest of too many gaps, in time order', () => {
    const curve = new Curve(domains);
    const gaps = range(MAX_GAPS + 10, 1).map((t, i): [number, number] => [
      t,
      t + (i < 10 ? 0.1 : 0.5)
    ]);
    curve.append(samples([0, 100], gaps));
    expect(curve.gaps).toEqual(gaps.slice(10));
  });
});
