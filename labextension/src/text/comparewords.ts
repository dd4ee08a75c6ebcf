/** How two runs differ, in words. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IRatio } from '../record/scale';
import { percent } from './format';

/** From this ratio on, and below its inverse, a factor reads better than percent. */
const TIMES = 2;

/** How the second of two differs from the first, such as `−18 % (95 %: −25 % to −11 %)`. */
export function ratioWords(
  { value, low, high }: IRatio,
  trans: TranslationBundle
): string {
  if (!Number.isFinite(high)) {
    return trans.__('no telling: too short for the sensors, run it longer');
  }
  const isClear = low > 1 || high < 1;
  if (!isClear) {
    return trans.__(
      'no clear change (95 %: %1 to %2)',
      signed(low - 1),
      signed(high - 1)
    );
  }
  if (value >= TIMES || value <= 1 / TIMES) {
    return trans.__(
      '× %1 (95 %: %2 to %3)',
      factor(value),
      factor(low),
      factor(high)
    );
  }
  return trans.__(
    '%1 (95 %: %2 to %3)',
    signed(value - 1),
    signed(low - 1),
    signed(high - 1)
  );
}

function signed(part: number): string {
  const sign = part < 0 ? '−' : '+';
  return `${sign}${percent(Math.abs(part))}`;
}

function factor(value: number): string {
  return String(Number(value.toPrecision(2)));
}
