import {
  type INotebookTracker,
  NotebookActions,
  type Notebook,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { Cell } from '@jupyterlab/cells';
import type { KernelMessage } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

import { SessionBuffer } from '../cell/sessionbuffer';
import type { EnergyModel } from '../model/model';
import type { IEnergyTracker } from '../tokens';

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
    NotebookActions.executionScheduled.connect(this._onScheduled, this);
    NotebookActions.outputCleared.connect(this._onCleared, this);
    NotebookActions.executed.connect(this._onExecuted, this);
  }

  get current(): EnergyModel | null {
    const panel = this._notebooks.currentWidget;
    return (panel && this._models.get(panel.content)) ?? null;
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
    flash(notebook.widgets[index].node);
  }

  /** The kernel of a notebook was told to meter every cell. */
  expectAutoMetering(panel: NotebookPanel): void {
    const model = this._models.get(panel.content);
    if (model) {
      model.isAutoMetered = true;
    }
  }

  private async _add(panel: NotebookPanel): Promise<void> {
    const session = new SessionBuffer(panel.sessionContext);
    panel.disposed.connect(() => {
      session.dispose();
    });
    const [{ EnergyModel }] = await Promise.all([
      import(/* webpackChunkName: "notebook" */ '../model/model'),
      panel.context.ready
    ]);
    const notebook = panel.content;
    const cells = notebook.model?.cells;
    if (panel.isDisposed || !cells) {
      return;
    }
    const model = new EnergyModel({
      cells,
      session,
      isForeign: message => this._isForeign(panel, message)
    });
    this._models.set(notebook, model);
    session.release();
    panel.disposed.connect(() => {
      this._models.delete(notebook);
      model.dispose();
    });
    if (panel === this._notebooks.currentWidget) {
      this._onCurrentChanged();
    }
  }

  /**
   * Whether another notebook on the same kernel has asked for what a message
   * answers: in a copy of a notebook the cells have the ids of the original's.
   */
  private _isForeign(
    panel: NotebookPanel,
    { parent_header: parent }: KernelMessage.IMessage
  ): boolean {
    const asker = (parent as Partial<KernelMessage.IHeader>).session;
    const isAskedBy = (other: NotebookPanel): boolean =>
      other.sessionContext.session?.kernel?.clientId === asker;
    return (
      asker !== undefined &&
      !isAskedBy(panel) &&
      this._notebooks.find(isAskedBy) !== undefined
    );
  }

  private _onCurrentChanged(): void {
    this._currentChanged.emit();
  }

  private _onScheduled(_: unknown, change: EnergyTracker.ICellChange): void {
    this._models.get(change.notebook)?.queue(change.cell.model.id);
  }

  private _onCleared(_: unknown, change: EnergyTracker.ICellChange): void {
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
