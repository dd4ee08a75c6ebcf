/** What several notebooks took together. */
import { sumOfBounds, uncertaintyOfSum } from '../record/quantity';
import { joined, rangeOf } from '../record/scale';
import type { IEnergyModel, IEnergyRow, IEnergyTotal, ISpent } from '../tokens';
import { totalOf } from './total';

/** The open notebooks together. */
export interface ISession {
  /** The last runs of the cells in all of them, each run once. */
  readonly total: IEnergyTotal;
  /** All that was run in them. */
  readonly spent: ISpent;
  /** How many cells hold a run that another notebook holds too, as copies do. */
  readonly copies: number;
  /** Whether cells of two notebooks ran at the same time, so that both hold some joules. */
  readonly isOverlapping: boolean;
}

/** Adds notebooks up. */
export function sessionOf(
  models: readonly Pick<IEnergyModel, 'rows' | 'spent'>[]
): ISession {
  const seen = new Set<string>();
  let copies = 0;
  const rowsOf = models.map(({ rows }) =>
    rows.filter(row => {
      const key = runOf(row);
      const isCopy = key !== null && seen.has(key);
      copies += Number(isCopy);
      if (key !== null) {
        seen.add(key);
      }
      return !isCopy;
    })
  );
  return {
    total: totalOf(rowsOf.flat()),
    spent: sumOfSpent(models.map(({ spent }) => spent)),
    copies,
    isOverlapping: isOverlapping(rowsOf)
  };
}

/** What tells a run from others: a copy of a cell holds the same one. */
function runOf({ startedAt, energy_j, cellId }: IEnergyRow): string | null {
  return startedAt === '' || energy_j === null
    ? null
    : [cellId, startedAt, energy_j].join();
}

/** What was spent in several notebooks. */
export function sumOfSpent(all: readonly ISpent[]): ISpent {
  const energy_j = all.reduce((sum_j, each) => sum_j + each.energy_j, 0);
  const shares = joined(all.flatMap(({ shares }) => shares));
  const count = (of: (spent: ISpent) => number): number =>
    all.reduce((sum, spent) => sum + of(spent), 0);
  return {
    since:
      all
        .flatMap(({ since }) => since ?? [])
        .sort((a, b) => Date.parse(a) - Date.parse(b))
        .at(0) ?? null,
    shares,
    between: null, // several kernels' pauses lie over each other
    runs: count(({ runs }) => runs),
    repeated: count(({ repeated }) => repeated),
    failed: count(({ failed }) => failed),
    energy_j,
    uncertainty_j: uncertaintyOfSum(all),
    bounds: sumOfBounds(all.map(({ bounds }) => bounds)),
    scaleRange: rangeOf(shares, energy_j),
    isAtLeast: all.some(({ isAtLeast }) => isAtLeast),
    isEstimate: all.some(({ isEstimate }) => isEstimate)
  };
}

/** Begins are known to the second in some notebooks. */
const SLACK_MS = 1000;

/** Whether runs of two notebooks lie over each other in time. */
function isOverlapping(rowsOf: readonly (readonly IEnergyRow[])[]): boolean {
  const spans = rowsOf
    .flatMap((rows, notebook) =>
      rows.flatMap(({ startedAt, duration_s, energy_j }) => {
        const begin_ms = Date.parse(startedAt);
        return energy_j === null || Number.isNaN(begin_ms)
          ? []
          : { notebook, begin_ms, end_ms: begin_ms + 1000 * (duration_s ?? 0) };
      })
    )
    .sort((a, b) => a.begin_ms - b.begin_ms);
  const ends_ms = new Map<number, number>();
  return spans.some(({ notebook, begin_ms, end_ms }) => {
    const isOver = [...ends_ms].some(
      ([other, until_ms]) =>
        other !== notebook && until_ms - begin_ms > SLACK_MS
    );
    ends_ms.set(notebook, Math.max(end_ms, ends_ms.get(notebook) ?? 0));
    return isOver;
  });
}
