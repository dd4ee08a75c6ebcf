/** Ticks of a program's own on the curve, and the joules between two of them. */
import type { IMark } from '../record/report';
import type { Value } from './geometry';

/** As many marks as a run keeps. */
export const MAX_MARKS = 100;

/** The marks with others that are new, in the order of time. */
export function withMarks(
  marks: readonly IMark[],
  others: readonly IMark[]
): readonly IMark[] {
  const isKnown = ({ t_s, text }: IMark): boolean =>
    marks.some(mark => mark.t_s === t_s && mark.text === text);
  const fresh = others.filter(mark => !isKnown(mark));
  return fresh.length === 0
    ? marks
    : [...marks, ...fresh].sort((a, b) => a.t_s - b.t_s).slice(0, MAX_MARKS);
}

/** A stretch of a run from one mark, or its begin, to the next, or its end so far. */
export interface IStretch {
  readonly from: string | null;
  readonly to: string | null;
  /** Null where they are not known. */
  readonly energy_j: number | null;
}

/** The stretch around a time; null where there are no marks. */
export function stretchAround(
  marks: readonly IMark[],
  { t_s, energy_j }: { t_s: readonly number[]; energy_j: readonly Value[] },
  at_s: number
): IStretch | null {
  if (marks.length === 0) {
    return null;
  }
  const from = marks.filter(mark => mark.t_s <= at_s).at(-1);
  const to = marks.find(mark => mark.t_s > at_s);
  const begin_j = from ? joulesAt(t_s, energy_j, from.t_s) : 0;
  const end_j = to
    ? joulesAt(t_s, energy_j, to.t_s)
    : (energy_j.at(-1) ?? null);
  return {
    from: from?.text ?? null,
    to: to?.text ?? null,
    energy_j:
      begin_j === null || end_j === null ? null : Math.max(0, end_j - begin_j)
  };
}

/** The joules so far at a time, straight between two points; the run's begin has none. */
function joulesAt(
  t_s: readonly number[],
  energy_j: readonly Value[],
  at_s: number
): number | null {
  let [before_s, before_j] = [0, 0];
  for (let row = 0; row < t_s.length; row++) {
    const joules = energy_j[row];
    if (joules === null) {
      continue;
    }
    if (t_s[row] >= at_s) {
      const span_s = t_s[row] - before_s;
      const share = span_s > 0 ? (at_s - before_s) / span_s : 1;
      return before_j + share * (joules - before_j);
    }
    [before_s, before_j] = [t_s[row], joules];
  }
  return energy_j.some(joules => joules !== null) ? before_j : null;
}
