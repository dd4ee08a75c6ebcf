/** The figures of a run in words: of now while it goes on, of its report once it has ended. */
import type { INow } from '../record/livemessages';
import { boundsOfTotal } from '../record/quantity';
import type { IReport, Provenance } from '../record/report';
import {
  duration,
  energy,
  energyOfSum,
  energySoFar,
  markedPower,
  meanPower
} from '../text/format';

/** A figure and what it is. */
export type CaptionedFigure = readonly [figure: string, caption: string];

/** The three big figures of a run. */
export interface IRunFigures {
  readonly power: CaptionedFigure;
  readonly energy: CaptionedFigure;
  readonly time: CaptionedFigure;
}

/** Those of a report. */
export interface IReportFigures extends IRunFigures {
  /** Such as `mean 50.0 W · peak 60.0 W`, to be read aloud. */
  readonly meanAndPeak: string;
}

/** The figures so far; null before the first samples. */
export function figuresOfNow(
  now: INow | null,
  provenance: Provenance | null
): IRunFigures {
  const peak_w = now?.peak_power_w ?? null;
  const mean_w =
    now?.energy_j != null && now.t_s > 0 ? now.energy_j / now.t_s : null;
  return {
    power: [
      markedPower(now?.power_w ?? null, provenance),
      peak_w === null ? 'now' : `now · peak ${markedPower(peak_w, provenance)}`
    ],
    energy: [
      energySoFar(now?.energy_j ?? null, provenance),
      mean_w === null
        ? 'so far'
        : `so far · mean ${markedPower(mean_w, provenance)}`
    ],
    time: [now ? duration(now.t_s) : '–', 'elapsed']
  };
}

/** The figures of a report. */
export function figuresOfReport(report: IReport): IReportFigures {
  const { energy_j, uncertainty_j, provenance, domains } = report;
  const mean = meanPower(report);
  const peak =
    mean === '–' || report.peak_power_w === null
      ? ''
      : ` · peak ${markedPower(report.peak_power_w, provenance)}`;
  const total = energyOfSum(
    energy_j,
    uncertainty_j,
    boundsOfTotal(report, domains),
    provenance
  );
  return {
    power: [mean, `mean${peak}`],
    energy: [total, netOf(report)],
    time: [duration(report.duration_s), 'elapsed'],
    meanAndPeak: `mean ${mean}${peak}`
  };
}

/** Joules above the idle baseline, where one was measured. */
function netOf(report: IReport): string {
  const { net_energy_j, net_uncertainty_j, provenance } = report;
  return net_energy_j === null
    ? 'total'
    : `net ${energy(net_energy_j, net_uncertainty_j ?? null, provenance)}`;
}
