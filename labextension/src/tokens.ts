/**
 * What the panel shows of one notebook. Quantities are named as in the report,
 * with their unit.
 */
import type { IObservableDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type { IBounds } from './format';
import type { IMissing, IReport, Provenance, ReportStatus } from './report';

/**
 * How a metered cell stands: as its report says, or `running`; `restarted`
 * where the kernel went away before the cell ended; `unreadable` where its
 * report does not fit the schema.
 */
export type RowStatus = ReportStatus | 'running' | 'restarted' | 'unreadable';

/** What the report of a cell says beyond its total. */
export type RowDetails = Pick<
  IReport,
  | 'started_at'
  | 'provenance'
  | 'domains'
  | 'net_energy_j'
  | 'net_uncertainty_j'
  | 'baseline_at'
  | 'share'
  | 'flags'
>;

/** One metered cell. A row is a value: what changes is a new row. */
export interface IEnergyRow {
  readonly cellId: string;
  /** The `n` of `In [n]`. */
  readonly executionCount: number | null;
  /** The label, or else the first line of the cell's code. */
  readonly title: string;
  readonly status: RowStatus;
  /** Why the report is unreadable, else empty. */
  readonly reason: string;
  /** RFC 3339, UTC; empty where it is not known. */
  readonly startedAt: string;
  /** Joules, of a running cell those so far; null where there is no figure. */
  readonly energy_j: number | null;
  /** Half-width of the 95 % interval; null while the cell runs. */
  readonly uncertainty_j: number | null;
  /** The part of `uncertainty_j` that comes from a model. */
  readonly estimateUncertainty_j: number;
  readonly duration_s: number | null;
  /** Mean watts, of a running cell the watts now. */
  readonly power_w: number | null;
  readonly provenance: Provenance | null;
  /** Whether any of it was played back from a recording, not measured. */
  readonly isReplayed: boolean;
  /** Null where there is no report. */
  readonly details: RowDetails | null;
  /** The sensors that could not be read; null where the row does not know. */
  readonly missing: readonly IMissing[] | null;
}

/** The sum over the metered cells of a notebook. */
export interface IEnergyTotal {
  /** How many cells it counts. */
  readonly cells: number;
  readonly energy_j: number;
  /** Half-width of the 95 % interval of the cells that have ended. */
  readonly uncertainty_j: number;
  /** The least and the most that the domains of all cells add up to. */
  readonly bounds: IBounds;
  /** Above the idle baseline, of the cells that have ended; null where one has no such figure. */
  readonly net_energy_j: number | null;
  /** Half-width of the 95 % interval of `net_energy_j`. */
  readonly netUncertainty_j: number;
  /** The time in which these cells were metered. */
  readonly duration_s: number;
  readonly mean_power_w: number | null;
  readonly provenance: Provenance | null;
  /** Whether any of it was played back from a recording, not measured. */
  readonly isReplayed: boolean;
  /** Whether some cells lack a sensor that others have. */
  readonly isUneven: boolean;
  /** Whether a cell is running, so that the figures are those so far. */
  readonly isRunning: boolean;
}

/** The energy of one notebook. */
export interface IEnergyModel extends IObservableDisposable {
  /** Emitted when rows, total or missing sensors changed; at most 10 times a second. */
  readonly changed: ISignal<IEnergyModel, void>;

  /** The metered cells in the notebook's order. An unchanged row stays the same object. */
  readonly rows: readonly IEnergyRow[];

  readonly total: IEnergyTotal;

  /** The sensors that could not be read in the newest run. */
  readonly missing: readonly IMissing[];

  /**
   * Whether somebody looks. An inactive model only keeps what it could not
   * find out later; it reads no outputs and emits no signal.
   */
  isActive: boolean;
}

/** Knows the model of the current notebook. */
export interface IEnergyTracker {
  /** The model of the current notebook, null where there is none. */
  readonly current: IEnergyModel | null;

  /** Emitted when `current` has changed. */
  readonly currentChanged: ISignal<IEnergyTracker, void>;

  /** Makes a cell of the current notebook the active one and scrolls to it. */
  reveal(cellId: string): void;
}
