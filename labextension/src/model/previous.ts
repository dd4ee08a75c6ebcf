/** What the run before each run took, kept over reloads of the page. */
import type { IEnergy } from '../record/quantity';
import type { IReport } from '../record/report';
import { list, number, object, text } from '../record/validation';
import { type IStorage, storedList, storeList } from './storage';

/** The id of a run, and what the one before it in the same cell took. */
interface IRecord extends IEnergy {
  readonly run: string;
}

/** The run that ended last in a cell. */
interface ILast {
  readonly run: string;
  readonly startedAt: string;
  readonly energy: IEnergy;
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
  constructor(private readonly _store: IStorage) {
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
  before(run: string): IEnergy | null {
    return this._before.get(run) ?? null;
  }

  /** Forgets what ended last: the next run of a cell comes after none. */
  clear(): void {
    this._last.clear();
  }

  private _put(run: string, energy: IEnergy): void {
    const known = this._before.get(run);
    if (
      known?.energy_j !== energy.energy_j ||
      known.uncertainty_j !== energy.uncertainty_j
    ) {
      // The other notebooks of the page storeList theirs in the same place.
      const all = [...this._load(), ...this._before, [run, energy] as const];
      this._before = new Map([...new Map(all)].slice(-MAX_RUNS));
      storeList(
        this._store,
        KEY,
        [...this._before].map(([run, energy]): IRecord => ({ run, ...energy }))
      );
    }
  }

  private _load(): Map<string, IEnergy> {
    return new Map(
      storedList(this._store, KEY, records).map(({ run, ...energy }) => [
        run,
        energy
      ])
    );
  }

  /** By the id of the run that came after. */
  private _before: Map<string, IEnergy>;
  private readonly _last = new Map<string, ILast>();
}

/**
 * The change from one run to the next as a part of the earlier one: null where
 * it is not clear of the uncertainty of both, or there was nothing to compare.
 */
export function clearChange(now: IEnergy, before: IEnergy): number | null {
  const change_j = now.energy_j - before.energy_j;
  const unsure_j = Math.hypot(now.uncertainty_j, before.uncertainty_j);
  return before.energy_j > 0 && Math.abs(change_j) > unsure_j
    ? change_j / before.energy_j
    : null;
}
