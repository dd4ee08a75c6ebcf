/** The stages of a project's life. */

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

/** Where a stage stands among the others. */
export function place(stage: string | null): number {
  const index = stage === null ? STAGES.length + 1 : STAGES.indexOf(stage);
  return index === -1 ? STAGES.length : index;
}
