import { describe, expect, it } from 'vitest';

import { EXACT } from '../../src/record/scale';
import {
  co2e,
  energyIn,
  energyOfPartIn,
  energyOfSumIn,
  energySoFarIn,
  readingIn,
  upperBoundIn
} from '../../src/text/units';

describe('energy in a unit', () => {
  it.each([
    ['auto', 7200, 36, '7.20 ± 0.04 kJ'],
    ['J', 7200, 36, '7.20 ± 0.04 kJ'],
    ['J', 7.2e6, 36e3, '7.20 ± 0.04 MJ'],
    ['Wh', 7200, 36, '2.000 ± 0.010 Wh'],
    ['Wh', 7.2e9, 36e6, '2.000 ± 0.010 MWh'],
    ['Wh', 3.6, 0.36, '1.00 ± 0.10 mWh'],
    ['Wh', 1.8, 3.6, '< 1.5 mWh'],
    ['Wh', null, null, 'not measured']
  ] as const)('%s: %d ± %d is %s', (unit, energy_j, uncertainty_j, words) => {
    expect(energyIn(unit, energy_j, uncertainty_j, 'counter')).toBe(words);
  });

  it('marks an estimate', () => {
    expect(energyIn('Wh', 7200, 360, 'estimate')).toBe('≈ 2.00 ± 0.10 Wh');
    expect(energySoFarIn('Wh', 7200, 'mixed')).toBe('≈ 2.000 Wh');
    expect(energyOfPartIn('Wh', 7200, 'mixed', EXACT)).toBe('≈ 2.00 Wh');
  });

  it('gives the scale where it is the larger uncertainty', () => {
    const scale = { low: 0.94, high: 1.06 };
    const wide = { low: 0.5, high: 2 };

    expect(energyIn('Wh', 7200, 36, 'counter', scale)).toBe('2.00 Wh ± 6 %');
    expect(energyIn('J', 7.2e6, 36e3, 'counter', scale)).toBe('7.2 MJ ± 6 %');
    expect(energyIn('Wh', 7200, 36, 'estimate', wide)).toBe(
      '≈ 2.0 Wh, × ½ to 2'
    );
    expect(energyIn('Wh', 1.8, 3.6, 'estimate', wide)).toBe('< 3.0 mWh');
    expect(energySoFarIn('Wh', 7200, 'estimate', wide)).toBe('≈ 2.0 Wh');
    expect(readingIn('Wh', 36)).toBe('± 10 mWh');
    expect(upperBoundIn('Wh', 3600)).toBe('< 1.0 Wh');
  });

  it('keeps the bounds of a sum', () => {
    const bounds = { low_j: 720, high_j: 7200 };

    expect(energyOfSumIn('Wh', 3600, 3600, bounds, 'counter')).toBe(
      '200 mWh … 2.0 Wh'
    );
  });

  it.each([
    ['auto', 1e6, '278 Wh'],
    ['J', 1e6, '1.00 MJ'],
    ['auto', 8780, '8.78 kJ'],
    ['auto', 0, '0 J'],
    ['J', 99.96, '100 J']
  ] as const)('%s: about %d J is %s', (unit, energy_j, words) => {
    expect(energyOfPartIn(unit, energy_j, null, EXACT)).toBe(words);
  });
});

it.each([
  [3.6e6, 380, 1, '380 g'],
  [3.6e6, 380, 1.5, '570 g'],
  [3.6e7, 380, 1, '3.80 kg'],
  [3600, 380, 1, '380 mg'],
  [3.6, 380, 1, '380 µg']
])('%d J at %d g/kWh × %d is %s', (energy_j, factor, pue, words) => {
  expect(co2e(energy_j, factor, pue)).toBe(words);
});
