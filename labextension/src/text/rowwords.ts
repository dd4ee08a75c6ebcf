/** The figures of a row in words. */
import { boundsOfTotal } from '../record/quantity';
import type { EnergyUnit } from '../settings';
import type { IEnergyRow } from '../tokens';
import { markedPower, meanPower } from './format';
import { energyOfSumIn, energySoFarIn } from './units';

/** The prompt of a row's cell, such as `[3]`; `[*]` where it has not ended. */
export function promptOf({ status, executionCount }: IEnergyRow): string {
  const isUnderWay = status === 'running' || status === 'queued';
  return `[${isUnderWay ? '*' : (executionCount ?? ' ')}]`;
}

/** The joules of a row with their uncertainty, or those so far. */
export function energyWords(row: IEnergyRow, unit: EnergyUnit): string {
  return row.status === 'running'
    ? energySoFarIn(unit, row.energy_j, row.provenance)
    : energyOfSumIn(
        unit,
        row.energy_j,
        row.uncertainty_j,
        boundsOfTotal(row, row.details?.domains ?? []),
        row.provenance
      );
}

/** The mean watts of a row, or those of now. */
export function powerWords(row: IEnergyRow): string {
  const { power_w, provenance } = row;
  return row.status === 'running'
    ? markedPower(power_w, provenance)
    : meanPower({ ...row, mean_power_w: power_w });
}
