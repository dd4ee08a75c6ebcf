/** What `%energy` and repeated cells took, as the report of their cell. */
import type { RepeatsRecord, ReportRecord } from '../cell/outputs';
import {
  type IEnergy,
  totalProvenance,
  uncertaintyOfSum
} from '../record/quantity';
import type { IRepeats, IRepeatsRecord } from '../record/repeats';
import type { IDomainReport, IReport } from '../record/report';
import { RecordError } from '../record/validation';

/** The joules per loop that can be read. */
export function repeatsIn(records: readonly RepeatsRecord[]): IRepeats[] {
  return records.filter(
    (record): record is IRepeatsRecord => !(record instanceof RecordError)
  );
}

/** The reports that several results have; none of those in a cell that is metered itself. */
export function reportsIn(records: readonly RepeatsRecord[]): IReport[] {
  return records.flatMap(record =>
    record instanceof RecordError ? [] : (record.report ?? [])
  );
}

/** What all of them took, or what is wrong where none can be read; null where there is none. */
export function wholeOf(
  records: readonly RepeatsRecord[]
): ReportRecord | null {
  const reports = reportsIn(records);
  return reports.length > 0
    ? reports.reduce(joined)
    : (records.find(record => record instanceof RecordError) ?? null);
}

const WORST_FIRST = ['died', 'error', 'interrupted', 'ok'] as const;

/**
 * The sum of two windows of one cell, by the rules of `a + b` in Python. It goes
 * by the first one's id, and has no curve: the time between them was not metered.
 */
function joined(a: IReport, b: IReport): IReport {
  const read = [a, b].filter(({ energy_j }) => energy_j !== null);
  const energy_j = sumOf(read.map(report => report.energy_j));
  const duration_s = a.duration_s + b.duration_s;
  const peaks_w = read.flatMap(({ peak_power_w }) => peak_power_w ?? []);
  const hasNet = read.every(({ net_energy_j }) => net_energy_j !== null);
  return {
    ...a,
    label: a.label === b.label ? a.label : null,
    stage: a.stage === b.stage ? a.stage : null,
    status: WORST_FIRST.find(status => [a.status, b.status].includes(status))!,
    duration_s,
    energy_j,
    uncertainty_j: energy_j === null ? null : uncertaintyOfSum(figuresOf(read)),
    provenance: totalProvenance(
      new Set(read.flatMap(({ provenance }) => provenance ?? []))
    ),
    mean_power_w:
      energy_j === null || duration_s === 0 ? null : energy_j / duration_s,
    peak_power_w: peaks_w.length > 0 ? Math.max(...peaks_w) : null,
    net_energy_j: hasNet
      ? sumOf(read.map(({ net_energy_j }) => net_energy_j))
      : null,
    // Mostly the baseline's, which both have wrong alike.
    net_uncertainty_j:
      sumOf(read.map(({ net_uncertainty_j = 0 }) => net_uncertainty_j)) ?? 0,
    domains: domainsOf(a, b),
    missing: [
      ...a.missing,
      ...b.missing.filter(({ id }) => a.missing.every(each => each.id !== id))
    ],
    flags: [...new Set([...(a.flags ?? []), ...(b.flags ?? [])])],
    trace: { t_s: [], power_w: {} },
    gaps: [],
    marks: [],
    notes: [...new Set([...(a.notes ?? []), ...(b.notes ?? [])])].slice(0, 8),
    metric: { ...a.metric, ...b.metric },
    per:
      a.per && b.per && a.per.unit === b.per.unit
        ? { count: a.per.count + b.per.count, unit: a.per.unit }
        : null,
    share: undefined
  };
}

function domainsOf(a: IReport, b: IReport): IDomainReport[] {
  const byId = new Map(a.domains.map(domain => [domain.id, domain]));
  for (const domain of b.domains) {
    const before = byId.get(domain.id);
    byId.set(domain.id, before ? joinedDomain(before, domain, a, b) : domain);
  }
  return [...byId.values()];
}

function joinedDomain(
  a: IDomainReport,
  b: IDomainReport,
  { duration_s: a_s }: IReport,
  { duration_s: b_s }: IReport
): IDomainReport {
  const energy_j = a.energy_j + b.energy_j;
  return {
    ...a,
    energy_j,
    uncertainty_j: uncertaintyOfSum([a, b]),
    mean_power_w: a_s + b_s > 0 ? energy_j / (a_s + b_s) : 0,
    flags: [...new Set([...a.flags, ...b.flags])]
  };
}

function figuresOf(reports: readonly IReport[]): IEnergy[] {
  return reports.map(({ energy_j, uncertainty_j }) => ({
    energy_j: energy_j ?? 0,
    uncertainty_j: uncertainty_j ?? 0
  }));
}

/** The sum of what is known; null where nothing is. */
function sumOf(values: readonly (number | null)[]): number | null {
  return values.length === 0
    ? null
    : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
