/** The joules that went into each stage of a project's life. */
import type { IEnergyRow, IEnergyTotal } from '../tokens';
import { place } from './stages';
import { totalOf } from './total';

/** The cells of one stage. */
export interface IStage {
  /** Null for the cells without one. */
  readonly name: string | null;
  readonly rows: readonly IEnergyRow[];
  /** Their sum. */
  readonly total: IEnergyTotal;
}

/**
 * Adds rows up by stage: the named ones in the order of a project's life, free
 * tags in the order of the notebook, cells without a stage at the end.
 */
export function stagesOf(rows: readonly IEnergyRow[]): IStage[] {
  const found = new Map<string | null, IEnergyRow[]>();
  for (const row of rows) {
    if (row.energy_j !== null) {
      const ofStage = found.get(row.stage) ?? [];
      ofStage.push(row);
      found.set(row.stage, ofStage);
    }
  }
  return [...found]
    .map(([name, rows]) => ({ name, rows, total: totalOf(rows) }))
    .sort((a, b) => place(a.name) - place(b.name));
}
