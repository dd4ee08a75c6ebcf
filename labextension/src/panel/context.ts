import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ISettings } from '../settings';

/** What the panel's parts can have done. */
export interface IActions {
  /** Goes to a cell. */
  reveal(cellId: string): void;
  /** Edits the stage in a cell's `%%energy` line. */
  setStage(cellId: string, stage: string | null): void;
  /** Puts a cell's figures on the clipboard. */
  copyRow(cellId: string): void;
  /** Loads the meter in the notebook's kernel; returns why it could not, empty where it did. */
  loadMeter(): Promise<string>;
  /** Measures the idle power in the notebook's kernel; returns what it answered. */
  measureBaseline(): Promise<string>;
  /** Chooses by which grams per kWh joules are told as CO2e: a country's, or a number; or the PUE. */
  setCarbon(
    choice:
      | { readonly country: string }
      | { readonly factor: number }
      | { readonly pue: number }
  ): void;
  /** Opens the menu of all commands below a button. */
  openMenu(button: HTMLElement): void;
  /** Opens the page of help at a topic. */
  help(topic: string): void;
  /** Toggles the metering of the selected cells. */
  meterCell(): void;
}

/** What every part of the panel needs. */
export interface IPanelContext {
  readonly trans: TranslationBundle;
  readonly settings: ISettings;
  readonly actions: IActions;
}

export const PanelContext = React.createContext<IPanelContext | null>(null);

/** Returns what the panel gave its parts. */
export function usePanel(): IPanelContext {
  return React.useContext(PanelContext)!;
}
