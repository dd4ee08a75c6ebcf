/**
 * What the live messages of a notebook tell about its cells, beyond what their
 * outputs tell: the run that is going on, the one that a kernel took with it,
 * and the report of one whose output never reached the document.
 */
import { type INow, type LiveMessage, partsOf } from '../record/livemessages';
import { isReplayed } from '../record/playback';
import type {
  EnergyPart,
  IMissing,
  IReport,
  Provenance
} from '../record/report';
import type { RecordError } from '../record/validation';

/** A run that has not ended, or whose kernel went away before it did. */
export interface ILiveRun {
  readonly state: 'running' | 'restarted';
  readonly runId: string;
  readonly seq: number;
  readonly executionCount: number | null;
  readonly label: string | null;
  readonly stage: string | null;
  readonly startedAt: string;
  readonly provenance: Provenance | null;
  readonly isReplayed: boolean;
  /** The newest figures, null before the first ones. */
  readonly now: INow | null;
  /** The joules of its domains until now. */
  readonly parts: readonly EnergyPart[];
  /** Watts from the begin until now, thinned with the peaks kept. */
  readonly recent_w: readonly number[];
  /** Null for a reader that joined in mid-run. */
  readonly missing: readonly IMissing[] | null;
}

/** A run that has ended. */
export interface IEndedRun {
  readonly state: 'ended';
  readonly runId: string;
  readonly report: IReport | RecordError;
}

export type CellRun = ILiveRun | IEndedRun;

/** As many points as a sparkline shows. */
const MAX_RECENT = 96;

/** The latest run of each cell, by cell id. */
export class LiveRuns {
  /**
   * Takes a message about a cell in. Returns whether it told anything new.
   *
   * A run may end twice: its figures are refined a moment later. By then the
   * cell may be running again, or its outputs may have been cleared.
   */
  receive(cellId: string, message: LiveMessage): boolean {
    const runId = message.run_id;
    if (this._over.has(runId)) {
      return false;
    }
    const known = this._byCell.get(cellId);
    const same = known?.runId === runId ? known : undefined;
    if (known && !same && known.state !== 'running') {
      this._over.add(known.runId);
    }
    if (message.kind === 'end') {
      this._byCell.set(cellId, {
        state: 'ended',
        runId,
        report: message.report
      });
      return true;
    }
    if (same && (same.state !== 'running' || message.seq <= same.seq)) {
      return false;
    }
    const before = same?.state === 'running' ? same : undefined;
    this._byCell.set(cellId, {
      state: 'running',
      runId,
      seq: message.seq,
      executionCount: message.execution_count,
      label: message.label,
      stage: message.stage ?? null,
      startedAt: message.started_at,
      provenance: message.provenance,
      isReplayed: isReplayed(message.domains),
      now: message.kind === 'samples' ? message.now : null,
      parts: message.kind === 'samples' ? partsOf(message) : [],
      recent_w: withNewest(
        before?.recent_w ?? [],
        message.kind === 'samples' ? message.now.power_w : null
      ),
      missing:
        message.kind === 'begin' ? message.missing : (before?.missing ?? null)
    });
    return true;
  }

  /** What is known of a cell. */
  get(cellId: string): CellRun | undefined {
    return this._byCell.get(cellId);
  }

  /**
   * The kernel is gone. Returns the ids of the cells that were running.
   *
   * A kernel that is restarted is interrupted first, so it may still send the
   * report of an interrupted cell. The document takes no more outputs of it,
   * and the panel counts no joules that the document will not hold.
   */
  lose(): string[] {
    const cellIds: string[] = [];
    for (const [cellId, { runId }] of this._byCell) {
      if (this.settle(cellId)) {
        this._over.add(runId);
        cellIds.push(cellId);
      }
    }
    return cellIds;
  }

  /** Forgets a cell's run unless it is still going on. */
  forget(cellId: string): void {
    const run = this._byCell.get(cellId);
    if (run && run.state !== 'running') {
      this._over.add(run.runId);
      this._byCell.delete(cellId);
    }
  }

  /**
   * A cell runs no more: if its run has not sent an end, its kernel went away
   * before it could. Returns whether that is so.
   */
  settle(cellId: string): boolean {
    const run = this._byCell.get(cellId);
    if (run?.state !== 'running') {
      return false;
    }
    this._byCell.set(cellId, { ...run, state: 'restarted' });
    return true;
  }

  private readonly _byCell = new Map<string, CellRun>();
  /** The ids of the runs of which nothing more is taken. */
  private readonly _over = new Set<string>();
}

/** Adds a point; where there are too many, the greater of each two stays. */
function withNewest(
  recent_w: readonly number[],
  power_w: number | null
): readonly number[] {
  if (power_w === null) {
    return recent_w;
  }
  const kept =
    recent_w.length < MAX_RECENT
      ? recent_w
      : recent_w.flatMap((before_w, index) =>
          index % 2 === 0 ? [] : [Math.max(recent_w[index - 1], before_w)]
        );
  return [...kept, power_w];
}
