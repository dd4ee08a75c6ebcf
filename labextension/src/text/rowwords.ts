/** The figures of a row in words. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { boundsOfTotal } from '../record/quantity';
import type { EnergyUnit } from '../settings';
import type { IEnergyRow } from '../tokens';
import { atLeast, type IFigures, meanPower, peakPower } from './format';
import { perUnitWords } from './outcomewords';
import { energyOfSumIn, energySoFarIn } from './units';

/** The prompt of a row's cell, such as `[3]`; `[*]` where it has not ended. */
export function promptOf({ status, executionCount }: IEnergyRow): string {
  const isUnderWay = status === 'running' || status === 'queued';
  return `[${isUnderWay ? '*' : (executionCount ?? ' ')}]`;
}

/** The joules of a row with their uncertainty, or those so far. */
export function energyWords(row: IEnergyRow, unit: EnergyUnit): string {
  const figure =
    row.status === 'running'
      ? energySoFarIn(unit, row.energy_j, row.provenance, row.scaleRange)
      : energyOfSumIn(
          unit,
          row.energy_j,
          row.uncertainty_j,
          boundsOfTotal(row, row.details?.domains ?? []),
          row.provenance,
          row.scaleRange
        );
  return row.isAtLeast ? atLeast(figure) : figure;
}

/** The joules of a row for each unit of its work, or empty. */
export function rowPerUnit(row: IEnergyRow, unit: EnergyUnit): string {
  const domains = row.details?.domains ?? [];
  return perUnitWords({ ...row, domains }, row.scaleRange, unit);
}

/** The mean watts of a row, or those of now. */
export function powerWords(row: IEnergyRow): string {
  return row.status === 'running'
    ? peakPower(figuresOf(row), row.power_w, row.scaleRange)
    : meanPower(figuresOf(row), row.scaleRange);
}

/** The highest watts of a row, or empty where they are not known. */
export function peakWords(row: IEnergyRow, trans: TranslationBundle): string {
  return row.peakPower_w === null
    ? ''
    : trans.__(
        'peak %1',
        peakPower(figuresOf(row), row.peakPower_w, row.scaleRange)
      );
}

/** What the watts of a row rest on, those so far where it is running. */
function figuresOf(row: IEnergyRow): IFigures {
  const { energy_j, power_w, status } = row;
  const told_s = row.told_s ?? row.duration_s;
  return {
    ...row,
    mean_power_w:
      status !== 'running'
        ? power_w
        : energy_j !== null && told_s
          ? energy_j / told_s
          : null
  };
}
