import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { EnergyPanel } from './panel';
import { EnergyTracker } from './tracker';

/** Adds the energy panel to the right sidebar. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-green:panel',
  description: 'Adds up the energy of the current notebook, cell by cell.',
  autoStart: true,
  requires: [INotebookTracker],
  // Notebook 7 has no layout to restore.
  optional: [ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_green');
    const panel = new EnergyPanel(new EnergyTracker(notebooks), trans);
    restorer?.add(panel, panel.id);
    app.shell.add(panel, 'right', { rank: 600, type: 'Energy' });
  }
};

export default plugin;
