/**
 * What instruments and models have wrong in common, in one figure and in sums of
 * several. In a sum the errors of one group are the same error and add up; those
 * of different groups are independent and add in quadrature. `scale.py` in the
 * Python package follows the same rule.
 */
import type { IScale } from './report';
import { list, number, object, type Reader, text } from './validation';

/** How far the true joules may lie above and below those that share one error. */
export interface IScaleShare {
  readonly group: string;
  readonly above_j: number;
  readonly below_j: number;
}

/** Between how many times a figure the true one lies, at 95 %, the reading taken as exact. */
export interface IScaleRange {
  readonly low: number;
  readonly high: number;
}

/** Joules, and what they have wrong in common where it is known. */
export interface IScaled {
  readonly energy_j: number;
  readonly scale?: IScale;
}

/** Joules and the errors that parts of them share. */
export interface IShared {
  readonly energy_j: number;
  readonly shares: readonly IScaleShare[];
}

/** Of figures that have nothing wrong in common, or of which that is not known. */
export const EXACT: IScaleRange = { low: 1, high: 1 };

/** The longer side of a range, as a share of the figure. */
export function reachOf({ low, high }: IScaleRange): number {
  return Math.max(high - 1, 1 - low);
}

/** As many groups as one figure may have: no more than it has domains. */
const MAX_SHARES = 128;

const quantity = number({ minimum: 0 });

/** Reads shares that were kept. */
export const scaleShares: Reader<readonly IScaleShare[]> = list(
  object<IScaleShare>({
    group: text({ maxLength: 1000 }),
    above_j: quantity,
    below_j: quantity
  }),
  MAX_SHARES
);

/** The share of each group in joules that have a scale each. */
export function sharesOf(parts: readonly IScaled[]): readonly IScaleShare[] {
  return joined(
    parts.flatMap(({ energy_j, scale }) =>
      scale
        ? {
            group: scale.group,
            above_j: energy_j * (scale.factor - 1),
            below_j: energy_j * (1 - 1 / scale.factor)
          }
        : []
    )
  );
}

/** The shares of the counted domains. */
export function sharesOfTotal(
  domains: readonly (IScaled & { readonly counted: boolean })[]
): readonly IScaleShare[] {
  return sharesOf(domains.filter(({ counted }) => counted));
}

/** One share for each group. */
export function joined(shares: readonly IScaleShare[]): readonly IScaleShare[] {
  const found = new Map<string, IScaleShare>();
  for (const { group, above_j, below_j } of shares) {
    const before = found.get(group);
    found.set(group, {
      group,
      above_j: (before?.above_j ?? 0) + above_j,
      below_j: (before?.below_j ?? 0) + below_j
    });
  }
  return [...found.values()];
}

/** The range of joules that are made up of these shares, and of others without. */
export function rangeOf(
  shares: readonly IScaleShare[],
  energy_j: number | null
): IScaleRange {
  if (!energy_j || shares.length === 0) {
    return EXACT;
  }
  const above_j = Math.hypot(...shares.map(share => share.above_j));
  const below_j = Math.hypot(...shares.map(share => share.below_j));
  return {
    low: Math.max(0, 1 - below_j / energy_j),
    high: 1 + above_j / energy_j
  };
}

/** The range of one domain's joules. */
export function scaleOfDomain(domain: IScaled): IScaleRange {
  return rangeOf(sharesOf([domain]), domain.energy_j);
}

/** The range of a total, such as a report's, from its counted domains. */
export function scaleOfTotal(total: {
  readonly energy_j: number | null;
  readonly domains: readonly (IScaled & { readonly counted: boolean })[];
}): IScaleRange {
  return rangeOf(sharesOfTotal(total.domains), total.energy_j);
}

/** How many times what another took something took, with the 95 % interval. */
export interface IRatio {
  readonly value: number;
  readonly low: number;
  /** Infinite where the other may have taken nothing. */
  readonly high: number;
}

/**
 * How far scales may put the quotient of two figures off, as a share of it. What
 * both share with the same part of their joules drops out.
 */
export function reachOfRatio(numerator: IShared, divisor: IShared): number {
  const reach = new Map<string, number>();
  for (const [sign, { shares, energy_j }] of [
    [1, numerator],
    [-1, divisor]
  ] as const) {
    for (const { group, above_j } of shares) {
      reach.set(group, (reach.get(group) ?? 0) + (sign * above_j) / energy_j);
    }
  }
  return Math.hypot(...reach.values());
}
