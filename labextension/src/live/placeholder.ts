/**
 * The output that holds the place of a report while its cell runs. It names
 * its run, whose curve is shown in it; the widget beside it in the same bundle
 * is for front ends without this extension.
 */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';

import { LIVE_MIME_TYPE } from '../record/livemessages';
import { RunView } from '../runview/runview';
import type { LiveFeed } from './feed';

export const WIDGET_MIME_TYPE = 'application/vnd.jupyter.widget-view+json';

/** What is said in the place of a report that will not come. */
export const NO_REPORT =
  'energy: no report, as the kernel stopped or the notebook was closed before the cell had ended';

const WAITING = 'energy: measuring …';

/** Returns the id of the run that a bundle belongs to by the record of this type. */
export function runIdOf(
  bundle: object,
  mimeType = LIVE_MIME_TYPE
): string | null {
  const record = (bundle as Record<string, unknown>)[mimeType];
  const runId = (record as { run_id?: unknown } | null | undefined)?.run_id;
  return typeof runId === 'string' ? runId : null;
}

/** Shows the run that a placeholder names. */
export class Placeholder extends Widget implements IRenderMime.IRenderer {
  constructor(feed: LiveFeed, session: ISessionContext) {
    super();
    this.addClass('jg-Placeholder');
    this._feed = feed;
    this._session = session;
    feed.changed.connect(this._onChanged, this);
    session.statusChanged.connect(this._onStatusChanged, this);
    void session.ready.then(() => {
      this._onStatusChanged();
    });
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const runId = runIdOf(model.data);
    if (runId !== this._runId) {
      this._discard();
      this._runId = runId;
    }
    this._update();
    return Promise.resolve();
  }

  override dispose(): void {
    this._discard();
    super.dispose();
  }

  private _onChanged(_: unknown, runId: string): void {
    if (runId === this._runId) {
      this._update();
    }
  }

  private _onStatusChanged(): void {
    if (!this._view && !this.isDisposed) {
      this._update();
    }
  }

  private _update(): void {
    const followed = this._runId ? this._feed.get(this._runId) : undefined;
    if (!followed) {
      this.node.textContent = this._mayRun ? WAITING : NO_REPORT;
      return;
    }
    if (!this._view) {
      this._view = new RunView(followed.run);
      this.node.replaceChildren(this._view.node);
    } else {
      this._view.update();
    }
    if (followed.isLost) {
      this._view.lose();
    }
  }

  /** Whether a kernel is there that may still be running the cell. */
  private get _mayRun(): boolean {
    const { isReady, session } = this._session;
    const status = session?.kernel?.status ?? 'dead';
    return !isReady || (status !== 'idle' && status !== 'dead');
  }

  private _discard(): void {
    this._view?.dispose();
    this._view = undefined;
  }

  private readonly _feed: LiveFeed;
  private readonly _session: ISessionContext;
  private _runId: string | null = null;
  private _view: RunView | undefined;
}
