import { describe, expect, it } from 'vitest';

import cases from '../../../tests/data/format_cases.json';
import { boundsOf } from '../../src/record/quantity';
import type { Provenance } from '../../src/record/report';
import { EXACT, type IScaleRange } from '../../src/record/scale';
import {
  duration,
  energy,
  energyOfSum,
  energySoFar,
  meanPower,
  peakPower,
  percent,
  power,
  powerBound,
  readingWords,
  scaleWords,
  wattHours
} from '../../src/text/format';

/** What a case has of what Python's tests have. */
interface ICase {
  readonly provenance: string | null;
  readonly scale?: readonly number[];
}

function scaleOf({ scale }: Pick<ICase, 'scale'>): IScaleRange {
  return scale ? { low: scale[0], high: scale[1] } : EXACT;
}

function provenanceOf({ provenance }: ICase): Provenance | null {
  return provenance as Provenance | null;
}

describe('energy', () => {
  it.each(cases.energy)(
    'writes $energy_j ± $uncertainty_j ($provenance, $scale) as Python does: $text',
    ({ energy_j, uncertainty_j, text, ...rest }) => {
      expect(
        energy(energy_j, uncertainty_j, provenanceOf(rest), scaleOf(rest))
      ).toBe(text);
    }
  );

  it.each([5e-324, 1e-80, 1e25, 1.7e308])('survives %d', energy_j => {
    expect(energy(energy_j, energy_j / 1e4, null)).toMatch(
      /^[\d.e+ ±]+ (µJ|MWh)( ± 0.010 %)?$/
    );
  });
});

describe('meanPower', () => {
  it.each(cases.mean_power)(
    'of $mean_power_w W, $energy_j ± $uncertainty_j J reads as in Python: $text',
    ({ text, ...figures }) => {
      const provenance = provenanceOf(figures);
      expect(meanPower({ ...figures, provenance }, scaleOf(figures))).toBe(
        text
      );
    }
  );
});

describe('peakPower', () => {
  it.each(cases.peak_power)(
    'of $peak_power_w W beside $mean_power_w W reads as in Python: $text',
    ({ text, peak_power_w, ...figures }) => {
      const provenance = provenanceOf(figures);
      expect(
        peakPower({ ...figures, provenance }, peak_power_w, scaleOf(figures))
      ).toBe(text);
    }
  );

  it('has three digits where the joules say nothing of it', () => {
    const figures = {
      energy_j: null,
      uncertainty_j: null,
      mean_power_w: null,
      provenance: null
    };

    expect(peakPower(figures, 61.24)).toBe('61.2 W');
    expect(peakPower(figures, 0)).toBe('0 W');
    expect(peakPower(figures, null)).toBe('–');
  });
});

describe('powerBound', () => {
  it.each(cases.power_bound)(
    'writes $power_w as Python does: $text',
    ({ power_w, text }) => {
      expect(powerBound(power_w)).toBe(text);
    }
  );
});

describe('the two uncertainties', () => {
  it.each(cases.scale)(
    'writes the scale $scale as Python does: $text',
    ({ text, ...rest }) => {
      expect(scaleWords(scaleOf(rest))).toBe(text);
    }
  );

  it.each(cases.reading)(
    'writes the reading ± $uncertainty_j as Python does: $text',
    ({ uncertainty_j, text }) => {
      expect(readingWords(uncertainty_j)).toBe(text);
    }
  );
});

describe('energyOfSum', () => {
  it.each(cases.sum)(
    'writes $energy_j ± $uncertainty_j of $parts as Python does: $text',
    ({ energy_j, uncertainty_j, parts, low_j, high_j, text, ...rest }) => {
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
          provenanceOf(rest),
          scaleOf(rest)
        )
      ).toBe(text);
    }
  );
});

describe('energySoFar', () => {
  it.each(cases.so_far)(
    'writes $energy_j ($provenance, $scale) as Python does: $text',
    ({ energy_j, text, ...rest }) => {
      expect(energySoFar(energy_j, provenanceOf(rest), scaleOf(rest))).toBe(
        text
      );
    }
  );

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

  it('has no more digits than the scale supports', () => {
    expect(wattHours(400, 'counter', { low: 0.94, high: 1.06 })).toBe(
      '111 mWh'
    );
    expect(wattHours(400, 'estimate', { low: 0.5, high: 2 })).toBe('≈ 110 mWh');
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
  it.each(cases.duration)(
    'writes $duration_s s as Python does: $text',
    ({ duration_s, text }) => {
      expect(duration(duration_s)).toBe(text);
    }
  );

  it.each([
    [60.5, '1 min 00 s'],
    [61.5, '1 min 02 s']
  ])('rounds %d s as Python does', (duration_s, expected) => {
    expect(duration(duration_s)).toBe(expected);
  });
});
