/** The reports in the outputs of a cell. */
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { IOutputAreaModel } from '@jupyterlab/outputarea';

import { REPORT_MIME_TYPE } from '../record/bundle';
import { type IReport, parseReport } from '../record/report';
import { RecordError } from '../record/validation';
import { isCode } from './metering';

/** A report, or what is wrong with it. */
export type ReportRecord = IReport | RecordError;

/** Where in the outputs of a cell reports stand. */
export function reportPlaces({ outputs }: ICodeCellModel): number[] {
  return Array.from({ length: outputs.length }, (_, index) => index).filter(
    index => holdsReport(outputs.get(index))
  );
}

/** All reports in the outputs of a cell. */
export function savedReports(cell: ICodeCellModel): ReportRecord[] {
  return reportPlaces(cell).map(index =>
    parseReport(cell.outputs.get(index).data[REPORT_MIME_TYPE])
  );
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
      const places = reportPlaces(cell);
      if (places.length > 0) {
        // JupyterLab 4.2 cannot take out a single output.
        const outputs = cell.outputs.toJSON();
        cell.outputs.fromJSON(outputs.filter((_, i) => !places.includes(i)));
      }
    }
  }
}

function holdsReport({
  type,
  data
}: ReturnType<IOutputAreaModel['get']>): boolean {
  return (
    (type === 'display_data' || type === 'execute_result') &&
    Object.hasOwn(data, REPORT_MIME_TYPE)
  );
}
