import { isBelowResolution } from '../record/quantity';
import type { ISamples } from '../record/livemessages';
import type { IReport } from '../record/report';
import { Curve, type IDomain, type IMarkedSamples } from './curve';
import { meanOf, sum, type Value } from './geometry';

/** The curve of a saved report; its domains may be told with more than it says of them. */
export function curveOf(
  report: IReport,
  domains: readonly IDomain[] = report.domains
): Curve {
  const curve = new Curve(domains);
  curve.append(samplesOf(report));
  return curve;
}

/** What a report's counted domains draw together while nothing runs; null where it is not told. */
export function baselineOf(report: IReport): number | null {
  const { energy_j, net_energy_j, duration_s } = report;
  // Net joules end at zero: below the baseline they do not tell it.
  return energy_j !== null && net_energy_j && duration_s > 0
    ? (energy_j - net_energy_j) / duration_s
    : null;
}

/**
 * The points of a report's trace with the joules so far. Their course is the
 * integral of the counted domains' watts, their end the report's joules: a
 * thinned curve alone does not give them exactly. Where no watts are known the
 * mean stands in. `picture.py` in the Python package draws the same course.
 * A run in which hardly a sample fell has no course: its means are drawn.
 */
export function samplesOf(report: IReport): IMarkedSamples {
  const { trace, gaps, domains } = report;
  if (!hasCurve(report)) {
    return meansOf(report);
  }
  const counted = domains
    .filter(({ counted }) => counted)
    .flatMap(({ id }) =>
      Object.hasOwn(trace.power_w, id) ? [trace.power_w[id]] : []
    );
  const { energy_j, uncertainty_j } = report;
  const unknown = domains
    .filter(domain => isBelowResolution(domain.energy_j, domain.uncertainty_j))
    .map(({ id }) => [id, trace.t_s.map(() => null)] as const);
  return {
    t_s: trace.t_s,
    // What says nothing of the watts of a domain has no line.
    power_w: { ...trace.power_w, ...Object.fromEntries(unknown) },
    gaps,
    marks: report.marks,
    energy_j:
      energy_j === null || isBelowResolution(energy_j, uncertainty_j)
        ? trace.t_s.map(() => null)
        : joulesOf(trace.t_s, sum(counted), energy_j)
  };
}

/** Whether a report tells how its watts went, and not only their means. */
export function hasCurve({ trace }: IReport): boolean {
  return trace.t_s.length > 1;
}

function meansOf(report: IReport): ISamples {
  const { domains, duration_s, energy_j, uncertainty_j } = report;
  const isKnown = !isBelowResolution(energy_j, uncertainty_j);
  const means = domains.map(domain => {
    const { id, mean_power_w } = domain;
    const watts = isBelowResolution(domain.energy_j, domain.uncertainty_j)
      ? null
      : mean_power_w;
    return [id, [watts, watts]] as const;
  });
  return {
    t_s: [0, duration_s],
    power_w: Object.fromEntries(means),
    energy_j: isKnown ? [0, energy_j] : [null, null],
    gaps: []
  };
}

function joulesOf(
  t_s: readonly number[],
  power_w: readonly Value[],
  energy_j: number
): number[] {
  const mean_w = meanOf(t_s, power_w) ?? 1;
  let soFar_j = mean_w * (t_s[0] ?? 0);
  const course_j = t_s.map((t, row) => {
    if (row > 0) {
      soFar_j += (power_w[row] ?? mean_w) * (t - t_s[row - 1]);
    }
    return soFar_j;
  });
  const scale = soFar_j > 0 ? energy_j / soFar_j : 0;
  return course_j.map(joules => joules * scale);
}
