import {
  type INotebookTracker,
  NotebookActions,
  type Notebook,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { Cell } from '@jupyterlab/cells';
import { type ISignal, Signal } from '@lumino/signaling';

import type { EnergyModel } from '../model/model';
import type { IEnergyTracker, IOpenNotebook } from '../tokens';
import type { FollowedNotebooks } from './notebooks';
import { openNotebooks } from './opennotebooks';

/** Knows the energy of the open notebooks, and which of them is the current one. */
export class EnergyTracker implements IEnergyTracker {
  /** @param activate - Brings a widget to the front, by its id. */
  constructor(
    notebooks: INotebookTracker,
    followed: FollowedNotebooks,
    activate: (widgetId: string) => void
  ) {
    this._activate = activate;
    this._notebooks = notebooks;
    this._followed = followed;
    followed.modelAdded.connect(this._onModelAdded, this);
    followed.modelRemoved.connect(this._onModelRemoved, this);
    notebooks.currentChanged.connect(this._onCurrentChanged, this);
    NotebookActions.executionScheduled.connect(this._onScheduled, this);
    NotebookActions.outputCleared.connect(this._onCleared, this);
    NotebookActions.executed.connect(this._onExecuted, this);
  }

  get current(): EnergyModel | null {
    const panel = this._notebooks.currentWidget;
    return panel && this._followed.modelOf(panel);
  }

  /** The widget of the current notebook. */
  get currentWidget(): NotebookPanel | null {
    return this._notebooks.currentWidget;
  }

  /** Emitted when another cell of the current notebook is the active one. */
  get activeCellChanged(): INotebookTracker['activeCellChanged'] {
    return this._notebooks.activeCellChanged;
  }

  modelOf(widgetId: string): EnergyModel | null {
    const panel = this._notebooks.find(({ id }) => id === widgetId);
    return panel ? this._followed.modelOf(panel) : null;
  }

  get notebooks(): readonly IOpenNotebook[] {
    return openNotebooks(this._followed.models, this._activate);
  }

  get notebooksChanged(): ISignal<this, void> {
    return this._notebooksChanged;
  }

  get currentChanged(): ISignal<this, void> {
    return this._currentChanged;
  }

  reveal(cellId: string): void {
    const notebook = this._notebooks.currentWidget?.content;
    const index =
      notebook?.widgets.findIndex(cell => cell.model.id === cellId) ?? -1;
    if (!notebook || index === -1) {
      return;
    }
    notebook.mode = 'command'; // the focus stays in the panel
    notebook.deselectAll();
    notebook.activeCellIndex = index;
    void notebook.scrollToItem(index, 'smart');
    flash(notebook.widgets[index].node);
  }

  /** The kernel of a notebook was told to meter every cell. */
  expectAutoMetering(panel: NotebookPanel): void {
    const model = this._followed.modelOf(panel);
    if (model) {
      model.isAutoMetered = true;
    } else {
      this._expected.add(panel);
    }
  }

  private _modelOf(notebook: Notebook): EnergyModel | null {
    const panel = this._notebooks.find(({ content }) => content === notebook);
    return panel ? this._followed.modelOf(panel) : null;
  }

  private _onModelAdded(_: unknown, panel: NotebookPanel): void {
    if (this._expected.delete(panel)) {
      this.expectAutoMetering(panel);
    }
    if (panel === this._notebooks.currentWidget) {
      this._onCurrentChanged();
    }
    this._notebooksChanged.emit();
  }

  private _onModelRemoved(): void {
    this._notebooksChanged.emit();
  }

  private _onCurrentChanged(): void {
    this._currentChanged.emit();
  }

  private _onScheduled(_: unknown, change: EnergyTracker.ICellChange): void {
    this._modelOf(change.notebook)?.queue(change.cell.model.id);
  }

  private _onCleared(_: unknown, change: EnergyTracker.ICellChange): void {
    this._modelOf(change.notebook)?.forget(change.cell.model.id);
  }

  private _onExecuted(_: unknown, change: EnergyTracker.ICellChange): void {
    this._modelOf(change.notebook)?.settle(change.cell.model.id);
  }

  private readonly _activate: (widgetId: string) => void;
  private readonly _notebooks: INotebookTracker;
  private readonly _followed: FollowedNotebooks;
  /** Those whose kernel was told to meter every cell before their model was there. */
  private readonly _expected = new WeakSet<NotebookPanel>();
  private readonly _notebooksChanged = new Signal<this, void>(this);
  private readonly _currentChanged = new Signal<this, void>(this);
}

/** A namespace for EnergyTracker statics. */
export namespace EnergyTracker {
  /** A cell to which something happened. */
  export interface ICellChange {
    readonly notebook: Notebook;
    readonly cell: Cell;
  }
}

const FLASH_CLASS = 'jg-mod-flash';
const FLASH_MS = 1200;

/** Makes a cell catch the eye for a moment. */
function flash(node: HTMLElement): void {
  node.classList.remove(FLASH_CLASS);
  node.getBoundingClientRect(); // so that the animation begins anew
  node.classList.add(FLASH_CLASS);
  setTimeout(() => {
    node.classList.remove(FLASH_CLASS);
  }, FLASH_MS);
}
