import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { REPORT_MIME_TYPE } from '../record/bundle';
import { placeOf } from '../saved/place';
import { LazyRenderer } from './lazyrenderer';
import { helpIn } from './helpcommand';
import { settingsIn } from './viewsettings';

/** Before `text/html`, which is 50: the same bundle holds both. */
const RANK = 40;

/** Shows the reports in a notebook's outputs with the chart of the live view. */
export const rendererPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-green:renderer',
  description: 'Shows the energy reports in the outputs of a notebook.',
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [ITranslator, ISettingRegistry],
  activate: (
    { commands }: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    registry: ISettingRegistry | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_green');
    const settings = settingsIn(registry);
    rendermime.addFactory({
      // It shows texts as texts, so notebooks that are not trusted show it too.
      safe: true,
      mimeTypes: [REPORT_MIME_TYPE],
      defaultRank: RANK,
      createRenderer: ({ sanitizer }) =>
        new LazyRenderer({
          load: async () => {
            const { ReportRenderer } = await import(
              /* webpackChunkName: "runview" */ '../saved/renderer'
            );
            return new ReportRenderer(
              sanitizer,
              trans,
              settings,
              helpIn(commands)
            );
          },
          place: model => placeOf(model, settings.now.view)
        })
    });
  }
};
