import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { type ISignal, Signal } from '@lumino/signaling';

import type { IIntensity } from './carbon/intensity';

/** `auto` is joules where they can be read, and watt-hours where those can. */
export type EnergyUnit = 'auto' | 'J' | 'Wh';

/** How much room a metered cell takes: `automatic` is as much as its news needs. */
export type ViewSize = 'automatic' | 'compact' | 'full';

/** Whether the meter is loaded in the kernels of notebooks that have metered cells. */
export type LoadMeter = 'ask' | 'always' | 'never';

/** What a user can choose (`schema/plugin.json`). */
export interface ISettings {
  readonly unit: EnergyUnit;
  /** The sidebar that holds the panel. */
  readonly side: 'left' | 'right';
  /** Whether there is an item in the status bar. */
  readonly statusBar: boolean;
  /** Whether a row is one line. */
  readonly compactRows: boolean;
  /** The country (ISO 3166-1 alpha-3) whose average electricity it is; empty for none. */
  readonly co2eCountry: string;
  /** Grams of CO2e for each kWh of electricity where no country is chosen; 0 for none. */
  readonly co2eFactor: number;
  /** What a data centre draws for each watt of its computers, 1 or more. */
  readonly pue: number;
  readonly view: ViewSize;
  readonly loadMeter: LoadMeter;
  /** Whether kernels are told to meter every cell. */
  readonly autoMetering: boolean;
  /** What the chosen country's electricity emits; null without one, or until it is loaded. */
  readonly intensity: IIntensity | null;
}

/** What of the settings can be set: the rest follows from it. */
export type SettingName = Exclude<keyof ISettings, 'intensity'>;

export const DEFAULT_SETTINGS: ISettings = {
  unit: 'auto',
  side: 'right',
  statusBar: true,
  compactRows: false,
  co2eCountry: '',
  co2eFactor: 0,
  pue: 1,
  view: 'automatic',
  loadMeter: 'ask',
  autoMetering: false,
  intensity: null
};

/** The settings as they are now; the defaults where there is no registry. */
export class Settings {
  /** Emitted when a setting has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get now(): ISettings {
    return this._now;
  }

  /** Follows the settings of the registry. */
  follow(registered: ISettingRegistry.ISettings): void {
    this._registered = registered;
    registered.changed.connect(this._read, this);
    this._read();
  }

  /** Changes a setting, for good where there is a registry. */
  async set<K extends SettingName>(
    name: K,
    value: ISettings[K]
  ): Promise<void> {
    if (this._registered) {
      await this._registered.set(name, value);
    } else {
      this._take({ ...this._now, [name]: value });
    }
  }

  private _read(): void {
    // The registry holds the values against the schema.
    this._take({
      ...DEFAULT_SETTINGS,
      ...(this._registered?.composite as Partial<ISettings>)
    });
  }

  private _take(chosen: ISettings): void {
    const { intensity } = this._now;
    const isKnown = intensity?.code === chosen.co2eCountry;
    this._now = { ...chosen, intensity: isKnown ? intensity : null };
    this._changed.emit();
    if (!isKnown && chosen.co2eCountry !== '') {
      void this._load(chosen.co2eCountry);
    }
  }

  private async _load(country: string): Promise<void> {
    const { intensityOf } = await import(
      /* webpackChunkName: "carbon" */ './carbon/grid'
    );
    const intensity = intensityOf(country);
    if (intensity && this._now.co2eCountry === country) {
      this._now = { ...this._now, intensity };
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _now = DEFAULT_SETTINGS;
  private _registered: ISettingRegistry.ISettings | null = null;
}
