import { YNotebook } from '@jupyter/ydoc';
import type { ICellModel } from '@jupyterlab/cells';
import { CellList } from '@jupyterlab/notebook/lib/celllist';
import { beforeEach, describe, expect, it } from 'vitest';

import {
  isMetered,
  setStage,
  toggleMetering,
  toggleMeteringOfAll
} from '../../src/cell/metering';
import { removeReports } from '../../src/cell/outputs';
import { REPORT_MIME_TYPE } from '../../src/record/bundle';

let notebook: YNotebook;
let cells: CellList;

beforeEach(() => {
  notebook = YNotebook.create({ disableDocumentWideUndoRedo: true });
  cells = new CellList(notebook);
});

function add(source: string, metadata = {}, type = 'code'): ICellModel {
  notebook.insertCell(notebook.cells.length, {
    cell_type: type,
    source,
    metadata,
    ...(type === 'code' ? { outputs: [] } : {})
  });
  return cells.get(cells.length - 1);
}

function sources(): string[] {
  return [...cells].map(cell => cell.sharedModel.getSource());
}

describe('metering cells', () => {
  it('is put in and taken away, each cell with its own undo', () => {
    const one = add('x');
    const other = add('%%energy -q\ny');
    toggleMetering([one, other]);
    expect(sources()).toEqual(['%%energy\nx', '%%energy -q\ny']);
    expect(isMetered(one)).toBe(true);

    toggleMetering([one, other]);
    expect(sources()).toEqual(['x', 'y']);
    other.sharedModel.undo();
    expect(sources()).toEqual(['x', '%%energy -q\ny']);
  });

  it('leaves prose and what must not be edited alone', () => {
    const all = [
      add('# title', {}, 'markdown'),
      add('x', { editable: false }),
      add('y')
    ];
    toggleMetering(all);

    expect(sources()).toEqual(['# title', 'x', '%%energy\ny']);
  });

  it('of all cells leaves out those that only load the meter', () => {
    add('%load_ext jupyter_green');
    add('');
    add('x');
    add('%%energy\ny');
    toggleMeteringOfAll(cells);
    expect(sources()).toEqual([
      '%load_ext jupyter_green',
      '',
      '%%energy\nx',
      '%%energy\ny'
    ]);

    toggleMeteringOfAll(cells);
    expect(sources()).toEqual(['%load_ext jupyter_green', '', 'x', 'y']);
  });
});

it('a stage is written into the line, and can be undone', () => {
  const cell = add('%%energy\nx');
  setStage([cell], 'training');
  expect(sources()).toEqual(['%%energy --stage training\nx']);

  cell.sharedModel.undo();
  expect(sources()).toEqual(['%%energy\nx']);
});

it('reports are taken out of the outputs, other outputs stay', () => {
  add('x');
  const [cell] = notebook.toJSON().cells as { outputs: unknown[] }[];
  expect(cell.outputs).toEqual([]);
  const { outputs } = cells.get(0) as unknown as {
    outputs: import('@jupyterlab/outputarea').IOutputAreaModel;
  };
  for (const data of [
    { [REPORT_MIME_TYPE]: {}, 'text/plain': 'r' },
    { 'text/plain': 'mine' },
    { [REPORT_MIME_TYPE]: {} }
  ]) {
    outputs.add({ output_type: 'display_data', data, metadata: {} });
  }
  removeReports(cells);

  expect(outputs.toJSON().map(({ data }) => data)).toEqual([
    { 'text/plain': 'mine' }
  ]);
});
