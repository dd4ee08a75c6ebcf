import { YNotebook } from '@jupyter/ydoc';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { CellList } from '@jupyterlab/notebook/lib/celllist';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FollowedNotebooks } from '../../src/app/notebooks';
import { aMessage } from '../fixtures';
import { TestSession } from '../session';

/** An open notebook with one cell, as far as it is followed. */
class TestPanel {
  constructor() {
    const sharedModel = YNotebook.create();
    const cells = new CellList(sharedModel);
    sharedModel.insertCell(0, { cell_type: 'code', id: 'cell-1', source: 'x' });
    this.content = { model: { cells, sharedModel, collaborative: false } };
  }

  isDisposed = false;
  readonly context = { ready: Promise.resolve() };
  readonly content: object;
  readonly disposed = new Signal<this, void>(this);
  readonly sessionContext = new TestSession();
}

class TestTracker {
  forEach(each: (panel: TestPanel) => void): void {
    this.panels.forEach(each);
  }

  find(accepts: (panel: TestPanel) => boolean): TestPanel | undefined {
    return this.panels.find(accepts);
  }

  add(panel: TestPanel): NotebookPanel {
    this.panels.push(panel);
    this.widgetAdded.emit(panel);
    return panel as unknown as NotebookPanel;
  }

  readonly widgetAdded = new Signal<this, TestPanel>(this);
  private readonly panels: TestPanel[] = [];
}

describe('the notebooks that are followed', () => {
  let tracker: TestTracker;
  let followed: FollowedNotebooks;
  let panel: TestPanel;

  beforeEach(() => {
    sessionStorage.clear();
    tracker = new TestTracker();
    followed = new FollowedNotebooks(tracker as unknown as INotebookTracker);
    panel = new TestPanel();
  });

  it('have one feed each, whose runs the model shows, and lose nothing on the way', async () => {
    const added = vi.fn();
    followed.modelAdded.connect(added);
    const notebook = tracker.add(panel);
    expect(followed.modelOf(notebook)).toBeNull();
    panel.sessionContext.send(aMessage('begin'));
    panel.sessionContext.send(aMessage('end'));

    const feed = await followed.feedOf(notebook);
    expect(await followed.feedOf(notebook)).toBe(feed);
    expect(feed.get('run-1')?.isOver).toBe(true);
    expect(followed.modelOf(notebook)?.reportOf('cell-1')).toBe(
      feed.get('run-1')?.report
    );
    expect(added).toHaveBeenCalledOnce();
  });

  it('are followed no more when they are closed', async () => {
    const notebook = tracker.add(panel);
    const feed = await followed.feedOf(notebook);
    const model = followed.modelOf(notebook);
    panel.disposed.emit();
    panel.sessionContext.send(aMessage('begin'));

    expect(feed.get('run-1')).toBeUndefined();
    expect(model?.isDisposed).toBe(true);
    expect(followed.modelOf(notebook)).toBeNull();
  });

  it('may be closed while they are loaded', async () => {
    const notebook = tracker.add(panel);
    panel.isDisposed = true;
    panel.disposed.emit();
    panel.sessionContext.send(aMessage('begin'));

    expect((await followed.feedOf(notebook)).get('run-1')).toBeUndefined();
    expect(followed.modelOf(notebook)).toBeNull();
  });

  it('take nothing that answers another of them on the same kernel', async () => {
    const twin = new TestPanel();
    const asks = (each: TestPanel, clientId: string): void => {
      each.sessionContext.session = { kernel: { clientId } } as never;
    };
    asks(panel, 'mine');
    asks(twin, 'its');
    const feed = await followed.feedOf(tracker.add(panel));
    tracker.add(twin);
    for (const [session, run_id] of [
      ['its', 'run-1'],
      ['mine', 'run-2'],
      ['a page that was reloaded', 'run-3']
    ]) {
      panel.sessionContext.iopubMessage.emit({
        header: { msg_type: 'comm_msg' },
        parent_header: { session },
        content: {
          data: { method: 'custom', content: aMessage('begin', { run_id }) }
        }
      } as never);
    }

    expect(
      ['run-1', 'run-2', 'run-3'].map(id => feed.get(id) !== undefined)
    ).toEqual([false, true, true]);
  });
});
