/**
 * What the runs of a notebook tell about its cells, beyond what their outputs
 * tell: the run that is going on, the one that a kernel took with it, and the
 * report of one whose output never reached the document.
 */
import type { ReportRecord } from '../cell/outputs';
import type { Run } from '../feed/run';
import { RecordError } from '../record/validation';

/** A run that has not ended, or whose kernel went away before it did. */
export interface ILiveRun {
  readonly state: 'running' | 'restarted';
  readonly runId: string;
  readonly run: Run;
}

/** A run that has ended. */
export interface IEndedRun {
  readonly state: 'ended';
  readonly runId: string;
  readonly report: ReportRecord;
}

export type CellRun = ILiveRun | IEndedRun;

/** The latest run of each cell, by cell id. */
export class CellRuns {
  /**
   * Takes what is new of a run of a cell. Returns whether it is new of the cell.
   *
   * A run may end twice: its figures are refined a moment later. By then the
   * cell may be running again, or its outputs may have been cleared.
   */
  receive(cellId: string, run: Run): boolean {
    const runId = run.head.run_id;
    if (this._over.has(runId)) {
      return false;
    }
    const known = this._byCell.get(cellId);
    const isSame = known?.runId === runId;
    if (known && !isSame && known.state !== 'running') {
      this._over.add(known.runId);
    }
    if (run.isOver) {
      const report = run.report ?? new RecordError(run.failure);
      this._byCell.set(cellId, { state: 'ended', runId, report });
      return true;
    }
    if (isSame && known.state !== 'running') {
      return false;
    }
    this._byCell.set(cellId, { state: 'running', runId, run });
    return true;
  }

  /** What is known of a cell. */
  get(cellId: string): CellRun | undefined {
    return this._byCell.get(cellId);
  }

  /** Forgets a cell's run unless it is still going on. */
  forget(cellId: string): void {
    const run = this._byCell.get(cellId);
    if (run && run.state !== 'running') {
      this._over.add(run.runId);
      this._byCell.delete(cellId);
    }
  }

  /**
   * A cell runs no more: if its run has not told its end, its kernel went away
   * before it could. Returns the run if that is so.
   */
  settle(cellId: string): Run | null {
    const known = this._byCell.get(cellId);
    if (known?.state !== 'running') {
      return null;
    }
    this._byCell.set(cellId, { ...known, state: 'restarted' });
    return known.run;
  }

  private readonly _byCell = new Map<string, CellRun>();
  /** The ids of the runs of which nothing more is taken. */
  private readonly _over = new Set<string>();
}
