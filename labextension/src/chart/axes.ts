import {
  fittingUnit,
  JOULES_PER_WH,
  prefixed,
  WATT_HOURS_FROM_J
} from '../text/prefixes';

const ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
const STEPS_S = [
  1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5,
  10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18000, 36000, 86400
];
const MIN_SPAN_S = 2;

/** The round number at which an axis for values up to `value` ends. */
export function ceiling(value: number): number {
  if (!(value > 0)) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return power * (ROUND.find(step => step * power >= value * 0.999) ?? 10);
}

/** The same for joules: round in watt-hours where they are written as such. */
export function energyCeiling(energy_j: number): number {
  return energy_j > WATT_HOURS_FROM_J
    ? ceiling(energy_j / JOULES_PER_WH) * JOULES_PER_WH
    : ceiling(energy_j);
}

/** A value of an axis in the unit that fits the axis' top, such as `1.5 kW`. */
export function axisLabel(value: number, top: number, unit: string): string {
  if (unit === 'J' && top > WATT_HOURS_FROM_J) {
    return axisLabel(value / JOULES_PER_WH, top / JOULES_PER_WH, 'Wh');
  }
  // A megajoule is never written, so a top of exactly one has thousands of joules.
  const fits = unit === 'J' ? Math.min(top, 1e3) : top;
  const units = prefixed(unit, { most: 1e6, least: 1e-6 });
  const [scale, name] = fittingUnit(fits, units);
  return `${Number((value / scale).toPrecision(3))} ${name}`;
}

/**
 * The end of the time axis of a run that goes on, in seconds: the next round
 * number, so that the axis stands still while the curve grows into it.
 */
export function spanOf(end_s: number): number {
  const step_s = end_s > 3600 ? 3600 : end_s > 60 ? 60 : 1;
  return Math.max(ceiling(end_s / step_s) * step_s, MIN_SPAN_S);
}

/** The distance of marks on a time axis with room for at most `most` of them. */
export function timeStep(span_s: number, most: number): number {
  return (
    STEPS_S.find(step_s => span_s / step_s <= most) ??
    STEPS_S[STEPS_S.length - 1]
  );
}

/** A time on an axis whose marks are `step_s` apart, such as `90 s` or `5 min`. */
export function timeLabel(t_s: number, step_s: number): string {
  const [scale_s, unit] =
    step_s >= 1800
      ? [3600, 'h']
      : step_s >= 60
        ? [60, 'min']
        : step_s >= 0.1
          ? [1, 's']
          : [1e-3, 'ms'];
  return `${Number((t_s / scale_s).toPrecision(4))} ${unit}`;
}
