/**
 * What the panel shows of one notebook. Quantities are named as in the report,
 * with their unit.
 */
import { Token } from '@lumino/coreutils';
import type { IObservableDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type { Device } from './record/device';
import type { IHostPoint } from './record/hostmessages';
import type { IBounds, IEnergy } from './record/quantity';
import type { IRepeats } from './record/repeats';
import type {
  IDomainReport,
  IEnergyPart,
  IMissing,
  IReport,
  Provenance,
  ReportStatus
} from './record/report';
import type { IScaleRange, IShared } from './record/scale';

export type { IEnergy, IEnergyPart, IHostPoint, IScaleRange };

/**
 * How a metered cell stands: as its report says, or `queued` or `running`;
 * `restarted` where the kernel went away before the cell ended; `unreadable`
 * where its report does not fit the schema; `newer` where that is a later one.
 */
export type RowStatus =
  ReportStatus | 'queued' | 'running' | 'restarted' | 'unreadable' | 'newer';

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
  | 'notes'
  | 'hosts'
  | 'ranks'
>;

/** What a run took, and what it has wrong in common with others. */
export interface ITaken extends IEnergy, IShared {}

/** A measured block within a cell, as far as a stage needs it. */
export interface IBlock extends IEnergy {
  readonly stage: string | null;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly duration_s: number;
}

/** One metered cell. A row is a value: what changes is a new row. */
export interface IEnergyRow {
  readonly cellId: string;
  /** The `n` of `In [n]`. */
  readonly executionCount: number | null;
  /** The label, or else the first line of the cell's code. */
  readonly title: string;
  /** As the cell's `%%energy` line has it, else as its report does. */
  readonly stage: string | null;
  readonly status: RowStatus;
  /** Why the report is unreadable, else empty. */
  readonly reason: string;
  /** RFC 3339, UTC; empty where it is not known. */
  readonly startedAt: string;
  /** Joules, of a running cell those so far; null where there is no figure. */
  readonly energy_j: number | null;
  /** Half-width of the reading's 95 % interval; null while the cell runs. */
  readonly uncertainty_j: number | null;
  /** Between how many times `energy_j` the true joules lie, the reading taken as exact. */
  readonly scaleRange: IScaleRange;
  readonly duration_s: number | null;
  /** The seconds that its joules so far are of, as far as hosts have told; null where it has ended. */
  readonly told_s: number | null;
  /** Mean watts, of a running cell the watts now. */
  readonly power_w: number | null;
  readonly peakPower_w: number | null;
  /** Of a running cell: watts from the begin until now, thinned. */
  readonly recent_w: readonly number[];
  /** What the run before this one took, where both came to their end. */
  readonly previous: ITaken | null;
  /** What the user measured beside the joules, by name. */
  readonly metric: Readonly<Record<string, number>>;
  /** How many units of work it did, and what one is called; null where that is not told. */
  readonly per: { readonly count: number; readonly unit: string | null } | null;
  readonly provenance: Provenance | null;
  /** What `%energy` and the like found in the cell: joules per loop. */
  readonly repeats: readonly IRepeats[];
  /** The blocks within the cell whose reports are in its outputs. */
  readonly blocks: readonly IBlock[];
  /** Whether any of it was played back from a recording, not measured. */
  readonly isReplayed: boolean;
  /** Whether it was not metered to its end, so that the joules are at least these. */
  readonly isAtLeast: boolean;
  /** The joules of its domains, of a running cell those so far. */
  readonly parts: readonly IEnergyPart[];
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
  /** Half-width of the 95 % interval of the readings of the cells that have ended. */
  readonly uncertainty_j: number;
  /** The least and the most that the domains of all cells add up to, by their readings. */
  readonly bounds: IBounds;
  /** Between how many times `energy_j` the true joules lie, the readings taken as exact. */
  readonly scaleRange: IScaleRange;
  /** Above the idle baseline, of the cells that have ended; null where one has no such figure. */
  readonly net_energy_j: number | null;
  /** Half-width of the 95 % interval of `net_energy_j`. */
  readonly netUncertainty_j: number;
  /** The time in which these cells were metered. */
  readonly duration_s: number;
  readonly mean_power_w: number | null;
  readonly provenance: Provenance | null;
  /** The estimated part of the joules. */
  readonly estimated_j: number;
  /** The joules of each kind of hardware. */
  readonly devices_j: Readonly<Record<Device, number>>;
  /** The estimated part of these. */
  readonly estimates_j: Readonly<Record<Device, number>>;
  /** The least and the most of these, by their readings. */
  readonly deviceBounds: Readonly<Record<Device, IBounds>>;
  /** What instruments and models have wrong in common in each of them. */
  readonly deviceScales: Readonly<Record<Device, IScaleRange>>;
  /** How many of the cells did not come to a good end. */
  readonly failed: number;
  /** Whether any of it was played back from a recording, not measured. */
  readonly isReplayed: boolean;
  /** Whether a host was not metered to its end, so that it used at least this. */
  readonly isAtLeast: boolean;
  /** Whether some cells lack a sensor that others have. */
  readonly isUneven: boolean;
  /** Whether a cell is running, so that the figures are those so far. */
  readonly isRunning: boolean;
}

/**
 * All that was run in a notebook's session, what was repeated, failed or
 * deleted since included. The notebook itself cannot tell.
 */
export interface ISpent extends IEnergy, IShared {
  /** When the first of these runs began, RFC 3339; null where that is not known. */
  readonly since: string | null;
  readonly bounds: IBounds;
  readonly scaleRange: IScaleRange;
  /**
   * What the machine used between these runs, by its counters; null where that
   * is not known of all of them.
   */
  readonly between: (IEnergy & { readonly duration_s: number }) | null;
  readonly runs: number;
  /** How many of them ran a cell once more. */
  readonly repeated: number;
  /** How many of them did not come to a good end. */
  readonly failed: number;
  /** Whether a kernel went away in mid-run, so that the joules are a lower bound. */
  readonly isAtLeast: boolean;
  readonly isEstimate: boolean;
}

/** What is known of the machine, from the newest run. */
export interface IHost {
  /** The sensors that were read. */
  readonly domains: readonly IDomainReport[];
  /** The sensors that could not be read. */
  readonly missing: readonly IMissing[];
  /** When the idle baseline was measured, RFC 3339; null where none was. */
  readonly baselineAt: string | null;
  /** Whether other kernels or programs metered the machine at the same time. */
  readonly hasOtherMeters: boolean;
}

/**
 * How the machine's watts are known: `waiting` for the kernel, `live`, or not at
 * all, where the meter is not loaded (`unloaded`) or too old to tell (`outdated`),
 * the kernel is not a Python kernel (`foreign`) or there is none (`gone`).
 */
export type HostState =
  'waiting' | 'live' | 'unloaded' | 'outdated' | 'foreign' | 'gone';

/** What the machine draws now, read only while somebody looks. */
export interface IHostNow {
  /** Emitted when the state or the points changed. */
  readonly changed: ISignal<IHostNow, void>;

  readonly state: HostState;

  /** What was told in the last five minutes, the newest at the end. */
  readonly points: readonly IHostPoint[];

  /** Somebody begins to look: the kernel is asked for the machine's watts. */
  watch(watcher: object): void;

  /** Somebody no longer looks; the kernel is told when nobody does. */
  unwatch(watcher: object): void;

  /** Asks the kernel again, as once it has loaded the meter. */
  retry(): void;
}

/** The energy of one notebook. */
export interface IEnergyModel extends IObservableDisposable {
  /** Emitted when rows, total or missing sensors changed; at most 10 times a second. */
  readonly changed: ISignal<IEnergyModel, void>;

  /** The metered cells in the notebook's order. An unchanged row stays the same object. */
  readonly rows: readonly IEnergyRow[];

  readonly total: IEnergyTotal;

  /** What was run since the session began. */
  readonly spent: ISpent;

  readonly host: IHost;

  /** What the machine draws now. */
  readonly hostNow: IHostNow;

  /**
   * The whole report of a cell, null where it has none that can be read; where
   * `%energy` was used more than once, their sum.
   */
  reportOf(cellId: string): IReport | null;

  /** The reports of a cell's runs that this page has seen, the newest first. */
  runsOf(cellId: string): readonly IReport[];

  /**
   * Whether somebody looks. An inactive model only keeps what it could not
   * find out later; it reads no outputs and emits no signal.
   */
  readonly isActive: boolean;

  /** Somebody begins to look, which brings the model up to date. */
  watch(watcher: object): void;

  /** Somebody no longer looks. */
  unwatch(watcher: object): void;
}

/** The token of the energy tracker, for other extensions. */
export const IEnergyTracker = new Token<IEnergyTracker>(
  'jupyter-green:IEnergyTracker',
  'Knows the energy of the open notebooks, cell by cell.'
);

/** An open notebook and its energy. */
export interface IOpenNotebook {
  readonly path: string;
  /** The name of its file. */
  readonly name: string;
  readonly model: IEnergyModel;
  /** Brings it to the front. */
  activate(): void;
}

/** Knows the energy of the open notebooks. */
export interface IEnergyTracker {
  /** The model of the current notebook, null where there is none. */
  readonly current: IEnergyModel | null;

  /** Emitted when `current` has changed. */
  readonly currentChanged: ISignal<IEnergyTracker, void>;

  /** The open notebooks, each once however many views of it there are. */
  readonly notebooks: readonly IOpenNotebook[];

  /** Emitted when notebooks were opened or closed. */
  readonly notebooksChanged: ISignal<IEnergyTracker, void>;

  /** The model of an open notebook, by the id of its widget; null where there is none. */
  modelOf(widgetId: string): IEnergyModel | null;

  /** Makes a cell of the current notebook the active one, scrolls to it and flashes it. */
  reveal(cellId: string): void;
}
