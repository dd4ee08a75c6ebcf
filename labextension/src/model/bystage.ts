/** The joules that went into each stage of a project's life. */
import { uncertaintyOfSum } from '../record/quantity';
import { compareStages } from '../record/stages';
import type { IBlock, IEnergyRow, IEnergyTotal } from '../tokens';
import { memoised } from './memo';
import { totalOf } from './total';

/** What the cells used for one stage. */
export interface IStage {
  /** Null for what has none. */
  readonly name: string | null;
  /** The part of each cell that is for this stage. */
  readonly rows: readonly IEnergyRow[];
  /** Their sum. */
  readonly total: IEnergyTotal;
}

/** Adds rows up by stage, in the order of a project's life, what has none at the end. */
export function stagesOf(rows: readonly IEnergyRow[]): IStage[] {
  const found = new Map<string | null, IEnergyRow[]>();
  for (const row of rows.flatMap(partsOf)) {
    if (row.energy_j !== null) {
      const ofStage = found.get(row.stage) ?? [];
      ofStage.push(row);
      found.set(row.stage, ofStage);
    }
  }
  return [...found]
    .map(([name, rows]) => ({ name, rows, total: totalOf(rows) }))
    .sort((a, b) => compareStages(a.name, b.name));
}

/** Begins are known to the millisecond. */
const SLACK_MS = 2;

/** A window that lies within its parent, beside its siblings. */
interface INode {
  readonly begin_ms: number;
  readonly end_ms: number;
  /** Its own, else that of the nearest window around it that has one. */
  readonly stage: string | null;
  readonly parent: INode | null;
  readonly children: INode[];
  readonly read: { energy_j: number; uncertainty_j: number };
  readonly duration_s: number;
  /** Its joules as far as they fit into those of its parent. */
  energy_j: number;
}

/**
 * A row's parts, one for each stage: blocks with a stage are taken out of the
 * cell's joules. `rollup.py` in the Python package has the same rule, and
 * `tests/data/stage_cases.json` holds the two together.
 */
const partsOf = memoised((row: IEnergyRow): readonly IEnergyRow[] => {
  if (row.energy_j === null || row.blocks.length === 0) {
    return [row];
  }
  const nodes = nodesOf(row, row.energy_j);
  return [...new Set(nodes.map(({ stage }) => stage))].map(stage =>
    partOf(
      row,
      stage,
      nodes.filter(node => node.stage === stage)
    )
  );
});

/** The part of a row that is for one stage. */
function partOf(
  row: IEnergyRow,
  stage: string | null,
  nodes: readonly INode[]
): IEnergyRow {
  const energy_j = sum(nodes.map(ownJoules));
  const duration_s = sum(nodes.map(ownSeconds));
  const edges = nodes.flatMap(node => [
    ...(node.parent?.stage === stage ? [] : [node]),
    ...node.children.filter(child => child.stage !== stage)
  ]);
  return {
    ...row,
    stage,
    energy_j,
    uncertainty_j: uncertaintyOfSum(edges.map(({ read }) => read)),
    duration_s,
    power_w: duration_s > 0 ? energy_j / duration_s : null,
    blocks: [],
    isAtLeast: row.isAtLeast && nodes.some(({ parent }) => parent === null),
    // What its sensors read is not known of a part.
    parts: [],
    details: null
  };
}

/** The cell and its blocks that do not cross others, each behind the one it lies in. */
function nodesOf(row: IEnergyRow, energy_j: number): INode[] {
  const { startedAt, stage, uncertainty_j, duration_s } = row;
  const cell: INode = {
    ...spanOf({ startedAt, duration_s: duration_s ?? 0 }),
    stage,
    parent: null,
    children: [],
    read: { energy_j, uncertainty_j: uncertainty_j ?? 0 },
    duration_s: duration_s ?? 0,
    energy_j
  };
  const nodes = [cell];
  const open = [cell];
  const blocks = row.blocks
    .map(block => ({ block, ...spanOf(block) }))
    .sort((a, b) => a.begin_ms - b.begin_ms || b.end_ms - a.end_ms);
  for (const { block, begin_ms, end_ms } of blocks) {
    while (open.length > 1 && open.at(-1)!.end_ms <= begin_ms + SLACK_MS) {
      open.pop();
    }
    const parent = open.at(-1)!;
    if (end_ms <= parent.end_ms + SLACK_MS) {
      const node: INode = {
        begin_ms,
        end_ms,
        stage: block.stage ?? parent.stage,
        parent,
        children: [],
        read: block,
        duration_s: block.duration_s,
        energy_j: 0
      };
      parent.children.push(node);
      nodes.push(node);
      open.push(node);
    }
  }
  for (const node of nodes) {
    const inner_j = sum(node.children.map(({ read }) => read.energy_j));
    const part = inner_j > 0 ? Math.min(1, node.energy_j / inner_j) : 0;
    for (const child of node.children) {
      child.energy_j = part * child.read.energy_j;
    }
  }
  return nodes;
}

function spanOf({
  startedAt,
  duration_s
}: Pick<IBlock, 'startedAt' | 'duration_s'>): {
  begin_ms: number;
  end_ms: number;
} {
  const begin_ms = Date.parse(startedAt);
  return { begin_ms, end_ms: begin_ms + 1000 * duration_s };
}

function ownJoules({ energy_j, children }: INode): number {
  return Math.max(0, energy_j - sum(children.map(child => child.energy_j)));
}

function ownSeconds({ duration_s, children }: INode): number {
  return Math.max(0, duration_s - sum(children.map(child => child.duration_s)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
