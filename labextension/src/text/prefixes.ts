/** Units with their prefixes, and which of them fits a value. */

export const JOULES_PER_WH = 3600;

/**
 * From here on joules are written as watt-hours. Below it a figure can be
 * checked by eye, as watts times seconds; above it joules would need the
 * megajoule, which stands on no bill and no device. 1 MJ is 278 Wh: a figure
 * has three digits before its point on both sides, and 300 W over an hour read
 * 300 Wh.
 */
export const WATT_HOURS_FROM_J = 1e6;

/** A unit with its prefix, and how many of the plain unit it is. */
export type PrefixedUnit = readonly [scale: number, unit: string];

const PREFIXES: readonly (readonly [scale: number, prefix: string])[] = [
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
  [1e-3, 'm'],
  [1e-6, 'µ'],
  [1e-9, 'n']
];

/** A unit with its prefixes from the greatest to the least that is written. */
export function prefixed(
  unit: string,
  { most, least }: { readonly most: number; readonly least: number }
): readonly PrefixedUnit[] {
  return PREFIXES.filter(([scale]) => scale <= most && scale >= least).map(
    ([scale, prefix]) => [scale, prefix + unit]
  );
}

/** The unit in which a value has one to three digits before its point, as far as there is one. */
export function fittingUnit(
  value: number,
  units: readonly PrefixedUnit[]
): PrefixedUnit {
  const size = value === 0 ? 1 : Math.abs(value); // zero has the plain unit
  return units.find(([scale]) => size >= scale) ?? units[units.length - 1];
}
