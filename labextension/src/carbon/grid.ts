/**
 * Grams of CO2e per kWh of the electricity that a country generates: the
 * average over a year, lifecycle, location based. Loaded when it is asked for.
 */
import grid from './grid.json';
import type { IIntensity } from './intensity';

/** Who the figures are from, to be said where they are shown. */
export const ATTRIBUTION: string = grid.attribution;

const editions: Readonly<Record<string, string>> = grid.editions;

/** All countries by their names, the world first. */
export const INTENSITIES: readonly IIntensity[] = grid.countries.map(
  ([code, country, g_per_kwh, year, edition]) => ({
    code: String(code),
    country: String(country),
    g_per_kwh: Number(g_per_kwh),
    year: Number(year),
    source: editions[String(edition)]
  })
);

/** That of a country by its code (ISO 3166-1 alpha-3), null for one without figures. */
export function intensityOf(code: string): IIntensity | null {
  return INTENSITIES.find(each => each.code === code) ?? null;
}
