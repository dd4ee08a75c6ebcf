import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';

import { FollowedNotebooks, IFollowedNotebooks } from './notebooks';

/** Follows the metered runs of the open notebooks, and keeps their reports. */
export const notebooksPlugin: JupyterFrontEndPlugin<FollowedNotebooks> = {
  id: 'jupyter-green:notebooks',
  description:
    'Follows metered cells of the open notebooks, and keeps their reports.',
  autoStart: true,
  provides: IFollowedNotebooks,
  requires: [INotebookTracker],
  activate: (_: JupyterFrontEnd, notebooks: INotebookTracker) =>
    new FollowedNotebooks(notebooks)
};
