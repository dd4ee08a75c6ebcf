import type { ICodeCellModel } from '@jupyterlab/cells';
import { type ISignal, Signal } from '@lumino/signaling';

import { HostFeed } from '../feed/hostfeed';
import type { LiveFeed } from '../feed/livefeed';
import type { IReport } from '../record/report';
import type {
  IEnergyModel,
  IEnergyRow,
  IEnergyTotal,
  IHost,
  ISpent
} from '../tokens';
import { CodeCells } from './codecells';
import { Executions } from './executions';
import { RunHistory } from './runhistory';
import { hostOf } from './host';
import { Refresher } from './refresher';
import { Rows } from './rows';
import type { IStorage } from './storage';
import { totalOf } from './total';

/**
 * The energy of one notebook, from the reports in its cells' outputs and from
 * the runs of its kernel.
 */
export class EnergyModel implements IEnergyModel {
  readonly hostNow: HostFeed;

  constructor(options: EnergyModel.IOptions) {
    const { cells, feed, session, store = sessionStorage } = options;
    this.hostNow = new HostFeed(session);
    this._cells = new CodeCells(cells);
    this._history = new RunHistory(session, store);
    this._executions = new Executions(this._cells, this._history, feed);
    this._rows = new Rows(this._cells, this._executions, this._history);
    this._cells.changed.connect(this._onCellsChanged, this);
    this._cells.outputsChanged.connect(this._onOutputsChanged, this);
    this._cells.textChanged.connect(this._onTextChanged, this);
    this._executions.cellChanged.connect(this._onCellChanged, this);
    session.kernelChanged.connect(this._onKernelChanged, this);
    this._onCellsChanged(this._cells, [...this._cells.byId.values()]);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get disposed(): ISignal<this, void> {
    return this._disposed;
  }

  get rows(): readonly IEnergyRow[] {
    return this._rows.all;
  }

  get total(): IEnergyTotal {
    return this._total;
  }

  get spent(): ISpent {
    return this._history.spent;
  }

  get host(): IHost {
    return this._host;
  }

  /** Whether cells without a line of their own are metered too, as far as is known. */
  get isAutoMetered(): boolean {
    return this._executions.isAutoMetered;
  }

  set isAutoMetered(value: boolean) {
    this._executions.isAutoMetered = value;
  }

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
    this.hostNow.dispose();
    this._executions.dispose();
    this._cells.dispose();
    Signal.disconnectReceiver(this);
    this._disposed.emit();
    Signal.clearData(this);
  }

  reportOf(cellId: string): IReport | null {
    return this._executions.reportOf(cellId);
  }

  runsOf(cellId: string): readonly IReport[] {
    return this._history.runsOf(cellId);
  }

  /** The report of every cell that has one, in the notebook's order. */
  reports(): IReport[] {
    return this.rows.flatMap(row => this._executions.reportsOf(row.cellId));
  }

  /** A cell waits for the kernel; what it shows of an earlier run is about to go. */
  queue(cellId: string): void {
    this._executions.queue(cellId);
  }

  /** The outputs of a cell are gone or about to go. */
  forget(cellId: string): void {
    this._executions.forget(cellId);
  }

  /** A cell has been executed. */
  settle(cellId: string): void {
    this._executions.settle(cellId);
  }

  /** Forgets what was run in this session. */
  clearSpent(): void {
    this._history.clear();
    this._refresher.schedule();
  }

  /** Brings the rows up to date now, reading only the cells that changed. */
  refresh(): void {
    this._refresher.begin();
    this._rows.refresh();
    this._total = totalOf(this.rows);
    this._host = hostOf(this.rows);
    this._changed.emit();
  }

  private _onCellsChanged(_: unknown, added: readonly ICodeCellModel[]): void {
    for (const cell of added) {
      this._rows.invalidate(cell.id);
    }
    this._refresher.schedule();
  }

  private _onOutputsChanged(_: unknown, cell: ICodeCellModel): void {
    if (cell.outputs.length === 0) {
      this._executions.forget(cell.id);
    } else {
      this._invalidate(cell.id);
    }
  }

  private _onTextChanged(_: unknown, cellId: string): void {
    if (this._rows.has(cellId)) {
      this._invalidate(cellId);
    }
  }

  private _onCellChanged(_: unknown, cellId: string): void {
    this._invalidate(cellId);
  }

  private _onKernelChanged(): void {
    this._history.follow();
    this._refresher.schedule();
  }

  private _invalidate(cellId: string): void {
    this._rows.invalidate(cellId);
    this._refresher.schedule();
  }

  private readonly _cells: CodeCells;
  private readonly _history: RunHistory;
  private readonly _executions: Executions;
  private readonly _rows: Rows;
  private readonly _refresher = new Refresher(() => {
    this.refresh();
  });
  private readonly _changed = new Signal<this, void>(this);
  private readonly _disposed = new Signal<this, void>(this);
  private _total = totalOf([]);
  private _host = hostOf([]);
  private _isDisposed = false;
}

/** A namespace for EnergyModel statics. */
export namespace EnergyModel {
  /** The cells of a notebook. */
  export type ICells = CodeCells.ICells;

  /** The kernel of a notebook. */
  export type ISession = HostFeed.ISession;

  /** The options of an energy model. */
  export interface IOptions {
    readonly cells: ICells;
    /** The runs of its kernel. */
    readonly feed: LiveFeed;
    readonly session: ISession;
    /** Where runs are kept over a reload; the page's own if not given. */
    readonly store?: IStorage;
  }
}
