import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { createElement, type ReactElement } from 'react';

import { energyIcon } from './icons';
import type { IEnergyModel, IEnergyTracker } from './tokens';
import { EnergyView } from './view';

/** The sidebar panel: the energy of the current notebook. */
export class EnergyPanel extends ReactWidget {
  constructor(tracker: IEnergyTracker, trans: TranslationBundle) {
    super();
    this.id = 'jupyter-green-panel';
    this.addClass('jg-Panel');
    this.title.icon = energyIcon;
    this.title.caption = trans.__('Energy of the notebook');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Energy of the notebook'));
    this._trans = trans;
    this._tracker = tracker;
    this._reveal = cellId => {
      tracker.reveal(cellId);
    };
    tracker.currentChanged.connect(this._onCurrentChanged, this);
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

  protected override render(): ReactElement {
    return createElement(EnergyView, {
      model: this._model,
      trans: this._trans,
      reveal: this._reveal
    });
  }

  protected override onBeforeShow(msg: Message): void {
    super.onBeforeShow(msg);
    if (this._model) {
      this._model.isActive = true;
    }
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    if (this._model) {
      this._model.isActive = false;
    }
  }

  private _onCurrentChanged(): void {
    this._show(this._tracker.current);
  }

  private _show(model: IEnergyModel | null): void {
    if (this._model === model) {
      return;
    }
    if (this._model && !this._model.isDisposed) {
      this._model.changed.disconnect(this.update, this);
      this._model.isActive = false;
    }
    this._model = model;
    if (model) {
      model.changed.connect(this.update, this);
      model.isActive = this.isVisible;
    }
    this.update();
  }

  private readonly _trans: TranslationBundle;
  private readonly _tracker: IEnergyTracker;
  private readonly _reveal: (cellId: string) => void;
  private _model: IEnergyModel | null = null;
}
