import {
  type INotebookTracker,
  NotebookActions,
  type Notebook,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { Cell } from '@jupyterlab/cells';
import { type ISignal, Signal } from '@lumino/signaling';

import { EnergyModel } from './model';
import type { IEnergyModel, IEnergyTracker } from './tokens';

/**
 * Keeps one energy model for each open notebook. They live as long as their
 * notebook, because the reports that a kernel sends cannot be asked for again.
 */
export class EnergyTracker implements IEnergyTracker {
  constructor(notebooks: INotebookTracker) {
    this._notebooks = notebooks;
    notebooks.forEach(panel => void this._add(panel));
    notebooks.widgetAdded.connect((_, panel) => void this._add(panel));
    notebooks.currentChanged.connect(this._onCurrentChanged, this);
    NotebookActions.executionScheduled.connect(this._onStale, this);
    NotebookActions.outputCleared.connect(this._onStale, this);
    NotebookActions.executed.connect(this._onExecuted, this);
  }

  get current(): IEnergyModel | null {
    const panel = this._notebooks.currentWidget;
    return (panel && this._models.get(panel.content)) ?? null;
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
  }

  private async _add(panel: NotebookPanel): Promise<void> {
    await panel.context.ready;
    const notebook = panel.content;
    const cells = notebook.model?.cells;
    if (panel.isDisposed || !cells) {
      return;
    }
    const model = new EnergyModel({ cells, session: panel.sessionContext });
    this._models.set(notebook, model);
    panel.disposed.connect(() => {
      this._models.delete(notebook);
      model.dispose();
    });
    if (panel === this._notebooks.currentWidget) {
      this._onCurrentChanged();
    }
  }

  private _onCurrentChanged(): void {
    this._currentChanged.emit();
  }

  private _onStale(_: unknown, change: EnergyTracker.ICellChange): void {
    this._models.get(change.notebook)?.forget(change.cell.model.id);
  }

  private _onExecuted(_: unknown, change: EnergyTracker.ICellChange): void {
    this._models.get(change.notebook)?.settle(change.cell.model.id);
  }

  private readonly _notebooks: INotebookTracker;
  private readonly _models = new Map<Notebook, EnergyModel>();
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
