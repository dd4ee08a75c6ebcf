import type { ICodeCellModel } from '@jupyterlab/cells';
import { type ISignal, Signal } from '@lumino/signaling';

import { isMetered } from '../cell/metering';
import { savedIn } from '../cell/outputs';
import type { IRunChange, LiveFeed } from '../feed/livefeed';
import type { Run } from '../feed/run';
import type { IReport } from '../record/report';
import { RecordError } from '../record/validation';
import { recordOf } from './cellrow';
import { CellRuns } from './cellruns';
import type { CodeCells } from './codecells';
import { Queue } from './queue';
import { reportsIn } from './repeated';
import type { RunHistory } from './runhistory';

/** What the kernel does with the cells of a notebook: they wait, run and end. */
export class Executions {
  constructor(
    private readonly _cells: CodeCells,
    private readonly _history: RunHistory,
    feed: LiveFeed
  ) {
    feed.changed.connect(this._onRunChanged, this);
    feed.kernelGone.connect(this._onKernelGone, this);
  }

  /** The latest run of each cell. */
  readonly runs = new CellRuns();

  /** Whether cells without a line of their own are metered too, as far as is known. */
  isAutoMetered = false;

  /** More is known of a cell. */
  get cellChanged(): ISignal<this, string> {
    return this._cellChanged;
  }

  /** The whole report of a cell, null where it has none that can be read. */
  reportOf(cellId: string): IReport | null {
    const cell = this._cells.byId.get(cellId);
    const record = cell && recordOf(cell, savedIn(cell), this.runs.get(cellId));
    return !record || record instanceof RecordError ? null : record;
  }

  /** The reports that make up a cell's: several where `%energy` was used more than once. */
  reportsOf(cellId: string): readonly IReport[] {
    const cell = this._cells.byId.get(cellId);
    const report = this.reportOf(cellId);
    if (!cell || !report) {
      return [];
    }
    const repeated = reportsIn(savedIn(cell).repeats);
    return repeated.some(({ run_id }) => run_id === report.run_id)
      ? repeated
      : [report];
  }

  /** How a metered cell stands whose run has not been heard of yet; null for any other. */
  standing(cell: ICodeCellModel): 'queued' | 'running' | null {
    const standing = this._queue.standing(cell.id);
    return standing && (this.isAutoMetered || isMetered(cell))
      ? standing
      : null;
  }

  /** A cell waits for the kernel; what it shows of an earlier run is about to go. */
  queue(cellId: string): void {
    const last = this.reportOf(cellId);
    if (last) {
      this._history.note(cellId, last);
    }
    this._queue.add(cellId);
    this.forget(cellId);
  }

  /** The outputs of a cell are gone or about to go. */
  forget(cellId: string): void {
    this.runs.forget(cellId);
    this._cellChanged.emit(cellId);
  }

  /** A cell has been executed. */
  settle(cellId: string): void {
    const next = this._queue.remove(cellId);
    if (next !== undefined) {
      this._cellChanged.emit(next);
    }
    this._lose(cellId);
    this._spend(cellId);
    this._cellChanged.emit(cellId);
  }

  /** Follows nothing any more. */
  dispose(): void {
    Signal.disconnectReceiver(this);
    Signal.clearData(this);
  }

  /** A cell that was executed may hold a report of which no message told. */
  private _spend(cellId: string): void {
    const cell = this._cells.byId.get(cellId);
    const report = this.reportOf(cellId);
    if (!cell || report?.cell_id !== cellId) {
      return;
    }
    this._history.spend(cellId, report);
    if (savedIn(cell).repeats.length === 0) {
      this.isAutoMetered ||= !isMetered(cell);
    }
  }

  private _lose(cellId: string): void {
    const run = this.runs.settle(cellId);
    if (run) {
      this._history.lose(cellId, run);
    }
  }

  private _onRunChanged(_: unknown, { run, message }: IRunChange): void {
    const { cell_id: cellId, run_id: runId } = run.head;
    // A deleted cell may come back by an undo: its run is followed to the end.
    if (
      cellId === null ||
      !(this.runs.get(cellId) || this._cells.byId.has(cellId))
    ) {
      return;
    }
    if (run.isLost) {
      if (this.runs.get(cellId)?.runId === runId) {
        this._lose(cellId);
        this._cellChanged.emit(cellId);
      }
      return;
    }
    if (message?.kind === 'begin') {
      this._onBegin(cellId, run);
    }
    if (this.runs.receive(cellId, run)) {
      this._queue.begin(cellId);
      if (message?.kind === 'end' && run.report) {
        this._history.spend(cellId, run.report);
        this._history.note(cellId, run.report);
      }
      this._cellChanged.emit(cellId);
    }
  }

  /** A run has begun, perhaps on the request of another page. */
  private _onBegin(cellId: string, { head }: Run): void {
    this._history.begin(cellId, head);
    const cell = this._cells.byId.get(cellId);
    if (cell && !isMetered(cell)) {
      this.isAutoMetered = true; // the kernel meters what has no line for it
    }
  }

  private _onKernelGone(): void {
    this.isAutoMetered = false;
    for (const cellId of this._queue.clear()) {
      this._cellChanged.emit(cellId);
    }
  }

  private readonly _cellChanged = new Signal<this, string>(this);
  private readonly _queue = new Queue();
}
