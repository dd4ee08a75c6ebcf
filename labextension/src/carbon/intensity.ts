/** What a country's electricity emits. */
export interface IIntensity {
  /** ISO 3166-1 alpha-3; `WLD` for the world. */
  readonly code: string;
  readonly country: string;
  /** Grams of CO2e per kWh generated, lifecycle, averaged over a year. */
  readonly g_per_kwh: number;
  readonly year: number;
  /** Who published it, and when. */
  readonly source: string;
}
