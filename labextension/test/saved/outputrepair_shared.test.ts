import { YNotebook } from '@jupyter/ydoc';
import type { ICodeCellModel } from '@jupyterlab/cells';
import { CellList } from '@jupyterlab/notebook/lib/celllist';
import type { IOutput } from '@jupyterlab/nbformat';
import type { PartialJSONObject } from '@lumino/coreutils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  applyAwarenessUpdate,
  encodeAwarenessUpdate
} from 'y-protocols/awareness';
import { applyUpdate, encodeStateAsUpdate } from 'yjs';

import { LiveFeed } from '../../src/feed/livefeed';
import {
  LIVE_MIME_TYPE,
  NO_REPORT,
  REPORT_MIME_TYPE
} from '../../src/record/bundle';
import { OutputRepair } from '../../src/saved/outputrepair';
import { aMessage, aReport } from '../fixtures';
import { TestSession } from '../session';

const PLACEHOLDER = { [LIVE_MIME_TYPE]: { run_id: 'run-1' } };
const PRINTED = { output_type: 'stream', name: 'stdout', text: 'printed' };

/** A page that has the notebook open, beside others. */
class Client {
  constructor() {
    const cells = new CellList(this.notebook);
    const { awareness } = this.notebook;
    this.cells = cells;
    this._repair = new OutputRepair({
      cells,
      session: this.session,
      feed: this._feed,
      awareness
    });
    this.notebook.ydoc.on('update', (_: Uint8Array, origin: unknown) => {
      this.edits += Number(origin !== LINE);
    });
  }

  get cell(): ICodeCellModel {
    return this.cells.get(0) as ICodeCellModel;
  }

  /** What the page shows, and what is in the document. */
  get texts(): [string[], string[]] {
    return [this.cell.outputs.toJSON(), this.cell.sharedModel.getOutputs()].map(
      outputs => outputs.map(textOf)
    ) as [string[], string[]];
  }

  dispose(): void {
    this._repair.dispose();
    this._feed.dispose();
  }

  /** How often the page has written into the document. */
  edits = 0;
  readonly notebook = YNotebook.create();
  readonly session = new TestSession();
  readonly cells: CellList;
  private readonly _feed = new LiveFeed({ session: this.session });
  private readonly _repair: OutputRepair;
}

/** The origin of what has come from another page. */
const LINE = 'line';

let clients: [Client, Client];

beforeEach(() => {
  vi.useFakeTimers();
  clients = [new Client(), new Client()];
  clients[0].notebook.insertCell(0, {
    cell_type: 'code',
    id: 'cell-1',
    source: '%%energy\nwork()',
    metadata: {},
    outputs: []
  });
  clients.forEach(({ notebook }) => {
    notebook.awareness.setLocalState({ user: 'somebody' });
  });
  meet();
});

afterEach(() => {
  clients.forEach(client => {
    client.dispose();
    client.notebook.dispose();
  });
  vi.useRealTimers();
});

/** Tells each client what the other has done. */
function meet(): void {
  const [one, other] = clients.map(({ notebook }) => notebook);
  for (const [from, to] of [
    [one, other],
    [other, one]
  ]) {
    applyUpdate(to.ydoc, encodeStateAsUpdate(from.ydoc), LINE);
    const { awareness } = from;
    const update = encodeAwarenessUpdate(awareness, [awareness.clientID]);
    applyAwarenessUpdate(to.awareness, update, LINE);
  }
}

/** Lets time pass; what is written meanwhile is known to both half a second later. */
function pass(seconds: number): void {
  for (let half = 0; half < 2 * seconds; half++) {
    vi.advanceTimersByTime(500);
    meet();
  }
}

function textOf(output: IOutput): string {
  const { data, text } = output as { data?: PartialJSONObject; text?: string };
  return (data?.['text/plain'] as string | undefined) ?? text ?? 'placeholder';
}

function bundle(text: string, changes = {}): PartialJSONObject {
  return {
    [REPORT_MIME_TYPE]: aReport(changes) as unknown as PartialJSONObject,
    'text/plain': text
  };
}

function show(client: Client, data: PartialJSONObject): void {
  client.cell.outputs.add({ output_type: 'display_data', data, metadata: {} });
  meet();
}

/** Sends to every client, as a kernel does. */
function send(kind: 'begin' | 'samples' | 'end', changes = {}): void {
  clients.forEach(({ session }) => {
    session.send(aMessage(kind, changes));
  });
}

function publish(data: PartialJSONObject): void {
  clients.forEach(({ session }) => {
    session.publish('update_display_data', { data });
  });
}

describe('a document that two clients share', () => {
  it('gets once the report that neither notebook could place', () => {
    show(clients[0], PLACEHOLDER);
    send('samples');
    clients.forEach(client => (client.edits = 0));
    publish(bundle('100 J'));
    pass(10);

    const once = [['100 J'], ['100 J']];
    expect(clients.map(({ texts }) => texts)).toEqual([once, once]);
    expect(clients.map(({ edits }) => edits).sort()).toEqual([0, 1]);
  });

  it('is left to the client whose notebook places the report', () => {
    show(clients[0], PLACEHOLDER);
    send('begin');
    publish(bundle('100 J'));
    const output = { output_type: 'display_data', metadata: {} };
    clients.forEach(client => (client.edits = 0));
    vi.advanceTimersByTime(1500); // its network is slow
    clients[0].cell.outputs.set(0, { ...output, data: bundle('100 J') });
    pass(10);

    expect(clients[1].texts).toEqual([['100 J'], ['100 J']]);
    expect(clients.map(({ edits }) => edits)).toEqual([1, 0]);
  });

  it('gets once the sentence for a kernel that went away', () => {
    show(clients[0], PLACEHOLDER);
    send('begin');
    clients.forEach(client => (client.edits = 0));
    clients.forEach(({ session }) => {
      session.statusChanged.emit('dead');
    });
    pass(10);

    const once = [[NO_REPORT], [NO_REPORT]];
    expect(clients.map(({ texts }) => texts)).toEqual([once, once]);
    expect(clients.map(({ edits }) => edits).sort()).toEqual([0, 1]);
  });

  it('keeps the run that was begun since a kernel went away', () => {
    show(clients[0], PLACEHOLDER);
    send('begin');
    clients.forEach(({ session }) => {
      session.statusChanged.emit('restarting');
    });
    clients[0].cell.outputs.clear();
    show(clients[0], { [LIVE_MIME_TYPE]: { run_id: 'run-2' } });
    send('begin', { run_id: 'run-2' });
    pass(10);

    expect(clients[1].texts).toEqual([['placeholder'], ['placeholder']]);
  });

  it('gets no report where somebody has cleared the output', () => {
    send('samples'); // both have joined in mid-run
    publish(bundle('100 J'));
    pass(10);

    expect(clients[1].texts).toEqual([[], []]);
  });

  it('is shown in its order to the client that has not run the cell', () => {
    show(clients[0], PLACEHOLDER);
    send('begin');
    clients[0].cell.outputs.add(PRINTED);
    meet();
    clients.forEach(client => (client.edits = 0));
    for (const text of ['100 J', '101 J']) {
      const output = { output_type: 'display_data', metadata: {} };
      clients[0].cell.outputs.set(0, { ...output, data: bundle(text) });
      meet();
    }

    const ordered = ['101 J', 'printed'];
    expect(clients[1].texts).toEqual([ordered, ordered]);
    expect(clients[1].edits).toBe(0);
  });
});
