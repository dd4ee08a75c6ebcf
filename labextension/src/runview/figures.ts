/** The figures of a run in words: of now while it goes on, of its report once it has ended. */
import type { IDomain } from '../chart/curve';
import { type ILegendFigures, UNKNOWN } from '../chart/legend';
import type { IRow } from '../chart/rows';
import type { Run } from '../feed/run';
import {
  boundsOf,
  boundsOfTotal,
  isBelowResolution,
  isLowerBound,
  isVagueReading,
  sumOf,
  uncertaintyOfSum
} from '../record/quantity';
import type { IReport } from '../record/report';
import {
  type IScaleRange,
  rangeOf,
  scaleOfTotal,
  sharesOf,
  sharesOfTotal
} from '../record/scale';
import {
  atLeast,
  duration,
  energy,
  energyOfSum,
  energySoFar,
  type IFigures,
  meanPower,
  peakPower,
  powerBound
} from '../text/format';
import { countWords, namedMetrics, perUnitWords } from '../text/outcomewords';
import type { Translator } from '../text/words';

/** A figure and what it is. */
export type CaptionedFigure = readonly [figure: string, caption: string];

/** The three big figures of a run. */
export interface IRunFigures {
  readonly energy: CaptionedFigure;
  readonly power: CaptionedFigure;
  readonly time: CaptionedFigure;
}

/** Those of a report. */
export interface IReportFigures extends IRunFigures {
  /** Joules per unit of work, and what was achieved: where there is any. */
  readonly outcome: readonly CaptionedFigure[];
  /** Such as `mean 50.0 W · peak 60.0 W`, to be read aloud. */
  readonly meanAndPeak: string;
}

/** The figures so far, none before the first samples. */
export function figuresOfNow(
  { head, now, soFar }: Run,
  trans: Translator
): IRunFigures {
  const { energy_j = null, power_w = null, t_s, told_s = t_s } = now ?? {};
  const { provenance } = head;
  const { parts, hosts } = soFar;
  const figures = figuresSoFar(energy_j, told_s, provenance);
  const scale = rangeOf(sharesOfTotal(parts), energy_j);
  const watts = (power_w: number | null): string =>
    power_w === null ? UNKNOWN : peakPower(figures, power_w, scale);
  const joules = joulesSoFar(energy_j, provenance, scale);
  const peak_w = now?.peak_power_w ?? null;
  return {
    energy: [
      now?.elsewhere?.at_least && energy_j ? atLeast(joules) : joules,
      hosts > 1
        ? trans.__('so far, of %1 hosts', hosts)
        : figures.mean_power_w === null
          ? trans.__('so far')
          : trans.__('so far · mean %1', watts(figures.mean_power_w))
    ],
    power: [
      watts(power_w),
      peak_w === null
        ? trans.__('now')
        : trans.__('now · peak %1', watts(peak_w))
    ],
    time: [now ? duration(now.t_s) : UNKNOWN, trans.__('elapsed')]
  };
}

/** The figures so far of a row: what is known of its domains, together. */
export function rowNow(
  { now }: Run,
  row: Pick<IRow, 'domains' | 'provenance' | 'alike'>
): ILegendFigures {
  const news = row.domains.map(({ id }) => now?.domains[id]);
  const energy_j = sumOf(news.map(each => each?.energy_j));
  const power_w = sumOf(news.map(each => each?.power_w));
  const figures = figuresSoFar(energy_j, now?.t_s, row.provenance);
  const range = scaleOfRow(
    row.domains,
    news.map(each => each?.energy_j ?? 0)
  );
  const known = news.filter(each => each?.power_w != null).length;
  return {
    power:
      power_w === null
        ? UNKNOWN
        : each(
            peakPower(
              figures,
              row.alike > 1 ? power_w / known : power_w,
              range
            ),
            row.alike
          ),
    energy: joulesSoFar(energy_j, row.provenance, range)
  };
}

/** Joules so far; none were read yet where there are none. */
export function joulesSoFar(
  energy_j: number | null,
  provenance: IFigures['provenance'],
  scale: IScaleRange
): string {
  return energy_j ? energySoFar(energy_j, provenance, scale) : UNKNOWN;
}

/** The watts of each of several, such as `8 × 310 W`. */
function each(power: string, count: number): string {
  return count > 1 && power !== '–' ? `${count} × ${power}` : power;
}

function scaleOfRow(
  domains: readonly IDomain[],
  energies_j: readonly number[]
): IScaleRange {
  const parts = domains.map(({ scale }, index) => ({
    energy_j: energies_j[index],
    scale
  }));
  return rangeOf(sharesOf(parts), sumOf(energies_j));
}

/** What watts rest on while a run goes on. */
export function figuresSoFar(
  energy_j: number | null,
  t_s: number | null | undefined,
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
export function figuresOfReport(
  report: IReport,
  trans: Translator
): IReportFigures {
  const { energy_j, uncertainty_j, peak_power_w } = report;
  const scale = scaleOfTotal(report);
  const mean = meanOf(report, report.duration_s, scale);
  const peak =
    peak_power_w === null || isVagueReading(energy_j, uncertainty_j)
      ? ''
      : peakPower(report, peak_power_w, scale);
  return {
    energy: [totalOf(report, trans), captionOf(report, scale, trans)],
    power: [mean, peak ? trans.__('mean · peak %1', peak) : trans.__('mean')],
    time: [duration(report.duration_s), trans.__('elapsed')],
    outcome: outcomeOf(report, scale),
    meanAndPeak: peak
      ? trans.__('mean %1 · peak %2', mean, peak)
      : trans.__('mean %1', mean)
  };
}

/** What a report's joules were for. */
function outcomeOf(report: IReport, scale: IScaleRange): CaptionedFigure[] {
  const per = perUnitWords(report, scale);
  return [
    ...(per && report.per ? [[per, countWords(report.per)] as const] : []),
    ...namedMetrics(report.metric).map(([name, figure]): CaptionedFigure => [
      figure,
      name
    ])
  ];
}

/** The joules of a report. */
export function totalOf(report: IReport, trans: Translator): string {
  const { energy_j, uncertainty_j, provenance, domains } = report;
  if (energy_j === null) {
    return trans.__('not measured');
  }
  const figure = energyOfSum(
    energy_j,
    uncertainty_j,
    boundsOfTotal(report, domains),
    provenance,
    scaleOfTotal(report)
  );
  return isLowerBound(report) ? atLeast(figure) : figure;
}

/** The figures of a row in a report. */
export function rowReported(row: IRow, report: IReport): ILegendFigures {
  const ids = row.domains.map(({ id }) => id);
  const parts = report.domains.filter(({ id }) => ids.includes(id));
  if (parts.length === 0) {
    return { power: '–', energy: '–' }; // the sampler has found others since
  }
  const { provenance } = row;
  const count = Math.min(row.alike, parts.length);
  const energy_j = sumOf(parts.map(part => part.energy_j)) ?? 0;
  const uncertainty_j = uncertaintyOfSum(parts);
  const scale = scaleOfRow(
    parts,
    parts.map(part => part.energy_j)
  );
  const mean_w = sumOf(parts.map(part => part.mean_power_w)) ?? 0;
  const of_each = {
    energy_j: energy_j / count,
    uncertainty_j: uncertainty_j / count,
    mean_power_w: mean_w / count,
    provenance
  };
  return {
    power: each(meanOf(of_each, report.duration_s, scale), count),
    energy: energyOfSum(
      energy_j,
      uncertainty_j,
      boundsOf(parts),
      provenance,
      scale
    )
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

/** What the joules are; those above the idle baseline, where one was measured. */
function captionOf(
  report: IReport,
  scale: IScaleRange,
  trans: Translator
): string {
  if (isLowerBound(report)) {
    return trans.__('at least, in total');
  }
  const { net_energy_j, net_uncertainty_j, provenance } = report;
  return net_energy_j === null
    ? trans.__('total')
    : trans.__(
        'net %1',
        energy(net_energy_j, net_uncertainty_j ?? null, provenance, scale)
      );
}
