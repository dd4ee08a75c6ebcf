/** What the run before each run took, kept over reloads of the page. */
import { type IStore, keep, readKept } from './kept';
import type { IReport } from './report';
import type { IRunEnergy } from './tokens';
import { list, number, object, text } from './validate';

/** The id of a run, and what the one before it in the same cell took. */
interface IRecord extends IRunEnergy {
  readonly run: string;
}

/** The run that ended last in a cell. */
interface ILast {
  readonly run: string;
  readonly startedAt: string;
  readonly energy: IRunEnergy;
}

const KEY = 'jupyter-green:previous';
const MAX_RUNS = 2000;
const quantity = number({ minimum: 0 });

const records = list(
  object<IRecord>({
    run: text({ maxLength: 64 }),
    energy_j: quantity,
    uncertainty_j: quantity
  }),
  MAX_RUNS
);

/**
 * What the run before each run of a notebook took. It is kept by the run's id,
 * which a report has wherever its notebook goes: one that is renamed or copied
 * tells the same, and what the copy runs later is another run.
 */
export class PreviousRuns {
  constructor(private readonly _store: IStore) {
    this._before = this._load();
  }

  /** A run of a cell has begun: the one that ended there last came before it. */
  begin(cellId: string, run: string, startedAt: string): void {
    const last = this._last.get(cellId);
    // An output that was brought back is older than what stood there last.
    const isNext =
      last &&
      last.run !== run &&
      Date.parse(last.startedAt) <= Date.parse(startedAt);
    if (isNext) {
      this._put(run, last.energy);
    }
  }

  /** Takes the report of a cell in; one that was refined replaces itself. */
  note(cellId: string, report: IReport): void {
    const { run_id: run, started_at: startedAt, status, energy_j } = report;
    if (status === 'ok' && energy_j !== null) {
      this.begin(cellId, run, startedAt);
      const energy = { energy_j, uncertainty_j: report.uncertainty_j ?? 0 };
      this._last.set(cellId, { run, startedAt, energy });
    } // a run that was cut short compares with none
  }

  /** What the run before this one took, null where it is not known. */
  before(run: string): IRunEnergy | null {
    return this._before.get(run) ?? null;
  }

  /** Forgets what ended last: the next run of a cell comes after none. */
  clear(): void {
    this._last.clear();
  }

  private _put(run: string, energy: IRunEnergy): void {
    const known = this._before.get(run);
    if (
      known?.energy_j !== energy.energy_j ||
      known.uncertainty_j !== energy.uncertainty_j
    ) {
      // The other notebooks of the page keep theirs in the same place.
      const all = [...this._load(), ...this._before, [run, energy] as const];
      this._before = new Map([...new Map(all)].slice(-MAX_RUNS));
      keep(
        this._store,
        KEY,
        [...this._before].map(([run, energy]): IRecord => ({ run, ...energy }))
      );
    }
  }

  private _load(): Map<string, IRunEnergy> {
    return new Map(
      readKept(this._store, KEY, records).map(({ run, ...energy }) => [
        run,
        energy
      ])
    );
  }

  /** By the id of the run that came after. */
  private _before: Map<string, IRunEnergy>;
  private readonly _last = new Map<string, ILast>();
}

/**
 * The change from one run to the next as a part of the earlier one: null where
 * it is not clear of the uncertainty of both, or there was nothing to compare.
 */
export function clearChange(
  now: IRunEnergy,
  before: IRunEnergy
): number | null {
  const change_j = now.energy_j - before.energy_j;
  const unsure_j = Math.hypot(now.uncertainty_j, before.uncertainty_j);
  return before.energy_j > 0 && Math.abs(change_j) > unsure_j
    ? change_j / before.energy_j
    : null;
}
