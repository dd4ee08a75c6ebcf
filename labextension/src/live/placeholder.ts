/**
 * The output that holds the place of a report while its cell runs. It names
 * its run, whose curve is shown in it; the widget beside it in the same bundle
 * is for front ends without this extension.
 */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { IRunChange, LiveFeed } from '../feed/livefeed';
import { runIdOf } from '../record/bundle';
import { FittedView } from '../runview/fittedview';
import { explainSigns } from '../runview/signs';
import type { Settings } from '../settings';
import type { OpenHelp } from '../text/explained';
import { HostsList } from './hostslist';

/** Shows the run that a placeholder names. */
export class Placeholder extends Widget implements IRenderMime.IRenderer {
  constructor(
    feed: LiveFeed,
    session: ISessionContext,
    private readonly _settings: Pick<Settings, 'now'>,
    private readonly _trans: TranslationBundle,
    private readonly _help: OpenHelp
  ) {
    super();
    this.addClass('jg-Placeholder');
    explainSigns(this.node, _trans, _help);
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

  private _onChanged(_: unknown, { run }: IRunChange): void {
    if (run.head.run_id === this._runId) {
      this._update();
    }
  }

  private _onStatusChanged(): void {
    if (!this._view && !this.isDisposed) {
      this._update();
    }
  }

  private _update(): void {
    const run = this._runId ? this._feed.get(this._runId) : undefined;
    if (!run) {
      this.node.textContent = this._mayRun
        ? this._trans.__('energy: measuring …')
        : this._trans.__(
            'energy: no report (the kernel stopped, or the notebook was closed, before the cell ended)'
          );
      return;
    }
    if (!this._view) {
      this._view = new FittedView(run, {
        size: this._settings.now.view,
        hosts: trans => new HostsList(trans),
        trans: this._trans,
        help: this._help
      });
      this.node.replaceChildren(this._view.node);
    } else {
      this._view.update();
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
  private _view: FittedView | undefined;
}
