/** What `%energy` and repeated cells found, in words. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IRepeats } from '../record/repeats';
import type { EnergyUnit } from '../settings';
import type { IEnergyRow } from '../tokens';
import { energyIn } from './units';

/** How often something was run, such as `7 runs × 1000 loops`; empty where nothing was. */
export function repeatsBadge(
  repeats: readonly IRepeats[],
  trans: TranslationBundle
): string {
  if (repeats.length === 0) {
    return '';
  }
  if (repeats.length > 1) {
    return trans._n(
      '%1 repeated statement',
      '%1 repeated statements',
      repeats.length
    );
  }
  const [{ repeats: runs, loops }] = repeats;
  if (runs === null || loops === null) {
    return trans.__('repeated');
  }
  return `${trans._n('%1 run', '%1 runs', runs)} × ${trans._n('%1 loop', '%1 loops', loops)}`;
}

/** What one loop took, such as `12.3 ± 0.4 mJ per loop`; a line for each that is known. */
export function perLoop(
  { repeats, provenance }: Pick<IEnergyRow, 'repeats' | 'provenance'>,
  trans: TranslationBundle,
  unit: EnergyUnit
): string[] {
  return repeats.flatMap(({ mean_j, interval_j }) =>
    mean_j !== null && mean_j > 0
      ? trans.__('%1 per loop', energyIn(unit, mean_j, interval_j, provenance))
      : []
  );
}
