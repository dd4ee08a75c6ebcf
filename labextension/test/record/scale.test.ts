import { describe, expect, it } from 'vitest';

import {
  EXACT,
  rangeOf,
  reachOf,
  reachOfRatio,
  scaleOfDomain,
  scaleOfTotal,
  sharesOf
} from '../../src/record/scale';
import { aBoard, anEstimate, aReport, aScale } from '../fixtures';

describe('a scale', () => {
  it('of one domain is its factor, up and down', () => {
    const { low, high } = scaleOfDomain(aBoard());

    expect([low, high]).toEqual([expect.closeTo(1 / 1.06, 9), 1.06]);
    expect(reachOf({ low, high })).toBeCloseTo(0.06, 9);
    expect(scaleOfDomain(aBoard({ energy_j: 0 }))).toEqual(EXACT);
  });

  it('adds up within a group and in quadrature beyond it', () => {
    const other = aBoard({ scale: aScale(1.08, 'board B') });
    const range = rangeOf(sharesOf([aBoard(), aBoard(), other]), 300);

    expect(range.high).toBeCloseTo(1 + Math.hypot(12, 8) / 300, 9);
  });

  it('of a total is that of its counted domains', () => {
    const domains = [aBoard(), anEstimate({ counted: false })];

    expect(scaleOfTotal(aReport({ domains })).high).toBeCloseTo(1.06, 9);
    expect(scaleOfTotal(aReport())).toEqual(EXACT);
    expect(scaleOfTotal(aReport({ domains, energy_j: null }))).toEqual(EXACT);
  });

  it('drops out of a quotient where both have the same part of it', () => {
    const shared = (...domains: ReturnType<typeof aBoard>[]) => ({
      energy_j: domains.reduce((sum_j, { energy_j }) => sum_j + energy_j, 0),
      shares: sharesOf(domains)
    });
    const alone = shared(aBoard());

    expect(reachOfRatio(alone, shared(aBoard({ energy_j: 7 })))).toBeCloseTo(0);
    expect(reachOfRatio(shared(aBoard(), anEstimate()), alone)).toBeCloseTo(
      Math.hypot(0.03, 0.5),
      9
    );
  });
});
