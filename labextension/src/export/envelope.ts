/** A notebook's energy as JSON: its sum, what it was made with, and the reports as they are. */
import { REPORT_SCHEMA, type IReport } from '../record/report';
import type { ISettings } from '../settings';
import type { IEnergyTotal, ISpent } from '../tokens';
import { VERSION } from './version';

/** What is told in the envelope. */
export interface IContents {
  /** The notebook's name. */
  readonly name: string;
  readonly total: IEnergyTotal;
  readonly spent: ISpent;
  readonly reports: readonly IReport[];
  readonly settings: ISettings;
}

/** Schema `jupyter-green.export.v1`: joules, watts and seconds, grams of CO2e. */
export function asJson(contents: IContents, now = new Date()): string {
  const { name, total, spent, reports, settings } = contents;
  const meters = [...new Set(reports.map(({ meter }) => meter.version))];
  const envelope = {
    schema: 'jupyter-green.export.v1',
    notebook: name,
    exported_at: now.toISOString(),
    versions: { extension: VERSION, meters, reports: REPORT_SCHEMA },
    total: {
      cells: total.cells,
      failed: total.failed,
      energy_j: total.energy_j,
      uncertainty_j: total.uncertainty_j,
      scale_low: total.scaleRange.low,
      scale_high: total.scaleRange.high,
      net_energy_j: total.net_energy_j,
      net_uncertainty_j:
        total.net_energy_j === null ? null : total.netUncertainty_j,
      duration_s: total.duration_s,
      mean_power_w: total.mean_power_w,
      provenance: total.provenance,
      estimated_j: total.estimated_j,
      hardware_j: total.devices_j
    },
    spent: {
      since: spent.since,
      runs: spent.runs,
      repeated: spent.repeated,
      failed: spent.failed,
      energy_j: spent.energy_j,
      uncertainty_j: spent.uncertainty_j,
      is_at_least: spent.isAtLeast
    },
    co2e: carbonOf(total.energy_j, settings),
    reports
  };
  return `${JSON.stringify(envelope, null, 2)}\n`;
}

const JOULES_PER_KWH = 3.6e6;

/** Grams of CO2e and the factor they rest on; null where none is chosen. */
function carbonOf(
  energy_j: number,
  { intensity, co2eCountry, co2eFactor, pue }: ISettings
): object | null {
  const g_per_kwh =
    co2eCountry === '' ? co2eFactor : (intensity?.g_per_kwh ?? 0);
  return g_per_kwh > 0
    ? {
        mass_g: (energy_j / JOULES_PER_KWH) * g_per_kwh * pue,
        g_per_kwh,
        pue,
        country: intensity?.country ?? null,
        year: intensity?.year ?? null,
        source: intensity?.source ?? null
      }
    : null;
}
