/**
 * What a run achieved beside its joules, in words: metrics, and joules per unit of work. They
 * are those of `words.py` in the Python package; `tests/data/word_cases.json` holds the two
 * together.
 */
import { boundsOfTotal, type IEnergy } from '../record/quantity';
import type { IReport, Provenance } from '../record/report';
import { EXACT, type IScaleRange } from '../record/scale';
import type { EnergyUnit } from '../settings';
import { energyOfSumIn } from './units';

/** Metrics in a line, and as figures at a glance. */
export const MOST_METRICS = 4;

/** Characters of a unit, or of a metric's name, in a line. */
const LONGEST_NAME = 60;

/** Joules, and how many units of work they are for. */
export interface IPerUnit extends Pick<
  IReport,
  'per' | 'energy_j' | 'uncertainty_j'
> {
  readonly provenance: Provenance | null;
  readonly domains: readonly (IEnergy & { readonly counted: boolean })[];
}

/** A number of the user's own, with four digits at most. */
export function metricFigure(value: number): string {
  return `${Number(value.toPrecision(4))}`;
}

/** Each metric's name with its figure. */
export function namedMetrics(
  metric: IReport['metric']
): (readonly [name: string, figure: string])[] {
  return Object.entries(metric).map(([name, value]) => [
    shortened(name),
    metricFigure(value)
  ]);
}

/** Each metric, such as `acc 0.953`. */
export function metricWords(metric: IReport['metric']): string[] {
  return namedMetrics(metric).map(named => named.join(' '));
}

/** The joules for each unit of work, such as `3.1 ± 0.1 mJ/token`, or empty. */
export function perUnitWords(
  { per, energy_j, uncertainty_j, provenance, domains }: IPerUnit,
  scale: IScaleRange = EXACT,
  unit: EnergyUnit = 'auto'
): string {
  if (!per?.count || energy_j === null) {
    return '';
  }
  const { count } = per;
  const { low_j, high_j } = boundsOfTotal({ energy_j, uncertainty_j }, domains);
  const joules = energyOfSumIn(
    unit,
    energy_j / count,
    (uncertainty_j ?? 0) / count,
    { low_j: low_j / count, high_j: high_j / count },
    provenance,
    scale
  );
  return joules.replace(
    /[Mkmµn]?(?:Wh|J)\b/g,
    found => `${found}/${unitOf(per)}`
  );
}

/** How many units of work were done, such as `512 token`. */
export function countWords(per: NonNullable<IReport['per']>): string {
  const { count } = per;
  return `${Number.isInteger(count) ? count : metricFigure(count)} ${unitOf(per)}`;
}

function unitOf({ unit }: NonNullable<IReport['per']>): string {
  return shortened(unit ?? '') || 'unit';
}

function shortened(text: string): string {
  return text.length <= LONGEST_NAME
    ? text
    : `${text.slice(0, LONGEST_NAME - 1)}…`;
}
