import type { ISessionContext } from '@jupyterlab/apputils';
import type { ICodeCellModel } from '@jupyterlab/cells';
import { type ISignal, Signal } from '@lumino/signaling';

import { isMetered } from '../cell/metering';
import { holdsRun, savedReports } from '../cell/outputs';
import type { IRunChange, LiveFeed } from '../feed/livefeed';
import type { Run } from '../feed/run';
import { isEstimate } from '../record/quantity';
import type { IReport } from '../record/report';
import { RecordError } from '../record/validation';
import type {
  IEnergyModel,
  IEnergyRow,
  IEnergyTotal,
  IHost,
  ISpent
} from '../tokens';
import { recordOf, rowOf } from './cellrow';
import { CellRuns } from './cellruns';
import { CodeCells } from './codecells';
import { hostOf } from './host';
import { PreviousRuns } from './previous';
import { Queue } from './queue';
import { Refresher } from './refresher';
import { SpentRuns } from './spent';
import type { IStorage } from './storage';
import { totalOf } from './total';

/**
 * The energy of one notebook, from the reports in its cells' outputs and from
 * the runs of its kernel.
 */
export class EnergyModel implements IEnergyModel {
  constructor(options: EnergyModel.IOptions) {
    this._cells = new CodeCells(options.cells);
    this._session = options.session;
    const store = options.store ?? sessionStorage;
    this._spent = new SpentRuns(store);
    this._previous = new PreviousRuns(store);
    this._spent.follow(this._session.session?.id ?? null);
    this._cells.changed.connect(this._onCellsChanged, this);
    this._cells.outputsChanged.connect(this._onOutputsChanged, this);
    this._cells.textChanged.connect(this._onTextChanged, this);
    options.feed.changed.connect(this._onRunChanged, this);
    options.feed.kernelGone.connect(this._onKernelGone, this);
    this._session.kernelChanged.connect(this._onKernelChanged, this);
    this._onCellsChanged(this._cells, [...this._cells.byId.values()]);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get disposed(): ISignal<this, void> {
    return this._disposed;
  }

  get rows(): readonly IEnergyRow[] {
    return this._rows;
  }

  get total(): IEnergyTotal {
    return this._total;
  }

  get spent(): ISpent {
    return this._spent.total;
  }

  get host(): IHost {
    return this._host;
  }

  /** Whether cells without a line of their own are metered too, as far as is known. */
  isAutoMetered = false;

  get isActive(): boolean {
    return this._refresher.isActive;
  }

  watch(watcher: object): void {
    this._refresher.watch(watcher);
  }

  unwatch(watcher: object): void {
    this._refresher.unwatch(watcher);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._refresher.cancel();
    this._cells.dispose();
    Signal.disconnectReceiver(this);
    this._disposed.emit();
    Signal.clearData(this);
  }

  reportOf(cellId: string): IReport | null {
    const cell = this._cells.byId.get(cellId);
    const record =
      cell && recordOf(savedReports(cell), cellId, this._runs.get(cellId));
    return !record || record instanceof RecordError ? null : record;
  }

  /** The report of every cell that has one, in the notebook's order. */
  reports(): IReport[] {
    return this._rows.flatMap(row => this.reportOf(row.cellId) ?? []);
  }

  /** A cell waits for the kernel; what it shows of an earlier run is about to go. */
  queue(cellId: string): void {
    const last = this.reportOf(cellId);
    if (last) {
      this._previous.note(cellId, last);
    }
    this._queue.add(cellId);
    this.forget(cellId);
  }

  /** The outputs of a cell are gone or about to go. */
  forget(cellId: string): void {
    this._runs.forget(cellId);
    this._invalidate(cellId);
  }

  /** A cell has been executed. */
  settle(cellId: string): void {
    const next = this._queue.remove(cellId);
    if (next !== undefined) {
      this._invalidate(next);
    }
    this._lose(cellId);
    this._onReport(cellId);
    this._invalidate(cellId);
  }

  /** Forgets what was run in this session. */
  clearSpent(): void {
    this._spent.clear();
    this._previous.clear();
    this._refresher.schedule();
  }

  /** Brings the rows up to date now, reading only the cells that changed. */
  refresh(): void {
    this._refresher.begin();
    const rows = new Map<string, IEnergyRow>();
    for (const [id, cell] of this._cells.byId) {
      const row = this._stale.has(id) ? this._read(cell) : this._rowOf.get(id);
      if (row) {
        rows.set(id, row);
      }
    }
    this._stale.clear();
    this._rowOf = rows;
    this._rows = [...rows.values()];
    this._total = totalOf(this._rows);
    this._host = hostOf(this._rows);
    this._changed.emit();
  }

  private _read(cell: ICodeCellModel): IEnergyRow | null {
    const { id } = cell;
    const run = this._runs.get(id);
    const saved = savedReports(cell);
    if (run?.state === 'ended' && holdsRun(saved, run.runId)) {
      // From here on the output speaks for itself, also when it is cleared.
      this._runs.forget(id);
    }
    const record = recordOf(saved, id, run);
    if (record && !(record instanceof RecordError)) {
      this._previous.note(id, record);
      this._spent.refine(record);
    }
    return rowOf(cell, record, {
      run,
      waiting: this._waiting(cell),
      before: runId => this._previous.before(runId)
    });
  }

  /** How a cell stands whose run has not been heard of yet. */
  private _waiting(cell: ICodeCellModel): 'queued' | 'running' | null {
    const standing = this._queue.standing(cell.id);
    return standing && (this.isAutoMetered || isMetered(cell))
      ? standing
      : null;
  }

  /** A cell that was executed may hold a report of which no message told. */
  private _onReport(cellId: string): void {
    const cell = this._cells.byId.get(cellId);
    const report = this.reportOf(cellId);
    if (cell && report?.cell_id === cellId) {
      this._spent.add(cellId, report);
      this.isAutoMetered ||= !isMetered(cell);
    }
  }

  private _onCellsChanged(_: unknown, added: readonly ICodeCellModel[]): void {
    for (const cell of added) {
      this._stale.add(cell.id);
    }
    this._refresher.schedule();
  }

  private _onOutputsChanged(_: unknown, cell: ICodeCellModel): void {
    if (cell.outputs.length === 0) {
      this._runs.forget(cell.id);
    }
    this._invalidate(cell.id);
  }

  private _onTextChanged(_: unknown, cellId: string): void {
    if (this._rowOf.has(cellId)) {
      this._invalidate(cellId);
    }
  }

  private _onRunChanged(_: unknown, { run, message }: IRunChange): void {
    const { cell_id: cellId, run_id: runId } = run.head;
    // A deleted cell may come back by an undo: its run is followed to the end.
    if (
      cellId === null ||
      !(this._runs.get(cellId) || this._cells.byId.has(cellId))
    ) {
      return;
    }
    if (run.isLost) {
      if (this._runs.get(cellId)?.runId === runId) {
        this._lose(cellId);
        this._invalidate(cellId);
      }
      return;
    }
    if (message?.kind === 'begin') {
      this._onBegin(cellId, run);
    }
    if (this._runs.receive(cellId, run)) {
      this._queue.begin(cellId);
      if (message?.kind === 'end' && run.report) {
        this._spent.add(cellId, run.report);
        this._previous.note(cellId, run.report);
      }
      this._invalidate(cellId);
    }
  }

  /** A run has begun, perhaps on the request of another page. */
  private _onBegin(cellId: string, { head }: Run): void {
    this._spent.follow(this._session.session?.id ?? null);
    this._previous.begin(cellId, head.run_id, head.started_at);
    const cell = this._cells.byId.get(cellId);
    if (cell && !isMetered(cell)) {
      this.isAutoMetered = true; // the kernel meters what has no line for it
    }
  }

  private _onKernelChanged(): void {
    this._spent.follow(this._session.session?.id ?? null);
    this._refresher.schedule();
  }

  private _onKernelGone(): void {
    this.isAutoMetered = false;
    for (const cellId of this._queue.clear()) {
      this._invalidate(cellId);
    }
  }

  /** A run that will not tell its end was spent all the same. */
  private _lose(cellId: string): void {
    const run = this._runs.settle(cellId);
    if (run) {
      this._spent.addLost(
        cellId,
        run.head.run_id,
        run.now?.energy_j ?? 0,
        isEstimate(run.head.provenance)
      );
    }
  }

  private _invalidate(cellId: string): void {
    this._stale.add(cellId);
    this._refresher.schedule();
  }

  private readonly _cells: CodeCells;
  private readonly _session: EnergyModel.ISession;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _disposed = new Signal<this, void>(this);
  private readonly _runs = new CellRuns();
  private readonly _stale = new Set<string>();
  private _rowOf = new Map<string, IEnergyRow>();
  private _rows: readonly IEnergyRow[] = [];
  private _total = totalOf([]);
  private readonly _spent: SpentRuns;
  private readonly _previous: PreviousRuns;
  private readonly _queue = new Queue();
  private _host = hostOf([]);
  private readonly _refresher = new Refresher(() => {
    this.refresh();
  });
  private _isDisposed = false;
}

/** A namespace for EnergyModel statics. */
export namespace EnergyModel {
  /** The kernel of a notebook. */
  export type ISession = Pick<ISessionContext, 'kernelChanged' | 'session'>;

  /** The options of an energy model. */
  export interface IOptions {
    readonly cells: CodeCells.ICells;
    /** The runs of its kernel. */
    readonly feed: LiveFeed;
    readonly session: ISession;
    /** Where runs are kept over a reload; the page's own if not given. */
    readonly store?: IStorage;
  }
}
