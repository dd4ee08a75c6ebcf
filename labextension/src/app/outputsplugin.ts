import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';

import { SessionBuffer } from '../cell/sessionbuffer';
import type { LiveFeed } from '../live/feed';
import { LIVE_MIME_TYPE } from '../record/bundle';
import { LazyRenderer } from './lazyrenderer';

/** Before the widget of the same bundle, whose rank is -10. */
const RANK = -20;

/** Shows the runs of a notebook in their cells, and keeps their reports. */
export const outputsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-green:outputs',
  description: 'Shows metered cells while they run, and keeps their reports.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_, notebooks: INotebookTracker) => {
    notebooks.forEach(panel => {
      follow(panel);
    });
    notebooks.widgetAdded.connect((_, panel) => {
      follow(panel);
    });
  }
};

function follow(panel: NotebookPanel): void {
  const feed = feedOf(panel);
  panel.content.rendermime.addFactory(
    {
      safe: true,
      mimeTypes: [LIVE_MIME_TYPE],
      createRenderer: () =>
        new LazyRenderer({
          load: async () => {
            const { Placeholder } = await import(
              /* webpackChunkName: "runview" */ '../live/placeholder'
            );
            return new Placeholder(await feed, panel.sessionContext);
          }
        })
    },
    RANK
  );
}

/** The runs of a notebook, whose reports are kept from now on. */
async function feedOf(panel: NotebookPanel): Promise<LiveFeed> {
  const session = new SessionBuffer(panel.sessionContext);
  panel.disposed.connect(() => {
    session.dispose();
  });
  const [{ LiveFeed }, { OutputRepair }] = await Promise.all([
    import(/* webpackChunkName: "notebook" */ '../live/feed'),
    import(/* webpackChunkName: "notebook" */ '../saved/outputrepair'),
    panel.context.ready
  ]);
  const feed = new LiveFeed(session);
  const { model } = panel.content;
  if (!panel.isDisposed && model) {
    const { cells, sharedModel } = model;
    const awareness = model.collaborative ? sharedModel.awareness : undefined;
    const repair = new OutputRepair({ cells, session, feed, awareness });
    panel.disposed.connect(() => {
      repair.dispose();
      feed.dispose();
    });
  }
  session.release();
  return feed;
}
