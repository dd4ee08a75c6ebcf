import { describe, expect, it } from 'vitest';

import {
  axisLabel,
  ceiling,
  energyCeiling,
  spanOf,
  timeLabel,
  timeStep
} from '../../src/chart/axes';

describe('an axis of watts or joules', () => {
  it.each([
    [0, 1],
    [-3, 1],
    [NaN, 1],
    [0.0042, 0.005],
    [1, 1],
    [1.2, 1.5],
    [61.2, 80],
    [301, 400],
    [999, 1000],
    [1234, 1500]
  ])('for values up to %d ends at %d', (value, top) => {
    expect(ceiling(value)).toBeCloseTo(top, 9);
  });

  it('for joules ends at a round number of the unit that they are written in', () => {
    expect(energyCeiling(7.9e5)).toBeCloseTo(8e5);
    expect(energyCeiling(1.1e6)).toBeCloseTo(400 * 3600);
    expect(axisLabel(energyCeiling(1.1e6), energyCeiling(1.1e6), 'J')).toBe(
      '400 Wh'
    );
  });

  it('never ends below what it shows by more than a hair', () => {
    for (let value = 1e-6; value < 1e7; value *= 1.07) {
      expect(ceiling(value)).toBeGreaterThanOrEqual(value * 0.999);
      expect(ceiling(value)).toBeLessThanOrEqual(value * 1.51);
    }
  });

  it.each([
    [750, 1500, 'W', '0.75 kW'],
    [1500, 1500, 'W', '1.5 kW'],
    [0, 300, 'J', '0 J'],
    [0.25, 0.5, 'J', '250 mJ'],
    [5e5, 1e6, 'J', '500 kJ'],
    [3.6e6, 7.2e6, 'J', '1 kWh'],
    [1.5e6, 3e6, 'W', '1.5 MW']
  ])('says %d of %d %s as %s', (value, top, unit, text) => {
    expect(axisLabel(value, top, unit)).toBe(text);
  });
});

describe('the time axis', () => {
  it.each([
    [0.1, 2],
    [2.1, 2.5],
    [10.2, 15],
    [14.9, 15],
    [61, 90],
    [3700, 5400]
  ])('with points up to %d s stands still until %d s', (end_s, span_s) => {
    expect(spanOf(end_s)).toBeCloseTo(span_s, 9);
  });

  it.each([
    [2, 8, 0.5],
    [12, 8, 2],
    [200, 8, 30],
    [4000, 8, 600],
    [1e7, 8, 86400]
  ])('of %d s has %d marks at most, %d s apart', (span_s, most, step_s) => {
    expect(timeStep(span_s, most)).toBe(step_s);
  });

  it.each([
    [1.5, 0.5, '1.5 s'],
    [90, 30, '90 s'],
    [300, 60, '5 min'],
    [7200, 1800, '2 h']
  ])('says %d s, with marks %d s apart, as %s', (t_s, step_s, text) => {
    expect(timeLabel(t_s, step_s)).toBe(text);
  });
});
