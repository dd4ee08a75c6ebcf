/** The reports in the outputs of a cell. */
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { IOutputAreaModel } from '@jupyterlab/outputarea';

import {
  isNewerReportType,
  REPEATS_MIME_TYPE,
  REPORT_MIME_TYPE
} from '../record/bundle';
import { type IRepeatsRecord, parseRepeats } from '../record/repeats';
import { type IReport, parseReport } from '../record/report';
import { NewerRecord, RecordError } from '../record/validation';
import { isCode } from './metering';

/** A report, or what is wrong with it. */
export type ReportRecord = IReport | RecordError;

/** The result of a statement that was run several times, or what is wrong with it. */
export type RepeatsRecord = IRepeatsRecord | RecordError;

/** All reports in the outputs of a cell. */
export function savedReports(cell: ICodeCellModel): ReportRecord[] {
  const newer = placesOf(cell, isNewerReportType).map(
    () => new NewerRecord('report is of a later version')
  );
  return [...recordsIn(cell, REPORT_MIME_TYPE).map(parseReport), ...newer];
}

/** What `%energy` and repeated cells left in the outputs of a cell. */
export function savedRepeats(cell: ICodeCellModel): RepeatsRecord[] {
  return recordsIn(cell, REPEATS_MIME_TYPE).map(parseRepeats);
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
    if (isCode(cell)) {
      const places = [REPORT_MIME_TYPE, REPEATS_MIME_TYPE].flatMap(type =>
        placesOf(cell, name => name === type)
      );
      if (places.length > 0) {
        // JupyterLab 4.2 cannot take out a single output.
        const outputs = cell.outputs.toJSON();
        cell.outputs.fromJSON(outputs.filter((_, i) => !places.includes(i)));
      }
    }
  }
}

/** The records of a type in the outputs of a cell, as they are. */
function recordsIn(cell: ICodeCellModel, mimeType: string): unknown[] {
  return placesOf(cell, name => name === mimeType).map(
    index => cell.outputs.get(index).data[mimeType]
  );
}

/** Where in the outputs of a cell records of such a type stand. */
function placesOf(
  { outputs }: ICodeCellModel,
  isWanted: (mimeType: string) => boolean
): number[] {
  return Array.from({ length: outputs.length }, (_, index) => index).filter(
    index => holds(outputs.get(index), isWanted)
  );
}

function holds(
  { type, data }: ReturnType<IOutputAreaModel['get']>,
  isWanted: (mimeType: string) => boolean
): boolean {
  return (
    (type === 'display_data' || type === 'execute_result') &&
    Object.keys(data).some(isWanted)
  );
}
