import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import {
  ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';

import { CommandIDs } from '../commandids';
import { EnergyPanel } from '../panel/panel';
import { Settings } from '../settings';
import { IEnergyTracker } from '../tokens';
import { addCommands } from './commands';
import { MeterLoader } from './meterloader';
import { type FollowedNotebooks, IFollowedNotebooks } from './notebooks';
import { EnergyStatus } from './statusbar';
import { addToStatusBar } from './statusbaritem';
import { EnergyTracker } from './tracker';

const PLUGIN_ID = 'jupyter-green:plugin';
const PANEL_ID = 'jupyter-green-panel';

/** Adds the energy panel to a sidebar, with its commands and an item in the status bar. */
export const panelPlugin: JupyterFrontEndPlugin<IEnergyTracker> = {
  id: PLUGIN_ID,
  description: 'Adds up the energy of the current notebook, cell by cell.',
  autoStart: true,
  provides: IEnergyTracker,
  requires: [INotebookTracker, IFollowedNotebooks, IRenderMimeRegistry],
  // Notebook 7 has no layout to restore.
  optional: [ILayoutRestorer, ITranslator, ISettingRegistry, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    followed: FollowedNotebooks,
    rendermime: IRenderMimeRegistry,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null,
    registry: ISettingRegistry | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_green');
    const tracker = new EnergyTracker(notebooks, followed, id => {
      app.shell.activateById(id);
    });
    const settings = new Settings();
    const loader = new MeterLoader({
      notebooks,
      settings,
      trans,
      onAutoMetering: notebook => {
        tracker.expectAutoMetering(notebook);
      }
    });
    const actions = addCommands({
      app,
      tracker,
      loader,
      settings,
      trans,
      rendermime,
      panelId: PANEL_ID
    });
    addToPalette(palette, trans);

    const panel = new EnergyPanel({
      id: PANEL_ID,
      tracker,
      settings,
      actions,
      trans
    });
    restorer?.add(panel, panel.id);
    let { side } = settings.now;
    app.shell.add(panel, side, { rank: 600, type: 'Energy' });
    settings.changed.connect(() => {
      if (settings.now.side !== side) {
        ({ side } = settings.now);
        app.shell.add(panel, side, { rank: 600, type: 'Energy' });
      }
    });

    const { commands } = app;
    const item = new EnergyStatus({ tracker, settings, commands, trans });
    void addToStatusBar(app, 'jupyter-green:status', {
      item,
      align: 'right',
      rank: 90,
      isActive: () => item.isActive,
      activeStateChanged: item.activeChanged
    });
    void Promise.resolve(registry?.load(PLUGIN_ID))
      .then(registered => {
        if (registered) {
          settings.follow(registered);
        }
      })
      .catch((reason: unknown) => {
        console.warn('jupyter-green: its settings cannot be read', reason);
      })
      .then(() => {
        loader.follow();
      });
    return tracker;
  }
};

function addToPalette(
  palette: ICommandPalette | null,
  trans: TranslationBundle
): void {
  for (const command of Object.values(CommandIDs)) {
    palette?.addItem({ command, category: trans.__('Energy') });
  }
}
