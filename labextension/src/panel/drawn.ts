/** Which rows of a long list are drawn: the first ones, and those around the running one. */

/** So many rows are drawn at once; the others when one has scrolled near them. */
export const BATCH = 60;

/** So many rows on both sides of the running one. */
const AROUND = 30;

/** Rows from one place until before another. */
export interface IStretch {
  readonly begin: number;
  readonly end: number;
}

/**
 * The stretch that is drawn for the running row, beside the first rows.
 *
 * It grows while rows run one after the other, and never shrinks: what somebody
 * looks at stays where it is.
 *
 * @param before - The stretch so far, null where there is none.
 * @param running - The place of the running row, -1 where none runs.
 * @param limit - How many of the first rows are drawn.
 */
export function aroundRunning(
  before: IStretch | null,
  running: number,
  limit: number
): IStretch | null {
  if (running < limit) {
    return before;
  }
  const isNear =
    before && running >= before.begin && running < before.end + BATCH;
  if (!isNear) {
    return {
      begin: Math.max(limit, running - AROUND),
      end: running + AROUND + 1
    };
  }
  return running < before.end
    ? before
    : { begin: before.begin, end: running + AROUND + 1 };
}

/** The stretches of a list of so many rows that are drawn, in order and apart. */
export function drawnStretches(
  limit: number,
  around: IStretch | null,
  count: number
): readonly IStretch[] {
  const first = { begin: 0, end: Math.min(limit, count) };
  if (!around || around.begin >= count || around.end <= limit) {
    return [first];
  }
  const end = Math.min(around.end, count);
  return around.begin <= limit
    ? [{ begin: 0, end }]
    : [first, { begin: around.begin, end }];
}
