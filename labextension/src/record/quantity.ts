/** Joules with their uncertainty, and what holds for them whatever they are the joules of. */
import type { Provenance } from './report';

/** Joules with their reading's uncertainty. */
export interface IEnergy {
  readonly energy_j: number;
  /** Half-width of the 95 % interval of the reading. */
  readonly uncertainty_j: number;
}

/**
 * The uncertainty of a sum's readings, by the rule of `addition.py` in the
 * Python package.
 *
 * Readings err independently from window to window: their squares add up.
 * Figures that are only bounds, since their interval reaches zero, make a bound:
 * their uncertainties add up as they are.
 */
export function uncertaintyOfSum(parts: readonly IEnergy[]): number {
  let bounds_j = 0;
  let known_j2 = 0;
  for (const { energy_j, uncertainty_j } of parts) {
    if (isBelowResolution(energy_j, uncertainty_j)) {
      bounds_j += uncertainty_j;
    } else {
      known_j2 += uncertainty_j ** 2;
    }
  }
  return Math.hypot(bounds_j, Math.sqrt(known_j2));
}

/** The least and the most that is known of some joules, by their readings. */
export interface IBounds {
  readonly low_j: number;
  readonly high_j: number;
}

/** Whether a figure of this provenance holds estimated joules. */
export function isEstimate(provenance: Provenance | null): boolean {
  return provenance === 'estimate' || provenance === 'mixed';
}

/**
 * How a total came about. Counters and integrated power together are the weaker
 * of the two, power; measured and estimated joules together are mixed.
 */
export function totalProvenance(
  provenances: ReadonlySet<Provenance>
): Provenance | null {
  const [first = null, ...others] = provenances;
  return others.length === 0
    ? first
    : [...provenances].some(isEstimate)
      ? 'mixed'
      : 'power';
}

/** Values together; null where none is known. */
export function sumOf(
  values: readonly (number | null | undefined)[]
): number | null {
  const known = values.filter(value => value != null);
  return known.length > 0 ? known.reduce((a, b) => a + b) : null;
}

/** Whether a figure's interval reaches zero, so that its watts say nothing. */
export function isBelowResolution(
  energy_j: number | null,
  uncertainty_j: number | null
): boolean {
  return (uncertainty_j ?? 0) >= (energy_j ?? 0);
}

/** Whether a host was not metered to its end, so that the joules are at least these. */
export function isLowerBound(report: {
  readonly flags?: readonly string[];
}): boolean {
  return report.flags?.includes('host-lost') ?? false;
}

/** From this share of the joules on, an uncertainty stands beside watts, too. */
const VAGUE = 0.2;

/** Whether a reading says so little of the watts that they carry its uncertainty, or no peak. */
export function isVagueReading(
  energy_j: number | null,
  uncertainty_j: number | null
): boolean {
  return (uncertainty_j ?? 0) > VAGUE * (energy_j ?? 0);
}

/**
 * The least and the most joules that parts add up to. No part has less than no
 * joules, so one that is hardly known takes nothing from what is known of the
 * others.
 */
export function boundsOf(parts: readonly IEnergy[]): IBounds {
  let low_j = 0;
  let high_j = 0;
  for (const { energy_j, uncertainty_j } of parts) {
    low_j += Math.max(0, energy_j - uncertainty_j);
    high_j += energy_j + uncertainty_j;
  }
  return { low_j, high_j };
}

/** The least and the most that several add up to. */
export function sumOfBounds(bounds: readonly IBounds[]): IBounds {
  let low_j = 0;
  let high_j = 0;
  for (const each of bounds) {
    low_j += each.low_j;
    high_j += each.high_j;
  }
  return { low_j, high_j };
}

/**
 * The least and the most of a total: what its counted domains add up to, or
 * what its own interval says where they are not known.
 */
export function boundsOfTotal(
  total: { readonly [K in keyof IEnergy]: IEnergy[K] | null },
  domains: readonly (IEnergy & { readonly counted: boolean })[]
): IBounds {
  const counted = domains.filter(domain => domain.counted);
  return boundsOf(
    counted.length > 0
      ? counted
      : [
          {
            energy_j: total.energy_j ?? 0,
            uncertainty_j: total.uncertainty_j ?? 0
          }
        ]
  );
}
