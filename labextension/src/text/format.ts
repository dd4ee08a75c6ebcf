/**
 * Figures as a person reads them. The rules are those of `report/format.py` in the
 * Python package; `tests/data/format_cases.json` holds the two together.
 */
import {
  type IBounds,
  isBelowResolution,
  isEstimate
} from '../record/quantity';
import type { Provenance } from '../record/report';
import {
  fittingUnit,
  JOULES_PER_WH,
  prefixed,
  type PrefixedUnit,
  WATT_HOURS_FROM_J
} from './prefixes';

const JOULES = prefixed('J', { most: 1e3, least: 1e-6 });
const WATT_HOURS = prefixed('Wh', { most: 1e6, least: 1e-6 });
const WATTS = prefixed('W', { most: 1e3, least: 1e-3 });

/** What stands before estimated figures. */
export function markOf(provenance: Provenance | null): string {
  return isEstimate(provenance) ? '≈ ' : '';
}

/**
 * Joules with their uncertainty, such as `12.3 ± 0.4 J`.
 *
 * An estimate begins with `≈`. Where the interval reaches zero the figure is
 * below the resolution and reads `< x J`, which is a bound, estimated or not;
 * it is never written as 0.
 */
export function energy(
  energy_j: number | null,
  uncertainty_j: number | null,
  provenance: Provenance | null
): string {
  if (energy_j === null) {
    return 'not measured';
  }
  const mark = markOf(provenance);
  const halfWidth_j = uncertainty_j ?? 0;
  if (halfWidth_j >= energy_j) {
    return `< ${joules(energy_j + halfWidth_j, 2)}`;
  }
  if (halfWidth_j === 0) {
    return mark + joules(energy_j, 4);
  }
  const [scale, unit] = energyScale(energy_j);
  const decimals = decimalsOf(halfWidth_j / scale);
  const figure = fixed(energy_j / scale, decimals);
  return `${mark}${figure} ± ${fixed(halfWidth_j / scale, decimals)} ${unit}`;
}

/**
 * Joules that were added up, given the bounds of their parts. They read as
 * those of `energy`, save where their interval reaches zero though some part is
 * known: then as bounds, such as `217 J … 1.6 kJ`.
 */
export function energyOfSum(
  energy_j: number | null,
  uncertainty_j: number | null,
  { low_j, high_j }: IBounds,
  provenance: Provenance | null
): string {
  if (low_j === 0 || !isBelowResolution(energy_j, uncertainty_j)) {
    return energy(energy_j, uncertainty_j, provenance);
  }
  const mark = markOf(provenance);
  return `${mark}${joules(low_j, 3)} … ${joules(high_j, 2)}`;
}

/** Joules so far of a run that has not ended, such as `≈ 12.34 J`. */
export function energySoFar(
  energy_j: number | null,
  provenance: Provenance | null
): string {
  if (energy_j === null) {
    return '–';
  }
  return markOf(provenance) + joules(energy_j, 4);
}

/** Joules as watt-hours with three digits, such as `3.42 mWh`. */
export function wattHours(
  energy_j: number,
  provenance: Provenance | null
): string {
  const mark = markOf(provenance);
  const energy_wh = energy_j / JOULES_PER_WH;
  const [scale, unit] = fittingUnit(energy_wh, WATT_HOURS);
  return `${mark}${digits(energy_wh / scale, 3)} ${unit}`;
}

/** Watts with three digits, such as `61.2 W`. */
export function power(power_w: number | null): string {
  if (power_w === null) {
    return '–';
  }
  const [scale, unit] = fittingUnit(power_w, WATTS);
  return `${digits(power_w / scale, 3)} ${unit}`;
}

/** Watts with the mark of their provenance, such as `≈ 4.54 W`. */
export function markedPower(
  power_w: number | null,
  provenance: Provenance | null
): string {
  return (power_w === null ? '' : markOf(provenance)) + power(power_w);
}

/** What a window, a part of it or several together have used. */
export interface IFigures {
  readonly energy_j: number | null;
  readonly uncertainty_j: number | null;
  readonly mean_power_w: number | null;
  readonly provenance: Provenance | null;
}

/**
 * Mean watts, such as `≈ 4.5 W`, with no more digits than the joules are sure of.
 * They are three at most. Joules below the resolution say nothing of the watts.
 */
export function meanPower(figures: IFigures): string {
  const { energy_j, uncertainty_j, mean_power_w, provenance } = figures;
  if (
    !mean_power_w ||
    !energy_j ||
    isBelowResolution(energy_j, uncertainty_j)
  ) {
    return '–';
  }
  const [scale, unit] = fittingUnit(mean_power_w, WATTS);
  const value = mean_power_w / scale;
  const most = decimalsOfDigits(value, 3);
  const decimals = uncertainty_j
    ? Math.min(most, decimalsOf((value * uncertainty_j) / energy_j))
    : most;
  return `${markOf(provenance)}${fixed(value, decimals)} ${unit}`;
}

/** A share of 1 with two digits, such as `43 %`. */
export function percent(share: number): string {
  return `${digits(100 * share, 2)} %`;
}

/** A number without decimals. */
export function whole(value: number): string {
  return fixed(value, 0);
}

/** A time, such as `2.01 s` or `1 h 02 min`. */
export function duration(duration_s: number): string {
  if (duration_s < 1e-3) {
    return `${fixed(duration_s * 1e6, 0)} µs`;
  }
  if (duration_s < 1) {
    return `${digits(duration_s * 1e3, 3)} ms`;
  }
  if (duration_s < 60) {
    return `${digits(duration_s, 3)} s`;
  }
  if (duration_s < 3600) {
    const seconds = Number(fixed(duration_s, 0));
    return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  }
  const minutes = Number(fixed(duration_s / 60, 0));
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

/** A sensor's period, such as `100 ms`. */
export function period(period_s: number): string {
  const [scale, unit] =
    period_s < 1e-3 ? [1e6, 'µs'] : period_s < 1 ? [1e3, 'ms'] : [1, 's'];
  return `${Number((period_s * scale).toPrecision(3))} ${unit}`;
}

function joules(energy_j: number, significant: number): string {
  const [scale, unit] = energyScale(energy_j);
  return `${digits(energy_j / scale, significant)} ${unit}`;
}

/** The unit of some joules, and how many joules it is. */
function energyScale(energy_j: number): PrefixedUnit {
  if (Math.abs(energy_j) < WATT_HOURS_FROM_J) {
    return fittingUnit(energy_j, JOULES);
  }
  const [scale, unit] = fittingUnit(energy_j / JOULES_PER_WH, WATT_HOURS);
  return [scale * JOULES_PER_WH, unit];
}

/**
 * Decimals for two digits of an uncertainty; one where it is below 10 and begins
 * with 2 to 9. Negative where the last digits before the point say nothing either.
 */
function decimalsOf(uncertainty: number): number {
  const exponent = Math.floor(Math.log10(uncertainty));
  const leading = Number((uncertainty / 10 ** exponent).toFixed(6));
  return -exponent + (leading < 2 || uncertainty >= 10 ? 1 : 0);
}

function digits(value: number, significant: number): string {
  if (value === 0) {
    return '0';
  }
  return fixed(value, decimalsOfDigits(value, significant));
}

/** Decimals for this many digits; none where that many stand before the point. */
function decimalsOfDigits(value: number, significant: number): number {
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  return Math.max(0, significant - 1 - exponent);
}

/**
 * `value` with this many decimals, an exact tie to the even digit as Python
 * rounds it (`toFixed` rounds it up).
 */
function fixed(value: number, decimals: number): string {
  if (decimals < 0) {
    const step = 10 ** -decimals;
    return fixed(Math.round(value / step) * step, 0);
  }
  const places = Math.min(decimals, 50); // toFixed takes at most 100
  const rounded = value.toFixed(places);
  const isTie = /^50*$/.test(value.toFixed(places + 50).slice(-50));
  if (!isTie || /[02468]$/.test(rounded)) {
    return rounded;
  }
  const truncated = value.toFixed(places + 1).slice(0, -1);
  return places === 0 ? truncated.slice(0, -1) : truncated;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
