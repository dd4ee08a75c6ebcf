/** How a run's joules differ from those of the run before it. */
import type { IReport } from '../record/report';
import { type IRatio, reachOfRatio, sharesOfTotal } from '../record/scale';
import type { IEnergyRow, ITaken } from '../tokens';
import { memoised } from './memo';

/** A change against the run before. */
export interface IChange {
  /** As a part of what was before; 0 where it is not clear of the uncertainty of both. */
  readonly part: number;
  /** How far what the two runs' sensors have not wrong alike may put it off, as a part. */
  readonly reach: number;
}

/** The change of a row against the run before; null where there is none to compare with. */
export const changeOf = memoised((row: IEnergyRow): IChange | null => {
  const { energy_j, uncertainty_j, parts, previous, status } = row;
  return previous && energy_j !== null && status === 'ok'
    ? changeBetween(
        {
          energy_j,
          uncertainty_j: uncertainty_j ?? 0,
          shares: sharesOfTotal(parts)
        },
        previous
      )
    : null;
});

/**
 * The change from one run to the next, by the readings: what the sensors or the
 * model have wrong alike in both drops out. What they have wrong each for itself
 * counts to the uncertainty. `comparison.py` in the Python package follows the
 * same rule.
 */
export function changeBetween(now: ITaken, before: ITaken): IChange {
  if (!(now.energy_j > 0 && before.energy_j > 0)) {
    return { part: 0, reach: 0 };
  }
  const change_j = now.energy_j - before.energy_j;
  const reach = reachOfRatio(now, before);
  const towardsNone = change_j > 0 ? reach / (1 + reach) : reach;
  const unsure_j = Math.hypot(
    now.uncertainty_j,
    before.uncertainty_j,
    now.energy_j * towardsNone
  );
  const isClear = Math.abs(change_j) > unsure_j;
  return { part: isClear ? change_j / before.energy_j : 0, reach };
}

/**
 * The joules of one run over those of another, by the readings, widened by what
 * their sensors have not wrong alike; null where there is nothing to divide by.
 * The interval is Fieller's, as in `comparison.py` of the Python package.
 */
export function ratioBetween(now: ITaken, before: ITaken): IRatio | null {
  if (!(before.energy_j > 0)) {
    return null;
  }
  const value = now.energy_j / before.energy_j;
  const square = before.energy_j ** 2 - before.uncertainty_j ** 2;
  if (square <= 0) {
    return { value, low: 0, high: Infinity };
  }
  const product = now.energy_j * before.energy_j;
  const root = Math.sqrt(
    Math.max(
      0,
      product ** 2 - (now.energy_j ** 2 - now.uncertainty_j ** 2) * square
    )
  );
  const low = Math.max(0, (product - root) / square);
  const high = (product + root) / square;
  const reach = now.energy_j > 0 ? reachOfRatio(now, before) : 0;
  const below = Math.hypot(value - low, value * (1 - 1 / (1 + reach)));
  const above = Math.hypot(high - value, value * reach);
  return { value, low: Math.max(0, value - below), high: value + above };
}

/** What a report says a run took; null where it has no joules. */
export function takenOf(
  report: Pick<IReport, 'energy_j' | 'uncertainty_j' | 'domains'>
): ITaken | null {
  const { energy_j, uncertainty_j, domains } = report;
  return energy_j === null
    ? null
    : {
        energy_j,
        uncertainty_j: uncertainty_j ?? 0,
        shares: sharesOfTotal(domains)
      };
}
