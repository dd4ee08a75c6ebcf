import { describe, expect, it } from 'vitest';

import {
  decimate,
  meanOf,
  nearestRow,
  peakRow,
  Scale,
  slope,
  stack,
  steps,
  sum,
  type Value
} from '../../src/chart/geometry';

/** Watts upwards: 0 W at 100 px, 100 W at 0 px. */
const watts = new Scale(100, 100, 0);

function range(n: number, step = 1): number[] {
  return Array.from({ length: n }, (_, i) => i * step);
}

describe('a scale', () => {
  it('goes both ways, upwards or downwards', () => {
    expect(watts.px(25)).toBe(75);
    expect(watts.value(75)).toBe(25);
    const time = new Scale(20, 50, 250);
    expect(time.px(10)).toBe(150);
    expect(time.value(150)).toBe(10);
  });
});

describe('decimating', () => {
  it('leaves all rows where there are at most two to a pixel', () => {
    expect(decimate([0, 0.5, 1, 1.5, 2], [5, 1, 9, 3, 7])).toEqual([
      0, 1, 2, 3, 4
    ]);
  });

  it('keeps the most and the least of each pixel in their order', () => {
    const x_px = range(1000, 0.01);
    const values = x_px.map((_, row) => (row % 100 === 37 ? 900 : row % 7));
    const kept = decimate(x_px, values);
    expect(kept.length).toBeLessThanOrEqual(2 * 10);
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
    expect(kept.filter(row => values[row] === 900)).toHaveLength(10);
    expect(kept.filter(row => values[row] === 0)).toHaveLength(10);
  });

  it('keeps a break that is wider than a pixel, though its row is alone', () => {
    const x_px = [0, 40, 40.2, 40.4];
    expect(decimate(x_px, [1, null, 2, 3])).toEqual([0, 1, 2, 3]);
  });

  it('drops a break that nobody would see', () => {
    expect(decimate([3.1, 3.3, 3.5, 4], [1, null, 2, 3])).toEqual([0, 2, 3]);
  });

  it('has nothing to say of nothing', () => {
    expect(decimate([], [])).toEqual([]);
    expect(decimate([1], [null])).toEqual([0]);
  });
});

describe('steps', () => {
  it('hold each value from the row before up to its own', () => {
    const lines = steps([0, 1, 2], [0, 10, 20], [null, 50, 100], watts);
    expect(lines).toEqual([[0, 50, 10, 50, 10, 0, 20, 0]]);
  });

  it('go on over rows that were left out', () => {
    const lines = steps(
      [0, 3, 5],
      range(6),
      range(6).map(() => 50),
      watts
    );
    expect(lines).toEqual([[0, 50, 5, 50]]);
  });

  it('join what is level, so that a calm line has few corners', () => {
    const values = range(500).map(row => 50 + (row % 2) * 0.01);
    expect(steps(range(500), range(500), values, watts)[0]).toHaveLength(4);
  });

  it('end where nothing is known and begin anew after it', () => {
    const lines = steps(
      [0, 1, 2, 3, 4],
      range(5, 10),
      [50, 50, null, null, 20],
      watts
    );
    expect(lines).toEqual([
      [0, 50, 10, 50],
      [30, 80, 40, 80]
    ]);
  });

  it('of one row alone are none', () => {
    expect(steps([0], [0], [50], watts)).toEqual([]);
  });
});

describe('a slope', () => {
  it('goes straight over what is not known, with one point to a pixel', () => {
    expect(slope([0, 1, 1.5, 20], [0, 10, null, 100], watts)).toEqual([
      0, 100, 1, 90, 20, 0
    ]);
    expect(slope(range(1000, 0.01), range(1000), watts)).toHaveLength(20);
  });
});

describe('a stack', () => {
  it('has the edges on top of each other', () => {
    expect(
      stack([
        [1, 2],
        [10, 20],
        [100, 200]
      ])
    ).toEqual([
      [1, 2],
      [11, 22],
      [111, 222]
    ]);
  });

  it('gives no height to what is not known, and breaks where nothing is', () => {
    expect(
      stack([
        [1, null, null],
        [10, 20, null]
      ])
    ).toEqual([
      [1, 0, null],
      [11, 20, null]
    ]);
  });

  it('has its sum on top', () => {
    expect(
      sum([
        [1, null],
        [2, null]
      ])
    ).toEqual([3, null]);
    expect(sum([])).toEqual([]);
  });
});

describe('what is marked', () => {
  it('is the highest value', () => {
    expect(peakRow([null, 3, 9, 2])).toBe(2);
    expect(peakRow([null])).toBe(-1);
  });

  it('is the mean over time, not over points', () => {
    expect(meanOf([0, 1, 4], [99, 10, 50])).toBe(40);
  });

  it('leaves out of the mean what is not known', () => {
    expect(meanOf([0, 1, 4, 5], [null, 10, null, 30])).toBe(20);
    expect(meanOf([0], [10] as Value[])).toBeNull();
  });
});

describe('the nearest row', () => {
  it.each([
    [-5, 0],
    [0.9, 0],
    [1.1, 1],
    [5.9, 2],
    [6.1, 3],
    [99, 3]
  ])('to %d s is %d', (at_s, row) => {
    expect(nearestRow([0, 2, 4, 8], at_s)).toBe(row);
  });
});
