/**
 * How somebody has set a run's view, as long as the page lives: when the run has
 * ended, the live widget gives way to the view of the report, which is another
 * script's and goes on the same way.
 */
export interface IHandover {
  stacked: boolean;
  details: boolean;
  /** Whether each domain has a row of its own. */
  unfolded: boolean;
  /** Whether a line was unfolded to the whole view; null where nobody has chosen. */
  opened: boolean | null;
  /** How high the live view was, without its details; 0 where there was none. */
  height_px: number;
  hidden: readonly string[];
  /** Idle watts by domain, which the report does not have. */
  baseline_w: Readonly<Record<string, number>>;
  /** Whether the result is still to be said aloud: the page has seen the run going on. */
  isUnspoken: boolean;
}

const MOST_RUNS = 64;
const KEY = Symbol.for('jupyter-green.views');

/** What is handed over for a run; it may be changed. */
export function handoverOf(runId: string): IHandover {
  const page = window as unknown as Record<
    symbol,
    Map<string, IHandover> | undefined
  >;
  const runs = (page[KEY] ??= new Map<string, IHandover>());
  const found = runs.get(runId) ?? {
    stacked: false,
    details: false,
    unfolded: false,
    opened: null,
    height_px: 0,
    hidden: [],
    baseline_w: {},
    isUnspoken: false
  };
  runs.delete(runId);
  runs.set(runId, found); // the newest is last
  for (const oldest of [...runs.keys()].slice(0, -MOST_RUNS)) {
    runs.delete(oldest);
  }
  return found;
}
