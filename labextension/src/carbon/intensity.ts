/** What a country's electricity emits. */
export interface IIntensity {
  /** ISO 3166-1 alpha-3, or `US-CA` for a state; `WLD` for the world. */
  readonly code: string;
  readonly country: string;
  /** Grams of CO2e per kWh generated, averaged over a year; of a state direct ones alone, else lifecycle. */
  readonly g_per_kwh: number;
  readonly year: number;
  /** Who published it, and when. */
  readonly source: string;
}
