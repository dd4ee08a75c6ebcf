import type { ISessionContext } from '@jupyterlab/apputils';
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { CellList } from '@jupyterlab/notebook';
import type { IOutputAreaModel } from '@jupyterlab/outputarea';
import type { Kernel, KernelMessage, Session } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

import { liveContent, parseLiveMessage } from './messages';
import type { IMissing } from './report';
import { isSaved, rowOf } from './rows';
import { Runs } from './runs';
import type { IEnergyModel, IEnergyRow, IEnergyTotal } from './tokens';
import { totalOf } from './total';
import { RecordError } from './validate';

/** The shortest time between two refreshes. */
const REFRESH_INTERVAL_MS = 100;

/** Kernel states in which a running cell will not end any more. */
const GONE: readonly Kernel.Status[] = [
  'restarting',
  'autorestarting',
  'terminating',
  'dead'
];

/**
 * The energy of one notebook, from the reports in its cells' outputs and from
 * the live messages of its kernel.
 */
export class EnergyModel implements IEnergyModel {
  constructor(options: EnergyModel.IOptions) {
    this._cells = options.cells;
    this._session = options.session;
    this._cells.changed.connect(this._onCellsChanged, this);
    this._session.iopubMessage.connect(this._onMessage, this);
    this._session.statusChanged.connect(this._onStatusChanged, this);
    this._session.kernelChanged.connect(this._onKernelChanged, this);
    this._onCellsChanged();
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

  get missing(): readonly IMissing[] {
    return this._missing;
  }

  get isActive(): boolean {
    return this._isActive;
  }
  set isActive(value: boolean) {
    if (this._isActive !== value) {
      this._isActive = value;
      this._cancel();
      if (value) {
        this.refresh();
      }
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._cancel();
    Signal.disconnectReceiver(this);
    this._disposed.emit();
    Signal.clearData(this);
  }

  /** A cell is going to be executed, or its outputs were cleared. */
  forget(cellId: string): void {
    this._runs.forget(cellId);
    this._invalidate(cellId);
  }

  /** A cell has been executed. */
  settle(cellId: string): void {
    this._runs.settle(cellId);
    this._invalidate(cellId);
  }

  /** Brings the rows up to date now, reading only the cells that changed. */
  refresh(): void {
    this._cancel();
    const rows = new Map<string, IEnergyRow>();
    for (const cell of this._known.values()) {
      const row = this._stale.has(cell.id)
        ? this._read(cell)
        : this._rowOf.get(cell.id);
      if (row) {
        rows.set(cell.id, row);
      }
    }
    this._stale.clear();
    this._rowOf = rows;
    this._rows = [...rows.values()];
    this._total = totalOf(this._rows);
    this._missing = newestMissing(this._rows);
    this._changed.emit();
  }

  private _read(cell: ICodeCellModel): IEnergyRow | null {
    const run = this._runs.get(cell.id);
    if (run?.state === 'ended' && isSaved(cell, run.runId)) {
      // From here on the output speaks for itself, also when it is cleared.
      this._runs.forget(cell.id);
    }
    return rowOf(cell, run);
  }

  private _onCellsChanged(): void {
    const known = new Map<IOutputAreaModel, ICodeCellModel>();
    for (const cell of this._cells) {
      if (!isCode(cell)) {
        continue;
      }
      known.set(cell.outputs, cell);
      if (!this._known.has(cell.outputs)) {
        cell.outputs.changed.connect(this._onOutputsChanged, this);
        cell.contentChanged.connect(this._onContentChanged, this);
        this._stale.add(cell.id);
      }
    }
    for (const [outputs, cell] of this._known) {
      if (!known.has(outputs)) {
        outputs.changed.disconnect(this._onOutputsChanged, this);
        cell.contentChanged.disconnect(this._onContentChanged, this);
      }
    }
    this._known = known;
    this._schedule();
  }

  private _onOutputsChanged(outputs: IOutputAreaModel): void {
    const cell = this._known.get(outputs);
    if (!cell) {
      return;
    }
    if (outputs.length === 0) {
      this._runs.forget(cell.id);
    }
    this._invalidate(cell.id);
  }

  private _onContentChanged({ id }: { readonly id: string }): void {
    if (this._rowOf.has(id)) {
      this._invalidate(id);
    }
  }

  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    const content = liveContent(message);
    if (content === null) {
      return;
    }
    if (!this._isActive && (content as { kind?: unknown }).kind === 'samples') {
      return; // the next ones tell all that these do
    }
    const live = parseLiveMessage(content);
    if (live instanceof RecordError) {
      console.warn(
        `jupyter-green: a live message was ignored: ${live.message}`
      );
      return;
    }
    // A deleted cell may come back by an undo: its run is followed to the end.
    const { cell_id: cellId } = live;
    if (cellId !== null && (this._runs.get(cellId) || this._has(cellId))) {
      if (this._runs.receive(cellId, live)) {
        this._invalidate(cellId);
      }
    }
  }

  private _onStatusChanged(_: unknown, status: Kernel.Status): void {
    if (GONE.includes(status)) {
      this._onKernelGone();
    }
  }

  private _onKernelChanged(
    _: unknown,
    change: Session.ISessionConnection.IKernelChangedArgs
  ): void {
    if (change.oldValue) {
      this._onKernelGone();
    }
  }

  private _onKernelGone(): void {
    this._runs.lose().forEach(cellId => {
      this._invalidate(cellId);
    });
  }

  private _has(cellId: string): boolean {
    for (const cell of this._known.values()) {
      if (cell.id === cellId) {
        return true;
      }
    }
    return false;
  }

  private _invalidate(cellId: string): void {
    this._stale.add(cellId);
    this._schedule();
  }

  private _schedule(): void {
    if (this._isActive) {
      this._timer ??= setTimeout(() => {
        this.refresh();
      }, REFRESH_INTERVAL_MS);
    }
  }

  private _cancel(): void {
    clearTimeout(this._timer);
    this._timer = undefined;
  }

  private readonly _cells: EnergyModel.ICells;
  private readonly _session: EnergyModel.ISession;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _disposed = new Signal<this, void>(this);
  private readonly _runs = new Runs();
  private _known = new Map<IOutputAreaModel, ICodeCellModel>();
  private readonly _stale = new Set<string>();
  private _rowOf = new Map<string, IEnergyRow>();
  private _rows: readonly IEnergyRow[] = [];
  private _total = totalOf([]);
  private _missing: readonly IMissing[] = [];
  private _isActive = false;
  private _isDisposed = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}

/** A namespace for EnergyModel statics. */
export namespace EnergyModel {
  /** The cells of a notebook. */
  export type ICells = Pick<CellList, 'changed' | typeof Symbol.iterator>;

  /** The kernel of a notebook. */
  export type ISession = Pick<
    ISessionContext,
    'iopubMessage' | 'statusChanged' | 'kernelChanged'
  >;

  /** The options of an energy model. */
  export interface IOptions {
    readonly cells: ICells;
    readonly session: ISession;
  }
}

function isCode(cell: ICellModel): cell is ICodeCellModel {
  return cell.type === 'code';
}

/** The missing sensors of the row that began last, among those that know. */
function newestMissing(rows: readonly IEnergyRow[]): readonly IMissing[] {
  let newest: readonly IMissing[] = [];
  let newestTime_ms = -Infinity;
  for (const { missing, startedAt } of rows) {
    const time_ms = Date.parse(startedAt);
    if (missing && time_ms > newestTime_ms) {
      newest = missing;
      newestTime_ms = time_ms;
    }
  }
  return newest;
}
