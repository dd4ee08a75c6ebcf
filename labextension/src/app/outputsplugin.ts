import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { LIVE_MIME_TYPE } from '../record/bundle';
import { LazyRenderer } from './lazyrenderer';
import { helpIn } from './helpcommand';
import { type FollowedNotebooks, IFollowedNotebooks } from './notebooks';
import { settingsIn } from './viewsettings';

/** Before the widget of the same bundle, whose rank is -10. */
const RANK = -20;

/** Shows the runs of a notebook in their cells. */
export const outputsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-green:outputs',
  description: 'Shows metered cells while they run.',
  autoStart: true,
  requires: [INotebookTracker, IFollowedNotebooks],
  optional: [ISettingRegistry, ITranslator],
  activate: (
    { commands }: JupyterFrontEnd,
    notebooks: INotebookTracker,
    followed: FollowedNotebooks,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ) => {
    const settings = settingsIn(registry);
    const trans = (translator ?? nullTranslator).load('jupyter_green');
    const show = (panel: NotebookPanel): void => {
      const createRenderer = (): LazyRenderer =>
        new LazyRenderer({
          load: async () => {
            const { Placeholder } = await import(
              /* webpackChunkName: "runview" */ '../live/placeholder'
            );
            const feed = await followed.feedOf(panel);
            return new Placeholder(
              feed,
              panel.sessionContext,
              settings,
              trans,
              helpIn(commands)
            );
          }
        });
      panel.content.rendermime.addFactory(
        { safe: true, mimeTypes: [LIVE_MIME_TYPE], createRenderer },
        RANK
      );
    };
    notebooks.forEach(show);
    notebooks.widgetAdded.connect((_, panel) => {
      show(panel);
    });
  }
};
