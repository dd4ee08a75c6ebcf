/**
 * The report of one metered window, schema `jupyter-green.report.v1`: joules,
 * watts and seconds. `report.v1.schema.json` in the Python package defines it.
 */
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
export interface IDomainDetails {
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
export interface IReportDetails extends IHostsDetails {
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
