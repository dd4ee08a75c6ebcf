/** Joules with their uncertainty, and what holds for them whatever they are the joules of. */
import type { Provenance } from './report';

/** Joules with their uncertainty. */
export interface IEnergy {
  readonly energy_j: number;
  /** Half-width of the 95 % interval. */
  readonly uncertainty_j: number;
}

/** The uncertainty of some joules, and the part of it that comes from a model. */
export interface IUncertainty {
  readonly uncertainty_j: number;
  readonly estimated_j: number;
}

/**
 * The uncertainty of a sum, by the rule of `addition.py` in the Python package.
 *
 * Measured uncertainties are independent from window to window: their squares
 * add up. Those of estimates come from one model, whose error all windows share:
 * they add up as they are.
 */
export function uncertaintyOfSum(parts: readonly IUncertainty[]): number {
  let measured_j2 = 0;
  let common_j = 0;
  for (const { uncertainty_j, estimated_j } of parts) {
    measured_j2 += uncertainty_j ** 2 - estimated_j ** 2;
    common_j += estimated_j;
  }
  return Math.sqrt(Math.max(0, measured_j2) + common_j ** 2);
}

/** The least and the most that is known of some joules. */
export interface IBounds {
  readonly low_j: number;
  readonly high_j: number;
}

/** Whether a figure of this provenance holds estimated joules. */
export function isEstimate(provenance: Provenance | null): boolean {
  return provenance === 'estimate' || provenance === 'mixed';
}

/** Whether a figure's interval reaches zero, so that its watts say nothing. */
export function isBelowResolution(
  energy_j: number | null,
  uncertainty_j: number | null
): boolean {
  return (uncertainty_j ?? 0) >= (energy_j ?? 0);
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
