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
import { type IReport, type ReportStatus } from '../record/report';
import { before } from '../record/reportreader';
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
interface IRunDetails
  extends Pick<IShared, 'shares'>, Pick<Required<IReport>, 'before'> {
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly duration_s: number;
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
      duration_s: quantity,
      bounds: object<IBounds>({ low_j: quantity, high_j: quantity }),
      before,
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
    const isNew =
      known?.energy_j !== report.energy_j ||
      (known.before === undefined && report.before !== undefined);
    if (known && isNew) {
      this.add(known.cell, report);
    }
  }

  /** Takes in a run that its kernel took with it: its joules so far. */
  addLost(cellId: string, { head, now, soFar }: Run): void {
    this._put({
      run: head.run_id,
      cell: cellId,
      status: 'restarted',
      startedAt: head.started_at,
      energy_j: now?.energy_j ?? 0,
      uncertainty_j: 0,
      isEstimate: isEstimate(head.provenance),
      shares: sharesOfTotal(soFar.parts)
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

/** By how much clocks may be apart: the wall's tells of begins, another one of lengths. */
const LEAST_APART_S = 0.1;
const APART = 1e-3;
/** Begins are known to the millisecond. */
const SLACK_S = 2e-3;

/**
 * What was used between runs in the order of time; null where one does not tell,
 * or something else was metered between it and the one before.
 */
function betweenRuns(runs: readonly IRunRecord[]): ISpent['between'] {
  const pauses = runs.slice(1).flatMap(({ before, startedAt }, index) => {
    const last = runs[index];
    const gap_s = begin(startedAt) - begin(last.startedAt);
    const apart_s = gap_s - (last.duration_s ?? 0) - (before?.duration_s ?? 0);
    const most_s = Math.max(LEAST_APART_S, APART * gap_s);
    return before && Math.abs(apart_s) <= most_s ? before : [];
  });
  return pauses.length === 0 || pauses.length < runs.length - 1
    ? null
    : {
        energy_j: pauses.reduce((sum_j, { energy_j }) => sum_j + energy_j, 0),
        uncertainty_j: uncertaintyOfSum(pauses),
        duration_s: pauses.reduce((sum_s, each) => sum_s + each.duration_s, 0)
      };
}

/** When a run began, in seconds. */
function begin(startedAt: string | undefined): number {
  return Date.parse(startedAt ?? '') / 1000;
}

function recordOf(cellId: string, report: IReport): IRunRecord {
  const { before, domains, provenance } = report;
  return {
    ...(before ? { before } : {}),
    run: report.run_id,
    cell: cellId,
    status: report.status,
    startedAt: report.started_at,
    duration_s: report.duration_s,
    energy_j: report.energy_j ?? 0,
    uncertainty_j: report.uncertainty_j ?? 0,
    isEstimate: isEstimate(provenance),
    bounds: boundsOfTotal(report, domains),
    shares: sharesOfTotal(domains)
  };
}

/**
 * Runs in the order of time, without the blocks that lie in another run of their
 * cell, which has their joules. Blocks end before their cell, and so stand before
 * it in what was taken in.
 */
function outermost(all: readonly IRunRecord[]): IRunRecord[] {
  const inTime = all
    .map((run, place) => ({ run, place, ...spanOf(run) }))
    .sort((a, b) => a.from_s - b.from_s || b.to_s - a.to_s);
  const last = new Map<string, { place: number; to_s: number }>();
  return inTime
    .filter(({ run, place, to_s }) => {
      const outer = last.get(run.cell);
      const isInner =
        outer && place < outer.place && to_s <= outer.to_s + SLACK_S;
      if (!isInner) {
        last.set(run.cell, { place, to_s });
      }
      return !isInner;
    })
    .map(({ run }) => run);
}

function spanOf({ startedAt, duration_s = 0 }: IRunRecord): {
  from_s: number;
  to_s: number;
} {
  const from_s = begin(startedAt);
  return { from_s, to_s: from_s + duration_s };
}

function sumOf(all: readonly IRunRecord[]): ISpent {
  const runs = outermost(all);
  const energy_j = runs.reduce((sum_j, run) => sum_j + run.energy_j, 0);
  const shares = joined(runs.flatMap(run => run.shares ?? []));
  const bounds = runs.map(run => run.bounds ?? boundsOf([run]));
  return {
    since: runs.find(({ startedAt }) => startedAt)?.startedAt ?? null,
    between: betweenRuns(runs),
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
