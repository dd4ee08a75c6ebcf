/** What there is to say of a notebook's total, in the panel and in its picture. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { type Device, DEVICES } from '../record/device';
import { isBelowResolution, uncertaintyOfSum } from '../record/quantity';
import { EXACT, type IScaleRange } from '../record/scale';
import type { EnergyUnit, ISettings } from '../settings';
import type { IEnergyTotal, ISpent } from '../tokens';
import { atLeast, duration, markOf, percent, wattHours } from './format';
import { JOULES_PER_WH } from './prefixes';
import {
  co2e,
  energyIn,
  energyOfPartIn,
  energyOfSumIn,
  energySoFarIn,
  unitOfParts,
  upperBoundIn
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
  /** Which part of a full battery of 50 Wh it is; empty where that says nothing. */
  readonly battery: string;
  /** Null where no factor is set. */
  readonly co2e: {
    readonly figure: string;
    readonly factor: string;
  } | null;
}

/**
 * The joules of a total, in the unit that the user has chosen. Nothing is known
 * of those of a running cell beyond themselves.
 */
export function joulesOf(
  total: IEnergyTotal,
  unit: EnergyUnit,
  scale: IScaleRange
): string {
  const { energy_j, uncertainty_j, bounds, provenance } = total;
  const figures = [unit, energy_j, uncertainty_j, bounds, provenance] as const;
  const figure = isSoFar(total)
    ? energySoFarIn(unit, energy_j, provenance, scale)
    : energyOfSumIn(...figures, scale);
  return total.isAtLeast ? atLeast(figure) : figure;
}

/**
 * What a session's counters tell: all runs and the time between them. Empty
 * where that is not known.
 */
export function counterSentence(
  spent: ISpent,
  trans: TranslationBundle,
  unit: EnergyUnit
): string {
  const { between, energy_j, uncertainty_j, isAtLeast, scaleRange } = spent;
  if (between === null || isAtLeast) {
    return '';
  }
  const whole_j = energy_j + between.energy_j;
  const readings = uncertaintyOfSum([{ energy_j, uncertainty_j }, between]);
  return trans.__(
    "Session's counter: %1, of which %2 between cells, in %3",
    energyIn(unit, whole_j, readings, 'counter', scaleRange),
    energyIn(unit, between.energy_j, between.uncertainty_j, 'counter'),
    duration(between.duration_s)
  );
}

/** The joules of a part of a total, for comparison: by its readings alone. */
export function readingOf(total: IEnergyTotal, unit: EnergyUnit): string {
  return joulesOf(total, unit, EXACT);
}

/** How sure a running cell is nobody knows yet: a small interval would be that of the others. */
function isSoFar({
  isRunning,
  energy_j,
  uncertainty_j
}: IEnergyTotal): boolean {
  return isRunning && uncertainty_j <= LEAST_SHARE * energy_j;
}

/** A total in words. */
export function totalWords(
  total: IEnergyTotal,
  trans: TranslationBundle,
  settings: ISettings
): ITotalWords {
  const { energy_j, uncertainty_j, provenance, estimated_j, scaleRange } =
    total;
  const { unit } = settings;
  const hasFigure = total.cells > 0;
  const figure = hasFigure ? joulesOf(total, unit, scaleRange) : '–';
  const isBound =
    total.bounds.low_j === 0 || isBelowResolution(energy_j, uncertainty_j);
  const known = (words: string): string =>
    total.isAtLeast ? atLeast(words) : words;
  const otherUnit =
    !hasFigure || (isBound && !isSoFar(total))
      ? '–'
      : known(
          /Wh\b/.test(figure)
            ? energyIn('J', energy_j, uncertainty_j, provenance, scaleRange)
            : wattHours(energy_j, provenance, scaleRange)
        );
  const co2eOf = hasFigure ? co2eWords(energy_j, settings, trans) : null;
  const remarks: [name: string, words: string][] = [];
  if (total.isReplayed) {
    remarks.push(['replayed', trans.__('includes replayed figures')]);
  }
  if (total.isAtLeast) {
    remarks.push(['at-least', flagWords('host-lost', trans)]);
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
            scaleRange,
            trans,
            unit
          )
    ]);
  }
  return {
    figure,
    otherUnit,
    remarks,
    battery: isBound || !hasFigure ? '' : batteryWords(total),
    co2e: co2eOf && { ...co2eOf, figure: known(co2eOf.figure) }
  };
}

/** What a laptop's battery holds when it is full, as the words beside it say. */
const BATTERY_WH = 50;

/** Which part of a full battery some joules are, such as `39 %`; empty where that is no help. */
function batteryWords({ energy_j, provenance }: IEnergyTotal): string {
  const share = energy_j / (BATTERY_WH * JOULES_PER_WH);
  return share < 0.01 || share > 10
    ? ''
    : `${markOf(provenance)}${percent(share)}`;
}

/** Grams of CO2e at the chosen factor, and whose that is; null where none is chosen. */
function co2eWords(
  energy_j: number,
  { intensity, co2eCountry, co2eFactor, pue }: ISettings,
  trans: TranslationBundle
): ITotalWords['co2e'] {
  const factor = co2eCountry === '' ? co2eFactor : (intensity?.g_per_kwh ?? 0);
  if (factor <= 0) {
    return null;
  }
  const told = trans.__(
    'at %1 g/kWh × PUE %2',
    factorWords(factor),
    pue === 1 ? '1.0' : pue // also where nothing was given: a building is not in it
  );
  return {
    figure: `≈ ${co2e(energy_j, factor, pue)}`,
    factor: intensity
      ? trans.__(
          '%1 (%2 %3, %4)',
          told,
          intensity.country,
          intensity.year,
          intensity.source
        )
      : told
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

/**
 * Which part each kind of hardware took, those without any left out. A reading
 * that is only a bound stays one; joules have no more digits than their scale.
 */
export function deviceParts(
  { devices_j, estimates_j, deviceBounds, deviceScales }: IEnergyTotal,
  trans: TranslationBundle,
  settings: ISettings
): IDevicePart[] {
  const sum_j = DEVICES.reduce((sum, device) => sum + devices_j[device], 0);
  const unit = unitOfParts(settings.unit, sum_j);
  return DEVICES.filter(device => devices_j[device] > 0).map(device => {
    const energy_j = devices_j[device];
    const share = energy_j / sum_j;
    const { low_j, high_j } = deviceBounds[device];
    return {
      device,
      share,
      name: deviceWord(device, trans),
      percent: percent(share),
      energy:
        low_j === 0
          ? upperBoundIn(unit, high_j)
          : energyOfPartIn(
              unit,
              energy_j,
              estimates_j[device] > 0 ? 'mixed' : null,
              deviceScales[device]
            )
    };
  });
}

/** A factor with three digits at most, such as `24.4`. */
function factorWords(factor: number): string {
  return String(Number(factor.toPrecision(3)));
}
