/**
 * Figures as a person reads them. The rules are those of `report/format.py` in the
 * Python package; `tests/data/format_cases.json` holds the two together.
 */
import {
  type IBounds,
  isBelowResolution,
  isEstimate,
  isVagueReading
} from '../record/quantity';
import type { Provenance } from '../record/report';
import { EXACT, type IScaleRange, reachOf } from '../record/scale';
import {
  fittingUnit,
  JOULES_PER_WH,
  prefixed,
  type PrefixedUnit,
  WATT_HOURS_FROM_J
} from './prefixes';

/** The unit in which some joules are written, and how many joules it is. */
export type UnitOf = (energy_j: number) => PrefixedUnit;

const JOULES = prefixed('J', { most: 1e3, least: 1e-6 });
const WATT_HOURS = prefixed('Wh', { most: 1e6, least: 1e-6 });
const WATTS = prefixed('W', { most: 1e3, least: 1e-3 });

const MOST_DIGITS = 4;
const MOST_DECIMALS = 50;
/** From this reach on a scale is shown as a factor. */
const WIDE = 0.25;

/** What stands before estimated figures. */
export function markOf(provenance: Provenance | null): string {
  return isEstimate(provenance) ? '≈ ' : '';
}

/**
 * Joules with the larger of their two uncertainties, such as `12.3 ± 0.4 J`.
 *
 * The reading's is in joules, the scale's a share (`2.71 kJ ± 6 %`) or, where it
 * is wide, a factor (`≈ 140 J, × ½ to 2`). The figure has the digits that both
 * together support, four at most. An estimate begins with `≈`. Where the
 * reading's interval reaches zero the figure is below the resolution and reads
 * `< x J`, which is a bound for both, estimated or not; it is never written as 0.
 */
export function energy(
  energy_j: number | null,
  uncertainty_j: number | null,
  provenance: Provenance | null,
  scale: IScaleRange = EXACT,
  unitOf: UnitOf = joulesOrWattHours
): string {
  if (energy_j === null) {
    return 'not measured';
  }
  const halfWidth_j = uncertainty_j ?? 0;
  if (halfWidth_j >= energy_j) {
    return upperBound((energy_j + halfWidth_j) * scale.high, unitOf);
  }
  const mark = markOf(provenance);
  const [size, unit] = unitOf(energy_j);
  const value = energy_j / size;
  const reading = halfWidth_j / energy_j;
  if (reachOf(scale) > reading) {
    const decimals = decimalsOfBoth(value, reading, scale, MOST_DIGITS);
    return `${mark}${fixed(value, decimals)} ${unit}${scaleWords(scale)}`;
  }
  if (reading === 0) {
    return `${mark}${digits(value, MOST_DIGITS)} ${unit}`;
  }
  const decimals = decimalsOfBoth(value, reading, scale, MOST_DECIMALS);
  if (decimals > decimalsOfDigits(value, MOST_DIGITS)) {
    return `${mark}${digits(value, MOST_DIGITS)} ${unit} ± ${short(100 * reading)} %`;
  }
  return `${mark}${fixed(value, decimals)} ± ${fixed(halfWidth_j / size, decimals)} ${unit}`;
}

/**
 * Joules that were added up, given the bounds of their parts. They read as
 * those of `energy`, save where their interval reaches zero though some part is
 * known: then as bounds, such as `210 J … 1.7 kJ`. Joules of which no part is
 * known are a bound, however many were added.
 */
export function energyOfSum(
  energy_j: number | null,
  uncertainty_j: number | null,
  { low_j, high_j }: IBounds,
  provenance: Provenance | null,
  scale: IScaleRange = EXACT,
  unitOf: UnitOf = joulesOrWattHours
): string {
  if (energy_j !== null && low_j === 0) {
    return upperBound(high_j * scale.high, unitOf);
  }
  if (energy_j === null || !isBelowResolution(energy_j, uncertainty_j)) {
    return energy(energy_j, uncertainty_j, provenance, scale, unitOf);
  }
  const low = rounded(low_j * scale.low, Math.floor, unitOf);
  const high = rounded(high_j * scale.high, Math.ceil, unitOf);
  return `${markOf(provenance)}${low} … ${high}`;
}

/** Joules that `energyOfSum` has written, where a host's are not all known. */
export function atLeast(figure: string): string {
  return /^[<–]/.test(figure) ? '–' : `≥ ${figure.split(' … ')[0]}`;
}

/** Joules so far of a run that has not ended, such as `≈ 12.34 J`. */
export function energySoFar(
  energy_j: number | null,
  provenance: Provenance | null,
  scale: IScaleRange = EXACT,
  unitOf: UnitOf = joulesOrWattHours
): string {
  if (energy_j === null) {
    return '–';
  }
  const [size, unit] = unitOf(energy_j);
  const figure = exact(energy_j / size, scale, MOST_DIGITS);
  return `${markOf(provenance)}${figure} ${unit}`;
}

/** Joules with three digits at most, for a part of a sum, such as `8.78 kJ`. */
export function energyOfPart(
  energy_j: number,
  provenance: Provenance | null,
  scale: IScaleRange,
  unitOf: UnitOf = joulesOrWattHours
): string {
  const [size, unit] = unitOf(energy_j);
  const value = Number((energy_j / size).toPrecision(3)); // 99.96 is 100, not 100.0
  return `${markOf(provenance)}${exact(value, scale, 3)} ${unit}`;
}

/** Joules as watt-hours with three digits at most, such as `3.42 mWh`. */
export function wattHours(
  energy_j: number,
  provenance: Provenance | null,
  scale: IScaleRange = EXACT
): string {
  const energy_wh = energy_j / JOULES_PER_WH;
  const [size, unit] = fittingUnit(energy_wh, WATT_HOURS);
  return `${markOf(provenance)}${exact(energy_wh / size, scale, 3)} ${unit}`;
}

/** A scale as it follows a figure: ` ± 6 %`, or `, × ½ to 2` where it is wide. */
export function scaleWords(scale: IScaleRange): string {
  const reach = reachOf(scale);
  if (reach < WIDE) {
    return ` ± ${short(100 * reach)} %`;
  }
  const low = plain(roundedTo(scale.low, Math.floor));
  const high = plain(roundedTo(scale.high, Math.ceil));
  return `, × ${low === '0.5' ? '½' : low} to ${high}`;
}

/** A reading's half-width, such as `± 71 mJ`. */
export function readingWords(
  uncertainty_j: number,
  unitOf: UnitOf = joulesOrWattHours
): string {
  const [size, unit] = unitOf(uncertainty_j);
  const value = uncertainty_j / size;
  return `± ${fixed(value, decimalsOf(value))} ${unit}`;
}

/** Joules that are an upper bound, rounded up to two digits. */
export function upperBound(
  energy_j: number,
  unitOf: UnitOf = joulesOrWattHours
): string {
  return `< ${rounded(energy_j, Math.ceil, unitOf)}`;
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

/** Watts of a model, whose scale is wide: of two digits, such as `≈ 4.5 W`. */
export function estimatedPower(power_w: number | null): string {
  if (!power_w) {
    return markedPower(power_w, 'estimate');
  }
  const step_w = 10 ** (exponentOf(power_w) - 1);
  return roundedPower(power_w, step_w, 'estimate');
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
 * They are three at most. Where the reading is vague they carry its uncertainty,
 * such as `640 ± 400 W`. Joules below the resolution say nothing of the watts.
 */
export function meanPower(
  figures: IFigures,
  scale: IScaleRange = EXACT
): string {
  const { energy_j, uncertainty_j, mean_power_w, provenance } = figures;
  const step_w = stepOf(figures, scale);
  if (step_w === 0) {
    return '–';
  }
  const half_w = isVagueReading(energy_j, uncertainty_j)
    ? ((mean_power_w ?? 0) * (uncertainty_j ?? 0)) / (energy_j ?? 1)
    : null;
  return roundedPower(mean_power_w, step_w, provenance, half_w);
}

/** Watts with the last digit of the mean's, so that a peak never seems below it. */
export function peakPower(
  figures: IFigures,
  peak_w: number | null,
  scale: IScaleRange = EXACT
): string {
  return roundedPower(peak_w, stepOf(figures, scale), figures.provenance);
}

/** Watts that are an upper bound, rounded up to two digits. */
export function powerBound(power_w: number): string {
  const [size, unit] = fittingUnit(power_w, WATTS);
  return `${digits(roundedTo(power_w / size, Math.ceil), 2)} ${unit}`;
}

/** What the last digit of mean watts stands for; 0 where the joules say nothing of them. */
function stepOf(
  { energy_j, uncertainty_j, mean_power_w }: IFigures,
  scale: IScaleRange
): number {
  if (
    !mean_power_w ||
    !energy_j ||
    isBelowResolution(energy_j, uncertainty_j)
  ) {
    return 0;
  }
  const [size] = fittingUnit(mean_power_w, WATTS);
  const reading = (uncertainty_j ?? 0) / energy_j;
  return size * 10 ** -decimalsOfBoth(mean_power_w / size, reading, scale, 3);
}

/** Watts with three digits at most and none below a step, and their half-width if any. */
function roundedPower(
  power_w: number | null,
  step_w: number,
  provenance: Provenance | null,
  half_w: number | null = null
): string {
  if (power_w === null) {
    return '–';
  }
  const [size, unit] = fittingUnit(power_w, WATTS);
  const value = power_w / size;
  const most = value === 0 ? 0 : decimalsOfDigits(value, 3);
  const decimals =
    step_w > 0 ? Math.min(most, -Math.round(Math.log10(step_w / size))) : most;
  const reach = half_w === null ? '' : ` ± ${fixed(half_w / size, decimals)}`;
  return `${markOf(provenance)}${fixed(value, decimals)}${reach} ${unit}`;
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
  if (duration_s < 0.9995e-3) {
    return `${fixed(duration_s * 1e6, 0)} µs`; // from here on it would be 1000
  }
  if (duration_s < 0.9995) {
    return `${digits(Math.max(1, duration_s * 1e3), 3)} ms`;
  }
  if (duration_s < 59.95) {
    return `${digits(Math.max(1, duration_s), 3)} s`;
  }
  if (duration_s < 3599.5) {
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

/** A bound with two digits, rounded as is safe. */
function rounded(
  energy_j: number,
  round: (value: number) => number,
  unitOf: UnitOf
): string {
  const [size] = unitOf(energy_j);
  const bound_j = roundedTo(energy_j / size, round) * size;
  const [boundSize, unit] = unitOf(bound_j);
  return `${digits(bound_j / boundSize, 2)} ${unit}`;
}

/** A value rounded to two digits. */
function roundedTo(value: number, round: (value: number) => number): number {
  if (value === 0) {
    return 0;
  }
  const step = 10 ** (exponentOf(value) - 1);
  return round(Number((value / step).toFixed(6))) * step;
}

/** A figure of which the reading is taken as exact. */
function exact(value: number, scale: IScaleRange, most: number): string {
  return value === 0
    ? '0'
    : fixed(value, decimalsOfBoth(value, 0, scale, most));
}

/** An uncertainty with one digit, two where it begins with 1 or is 10 or more. */
function short(value: number): string {
  return fixed(value, Math.max(0, decimalsOf(value)));
}

/** A factor with two digits, as short as it can be written. */
function plain(factor: number): string {
  return digits(factor, 2)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/** Joules, from where they would be unwieldy watt-hours. */
function joulesOrWattHours(energy_j: number): PrefixedUnit {
  if (Math.abs(energy_j) < WATT_HOURS_FROM_J) {
    return fittingUnit(energy_j, JOULES);
  }
  const [scale, unit] = fittingUnit(energy_j / JOULES_PER_WH, WATT_HOURS);
  return [scale * JOULES_PER_WH, unit];
}

/**
 * The decimals of a figure that its two uncertainties support together: of two
 * digits where the scale is wide, of `most` digits at most.
 *
 * @param value - The figure in the unit in which it is shown.
 * @param reading - Its reading's half-width as a share of it.
 */
function decimalsOfBoth(
  value: number,
  reading: number,
  scale: IScaleRange,
  most: number
): number {
  const reach = reachOf(scale);
  const isWide = reach >= WIDE;
  const sure = isWide ? reading : Math.hypot(reading, reach);
  const decimals = isWide
    ? 1 - exponentOf(value)
    : decimalsOfDigits(value, most);
  return sure > 0 ? Math.min(decimals, decimalsOf(value * sure)) : decimals;
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
  return Math.max(0, significant - 1 - exponentOf(value));
}

/** The power of ten of the first digit. */
function exponentOf(value: number): number {
  return Math.floor(Math.log10(Math.abs(value)));
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
  const places = Math.min(decimals, MOST_DECIMALS); // toFixed takes at most 100
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
