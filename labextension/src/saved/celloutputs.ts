/** Repairs of the outputs of one cell. */
import type { ICodeCellModel } from '@jupyterlab/cells';
import { JSONExt, type PartialJSONObject } from '@lumino/coreutils';

import {
  LIVE_MIME_TYPE,
  NO_REPORT,
  REPORT_MIME_TYPE,
  runIdOf,
  WIDGET_MIME_TYPE
} from '../record/bundle';

/** What a kernel displays. */
export interface IBundle {
  readonly data: PartialJSONObject;
  readonly metadata?: PartialJSONObject;
}

/**
 * Puts the bundle of a run that has ended into its place, unless it is there.
 * `mayAdd` says whether it may be added to a cell without outputs.
 */
export function placeBundle(
  { outputs }: ICodeCellModel,
  runId: string,
  bundle: IBundle,
  mayAdd: boolean
): void {
  const output = {
    output_type: 'display_data',
    data: bundle.data,
    metadata: bundle.metadata ?? {}
  };
  for (let index = 0; index < outputs.length; index++) {
    const { data, metadata } = outputs.get(index);
    const isKept = runIdOf(data, REPORT_MIME_TYPE) === runId;
    if (isKept || runIdOf(data) === runId || runIdOf(metadata) === runId) {
      const [shown, known] = [data, bundle.data].map(
        record => record[REPORT_MIME_TYPE] ?? null
      );
      if (!isKept || !JSONExt.deepEqual(shown, known)) {
        outputs.set(index, output);
      }
      return;
    }
  }
  if (outputs.length === 0 && mayAdd) {
    outputs.add(output);
  }
}

/** What stands in the place of a run that has left no report. */
export const WITHOUT_REPORT: PartialJSONObject = {
  'text/html': `<p>${NO_REPORT}</p>`,
  'text/plain': NO_REPORT
};

/**
 * Replaces the live views of runs that are over. `remains` says what is left of
 * a run with this id: a report, `WITHOUT_REPORT`, or null where it is not over.
 */
export function removeLiveViews(
  { outputs }: ICodeCellModel,
  remains: (runId: string) => PartialJSONObject | null
): void {
  for (let index = 0; index < outputs.length; index++) {
    const output = outputs.get(index);
    const { data, metadata } = output;
    const runId = runIdOf(data) ?? runIdOf(metadata);
    const isSaid = data['text/plain'] === NO_REPORT;
    const left = runId === null ? null : remains(runId);
    if (left && !(isSaid && left === WITHOUT_REPORT)) {
      const isReport = REPORT_MIME_TYPE in left;
      outputs.set(index, {
        ...output.toJSON(),
        data: isReport ? left : { ...without(WIDGET_MIME_TYPE, data), ...left },
        metadata: without(LIVE_MIME_TYPE, metadata)
      });
    }
  }
}

/**
 * Puts a cell's outputs in the order of the shared document, without a change
 * of the document. JupyterLab (4.6, `CodeCellModel`) shows an output that
 * another client has replaced behind all others, and then takes away the wrong
 * one when it is replaced again.
 */
export function putInOrder(cell: ICodeCellModel): void {
  const { outputs, sharedModel } = cell;
  const { onOutputsChange } = cell as unknown as IWriter;
  outputs.changed.disconnect(onOutputsChange, cell);
  sharedModel
    .getOutputs()
    .slice(0, outputs.length)
    .forEach((output, index) => {
      if (!JSONExt.deepEqual(outputs.get(index).toJSON(), output)) {
        outputs.set(index, output);
      }
    });
  outputs.changed.connect(onOutputsChange, cell);
}

/** What a cell has to write its outputs into the document with. */
interface IWriter {
  readonly onOutputsChange: () => void;
}

function without(type: string, data: object): PartialJSONObject {
  return Object.fromEntries(
    Object.entries(data).filter(([key]) => key !== type)
  );
}
