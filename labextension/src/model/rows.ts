import type { ICodeCellModel } from '@jupyterlab/cells';

import { holdsRun, savedIn } from '../cell/outputs';
import { RecordError } from '../record/validation';
import type { IEnergyRow } from '../tokens';
import { recordOf, rowOf } from './cellrow';
import type { CodeCells } from './codecells';
import type { Executions } from './executions';
import type { RunHistory } from './runhistory';

/** The rows of a notebook's metered cells. */
export class Rows {
  constructor(
    private readonly _cells: CodeCells,
    private readonly _executions: Executions,
    private readonly _history: RunHistory
  ) {}

  /** As they were last read, in the notebook's order. */
  get all(): readonly IEnergyRow[] {
    return this._all;
  }

  /** Whether a cell has a row. */
  has(cellId: string): boolean {
    return this._byId.has(cellId);
  }

  /** What is known of a cell has changed: it is to be read again. */
  invalidate(cellId: string): void {
    this._stale.add(cellId);
  }

  /** Reads the cells that changed. */
  refresh(): void {
    const byId = new Map<string, IEnergyRow>();
    for (const [id, cell] of this._cells.byId) {
      const row = this._stale.has(id) ? this._read(cell) : this._byId.get(id);
      if (row) {
        byId.set(id, row);
      }
    }
    this._stale.clear();
    this._byId = byId;
    this._all = [...byId.values()];
  }

  private _read(cell: ICodeCellModel): IEnergyRow | null {
    const { id } = cell;
    const { runs } = this._executions;
    const run = runs.get(id);
    const saved = savedIn(cell);
    if (run?.state === 'ended' && holdsRun(saved.reports, run.runId)) {
      // From here on the output speaks for itself, also when it is cleared.
      runs.forget(id);
    }
    const record = recordOf(cell, saved, run);
    if (record && !(record instanceof RecordError)) {
      this._history.note(id, record);
      if (holdsRun(saved.reports, record.run_id)) {
        this._history.refine(record); // what `%energy` took is not refined
      }
    }
    return rowOf(cell, record, saved, {
      run,
      waiting: this._executions.standing(cell),
      before: runId => this._history.before(runId)
    });
  }

  private readonly _stale = new Set<string>();
  private _byId: ReadonlyMap<string, IEnergyRow> = new Map();
  private _all: readonly IEnergyRow[] = [];
}
