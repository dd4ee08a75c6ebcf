import type { ICodeCellModel } from '@jupyterlab/cells';
import type { CellList } from '@jupyterlab/notebook';
import type { IOutputAreaModel } from '@jupyterlab/outputarea';
import { type ISignal, Signal } from '@lumino/signaling';

import { isCode } from '../cell/metering';

/** The code cells of a notebook, and what changes in them. */
export class CodeCells {
  constructor(private readonly _cells: CodeCells.ICells) {
    this._cells.changed.connect(this._onChanged, this);
    this._onChanged();
  }

  /** By their ids, in the notebook's order. */
  get byId(): ReadonlyMap<string, ICodeCellModel> {
    return this._byId;
  }

  /** Cells came, went or moved; with those that are new. */
  get changed(): ISignal<this, readonly ICodeCellModel[]> {
    return this._changed;
  }

  /** The outputs of a cell changed. */
  get outputsChanged(): ISignal<this, ICodeCellModel> {
    return this._outputsChanged;
  }

  /** The text of a cell changed. */
  get textChanged(): ISignal<this, string> {
    return this._textChanged;
  }

  /** Follows nothing any more. */
  dispose(): void {
    Signal.disconnectReceiver(this);
    Signal.clearData(this);
  }

  private _onChanged(): void {
    const known = new Map<IOutputAreaModel, ICodeCellModel>();
    const added: ICodeCellModel[] = [];
    for (const cell of this._cells) {
      if (!isCode(cell)) {
        continue;
      }
      known.set(cell.outputs, cell);
      if (!this._known.has(cell.outputs)) {
        cell.outputs.changed.connect(this._onOutputsChanged, this);
        cell.contentChanged.connect(this._onTextChanged, this);
        added.push(cell);
      }
    }
    for (const [outputs, cell] of this._known) {
      if (!known.has(outputs)) {
        outputs.changed.disconnect(this._onOutputsChanged, this);
        cell.contentChanged.disconnect(this._onTextChanged, this);
      }
    }
    this._known = known;
    this._byId = new Map([...known.values()].map(cell => [cell.id, cell]));
    this._changed.emit(added);
  }

  private _onOutputsChanged(outputs: IOutputAreaModel): void {
    const cell = this._known.get(outputs);
    if (cell) {
      this._outputsChanged.emit(cell);
    }
  }

  private _onTextChanged({ id }: { readonly id: string }): void {
    this._textChanged.emit(id);
  }

  private readonly _changed = new Signal<this, readonly ICodeCellModel[]>(this);
  private readonly _outputsChanged = new Signal<this, ICodeCellModel>(this);
  private readonly _textChanged = new Signal<this, string>(this);
  private _known = new Map<IOutputAreaModel, ICodeCellModel>();
  private _byId = new Map<string, ICodeCellModel>();
}

/** A namespace for CodeCells statics. */
export namespace CodeCells {
  /** The cells of a notebook. */
  export type ICells = Pick<CellList, 'changed' | typeof Symbol.iterator>;
}
