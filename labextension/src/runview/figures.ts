/** The figures of a run in words: of now while it goes on, of its report once it has ended. */
import type { Run } from '../feed/run';
import {
  boundsOfTotal,
  isBelowResolution,
  isVagueReading
} from '../record/quantity';
import type { IDomainReport, IReport } from '../record/report';
import {
  type IScaleRange,
  rangeOf,
  scaleOfDomain,
  scaleOfTotal,
  sharesOfTotal
} from '../record/scale';
import {
  duration,
  energy,
  energyOfSum,
  energySoFar,
  type IFigures,
  meanPower,
  peakPower,
  powerBound
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

/** What the legend shows of a domain. */
export interface IDomainFigures {
  readonly power: string;
  readonly energy: string;
}

/** The figures so far, none before the first samples. */
export function figuresOfNow({ now, head, parts }: Run): IRunFigures {
  const { provenance } = head;
  const energy_j = now?.energy_j ?? null;
  const figures = soFar(energy_j, now?.t_s, provenance);
  const scale = rangeOf(sharesOfTotal(parts), energy_j);
  const watts = (power_w: number | null): string =>
    peakPower(figures, power_w, scale);
  const peak_w = now?.peak_power_w ?? null;
  const { mean_power_w } = figures;
  return {
    power: [
      watts(now?.power_w ?? null),
      peak_w === null ? 'now' : `now · peak ${watts(peak_w)}`
    ],
    energy: [
      energySoFar(energy_j, provenance, scale),
      mean_power_w === null ? 'so far' : `so far · mean ${watts(mean_power_w)}`
    ],
    time: [now ? duration(now.t_s) : '–', 'elapsed']
  };
}

/** The figures so far of a domain. */
export function domainNow(
  { now }: Run,
  { id, provenance, scale }: Run['head']['domains'][number]
): IDomainFigures {
  const { power_w = null, energy_j = null } = now?.domains[id] ?? {};
  const figures = soFar(energy_j, now?.t_s, provenance);
  const range = scaleOfDomain({ energy_j: energy_j ?? 0, scale });
  return {
    power: peakPower(figures, power_w, range),
    energy: energySoFar(energy_j, provenance, range)
  };
}

/** What watts rest on while a run goes on. */
function soFar(
  energy_j: number | null,
  t_s: number | undefined,
  provenance: IFigures['provenance']
): IFigures {
  return {
    energy_j,
    uncertainty_j: null,
    mean_power_w: energy_j !== null && t_s ? energy_j / t_s : null,
    provenance
  };
}

/** The figures of a report. */
export function figuresOfReport(report: IReport): IReportFigures {
  const { energy_j, uncertainty_j, provenance, domains, peak_power_w } = report;
  const scale = scaleOfTotal(report);
  const mean = meanOf(report, report.duration_s, scale);
  const peak =
    peak_power_w === null || isVagueReading(energy_j, uncertainty_j)
      ? ''
      : ` · peak ${peakPower(report, peak_power_w, scale)}`;
  const total = energyOfSum(
    energy_j,
    uncertainty_j,
    boundsOfTotal(report, domains),
    provenance,
    scale
  );
  return {
    power: [mean, `mean${peak}`],
    energy: [total, netOf(report, scale)],
    time: [duration(report.duration_s), 'elapsed'],
    meanAndPeak: `mean ${mean}${peak}`
  };
}

/** The figures of a domain in a report. */
export function domainReported(
  domain: IDomainReport,
  { duration_s }: IReport
): IDomainFigures {
  const { energy_j, uncertainty_j, provenance } = domain;
  const scale = scaleOfDomain(domain);
  return {
    power: meanOf(domain, duration_s, scale),
    energy: energy(energy_j, uncertainty_j, provenance, scale)
  };
}

/** Mean watts, as a bound where the joules are below the resolution. */
function meanOf(
  figures: IFigures,
  duration_s: number,
  scale: IScaleRange
): string {
  const { energy_j, uncertainty_j } = figures;
  if (
    energy_j === null ||
    !isBelowResolution(energy_j, uncertainty_j) ||
    duration_s <= 0
  ) {
    return meanPower(figures, scale);
  }
  const upper_j = (energy_j + (uncertainty_j ?? 0)) * scale.high;
  return `< ${powerBound(upper_j / duration_s)}`;
}

/** Joules above the idle baseline, where one was measured. */
function netOf(report: IReport, scale: IScaleRange): string {
  const { net_energy_j, net_uncertainty_j, provenance } = report;
  return net_energy_j === null
    ? 'total'
    : `net ${energy(net_energy_j, net_uncertainty_j ?? null, provenance, scale)}`;
}
