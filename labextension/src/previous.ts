import type { IReport } from './report';
import type { IRunEnergy } from './tokens';

interface IKnown {
  readonly runId: string;
  readonly energy: IRunEnergy;
  readonly previous: IRunEnergy | null;
}

/** What the run before the latest one took, cell by cell. */
export class PreviousRuns {
  /** Takes the report of a cell in; one that was refined replaces itself. */
  note(cellId: string, report: IReport): void {
    const { run_id: runId, status, energy_j, uncertainty_j } = report;
    if (status !== 'ok' || energy_j === null) {
      return; // a run that was cut short compares with none
    }
    const known = this._byCell.get(cellId);
    this._byCell.set(cellId, {
      runId,
      energy: { energy_j, uncertainty_j: uncertainty_j ?? 0 },
      previous:
        known?.runId === runId ? known.previous : (known?.energy ?? null)
    });
  }

  /** What the run before this one took, null where it is not known. */
  before(cellId: string, runId: string): IRunEnergy | null {
    const known = this._byCell.get(cellId);
    return known?.runId === runId ? known.previous : null;
  }

  private readonly _byCell = new Map<string, IKnown>();
}

/**
 * The change from one run to the next as a part of the earlier one: null where
 * it is not clear of the uncertainty of both, or there was nothing to compare.
 */
export function clearChange(
  now: IRunEnergy,
  before: IRunEnergy
): number | null {
  const change_j = now.energy_j - before.energy_j;
  const unsure_j = Math.hypot(now.uncertainty_j, before.uncertainty_j);
  return before.energy_j > 0 && Math.abs(change_j) > unsure_j
    ? change_j / before.energy_j
    : null;
}
