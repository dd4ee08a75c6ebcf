import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { type ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';

import { CommandIDs } from '../commandids';
import { energyIcon } from '../icons';
import type { EnergyModel } from '../model/model';
import { Button } from '../panel/button';
import type { Settings } from '../settings';
import type { statusWords } from '../text/statuswords';
import type { EnergyTracker } from './tracker';

/** An item of the status bar: the notebook's joules, and the watts of a running cell. */
export class EnergyStatus extends ReactWidget {
  constructor(options: EnergyStatus.IOptions) {
    super();
    this.addClass('jg-Status');
    this._options = options;
    options.tracker.currentChanged.connect(this._onCurrentChanged, this);
    options.settings.changed.connect(this._onCurrentChanged, this);
    this._onCurrentChanged();
  }

  /** Emitted when `isActive` may have changed. */
  get activeChanged(): ISignal<this, void> {
    return this._activeChanged;
  }

  /** Whether there is something to show. */
  get isActive(): boolean {
    return this._options.settings.now.statusBar && this._model !== null;
  }

  override dispose(): void {
    this._show(null);
    super.dispose();
  }

  protected override render(): React.JSX.Element | null {
    const { commands, settings, trans } = this._options;
    if (!this._model || !this.isActive) {
      return null;
    }
    const words = this._words?.(this._model, trans, settings.now);
    if (!words) {
      return null;
    }
    const { watts, joules } = words;
    return (
      <Button
        className="jg-Status-button"
        title={trans.__('Energy of the notebook: open the panel')}
        aria-label={trans.__(
          'Energy of the notebook: %1',
          [watts, joules].filter(Boolean).join(', ')
        )}
        onClick={() => {
          void commands.execute(CommandIDs.openPanel);
        }}
      >
        <energyIcon.react tag="span" className="jg-Status-icon" />
        {watts && <span className="jg-Status-power">{watts}</span>}
        <span className="jg-Status-energy">{joules}</span>
      </Button>
    );
  }

  private _onCurrentChanged(): void {
    const { settings, tracker } = this._options;
    this._show(settings.now.statusBar ? tracker.current : null);
    this._activeChanged.emit();
  }

  private _show(model: EnergyModel | null): void {
    if (this._model !== model) {
      if (this._model && !this._model.isDisposed) {
        this._model.changed.disconnect(this.update, this);
        this._model.unwatch(this);
      }
      this._model = model;
      model?.changed.connect(this.update, this);
      model?.watch(this);
    }
    if (model) {
      void this._load();
    }
    this.update();
  }

  /** Loads what says the figures, with the first notebook. */
  private async _load(): Promise<void> {
    if (!this._words) {
      const { statusWords } = await import(
        /* webpackChunkName: "words" */ '../text/statuswords'
      );
      this._words = statusWords;
      this.update();
    }
  }

  private readonly _options: EnergyStatus.IOptions;
  private readonly _activeChanged = new Signal<this, void>(this);
  private _model: EnergyModel | null = null;
  private _words: typeof statusWords | null = null;
}

/** A namespace for EnergyStatus statics. */
export namespace EnergyStatus {
  /** The options of the item. */
  export interface IOptions {
    readonly tracker: EnergyTracker;
    readonly settings: Settings;
    readonly commands: CommandRegistry;
    readonly trans: TranslationBundle;
  }
}
