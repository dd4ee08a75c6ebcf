/** Joules in the unit that the user has chosen, and as CO2e. */
import type { IBounds } from '../record/quantity';
import type { Provenance } from '../record/report';
import type { IScaleRange } from '../record/scale';
import type { EnergyUnit } from '../settings';
import {
  energy,
  energyOfPart,
  energyOfSum,
  energySoFar,
  readingWords,
  type UnitOf,
  upperBound
} from './format';
import {
  fittingUnit,
  JOULES_PER_WH,
  prefixed,
  type PrefixedUnit,
  WATT_HOURS_FROM_J
} from './prefixes';

const JOULES_PER_KWH = 3.6e6;

const UNITS = {
  J: prefixed('J', { most: 1e6, least: 1e-9 }),
  Wh: prefixed('Wh', { most: 1e6, least: 1e-9 })
};

/** The unit that the parts of a sum have in common, so that they can be compared at a glance. */
export function unitOfParts(unit: EnergyUnit, sum_j: number): EnergyUnit {
  return unit !== 'auto' ? unit : sum_j >= WATT_HOURS_FROM_J ? 'Wh' : 'J';
}

/** Joules with their uncertainty; see `energy`. */
export function energyIn(
  unit: EnergyUnit,
  energy_j: number | null,
  uncertainty_j: number | null,
  provenance: Provenance | null,
  scale?: IScaleRange
): string {
  return energy(energy_j, uncertainty_j, provenance, scale, chosen(unit));
}

/** Joules that were added up; see `energyOfSum`. */
export function energyOfSumIn(
  unit: EnergyUnit,
  energy_j: number | null,
  uncertainty_j: number | null,
  bounds: IBounds,
  provenance: Provenance | null,
  scale?: IScaleRange
): string {
  return energyOfSum(
    energy_j,
    uncertainty_j,
    bounds,
    provenance,
    scale,
    chosen(unit)
  );
}

/** Joules so far; see `energySoFar`. */
export function energySoFarIn(
  unit: EnergyUnit,
  energy_j: number | null,
  provenance: Provenance | null,
  scale?: IScaleRange
): string {
  return energySoFar(energy_j, provenance, scale, chosen(unit));
}

/** A reading's half-width; see `readingWords`. */
export function readingIn(unit: EnergyUnit, uncertainty_j: number): string {
  return readingWords(uncertainty_j, chosen(unit));
}

/** An upper bound; see `upperBound`. */
export function upperBoundIn(unit: EnergyUnit, energy_j: number): string {
  return upperBound(energy_j, chosen(unit));
}

/** A part of a sum; see `energyOfPart`. */
export function energyOfPartIn(
  unit: EnergyUnit,
  energy_j: number,
  provenance: Provenance | null,
  scale: IScaleRange
): string {
  return energyOfPart(energy_j, provenance, scale, chosen(unit));
}

/** Grams of CO2e with three digits, such as `1.23 g`. */
export function co2e(
  energy_j: number,
  factor_g_per_kwh: number,
  pue: number
): string {
  const mass_g = (energy_j / JOULES_PER_KWH) * factor_g_per_kwh * pue;
  const [scale, unit] =
    mass_g >= 1000
      ? [1000, 'kg']
      : mass_g >= 1
        ? [1, 'g']
        : mass_g >= 1e-3
          ? [1e-3, 'mg']
          : [1e-6, 'µg'];
  return `${threeDigits(mass_g / scale)} ${unit}`;
}

function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** How the chosen unit is found; undefined where it is left to the joules. */
function chosen(unit: EnergyUnit): UnitOf | undefined {
  return unit === 'auto' ? undefined : energy_j => scaleOf(energy_j, unit);
}

/** The multiple of the unit in which some joules have one to three digits. */
function scaleOf(energy_j: number, unit: 'J' | 'Wh'): PrefixedUnit {
  const one_j = unit === 'Wh' ? JOULES_PER_WH : 1;
  const [scale, name] = fittingUnit(energy_j / one_j, UNITS[unit]);
  return [scale * one_j, name];
}
