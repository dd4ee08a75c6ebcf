import { describe, expect, it } from 'vitest';

import cases from '../../../tests/data/format_cases.json';
import { boundsOf } from '../../src/record/quantity';
import type { Provenance } from '../../src/record/report';
import {
  duration,
  energy,
  energyOfSum,
  energySoFar,
  meanPower,
  percent,
  power,
  wattHours
} from '../../src/text/format';

describe('energy', () => {
  it.each(cases.energy)(
    'writes $energy_j ± $uncertainty_j ($provenance) as Python does',
    ({ energy_j, uncertainty_j, provenance, text }) => {
      expect(
        energy(energy_j, uncertainty_j, provenance as Provenance | null)
      ).toBe(text);
    }
  );

  it.each([5e-324, 1e-80, 1e25, 1.7e308])('survives %d', energy_j => {
    expect(energy(energy_j, energy_j / 1e4, null)).toMatch(
      /^[\d.e+ ±]+ (µJ|MWh)$/
    );
  });
});

describe('meanPower', () => {
  it.each(cases.mean_power)(
    'of $mean_power_w W, $energy_j ± $uncertainty_j J reads as in Python: $text',
    ({ text, provenance, ...figures }) => {
      expect(
        meanPower({
          ...figures,
          provenance: provenance as Provenance | null
        })
      ).toBe(text);
    }
  );
});

describe('energyOfSum', () => {
  it.each(cases.sum)(
    'writes $energy_j ± $uncertainty_j of $parts as Python does: $text',
    ({ energy_j, uncertainty_j, provenance, parts, low_j, high_j, text }) => {
      const bounds = boundsOf(
        parts.map(([energy_j, uncertainty_j]) => ({ energy_j, uncertainty_j }))
      );

      expect(bounds.low_j).toBeCloseTo(low_j, 9);
      expect(bounds.high_j).toBeCloseTo(high_j, 9);
      expect(
        energyOfSum(
          energy_j,
          uncertainty_j,
          bounds,
          provenance as Provenance | null
        )
      ).toBe(text);
    }
  );
});

describe('energySoFar', () => {
  it('marks estimates and shows a missing figure as missing', () => {
    expect(energySoFar(12.345678, 'counter')).toBe('12.35 J');
    expect(energySoFar(12.345678, 'estimate')).toBe('≈ 12.35 J');
    expect(energySoFar(0, 'counter')).toBe('0 J');
    expect(energySoFar(null, 'counter')).toBe('–');
  });
});

describe('wattHours', () => {
  it.each([
    [3600, '1.00 Wh'],
    [36, '10.0 mWh'],
    [0.01, '2.78 µWh'],
    [9e6, '2.50 kWh'],
    [0, '0 Wh']
  ])('converts %d J', (energy_j, expected) => {
    expect(wattHours(energy_j, 'counter')).toBe(expected);
    expect(wattHours(energy_j, 'mixed')).toBe(`≈ ${expected}`);
  });
});

describe('percent', () => {
  it.each(cases.percent)(
    'writes $share as Python does: $text',
    ({ share, text }) => {
      expect(percent(share)).toBe(text);
    }
  );
});

describe('power', () => {
  it.each([
    [null, '–'],
    [0, '0 W'],
    [61.24, '61.2 W'],
    [0.0123, '12.3 mW'],
    [1520, '1.52 kW']
  ])('writes %s W', (power_w, expected) => {
    expect(power(power_w)).toBe(expected);
  });
});

describe('duration', () => {
  it.each([
    [0.0009, '900 µs'],
    [0.0123, '12.3 ms'],
    [2.0149, '2.01 s'],
    [60.5, '1 min 00 s'],
    [61.5, '1 min 02 s'],
    [3599.6, '60 min 00 s'],
    [3720, '1 h 02 min']
  ])('writes %d s', (duration_s, expected) => {
    expect(duration(duration_s)).toBe(expected);
  });
});
