import type { ISessionContext } from '@jupyterlab/apputils';

import type { IRunHead, Run } from '../feed/run';
import type { IReport } from '../record/report';
import type { ISpent, ITaken } from '../tokens';
import { PastRuns } from './pastruns';
import { PreviousRuns } from './previous';
import { SpentRuns } from './spent';
import type { IStorage } from './storage';

/** What a notebook has run: what its session spent, and what came before each run. */
export class RunHistory {
  constructor(
    private readonly _session: RunHistory.ISession,
    store: IStorage
  ) {
    this._spent = new SpentRuns(store);
    this._previous = new PreviousRuns(store);
    this.follow();
  }

  /** What the session spent. */
  get spent(): ISpent {
    return this._spent.total;
  }

  /** What the run before this one took, null where it is not known. */
  before(runId: string): ITaken | null {
    return this._previous.before(runId);
  }

  /** Goes over to the notebook's session of now. */
  follow(): void {
    this._spent.follow(this._session.session?.id ?? null);
  }

  /** A run of a cell has begun. */
  begin(cellId: string, { run_id, started_at }: IRunHead): void {
    this.follow();
    this._previous.begin(cellId, run_id, started_at);
  }

  /** A run of a cell was spent. */
  spend(cellId: string, report: IReport): void {
    this._spent.add(cellId, report);
  }

  /** A run that will not tell its end was spent all the same. */
  lose(cellId: string, run: Run): void {
    this._spent.addLost(cellId, run);
  }

  /** A report stands in a cell: the cell's next run comes after it. */
  note(cellId: string, report: IReport): void {
    this._previous.note(cellId, report);
    this._past.note(cellId, report);
  }

  /** The reports of a cell's runs that are still known, the newest first. */
  runsOf(cellId: string): readonly IReport[] {
    return this._past.of(cellId);
  }

  /** Takes a report in where an earlier one of its run was spent. */
  refine(report: IReport): void {
    this._spent.refine(report);
  }

  /** Forgets what was run in this session. */
  clear(): void {
    this._spent.clear();
    this._previous.clear();
    this._past.clear();
  }

  private readonly _spent: SpentRuns;
  private readonly _previous: PreviousRuns;
  private readonly _past = new PastRuns();
}

/** A namespace for RunHistory statics. */
export namespace RunHistory {
  /** The kernel of a notebook. */
  export type ISession = Pick<ISessionContext, 'session'>;
}
