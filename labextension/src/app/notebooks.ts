/** What is followed of the open notebooks: their runs, and what these make of them. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { KernelMessage } from '@jupyterlab/services';
import { Token } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';

import { SessionBuffer } from '../cell/sessionbuffer';
import type { LiveFeed } from '../feed/livefeed';
import type { EnergyModel } from '../model/model';

/** The token of the notebooks that are followed, for the plugins of this extension. */
export const IFollowedNotebooks = new Token<FollowedNotebooks>(
  'jupyter-green:IFollowedNotebooks',
  'Follows the metered runs of the open notebooks.'
);

/**
 * Follows each open notebook as long as it is open, because what a kernel sends
 * cannot be asked for again: the feed of its runs, the model of its energy, and
 * the repair of its outputs.
 */
export class FollowedNotebooks {
  constructor(notebooks: INotebookTracker) {
    this._notebooks = notebooks;
    notebooks.forEach(panel => {
      void this._follow(panel);
    });
    notebooks.widgetAdded.connect((_, panel) => {
      void this._follow(panel);
    });
  }

  /** Emitted with a notebook when its model is there. */
  get modelAdded(): ISignal<this, NotebookPanel> {
    return this._modelAdded;
  }

  /** Emitted with a notebook when it was closed. */
  get modelRemoved(): ISignal<this, NotebookPanel> {
    return this._modelRemoved;
  }

  /** The energy of each view of a notebook that is loaded. */
  get models(): ReadonlyMap<NotebookPanel, EnergyModel> {
    return this._models;
  }

  /** The energy of a notebook, null until it is loaded. */
  modelOf(panel: NotebookPanel): EnergyModel | null {
    return this._models.get(panel) ?? null;
  }

  /** The runs of a notebook, once it is loaded. */
  feedOf(panel: NotebookPanel): Promise<LiveFeed> {
    return this._feeds.get(panel) ?? this._follow(panel);
  }

  private _follow(panel: NotebookPanel): Promise<LiveFeed> {
    const feed = this._load(panel);
    this._feeds.set(panel, feed);
    return feed;
  }

  private async _load(panel: NotebookPanel): Promise<LiveFeed> {
    const session = new SessionBuffer(panel.sessionContext);
    panel.disposed.connect(() => {
      session.dispose();
    });
    const [{ LiveFeed }, { EnergyModel }, { OutputRepair }] = await Promise.all(
      [
        import(/* webpackChunkName: "notebook" */ '../feed/livefeed'),
        import(/* webpackChunkName: "notebook" */ '../model/model'),
        import(/* webpackChunkName: "notebook" */ '../saved/outputrepair'),
        panel.context.ready
      ]
    );
    const feed = new LiveFeed({
      session,
      isForeign: message => this._isForeign(panel, message)
    });
    const notebook = panel.content.model;
    if (panel.isDisposed || !notebook) {
      feed.dispose();
    } else {
      const { cells, sharedModel, collaborative } = notebook;
      const awareness = collaborative ? sharedModel.awareness : undefined;
      const model = new EnergyModel({ cells, session, feed });
      const repair = new OutputRepair({ cells, session, feed, awareness });
      this._models.set(panel, model);
      panel.disposed.connect(() => {
        this._models.delete(panel);
        model.dispose();
        repair.dispose();
        feed.dispose();
        this._modelRemoved.emit(panel);
      });
      this._modelAdded.emit(panel);
    }
    session.release();
    return feed;
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

  private readonly _notebooks: INotebookTracker;
  private readonly _feeds = new WeakMap<NotebookPanel, Promise<LiveFeed>>();
  private readonly _models = new Map<NotebookPanel, EnergyModel>();
  private readonly _modelRemoved = new Signal<this, NotebookPanel>(this);
  private readonly _modelAdded = new Signal<this, NotebookPanel>(this);
}
