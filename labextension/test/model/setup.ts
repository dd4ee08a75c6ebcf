/** The model of a notebook's energy on a document and a session of the test's own. */
import { YNotebook } from '@jupyter/ydoc';
import { CellList } from '@jupyterlab/notebook/lib/celllist';

import { LiveFeed } from '../../src/feed/livefeed';
import { EnergyModel } from '../../src/model/model';
import { TestSession } from '../session';

/** What a test of the model works with. */
export interface IModelled {
  readonly notebook: YNotebook;
  readonly cells: CellList;
  readonly session: TestSession;
  readonly feed: LiveFeed;
  readonly model: EnergyModel;
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
  return { notebook, cells, session, feed, model };
}
