/**
 * The stages of a project that a cell may be for. `stages.py` in the Python
 * package knows the same ones, and writes several of one cell in the same way.
 */

/** Those of the lifecycle, in the order of a project's life (Mehlin et al. 2023). */
const LIFECYCLE: readonly string[] = [
  'infrastructure',
  'data',
  'modeling',
  'training',
  'deployment',
  'evaluation'
];

/** The families of techniques (Xu et al. 2021). */
const FAMILIES: readonly string[] = [
  'compact-network',
  'efficient-training',
  'efficient-inference',
  'efficient-data'
];

const ALIASES: Readonly<Record<string, string>> = { inference: 'deployment' };

/** The stages that have a name of their own; others are free tags. */
export const STAGES: readonly string[] = [...LIFECYCLE, ...FAMILIES];

/** The longest single stage. */
export const MAX_TAG_LENGTH = 64;

/** The longest text for all stages of a cell, as in the report's schema. */
export const MAX_STAGE_LENGTH = 200;

const JOINT = ' + ';

/** The text for one stage or several, null for none: known ones first, doubles once. */
export function stageText(tags: readonly string[]): string | null {
  const known = tags.map(spelled).filter(tag => tag !== '');
  const sorted = [...new Set(known)].sort(compareTags);
  return sorted.length > 0 ? sorted.join(JOINT) : null;
}

/** The single stages of a report's text. */
export function tagsOf(stage: string | null): string[] {
  return stage?.split(JOINT) ?? [];
}

/** Which of two stages stands first: by their order in a text, those without one last. */
export function compareStages(a: string | null, b: string | null): number {
  if (a === null || b === null) {
    return Number(a === null) - Number(b === null);
  }
  const [first, second] = [tagsOf(a), tagsOf(b)];
  const at = first.findIndex((tag, index) => tag !== second.at(index));
  if (at === -1 || at >= second.length) {
    return first.length - second.length;
  }
  return compareTags(first[at], second[at]);
}

/** A single stage, a known one as it is spelled. */
function spelled(tag: string): string {
  const plain = tag.replace(/\s+/g, ' ').trim();
  const lower = plain.toLowerCase();
  const known = Object.hasOwn(ALIASES, lower) ? ALIASES[lower] : lower;
  return STAGES.includes(known) ? known : plain;
}

function compareTags(a: string, b: string): number {
  const order = place(a) - place(b);
  return order || (a < b ? -1 : Number(a > b));
}

function place(tag: string): number {
  const index = STAGES.indexOf(tag);
  return index === -1 ? STAGES.length : index;
}
