/** The stages of a project's life, and the joules that went into each. */
import { isEstimate } from '../record/quantity';
import type { IEnergyRow } from '../tokens';

/** The stages that have a name of their own; others are free tags. */
export const STAGES: readonly string[] = [
  'infrastructure',
  'data',
  'modeling',
  'training',
  'deployment',
  'evaluation'
];

/** The longest name of a stage, as in the report's schema. */
export const MAX_STAGE_LENGTH = 64;

/** The cells of one stage. */
export interface IStage {
  /** Null for the cells without one. */
  readonly name: string | null;
  readonly cells: number;
  readonly energy_j: number;
  /** Whether estimated joules are among them. */
  readonly isEstimate: boolean;
}

/**
 * Adds rows up by stage: the named ones in the order of a project's life, free
 * tags in the order of the notebook, cells without a stage at the end.
 */
export function stagesOf(rows: readonly IEnergyRow[]): IStage[] {
  const found = new Map<string | null, IStage>();
  for (const { stage, energy_j, provenance } of rows) {
    if (energy_j === null) {
      continue;
    }
    const before = found.get(stage);
    found.set(stage, {
      name: stage,
      cells: (before?.cells ?? 0) + 1,
      energy_j: (before?.energy_j ?? 0) + energy_j,
      isEstimate: (before?.isEstimate ?? false) || isEstimate(provenance)
    });
  }
  return [...found.values()].sort((a, b) => place(a.name) - place(b.name));
}

/** Where a stage stands among the others. */
export function place(stage: string | null): number {
  const index = stage === null ? STAGES.length + 1 : STAGES.indexOf(stage);
  return index === -1 ? STAGES.length : index;
}
