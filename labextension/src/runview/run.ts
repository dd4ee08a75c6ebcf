import type { Curve, IDomain } from '../chart/curve';
import type {
  IConditions,
  IMissing,
  IReport,
  Provenance
} from '../record/report';

/** The newest figures of a domain. */
export interface IDomainNow {
  readonly power_w: number | null;
  readonly energy_j: number | null;
  /** When it was last read, in seconds since the window's begin. */
  readonly t_s?: number | null;
  /** What its device is doing. */
  readonly conditions?: IConditions | undefined;
  /** Processes on its device that are not this kernel's. */
  readonly others?: number | undefined;
}

/** The newest figures of a run. */
export interface INow {
  /** Seconds since the window's begin. */
  readonly t_s: number;
  readonly power_w: number | null;
  /** Joules of all counted domains since the begin. */
  readonly energy_j: number | null;
  /** The highest power so far. */
  readonly peak_power_w?: number | null;
  readonly domains: Readonly<Partial<Record<string, IDomainNow>>>;
}

/** What a run is about. */
export interface IRunHead {
  readonly run_id: string;
  readonly label: string | null;
  readonly provenance: Provenance | null;
  readonly domains: readonly IDomain[];
}

/** A metered run as a view shows it, going on or ended. */
export interface IRun {
  readonly head: IRunHead;
  readonly curve: Curve;
  /** The newest figures; null before the first samples. */
  readonly now: INow | null;
  /** The report; null until the run has ended. */
  readonly report: IReport | null;
  /** The sensors that cannot be read. */
  readonly missing: readonly IMissing[];
  /** Why there will be no report; empty where there will. */
  readonly failure: string;
}
