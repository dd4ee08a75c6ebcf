/** What the run before each run took, kept over reloads of the page. */
import type { IEnergy } from '../record/quantity';
import type { IReport } from '../record/report';
import { type IShared, scaleShares, sharesOfTotal } from '../record/scale';
import {
  both,
  list,
  number,
  object,
  partial,
  text
} from '../record/validation';
import type { ITaken } from '../tokens';
import { type IStorage, storedList, storeList } from './storage';

/** The id of a run, and what the one before it in the same cell took. */
interface IRecord extends IEnergy, Partial<Pick<IShared, 'shares'>> {
  readonly run: string;
}

/** The run that ended last in a cell. */
interface ILast {
  readonly run: string;
  readonly startedAt: string;
  readonly taken: ITaken;
}

const KEY = 'jupyter-green:previous';
const MAX_RUNS = 2000;
const quantity = number({ minimum: 0 });

const records = list<IRecord>(
  both(
    object<Omit<IRecord, 'shares'>>({
      run: text({ maxLength: 64 }),
      energy_j: quantity,
      uncertainty_j: quantity
    }),
    partial<Pick<IRecord, 'shares'>>({ shares: scaleShares })
  ),
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
      this._put(run, last.taken);
    }
  }

  /** Takes the report of a cell in; one that was refined replaces itself. */
  note(cellId: string, report: IReport): void {
    const { run_id: run, started_at: startedAt, status, energy_j } = report;
    if (status === 'ok' && energy_j !== null) {
      this.begin(cellId, run, startedAt);
      const taken = {
        energy_j,
        uncertainty_j: report.uncertainty_j ?? 0,
        shares: sharesOfTotal(report.domains)
      };
      this._last.set(cellId, { run, startedAt, taken });
    } // a run that was cut short compares with none
  }

  /** What the run before this one took, null where it is not known. */
  before(run: string): ITaken | null {
    return this._before.get(run) ?? null;
  }

  /** Forgets what ended last: the next run of a cell comes after none. */
  clear(): void {
    this._last.clear();
  }

  private _put(run: string, taken: ITaken): void {
    const known = this._before.get(run);
    if (
      known?.energy_j !== taken.energy_j ||
      known.uncertainty_j !== taken.uncertainty_j
    ) {
      // The other notebooks of the page storeList theirs in the same place.
      const all = [...this._load(), ...this._before, [run, taken] as const];
      this._before = new Map([...new Map(all)].slice(-MAX_RUNS));
      storeList(
        this._store,
        KEY,
        [...this._before].map(([run, taken]): IRecord => ({ run, ...taken }))
      );
    }
  }

  private _load(): Map<string, ITaken> {
    return new Map(
      storedList(this._store, KEY, records).map(({ run, ...taken }) => [
        run,
        { shares: [], ...taken }
      ])
    );
  }

  /** By the id of the run that came after. */
  private _before: Map<string, ITaken>;
  private readonly _last = new Map<string, ILast>();
}
