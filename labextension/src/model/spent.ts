/** All runs of a notebook's session, kept over reloads of the page. */
import {
  type IEnergy,
  isEstimate,
  type IUncertainty,
  uncertaintyOfSum
} from '../record/quantity';
import { estimateUncertainty } from '../record/report';
import type { IReport, ReportStatus } from '../record/report';
import {
  boolean,
  list,
  number,
  object,
  oneOf,
  text
} from '../record/validation';
import type { ISpent } from '../tokens';
import { type IStorage, storedList, storeList } from './storage';

/** One run, as small as it can be told. */
interface IRunRecord extends IEnergy, IUncertainty {
  readonly run: string;
  readonly cell: string;
  readonly status: ReportStatus | 'restarted';
  readonly isEstimate: boolean;
}

const MAX_RUNS = 10_000;
const quantity = number({ minimum: 0 });
const id = text({ maxLength: 128 });

const records = list(
  object<IRunRecord>({
    run: id,
    cell: id,
    status: oneOf<IRunRecord['status']>(
      'ok',
      'error',
      'interrupted',
      'died',
      'restarted'
    ),
    energy_j: quantity,
    uncertainty_j: quantity,
    estimated_j: quantity,
    isEstimate: boolean
  }),
  MAX_RUNS
);

/**
 * The runs of one session. A session is the server's: it lasts when its kernel
 * is restarted and when the page is reloaded, and so does what was spent.
 */
export class SpentRuns {
  constructor(private readonly _store: IStorage) {}

  /** Goes over to a session; null where there is none. */
  follow(sessionId: string | null): void {
    if (sessionId === null || sessionId === this._sessionId) {
      return;
    }
    this._sessionId = sessionId;
    const kept = storedList(this._store, this._key, records);
    this._byRun = new Map(kept.map(record => [record.run, record]));
    this._total = null;
  }

  /** Takes a report in; one that was refined replaces the earlier one. */
  add(cellId: string, report: IReport): void {
    this._put(recordOf(cellId, report));
  }

  /** Takes a report in where an earlier one of its run was taken in. */
  refine(report: IReport): void {
    const known = this._byRun.get(report.run_id);
    if (known && known.energy_j !== report.energy_j) {
      this.add(known.cell, report);
    }
  }

  /** Takes in a run that its kernel took with it: its joules so far. */
  addLost(
    cellId: string,
    runId: string,
    energy_j: number,
    isEstimate: boolean
  ): void {
    this._put({
      run: runId,
      cell: cellId,
      status: 'restarted',
      energy_j,
      uncertainty_j: 0,
      estimated_j: 0,
      isEstimate
    });
  }

  /** Forgets all runs. */
  clear(): void {
    this._byRun.clear();
    this._total = null;
    if (this._sessionId !== null) {
      this._store.removeItem(this._key);
    }
  }

  /** The sum of all runs. */
  get total(): ISpent {
    return (this._total ??= sumOf([...this._byRun.values()]));
  }

  private _put(record: IRunRecord): void {
    if (this._byRun.size >= MAX_RUNS && !this._byRun.has(record.run)) {
      return;
    }
    this._byRun.set(record.run, record);
    this._total = null;
    if (this._sessionId !== null) {
      storeList(this._store, this._key, [...this._byRun.values()]);
    }
  }

  private get _key(): string {
    return `jupyter-green:runs:${this._sessionId ?? ''}`;
  }

  private _sessionId: string | null = null;
  private _byRun = new Map<string, IRunRecord>();
  private _total: ISpent | null = null;
}

function recordOf(cellId: string, report: IReport): IRunRecord {
  const { provenance } = report;
  return {
    run: report.run_id,
    cell: cellId,
    status: report.status,
    energy_j: report.energy_j ?? 0,
    uncertainty_j: report.uncertainty_j ?? 0,
    estimated_j: estimateUncertainty(report),
    isEstimate: isEstimate(provenance)
  };
}

function sumOf(runs: readonly IRunRecord[]): ISpent {
  return {
    runs: runs.length,
    repeated: runs.length - new Set(runs.map(({ cell }) => cell)).size,
    failed: runs.filter(({ status }) => status !== 'ok').length,
    energy_j: runs.reduce((sum_j, { energy_j }) => sum_j + energy_j, 0),
    uncertainty_j: uncertaintyOfSum(runs),
    isAtLeast: runs.some(({ status }) => status === 'restarted'),
    isEstimate: runs.some(({ isEstimate }) => isEstimate)
  };
}
