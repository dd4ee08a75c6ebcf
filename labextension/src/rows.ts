/** From a cell and what is known of its energy to the row that shows it. */
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';

import { isBelowResolution } from './format';
import { isReplayed } from './replay';
import { type IReport, parseReport, REPORT_MIME_TYPE } from './report';
import type { ILiveRun, Run } from './runs';
import type { IEnergyRow, RowDetails } from './tokens';
import { RecordError } from './validate';

/** A report that stands in an output, or what is wrong with it. */
type SavedReport = IReport | RecordError;

/** The row of a cell, or null where the cell was not metered. */
export function rowOf(
  cell: ICodeCellModel,
  run: Run | undefined
): IEnergyRow | null {
  if (run && run.state !== 'ended') {
    return liveRow(cell, run);
  }
  const saved = savedReports(cell);
  if (run && !holdsRun(saved, run.runId)) {
    return reportRow(cell, run.report);
  }
  const record = chooseReport(saved, cell.id);
  return record && reportRow(cell, record);
}

/** Whether the outputs of a cell hold the report of a run. */
export function isSaved(cell: ICodeCellModel, runId: string): boolean {
  return holdsRun(savedReports(cell), runId);
}

/** The first line of a cell's code, the lines of our own magic left out. */
export function firstLine(source: string): string {
  const line = source
    .split('\n')
    .map(candidate => candidate.trim())
    .find(candidate => candidate !== '' && !/^%%energy\b/.test(candidate));
  return line ?? '';
}

/** All reports in the outputs of a cell. */
function savedReports({ outputs }: ICodeCellModel): SavedReport[] {
  const records: SavedReport[] = [];
  for (let index = 0; index < outputs.length; index++) {
    const output = outputs.get(index);
    if (output.type === 'display_data' || output.type === 'execute_result') {
      const data = output.data;
      if (Object.hasOwn(data, REPORT_MIME_TYPE)) {
        records.push(parseReport(data[REPORT_MIME_TYPE]));
      }
    }
  }
  return records;
}

function holdsRun(records: readonly SavedReport[], runId: string): boolean {
  return records.some(
    record => !(record instanceof RecordError) && record.run_id === runId
  );
}

/**
 * The report that stands for the cell. Windows inside the cell may have left
 * reports of their own: theirs are parts of the cell's, so none are added up.
 * The last one with the cell's id is the cell's; in a copied cell, whose report
 * has the id of the original, it is the last one of all.
 */
function chooseReport(
  records: readonly SavedReport[],
  cellId: string
): SavedReport | null {
  const readable = records.filter(
    (record): record is IReport => !(record instanceof RecordError)
  );
  const own = readable.filter(report => report.cell_id === cellId);
  return own.at(-1) ?? readable.at(-1) ?? records.at(-1) ?? null;
}

function liveRow(cell: ICodeCellModel, run: ILiveRun): IEnergyRow {
  const isRunning = run.state === 'running';
  return {
    cellId: cell.id,
    executionCount: run.executionCount,
    title: run.label ?? firstLine(sourceOf(cell)),
    status: run.state,
    reason: '',
    startedAt: run.startedAt,
    energy_j: isRunning ? (run.now?.energy_j ?? null) : null,
    uncertainty_j: null,
    estimateUncertainty_j: 0,
    duration_s: isRunning ? (run.now?.t_s ?? 0) : null,
    power_w: isRunning ? (run.now?.power_w ?? null) : null,
    provenance: run.provenance,
    isReplayed: run.isReplayed,
    details: null,
    missing: run.missing
  };
}

function reportRow(cell: ICodeCellModel, record: SavedReport): IEnergyRow {
  if (record instanceof RecordError) {
    return {
      cellId: cell.id,
      executionCount: cell.executionCount ?? null,
      title: firstLine(sourceOf(cell)),
      status: 'unreadable',
      reason: record.message,
      startedAt: '',
      energy_j: null,
      uncertainty_j: null,
      estimateUncertainty_j: 0,
      duration_s: null,
      power_w: null,
      provenance: null,
      isReplayed: false,
      details: null,
      missing: null
    };
  }
  return {
    cellId: cell.id,
    executionCount: record.execution_count ?? cell.executionCount ?? null,
    title: record.label ?? firstLine(sourceOf(cell)),
    status: record.status,
    reason: '',
    startedAt: record.started_at,
    energy_j: record.energy_j,
    uncertainty_j: record.uncertainty_j,
    estimateUncertainty_j: estimateUncertainty(record),
    duration_s: record.duration_s,
    power_w: isBelowResolution(record.energy_j, record.uncertainty_j)
      ? null
      : record.mean_power_w,
    provenance: record.provenance,
    isReplayed: isReplayed([record, ...record.domains]),
    details: detailsOf(record),
    missing: record.missing
  };
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
    flags: report.flags
  };
}

/** The part of a report's uncertainty that comes from a model, in joules. */
function estimateUncertainty(report: IReport): number {
  const whole_j = report.uncertainty_j ?? 0;
  if (report.provenance === 'estimate') {
    return whole_j;
  }
  const part_j = report.domains
    .filter(domain => domain.counted && domain.provenance === 'estimate')
    .reduce((sum_j, domain) => sum_j + domain.uncertainty_j, 0);
  return Math.min(part_j, whole_j);
}

function sourceOf(cell: ICellModel): string {
  return cell.sharedModel.getSource();
}
