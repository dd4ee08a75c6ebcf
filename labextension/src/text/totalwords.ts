/** What there is to say of a notebook's total, in the panel and in its picture. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { type Device, DEVICES } from '../record/device';
import { isBelowResolution } from '../record/quantity';
import type { ISettings } from '../settings';
import type { IEnergyTotal } from '../tokens';
import { percent, wattHours } from './format';
import {
  co2e,
  energyAboutIn,
  energyIn,
  energyOfSumIn,
  energySoFarIn
} from './units';
import { deviceWord, flagWords, netWords } from './words';

/** While a cell runs, an uncertainty below this share of the joules is not shown. */
const LEAST_SHARE = 0.01;

/** A total in words. */
export interface ITotalWords {
  /** The joules, in the unit that the user has chosen. */
  readonly figure: string;
  /** Them in watt-hours, or in joules where the figure is in watt-hours. */
  readonly otherUnit: string;
  /** What is to be said of the figure, by name. */
  readonly remarks: readonly (readonly [name: string, words: string])[];
  /** Null where no factor is set. */
  readonly co2e: {
    readonly figure: string;
    readonly factor: string;
  } | null;
}

/** A total in words. Nothing is known of the joules of a running cell beyond themselves. */
export function totalWords(
  total: IEnergyTotal,
  trans: TranslationBundle,
  { unit, co2eFactor, pue }: ISettings
): ITotalWords {
  const { energy_j, uncertainty_j, provenance, estimated_j } = total;
  const hasFigure = total.cells > 0;
  // How sure the running cell is nobody knows yet: a small interval would be that of the others.
  const isExact = total.isRunning && uncertainty_j <= LEAST_SHARE * energy_j;
  const figure = !hasFigure
    ? '–'
    : isExact
      ? energySoFarIn(unit, energy_j, provenance)
      : energyOfSumIn(unit, energy_j, uncertainty_j, total.bounds, provenance);
  const otherUnit =
    !hasFigure || (!isExact && isBelowResolution(energy_j, uncertainty_j))
      ? '–'
      : figure.endsWith('Wh')
        ? energyIn('J', energy_j, uncertainty_j, provenance)
        : wattHours(energy_j, provenance);
  const remarks: [name: string, words: string][] = [];
  if (total.isReplayed) {
    remarks.push(['replayed', trans.__('includes replayed figures')]);
  }
  if (total.isUneven) {
    remarks.push(['uneven', flagWords('sensors-differ', trans)]);
  }
  if (provenance === 'mixed' && estimated_j > 0) {
    const share = estimated_j / energy_j;
    remarks.push([
      'measured',
      trans.__('%1 measured, %2 estimated', percent(1 - share), percent(share))
    ]);
  }
  if (total.net_energy_j !== null) {
    remarks.push([
      'net',
      total.isRunning
        ? trans.__('net follows when the cell ends')
        : netWords(
            {
              provenance,
              net_energy_j: total.net_energy_j,
              net_uncertainty_j: total.netUncertainty_j
            },
            trans,
            unit
          )
    ]);
  }
  return {
    figure,
    otherUnit,
    remarks,
    co2e:
      co2eFactor > 0 && hasFigure
        ? {
            figure: `≈ ${co2e(energy_j, co2eFactor, pue)}`,
            factor:
              pue > 1
                ? trans.__('at %1 g/kWh × PUE %2', co2eFactor, pue)
                : trans.__('at %1 g/kWh', co2eFactor)
          }
        : null
  };
}

/** The part of the joules that one kind of hardware took. */
export interface IDevicePart {
  readonly device: Device;
  readonly share: number;
  readonly name: string;
  readonly percent: string;
  readonly energy: string;
}

/** Which part each kind of hardware took, those without any left out. */
export function deviceParts(
  { devices_j, estimates_j }: IEnergyTotal,
  trans: TranslationBundle,
  { unit }: ISettings
): IDevicePart[] {
  const sum_j = DEVICES.reduce((sum, device) => sum + devices_j[device], 0);
  return DEVICES.filter(device => devices_j[device] > 0).map(device => {
    const energy_j = devices_j[device];
    const share = energy_j / sum_j;
    return {
      device,
      share,
      name: deviceWord(device, trans),
      percent: percent(share),
      energy: energyAboutIn(
        unit,
        energy_j,
        estimates_j[device] > 0 ? 'mixed' : null
      )
    };
  });
}
