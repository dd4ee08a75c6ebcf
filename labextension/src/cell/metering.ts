/** Edits of the `%%energy` lines of a notebook, each one that can be undone. */
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';

import {
  findMagicLine,
  firstLine,
  type IEdit,
  metered,
  staged,
  unmetered
} from './magicline';
import { loadsMeter } from './meteruse';

/** Whether a cell has an `%%energy` line. */
export function isMetered(cell: ICellModel): boolean {
  return findMagicLine(cell.sharedModel.getSource()) !== null;
}

/** Meters these cells; if all of them are metered already, none of them. */
export function toggleMetering(cells: readonly ICellModel[]): void {
  const codeCells = cells.filter(isEditableCode);
  editCells(codeCells, codeCells.every(isMetered) ? unmetered : metered);
}

/** Meters all cells that hold code of their own; if all are metered, none. */
export function toggleMeteringOfAll(cells: Iterable<ICellModel>): void {
  toggleMetering([...cells].filter(isWorthMetering));
}

/** Sets the stage of cells in their `%%energy` lines, or takes it away. */
export function setStage(
  cells: readonly ICellModel[],
  stage: string | null
): void {
  editCells(cells.filter(isEditableCode), source => staged(source, stage));
}

/** Each cell has an undo of its own, unless the notebook has one for all. */
function editCells(
  cells: readonly ICellModel[],
  edit: (source: string) => IEdit | null
): void {
  for (const { sharedModel } of cells) {
    const change = edit(sharedModel.getSource());
    if (change) {
      sharedModel.updateSource(change.start, change.end, change.text);
    }
  }
}

/** A cell that only loads the meter, or holds nothing, tells nothing. */
function isWorthMetering(cell: ICellModel): boolean {
  const code = firstLine(cell.sharedModel.getSource());
  return code !== '' && !loadsMeter(code);
}

function isEditableCode(cell: ICellModel): boolean {
  return isCode(cell) && cell.getMetadata('editable') !== false;
}

/** Whether a cell holds code. */
export function isCode(cell: ICellModel): cell is ICodeCellModel {
  return cell.type === 'code';
}
