/** The report of a run whose kernel went away in mid-cell, from what it had told until then. */
import { countedPower, type IDomain } from '../chart/curve';
import { decimate } from '../chart/geometry';
import { totalProvenance, uncertaintyOfSum } from '../record/quantity';
import {
  type IDomainReport,
  type IReport,
  type ITrace,
  REPORT_SCHEMA
} from '../record/report';
import type { Run } from './run';

/** Stretches of time of each of which a report's curve keeps the most and the least watts. */
const STRETCHES = 100;
/** What stands for the sampling period where a run has told too little to show it. */
const INTERVAL_S = 0.1;

/** Returns the report up to the run's last message, null where that told no joules. */
export function reportOfDied(run: Run): IReport | null {
  const { head, now } = run;
  if (!now || now.energy_j === null || now.t_s === 0) {
    return null;
  }
  const { t_s: duration_s } = now;
  const trace = traceOf(run);
  const domains = head.domains.flatMap(domain =>
    domainOf(domain, run, trace.power_w[domain.id] ?? [])
  );
  const counted = domains.filter(({ counted }) => counted);
  const energy_j = counted.reduce((sum_j, each) => sum_j + each.energy_j, 0);
  return {
    schema: REPORT_SCHEMA,
    run_id: head.run_id,
    cell_id: head.cell_id,
    cell_hash: null,
    execution_count: head.execution_count,
    notebook: null,
    label: head.label,
    stage: head.stage ?? null,
    status: 'died',
    started_at: head.started_at,
    duration_s,
    energy_j,
    uncertainty_j: uncertaintyOfSum(counted),
    provenance: totalProvenance(
      new Set(counted.map(({ provenance }) => provenance))
    ),
    mean_power_w: energy_j / duration_s,
    peak_power_w: run.soFar.hosts > 1 ? null : (now.peak_power_w ?? null),
    net_energy_j: null,
    domains,
    missing: run.missing ?? [],
    trace,
    gaps: run.curve.gaps,
    // What other hosts have used, only the kernel could have had joined.
    ...(run.soFar.hosts > 1 && { flags: ['host-lost'] }),
    metric: {},
    per: null,
    meter: { version: '', interval_s: intervalOf(run) }
  };
}

/**
 * The joules of a domain. How they are read between the refreshes of its counter only
 * the kernel knew: each of the two edges may be a whole refresh off.
 */
function domainOf(
  domain: IDomain,
  { now }: Run,
  power_w: readonly (number | null)[]
): IDomainReport[] {
  const { id, device, provenance, counted, flags, resolution_s, scale } =
    domain;
  const energy_j = now!.domains[id]?.energy_j ?? null;
  if (energy_j === null) {
    return [];
  }
  const mean_power_w = energy_j / now!.t_s;
  const most_w = Math.max(mean_power_w, ...power_w.map(watts => watts ?? 0));
  return [
    {
      id,
      device,
      source: '',
      energy_j,
      uncertainty_j: Math.SQRT2 * most_w * (resolution_s ?? 0),
      mean_power_w,
      provenance,
      resolution_s: resolution_s ?? 0,
      counted,
      flags: flags ?? [],
      ...(scale && { scale: { ...scale, source: '' } })
    }
  ];
}

/** The curve, of each stretch of time the points of most and of least power. */
function traceOf({ curve, head }: Run): ITrace {
  const columns = curve.columns();
  const { t_s, power_w } = columns;
  const stretch_s = curve.end_s / STRETCHES || 1;
  const rows = decimate(
    t_s.map(t => t / stretch_s),
    countedPower(curve, columns)
  );
  const at = <T>(column: readonly T[]): T[] => rows.map(row => column[row]);
  return {
    t_s: at(t_s),
    power_w: Object.fromEntries(
      head.domains.map(({ id }, index) => [id, at(power_w[index])])
    )
  };
}

/** How far most points of a run's curve are apart, in seconds. */
function intervalOf({ curve }: Run): number {
  const { t_s } = curve.columns();
  const apart_s = t_s.slice(1).map((t, row) => t - t_s[row]);
  apart_s.sort((a, b) => a - b);
  return apart_s[apart_s.length >> 1] || INTERVAL_S;
}
