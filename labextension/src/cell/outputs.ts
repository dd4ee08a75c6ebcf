/** The reports in the outputs of a cell. */
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { IOutputAreaModel } from '@jupyterlab/outputarea';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import {
  isNewerReportType,
  REPEATS_MIME_TYPE,
  REPORT_MIME_TYPE
} from '../record/bundle';
import { type IRepeatsRecord, parseRepeats } from '../record/repeats';
import type { IReport } from '../record/report';
import { parseReport } from '../record/savedreport';
import { NewerRecord, RecordError } from '../record/validation';
import { isCode } from './metering';

/** A report, or what is wrong with it. */
export type ReportRecord = IReport | RecordError;

/** The result of a statement that was run several times, or what is wrong with it. */
export type RepeatsRecord = IRepeatsRecord | RecordError;

/** What the meter left in the outputs of a cell. */
export interface ISaved {
  readonly reports: readonly ReportRecord[];
  /** Of `%energy` and repeated cells. */
  readonly repeats: readonly RepeatsRecord[];
}

/** Reads the outputs of a cell. */
export function savedIn({ outputs }: ICodeCellModel): ISaved {
  const reports: ReportRecord[] = [];
  const newer: ReportRecord[] = [];
  const repeats: RepeatsRecord[] = [];
  for (let index = 0; index < outputs.length; index++) {
    // JupyterLab makes a copy of all that an output holds each time it is asked for.
    for (const [type, record] of Object.entries(dataOf(outputs.get(index)))) {
      if (type === REPORT_MIME_TYPE) {
        reports.push(parseReport(record));
      } else if (type === REPEATS_MIME_TYPE) {
        repeats.push(parseRepeats(record));
      } else if (isNewerReportType(type)) {
        newer.push(new NewerRecord('report is of a later version'));
      }
    }
  }
  return { reports: [...reports, ...newer], repeats };
}

/** Whether the report of a run is among these. */
export function holdsRun(
  records: readonly ReportRecord[],
  runId: string
): boolean {
  return records.some(
    record => !(record instanceof RecordError) && record.run_id === runId
  );
}

/** Takes the reports out of the outputs of all cells. */
export function removeReports(cells: Iterable<ICellModel>): void {
  for (const cell of cells) {
    if (isCode(cell) && holdsRecord(cell)) {
      // JupyterLab 4.2 cannot take out a single output.
      const outputs = cell.outputs.toJSON();
      const kept = outputs.filter(
        (_, index) => !isRecord(dataOf(cell.outputs.get(index)))
      );
      cell.outputs.fromJSON(kept);
    }
  }
}

function holdsRecord({ outputs }: ICodeCellModel): boolean {
  return Array.from({ length: outputs.length }, (_, index) =>
    outputs.get(index)
  ).some(output => isRecord(dataOf(output)));
}

function isRecord(data: ReadonlyPartialJSONObject): boolean {
  return REPORT_MIME_TYPE in data || REPEATS_MIME_TYPE in data;
}

/** What an output holds, by MIME type; nothing where it is text or an error. */
function dataOf(
  output: ReturnType<IOutputAreaModel['get']>
): ReadonlyPartialJSONObject {
  const { type } = output;
  return type === 'display_data' || type === 'execute_result'
    ? output.data
    : {};
}
