import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { energyIcon } from '../icons';
import type { Settings } from '../settings';
import type { IEnergyModel, IEnergyTracker } from '../tokens';
import type { IActions, IPanelContext } from './context';
import type { EnergyView } from './view';

/** The sidebar panel: the energy of the current notebook. */
export class EnergyPanel extends ReactWidget {
  constructor(options: EnergyPanel.IOptions) {
    super();
    const { id, tracker, settings, trans } = options;
    this.id = id;
    this.addClass('jg-Panel');
    this.title.icon = energyIcon;
    this.title.caption = trans.__('Energy of the notebook');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Energy of the notebook'));
    this._options = options;
    this._context = this._makeContext();
    settings.changed.connect(this._onSettingsChanged, this);
    tracker.currentChanged.connect(this._onCurrentChanged, this);
    tracker.notebooksChanged.connect(this.update, this);
    this._onCurrentChanged();
  }

  /** The model of the notebook that is shown, null where none is. */
  get model(): IEnergyModel | null {
    return this._model;
  }

  override dispose(): void {
    this._show(null);
    super.dispose();
  }

  protected override render(): React.JSX.Element | null {
    const View = this._view;
    if (!View) {
      const { trans } = this._options;
      return this._isUnloadable ? (
        <p className="jg-Hint">
          {trans.__('The panel could not be loaded: reload the page.')}
        </p>
      ) : null;
    }
    return (
      <View
        model={this._model}
        notebooks={this._options.tracker.notebooks}
        context={this._context}
      />
    );
  }

  /** Renders nothing while it is hidden: others may watch the model as well. */
  protected override onUpdateRequest(msg: Message): void {
    if (this.isVisible) {
      super.onUpdateRequest(msg);
    }
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._wake();
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._wake();
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this._model?.unwatch(this);
  }

  private _wake(): void {
    if (this.isVisible) {
      this._model?.watch(this);
      this.update();
      void this._load();
    }
  }

  /** Loads the view when it is seen for the first time. */
  private async _load(): Promise<void> {
    if (this._view) {
      return;
    }
    try {
      const { EnergyView } = await import(
        /* webpackChunkName: "panel" */ './view'
      );
      this._view = EnergyView;
    } catch (reason) {
      console.error('jupyter-green: the panel cannot be loaded', reason);
      this._isUnloadable = true;
    }
    this.update();
  }

  private _onCurrentChanged(): void {
    this._show(this._options.tracker.current);
  }

  private _onSettingsChanged(): void {
    this._context = this._makeContext();
    this.update();
  }

  private _makeContext(): IPanelContext {
    const { trans, actions, settings } = this._options;
    return { trans, actions, settings: settings.now };
  }

  private _show(model: IEnergyModel | null): void {
    if (this._model === model) {
      return;
    }
    if (this._model && !this._model.isDisposed) {
      this._model.changed.disconnect(this.update, this);
      this._model.unwatch(this);
    }
    this._model = model;
    if (model) {
      model.changed.connect(this.update, this);
    }
    this._wake();
  }

  private readonly _options: EnergyPanel.IOptions;
  private _context: IPanelContext;
  private _model: IEnergyModel | null = null;
  private _view: typeof EnergyView | null = null;
  private _isUnloadable = false;
}

/** A namespace for EnergyPanel statics. */
export namespace EnergyPanel {
  /** The options of the panel. */
  export interface IOptions {
    readonly id: string;
    readonly tracker: IEnergyTracker;
    readonly settings: Settings;
    readonly actions: IActions;
    readonly trans: TranslationBundle;
  }
}
