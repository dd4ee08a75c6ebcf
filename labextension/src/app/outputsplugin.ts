import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';

import { LiveFeed } from '../live/feed';
import { Placeholder } from '../live/placeholder';
import { LIVE_MIME_TYPE } from '../record/livemessages';
import { OutputRepair } from '../saved/outputrepair';

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
  const session = panel.sessionContext;
  const feed = new LiveFeed(session);
  panel.disposed.connect(() => {
    feed.dispose();
  });
  panel.content.rendermime.addFactory(
    {
      safe: true,
      mimeTypes: [LIVE_MIME_TYPE],
      createRenderer: () => new Placeholder(feed, session)
    },
    RANK
  );
  void panel.context.ready.then(() => {
    const { model } = panel.content;
    if (panel.isDisposed || !model) {
      return;
    }
    const { cells, sharedModel } = model;
    const awareness = model.collaborative ? sharedModel.awareness : undefined;
    const repair = new OutputRepair({ cells, session, feed, awareness });
    panel.disposed.connect(() => {
      repair.dispose();
    });
  });
}
