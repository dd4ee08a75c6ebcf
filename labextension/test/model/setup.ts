/** The model of a notebook's energy on a document and a session of the test's own. */
import { YNotebook } from '@jupyter/ydoc';
import type { ICodeCellModel } from '@jupyterlab/cells';
import { CellList } from '@jupyterlab/notebook/lib/celllist';
import { afterEach, beforeEach, vi } from 'vitest';

import { LiveFeed } from '../../src/feed/livefeed';
import { EnergyModel } from '../../src/model/model';
import { REPORT_MIME_TYPE } from '../../src/record/bundle';
import type { IReport } from '../../src/record/report';
import { aMessage, aReport } from '../fixtures';
import { TestSession } from '../session';

/** What a test of the model works with. */
export interface IModelled {
  readonly notebook: YNotebook;
  readonly cells: CellList;
  readonly session: TestSession;
  readonly feed: LiveFeed;
  readonly model: EnergyModel;
  /** Appends a code cell whose outputs hold these records. */
  readonly addCell: (
    id: string,
    source?: string,
    records?: readonly unknown[]
  ) => ICodeCellModel;
  readonly cellOf: (id: string) => ICodeCellModel;
}

/** Returns a watched model of an empty notebook. */
export function modelled(watcher: object = {}): IModelled {
  const notebook = YNotebook.create();
  const cells = new CellList(notebook);
  const session = new TestSession();
  const feed = new LiveFeed({ session });
  sessionStorage.clear();
  const model = new EnergyModel({ cells, session, feed });
  model.watch(watcher);
  const cellOf = (id: string): ICodeCellModel =>
    [...cells].find(cell => cell.id === id) as ICodeCellModel;
  const addCell: IModelled['addCell'] = (
    id,
    source = `%%energy\nwork("${id}")`,
    records = []
  ) => {
    notebook.insertCell(notebook.cells.length, {
      cell_type: 'code',
      id,
      source,
      metadata: {},
      outputs: []
    });
    const cell = cellOf(id);
    records.forEach(record => {
      publish(cell, record);
    });
    return cell;
  };
  return { notebook, cells, session, feed, model, addCell, cellOf };
}

/** Gives each test of a file a model of its own; this is the present test's. */
export function eachModelled(
  watcher: object = {}
): IModelled & { readonly rows: () => unknown[] } {
  let given: IModelled;
  beforeEach(() => {
    given = modelled(watcher);
  });
  afterEach(() => {
    given.model.dispose();
    given.feed.dispose();
    vi.restoreAllMocks();
  });
  return {
    get notebook() {
      return given.notebook;
    },
    get cells() {
      return given.cells;
    },
    get session() {
      return given.session;
    },
    get feed() {
      return given.feed;
    },
    get model() {
      return given.model;
    },
    addCell: (...how) => given.addCell(...how),
    cellOf: id => given.cellOf(id),
    rows: () => rowsOf(given.model)
  };
}

export function publish(cell: ICodeCellModel, record: unknown): void {
  cell.outputs.add({
    output_type: 'display_data',
    data: { [REPORT_MIME_TYPE]: record as never, 'text/plain': 'a report' },
    metadata: {}
  });
}

export function report(
  cellId: string,
  changes: Partial<IReport> = {}
): IReport {
  return aReport({ cell_id: cellId, run_id: `run-${cellId}`, ...changes });
}

export function message(
  kind: 'begin' | 'samples' | 'end',
  cellId: string,
  changes: Record<string, unknown> = {}
): Record<string, unknown> {
  return aMessage(kind, {
    cell_id: cellId,
    run_id: `run-${cellId}`,
    ...(kind === 'end' ? { report: report(cellId) } : {}),
    ...changes
  });
}

/** A domain as messages tell of it. */
export const domain = {
  id: 'cpu:0/package',
  device: 'a processor',
  provenance: 'counter',
  counted: true
};

export function now(t_s: number, energy_j: number, power_w = 50): object {
  return { t_s, energy_j, power_w, domains: {} };
}

/** The rows as `[cell id, status, joules]`. */
function rowsOf(model: EnergyModel): unknown[] {
  model.refresh();
  return model.rows.map(row => [row.cellId, row.status, row.energy_j]);
}
