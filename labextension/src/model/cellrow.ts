/** From a cell and what is known of its energy to the row that shows it. */
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';

import { firstLine, stageOf } from '../cell/magicline';
import {
  holdsRun,
  type ReportRecord,
  type ISaved,
  type RepeatsRecord
} from '../cell/outputs';
import { peaksOf } from '../chart/curve';
import { isReplayed } from '../record/playback';
import { isBelowResolution, isLowerBound } from '../record/quantity';
import type { IRepeats } from '../record/repeats';
import type { IReport } from '../record/report';
import { EXACT, rangeOf, scaleOfTotal, sharesOfTotal } from '../record/scale';
import { NewerRecord, RecordError } from '../record/validation';
import type { IBlock, IEnergyRow, ITaken, RowDetails } from '../tokens';
import type { CellRun, ILiveRun } from './cellruns';
import { repeatsIn, wholeOf } from './repeated';

/** As many points as a sparkline shows. */
const MAX_RECENT = 96;

/** What is known of a cell beyond its outputs. */
export interface IKnown {
  /** Its latest run. */
  readonly run?: CellRun;
  /** Of a cell that the kernel has, and that has told nothing yet: where it stands. */
  readonly waiting: 'queued' | 'running' | null;
  /** What the run before the one with this id took. */
  readonly before: (runId: string) => ITaken | null;
}

/** The row of a cell with this record, or null where the cell was not metered. */
export function rowOf(
  cell: ICodeCellModel,
  record: ReportRecord | null,
  { reports, repeats }: ISaved,
  { run, waiting, before }: IKnown
): IEnergyRow | null {
  if (run?.state === 'running') {
    return liveRow(cell, run);
  }
  if (waiting) {
    return { ...emptyRow(cell), status: waiting, executionCount: null };
  }
  const isKept = run && record && holdsRun([record], run.runId);
  if (run?.state === 'restarted' && !isKept) {
    return liveRow(cell, run);
  }
  return record && reportRow(cell, record, { reports, repeats }, before);
}

/**
 * The record that stands for a cell: what was sent, where the outputs lack it.
 * A cell that is metered as a whole has all that was used in it in its own
 * report; in any other, what `%energy` used is added up.
 */
export function recordOf(
  cell: ICodeCellModel,
  { reports, repeats }: ISaved,
  run: CellRun | undefined
): ReportRecord | null {
  if (run?.state === 'ended' && !holdsRun(reports, run.runId)) {
    return run.report;
  }
  const own = chooseReport(reports, cell.id);
  const isOwn = own && !(own instanceof RecordError) && own.cell_id === cell.id;
  return isOwn ? own : (wholeOf(repeats) ?? own);
}

/** The report that stands for the cell, or what is wrong with the last one where none can be read. */
function chooseReport(
  records: readonly ReportRecord[],
  cellId: string
): ReportRecord | null {
  const readable = records.filter(
    (record): record is IReport => !(record instanceof RecordError)
  );
  return ownReport(readable, cellId) ?? records.at(-1) ?? null;
}

/**
 * The cell's own report among those in its outputs. Of those of one window the
 * last is the refined one. Those with the cell's id go before others, which
 * were made in another cell; in a copied cell all were. Of several windows the
 * longest is the cell's: the others were opened within it. `addition.py` in the
 * Python package chooses in the same way.
 */
export function ownReport<
  T extends Pick<IReport, 'run_id' | 'cell_id' | 'duration_s'>
>(reports: readonly T[], cellId: string | null): T | undefined {
  const last = [
    ...new Map(reports.map(report => [report.run_id, report])).values()
  ];
  const own = last.filter(report => report.cell_id === cellId);
  return (own.length > 0 ? own : last).reduce<T | undefined>(
    (longest, report) =>
      longest && longest.duration_s >= report.duration_s ? longest : report,
    undefined
  );
}

function liveRow(cell: ICodeCellModel, { state, run }: ILiveRun): IEnergyRow {
  const { head, now, missing, curve, soFar } = run;
  const { parts } = soFar;
  const { energy_j = null, power_w = null, t_s = 0, told_s = t_s } = now ?? {};
  const { at_least = false, hosts = [] } = now?.elsewhere ?? {};
  const row: IEnergyRow = {
    ...emptyRow(cell),
    executionCount: head.execution_count,
    title: head.label ?? firstLine(sourceOf(cell)),
    stage: stageOf(sourceOf(cell)) ?? head.stage ?? null,
    status: state,
    startedAt: head.started_at,
    provenance: head.provenance,
    isReplayed: isReplayed(head.domains),
    missing
  };
  if (state === 'restarted') {
    return row;
  }
  return {
    ...row,
    energy_j,
    scaleRange: rangeOf(sharesOfTotal(parts), energy_j),
    duration_s: t_s,
    told_s,
    power_w,
    recent_w: peaksOf(curve, MAX_RECENT),
    // A host that has told nothing yet does so within a second: nothing is wrong with that.
    isAtLeast: at_least && hosts.every(({ lost, t_s }) => lost || t_s !== null),
    parts
  };
}

function reportRow(
  cell: ICodeCellModel,
  record: ReportRecord,
  { reports, repeats }: ISaved,
  before: IKnown['before']
): IEnergyRow {
  const source = sourceOf(cell);
  const row = emptyRow(cell, source);
  if (record instanceof RecordError) {
    const status = record instanceof NewerRecord ? 'newer' : 'unreadable';
    return { ...row, status, reason: record.message };
  }
  const isUnknown = isBelowResolution(record.energy_j, record.uncertainty_j);
  const stage = stageOf(source);
  return {
    ...row,
    executionCount: record.execution_count ?? row.executionCount,
    title: record.label ?? row.title,
    stage: stage === undefined ? record.stage : stage,
    status: record.status,
    startedAt: record.started_at,
    energy_j: record.energy_j,
    uncertainty_j: record.uncertainty_j,
    scaleRange: scaleOfTotal(record),
    duration_s: record.duration_s,
    power_w: isUnknown ? null : record.mean_power_w,
    peakPower_w: isUnknown ? null : record.peak_power_w,
    previous: record.status === 'ok' ? before(record.run_id) : null,
    metric: record.metric,
    per: record.per,
    repeats: repeatsOf(repeats),
    blocks: blocksIn(reports, record),
    provenance: record.provenance,
    isReplayed: isReplayed([record, ...record.domains]),
    isAtLeast: isLowerBound(record),
    parts: record.domains,
    details: detailsOf(record),
    missing: record.missing
  };
}

/** The row of a cell of whose energy nothing is known. */
function emptyRow(cell: ICodeCellModel, source = sourceOf(cell)): IEnergyRow {
  return {
    cellId: cell.id,
    executionCount: cell.executionCount ?? null,
    title: firstLine(source),
    stage: stageOf(source) ?? null,
    status: 'ok',
    reason: '',
    startedAt: '',
    energy_j: null,
    uncertainty_j: null,
    scaleRange: EXACT,
    duration_s: null,
    told_s: null,
    power_w: null,
    peakPower_w: null,
    recent_w: [],
    previous: null,
    metric: {},
    per: null,
    repeats: [],
    blocks: [],
    provenance: null,
    isReplayed: false,
    isAtLeast: false,
    parts: [],
    details: null,
    missing: null
  };
}

/** Begins are known to the millisecond. */
const SLACK_MS = 2;

/** The blocks among the reports in a cell's outputs: those made while its own window was open. */
function blocksIn(
  reports: readonly ReportRecord[],
  { run_id, started_at, duration_s }: IReport
): IBlock[] {
  const begin_ms = Date.parse(started_at) - SLACK_MS;
  const end_ms = begin_ms + 1000 * duration_s + 2 * SLACK_MS;
  const last = new Map<string, IReport>();
  for (const report of reports) {
    if (!(report instanceof RecordError) && report.run_id !== run_id) {
      last.set(report.run_id, report);
    }
  }
  return [...last.values()].flatMap(block => {
    const { energy_j, uncertainty_j, stage } = block;
    const from_ms = Date.parse(block.started_at);
    const isWithin =
      from_ms >= begin_ms && from_ms + 1000 * block.duration_s <= end_ms;
    return energy_j === null || !isWithin
      ? []
      : {
          stage,
          startedAt: block.started_at,
          duration_s: block.duration_s,
          energy_j,
          uncertainty_j: uncertainty_j ?? 0
        };
  });
}

/** The small parts of a report: a row that kept its curve would keep it for long. */
function detailsOf(report: IReport): RowDetails {
  return {
    started_at: report.started_at,
    provenance: report.provenance,
    domains: report.domains,
    net_energy_j: report.net_energy_j,
    net_uncertainty_j: report.net_uncertainty_j,
    baseline_at: report.baseline_at,
    share: report.share,
    flags: report.flags,
    notes: report.notes,
    hosts: report.hosts,
    ranks: report.ranks
  };
}

/** Only what a row shows: the reports beside it would be kept for long. */
function repeatsOf(records: readonly RepeatsRecord[]): IRepeats[] {
  return repeatsIn(records).map(
    ({ repeats, loops, mean_j, stdev_j, interval_j, mean_duration_s }) => ({
      repeats,
      loops,
      mean_j,
      stdev_j,
      interval_j,
      mean_duration_s
    })
  );
}

function sourceOf(cell: ICellModel): string {
  return cell.sharedModel.getSource();
}
