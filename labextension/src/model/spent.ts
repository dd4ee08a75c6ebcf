/** All runs of a notebook's session, kept over reloads of the page. */
import type { Run } from '../feed/run';
import {
  boundsOf,
  boundsOfTotal,
  type IBounds,
  type IEnergy,
  isEstimate,
  sumOfBounds,
  uncertaintyOfSum
} from '../record/quantity';
import type { IReport, ReportStatus } from '../record/report';
import {
  type IShared,
  joined,
  rangeOf,
  scaleShares,
  sharesOfTotal
} from '../record/scale';
import {
  boolean,
  both,
  list,
  number,
  object,
  oneOf,
  partial,
  text,
  time
} from '../record/validation';
import type { ISpent } from '../tokens';
import { type IStorage, storedList, storeList } from './storage';

/** What may be known of a run beyond its joules. */
interface IRunDetails extends Pick<IShared, 'shares'> {
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  /** The least and the most that its domains add up to. */
  readonly bounds: IBounds;
}

/** One run, as small as it can be told. */
interface IRunRecord extends IEnergy, Partial<IRunDetails> {
  readonly run: string;
  readonly cell: string;
  readonly status: ReportStatus | 'restarted';
  readonly isEstimate: boolean;
}

const MAX_RUNS = 10_000;
const quantity = number({ minimum: 0 });
const id = text({ maxLength: 128 });

const records = list<IRunRecord>(
  both(
    object<Omit<IRunRecord, keyof IRunDetails>>({
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
      isEstimate: boolean
    }),
    partial<IRunDetails>({
      startedAt: time,
      bounds: object<IBounds>({ low_j: quantity, high_j: quantity }),
      shares: scaleShares
    })
  ),
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
  addLost(cellId: string, { head, now, parts }: Run): void {
    this._put({
      run: head.run_id,
      cell: cellId,
      status: 'restarted',
      startedAt: head.started_at,
      energy_j: now?.energy_j ?? 0,
      uncertainty_j: 0,
      isEstimate: isEstimate(head.provenance),
      shares: sharesOfTotal(parts)
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
  const { domains, provenance } = report;
  return {
    run: report.run_id,
    cell: cellId,
    status: report.status,
    startedAt: report.started_at,
    energy_j: report.energy_j ?? 0,
    uncertainty_j: report.uncertainty_j ?? 0,
    isEstimate: isEstimate(provenance),
    bounds: boundsOfTotal(report, domains),
    shares: sharesOfTotal(domains)
  };
}

function sumOf(runs: readonly IRunRecord[]): ISpent {
  const energy_j = runs.reduce((sum_j, run) => sum_j + run.energy_j, 0);
  const shares = joined(runs.flatMap(run => run.shares ?? []));
  const bounds = runs.map(run => run.bounds ?? boundsOf([run]));
  const begins = runs.flatMap(({ startedAt }) => startedAt ?? []);
  return {
    since: begins.sort((a, b) => Date.parse(a) - Date.parse(b)).at(0) ?? null,
    shares,
    runs: runs.length,
    repeated: runs.length - new Set(runs.map(({ cell }) => cell)).size,
    failed: runs.filter(({ status }) => status !== 'ok').length,
    energy_j,
    uncertainty_j: uncertaintyOfSum(runs),
    bounds: sumOfBounds(bounds),
    scaleRange: rangeOf(shares, energy_j),
    isAtLeast: runs.some(({ status }) => status === 'restarted'),
    isEstimate: runs.some(({ isEstimate }) => isEstimate)
  };
}
