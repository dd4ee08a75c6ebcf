/**
 * The report of one metered window, schema `jupyter-green.report.v1`: joules,
 * watts and seconds. `report.v1.schema.json` in the Python package defines it;
 * the tests hold the reader below against that schema.
 */
import {
  anyNumber,
  attempt,
  boolean,
  both,
  checked,
  count,
  dictionary,
  list,
  NewerRecord,
  nullable,
  number,
  numbers,
  object,
  oneOf,
  pair,
  partial,
  type Reader,
  type RecordError,
  text,
  time
} from './validation';

export const REPORT_SCHEMA = 'jupyter-green.report.v1';

/** How a domain's joules came about. */
export type DomainProvenance = 'counter' | 'power' | 'estimate';

/** How a total's joules came about: `mixed` where its domains differ. */
export type Provenance = DomainProvenance | 'mixed';

/** How the metered code ended. */
export type ReportStatus = 'ok' | 'error' | 'interrupted' | 'died';

/** A sensor that cannot be read: which, why, and what to do about it. */
export interface IMissing {
  readonly id: string;
  readonly reason: string;
  readonly remedy: string;
}

/** What a device did over a window; absent is not known. */
export interface IConditions {
  /** Mean over the window. */
  readonly utilization_percent?: number;
  /** The highest in the window. */
  readonly temperature_c?: number;
  readonly power_limit_w?: number;
}

/**
 * What an instrument or a model has wrong in common in all of its figures: the
 * true joules are within `energy_j / factor` and `energy_j × factor`, at 95 %.
 */
export interface IScale {
  readonly factor: number;
  /** Who shares the error: it adds up in a sum and drops out of a comparison. */
  readonly group: string;
}

/** A scale, and where it is from. */
export interface ISourcedScale extends IScale {
  readonly source: string;
}

/** What may be known of a domain beyond its energy. */
interface IDomainDetails {
  /** Why it is not counted, what a model rests on, or what a flag means. */
  readonly note: string;
  /** The reported power integrated over the window, beside a counter's joules. */
  readonly integrated_power_j: number;
  readonly conditions: IConditions;
  readonly scale: ISourcedScale;
  /** The UUID of the board that it is on, which tells one `gpu:0` from another. */
  readonly board: string;
}

/** The energy of one domain over one window. */
export interface IDomainReport extends Partial<IDomainDetails> {
  readonly id: string;
  readonly device: string;
  readonly source: string;
  readonly energy_j: number;
  /** Half-width of the reading's 95 % interval, without what `scale` says. */
  readonly uncertainty_j: number;
  readonly mean_power_w: number;
  readonly provenance: DomainProvenance;
  readonly resolution_s: number;
  /** Whether the domain is in the report's total. */
  readonly counted: boolean;
  readonly flags: readonly string[];
}

/** The joules of one domain; while it is read, their uncertainty is not known. */
export interface IEnergyPart
  extends
    Pick<IDomainReport, 'id' | 'energy_j' | 'provenance' | 'counted'>,
    Partial<Pick<IDomainReport, 'uncertainty_j'>> {
  readonly scale?: IScale;
}

/** The curve of a window: points in seconds since its begin, watts per domain. */
export interface ITrace {
  readonly t_s: readonly number[];
  readonly power_w: Readonly<Record<string, readonly (number | null)[]>>;
}

/** What the program said about its course, such as `epoch 3`. */
export interface IMark {
  /** Seconds since the window's begin. */
  readonly t_s: number;
  readonly text: string;
}

/** Whose the joules of one domain were: the parts add up to what was measured. */
export interface ISharePart {
  /** What they rest on: of memory CPU time says less. */
  readonly by: 'cpu-time' | 'weak-cpu-time' | 'driver';
  readonly energy_j: number;
  /** Half-width of the 95 % interval. */
  readonly uncertainty_j: number;
  readonly others_j: number;
  /** What the idle machine would have used, where that was measured. */
  readonly idle_j?: number;
}

/** The kernel's own part of a window's joules: an estimate, whatever the domains are. */
export interface IShare {
  /** Of the host's busy CPU time, 0 to 1. */
  readonly cpu_share: number;
  readonly cpu_share_uncertainty: number;
  readonly energy_j: number;
  /** Half-width of the 95 % interval. */
  readonly uncertainty_j: number;
  /** Of each GPU's busy time, by domain, where the driver keeps account of it. */
  readonly gpu_share: Readonly<Record<string, number>>;
  /** What is meant by own, where the host's service has divided. */
  readonly unit?: 'cgroup' | 'session';
  readonly others_j?: number;
  readonly idle_j?: number;
  readonly domains?: Readonly<Record<string, ISharePart>>;
}

/** What was used from the end of the kernel's window before to the begin of this one. */
export interface IBefore {
  readonly duration_s: number;
  readonly energy_j: number;
  /** Half-width of its 95 % interval. */
  readonly uncertainty_j: number;
}

/** What one of several hosts added; its domains begin with its name. */
export interface IHost extends Partial<IHostDetails> {
  /** Such as `host-1`: its own only where the user allows it. */
  readonly name: string;
  /** For how long it was metered. */
  readonly duration_s: number;
  /** Null where it told nothing. */
  readonly energy_j: number | null;
  /** Half-width of the reading's 95 % interval, that of its clock included. */
  readonly uncertainty_j: number | null;
  /** How far its clock was ahead. */
  readonly offset_s: number;
  readonly offset_uncertainty_s: number;
}

/** What may be known of a host beyond its energy. */
export interface IHostDetails {
  /** As the report's. */
  readonly host: string;
  /** Stretches without samples, in seconds since the report's begin. */
  readonly gaps: readonly (readonly [number, number])[];
  /** Since when nothing more was heard of it; its joules are a lower bound. */
  readonly lost_at_s: number;
}

/** The tasks of one prefix, or those of other clients. */
export interface ITaskKind {
  readonly name: string;
  /** How many ran. */
  readonly tasks: number;
  /** The seconds of all together. */
  readonly duration_s: number;
  /** An estimate without an interval. */
  readonly energy_j: number;
}

/** The processor's joules of hosts with workers, shared by the seconds of tasks: an estimate. */
export interface ITaskShares {
  /** What was shared; all parts add up to it. */
  readonly energy_j: number;
  readonly kinds: readonly ITaskKind[];
  readonly others?: ITaskKind;
  /** Of the time in which there was no task. */
  readonly no_task_j: number;
}

/** What may be known of a window on several hosts. */
export interface IHostsDetails {
  /** Where several were metered. */
  readonly hosts: readonly IHost[];
  /** How many processes of a parallel job it covers. */
  readonly ranks: number;
  readonly tasks: ITaskShares;
}

/** What may be known of a window beyond its energy. */
interface IReportDetails extends IHostsDetails {
  /** Half-width of the 95 % interval of `net_energy_j`. */
  readonly net_uncertainty_j: number;
  /** When the baseline was measured. RFC 3339, UTC. */
  readonly baseline_at: string;
  readonly share: IShare;
  /** By the counters of all domains of the total. */
  readonly before: IBefore;
  /** What holds for the window as a whole. */
  readonly flags: readonly string[];
  /** One boot of one machine, by a hash that says nothing else of it; absent of several. */
  readonly host: string;
  /** Ticks of the program's own on the curve. */
  readonly marks: readonly IMark[];
  /** What could not be told, as sentences. */
  readonly notes: readonly string[];
}

/** The result of one window. */
export interface IReport extends Partial<IReportDetails> {
  readonly schema: typeof REPORT_SCHEMA;
  readonly run_id: string;
  readonly cell_id: string | null;
  readonly cell_hash: string | null;
  readonly execution_count: number | null;
  readonly notebook: string | null;
  readonly label: string | null;
  readonly stage: string | null;
  readonly status: ReportStatus;
  /** RFC 3339, UTC. */
  readonly started_at: string;
  readonly duration_s: number;
  /** Sum over the counted domains; null where none could be read. */
  readonly energy_j: number | null;
  /** Half-width of the reading's 95 % interval, without what the domains' scales say. */
  readonly uncertainty_j: number | null;
  readonly provenance: Provenance | null;
  readonly mean_power_w: number | null;
  readonly peak_power_w: number | null;
  /** Energy above the baseline; null where none was measured. */
  readonly net_energy_j: number | null;
  readonly domains: readonly IDomainReport[];
  readonly missing: readonly IMissing[];
  readonly trace: ITrace;
  /** Stretches without samples, in seconds since the window's begin. */
  readonly gaps: readonly (readonly [number, number])[];
  readonly metric: Readonly<Record<string, number>>;
  readonly per: { readonly count: number; readonly unit: string | null } | null;
  readonly meter: { readonly version: string; readonly interval_s: number };
}

export const MAX_DOMAINS = 128;
/** Characters of a domain's id. */
export const MAX_ID = 64;
const MAX_SHARES = 64;
const MAX_TRACE_POINTS = 240;

const quantity = number({ minimum: 0 });
const part = number({ minimum: 0, maximum: 1 });

/** Reads the flags of a domain or of a window. */
export const flags: Reader<readonly string[]> = list(
  text({ maxLength: 64 }),
  16
);

/** Reads the provenance of a domain. */
export const domainProvenance = oneOf<DomainProvenance>(
  'counter',
  'power',
  'estimate'
);

/** Reads the provenance of a total. */
export const provenance: Reader<Provenance | null> = nullable(
  oneOf<Provenance>('counter', 'power', 'estimate', 'mixed')
);

/** Reads the list of sensors that cannot be read. */
export const missing: Reader<readonly IMissing[]> = list(
  object<IMissing>({
    id: text({ maxLength: MAX_ID }),
    reason: text({ maxLength: 1000 }),
    remedy: text({ maxLength: 1000 })
  }),
  32
);

const domainEnergy = object<Omit<IDomainReport, keyof IDomainDetails>>({
  id: text({ minLength: 1, maxLength: MAX_ID }),
  device: text({ maxLength: 200 }),
  source: text({ maxLength: 32 }),
  energy_j: quantity,
  uncertainty_j: quantity,
  mean_power_w: quantity,
  provenance: domainProvenance,
  resolution_s: quantity,
  counted: boolean,
  flags
});

/** Reads what a device did or does. */
export const conditions: Reader<IConditions> = partial<IConditions>({
  utilization_percent: quantity,
  temperature_c: number(),
  power_limit_w: quantity
});

/** What every scale has. */
const scaleFields = {
  factor: number({ minimum: 1, maximum: 1e6 }),
  group: text({ maxLength: 1000 })
};

/** Reads a scale without its source. */
export const scale: Reader<IScale> = object<IScale>(scaleFields);

const domainDetails = partial<IDomainDetails>({
  note: text({ maxLength: 300 }),
  integrated_power_j: quantity,
  conditions,
  scale: object<ISourcedScale>({
    ...scaleFields,
    source: text({ maxLength: 1000 })
  }),
  board: text({ maxLength: 96 })
});

/** Reads a curve: its times do not go back, and each has its watts. */
const trace = checked(
  object<ITrace>({
    t_s: numbers(MAX_TRACE_POINTS),
    power_w: dictionary(numbers(MAX_TRACE_POINTS, null), MAX_DOMAINS, MAX_ID)
  }),
  ({ t_s, power_w }) => {
    const back = t_s.findIndex((t, i) => t < (i > 0 ? t_s[i - 1] : 0));
    if (back >= 0) {
      const message = `is ${t_s[back]}, before the time in front of it`;
      return { place: `.t_s[${back}]`, message };
    }
    const uneven = Object.entries(power_w).find(
      ([, watts]) => watts.length !== t_s.length
    );
    if (uneven) {
      const [id, watts] = uneven;
      const message = `has ${watts.length} items, expected one for each of ${t_s.length} times`;
      return { place: `.power_w.${id}`, message };
    }
    return undefined;
  }
);

/** Reads the begin and the end of a gap. */
export const gap = checked(pair(quantity), ([begin_s, end_s]) =>
  end_s < begin_s ? { place: '', message: 'ends before it begins' } : undefined
);

/** Reads the domains; no two are called the same. */
const domains = checked(
  list<IDomainReport>(both(domainEnergy, domainDetails), MAX_DOMAINS),
  found => {
    const ids = found.map(({ id }) => id);
    const again = ids.findIndex((id, i) => ids.indexOf(id) < i);
    return again < 0
      ? undefined
      : {
          place: `[${again}].id`,
          message: `is ${JSON.stringify(ids[again])}, as that of a domain before`
        };
  }
);

/** Reads the ticks of a program's own. */
export const marks: Reader<readonly IMark[]> = list(
  object<IMark>({ t_s: quantity, text: text({ maxLength: 40 }) }),
  100
);

/** Reads what was used before a window. */
export const before = object<IBefore>({
  duration_s: quantity,
  energy_j: quantity,
  uncertainty_j: quantity
});

/** What the host's service has told apart. */
export type ShareDetails = Pick<
  IShare,
  'unit' | 'others_j' | 'idle_j' | 'domains'
>;

/** Reads a share without that. */
export const share: Reader<IShare> = object<Omit<IShare, keyof ShareDetails>>({
  cpu_share: part,
  cpu_share_uncertainty: quantity,
  energy_j: quantity,
  uncertainty_j: quantity,
  gpu_share: dictionary(part, MAX_SHARES, MAX_ID)
});

const reportDetails = partial<Omit<IReportDetails, keyof IHostsDetails>>({
  net_uncertainty_j: quantity,
  baseline_at: time,
  share,
  before,
  flags,
  host: text({ maxLength: 16 }),
  marks,
  notes: list(text({ maxLength: 300 }), 8)
});

const reportEnergy = object<Omit<IReport, keyof IReportDetails>>({
  schema: oneOf(REPORT_SCHEMA),
  run_id: text({ minLength: 1, maxLength: 64 }),
  cell_id: nullable(text({ maxLength: 128 })),
  cell_hash: nullable(text({ maxLength: 64 })),
  execution_count: nullable(count),
  notebook: nullable(text({ maxLength: 255 })),
  label: nullable(text({ maxLength: 200 })),
  stage: nullable(text({ maxLength: 200 })),
  status: oneOf<ReportStatus>('ok', 'error', 'interrupted', 'died'),
  started_at: time,
  duration_s: quantity,
  energy_j: nullable(quantity),
  uncertainty_j: nullable(quantity),
  provenance,
  mean_power_w: nullable(quantity),
  peak_power_w: nullable(quantity),
  net_energy_j: nullable(quantity),
  domains,
  missing,
  trace,
  gaps: list(gap, 64),
  metric: dictionary(anyNumber, 128, 200),
  per: nullable(
    object<NonNullable<IReport['per']>>({
      count: quantity,
      unit: nullable(text({ maxLength: 200 }))
    })
  ),
  meter: object<IReport['meter']>({
    version: text({ maxLength: 200 }),
    interval_s: number({ above: 0 })
  })
});

/** Reads a report. */
export const report: Reader<IReport> = both(reportEnergy, reportDetails);

/** Returns what `reader` finds in `value`, or the error that says what is wrong. */
export function parsed(
  value: unknown,
  reader: Reader<IReport> = report
): IReport | RecordError {
  const schema = (value as { schema?: unknown } | null | undefined)?.schema;
  const version =
    typeof schema === 'string'
      ? /^jupyter-green\.report\.v(\d+)$/.exec(schema)
      : null;
  if (version && Number(version[1]) > 1) {
    return new NewerRecord('report.schema is of a later version');
  }
  return attempt(reader, value, 'report');
}
