/** The commands: what a user can have done with the energy of a notebook. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';

import { CommandIDs } from '../commandids';
import type { IActions } from '../panel/context';
import type { Settings } from '../settings';
import { addCopyCommand, addExportCommands } from './exportcommands';
import { addHelpCommand, helpIn } from './helpcommand';
import type { MeterLoader } from './meterloader';
import {
  addBaselineCommand,
  addMeteringCommands,
  addStageCommand
} from './meteringcommands';
import { NotebookCommands } from './notebookcommands';
import {
  addClearCommand,
  addOpenCommand,
  addUnitCommand
} from './panelcommands';
import type { EnergyTracker } from './tracker';

/** What the commands work on. */
export interface ICommandsContext {
  readonly app: JupyterFrontEnd;
  readonly tracker: EnergyTracker;
  readonly loader: MeterLoader;
  readonly settings: Settings;
  readonly trans: TranslationBundle;
  readonly rendermime: IRenderMimeRegistry;
  /** The id of the panel in the shell. */
  readonly panelId: string;
}

/** Tells CO2e by a number from now on. */
async function setFactor(settings: Settings, factor: number): Promise<void> {
  await settings.set('co2eFactor', factor);
  await settings.set('co2eCountry', '');
}

/** Adds the commands; returns what the panel can have done. */
export function addCommands(context: ICommandsContext): IActions {
  const { app, tracker, loader, settings, trans, panelId } = context;
  const { commands: registry } = app;
  const commands = new NotebookCommands(registry, tracker);
  addOpenCommand(app, panelId, trans);
  addMeteringCommands(commands, tracker, loader, trans);
  addStageCommand(commands, loader, trans);
  const kernelActions = addBaselineCommand(commands, loader, trans);
  addExportCommands(commands, settings, trans);
  addCopyCommand(commands, app, settings, trans);
  addClearCommand(commands, trans);
  addUnitCommand(registry, settings, trans);
  addHelpCommand(app, context.rendermime, trans);
  return {
    reveal: cellId => {
      tracker.reveal(cellId);
    },
    setStage: (cellId, stage) => {
      void registry.execute(CommandIDs.setStage, { cellId, stage });
    },
    copyRow: cellId => {
      void registry.execute(CommandIDs.copyRow, { cellId });
    },
    ...kernelActions,
    setCarbon: choice => {
      void ('country' in choice
        ? settings.set('co2eCountry', choice.country)
        : 'pue' in choice
          ? settings.set('pue', choice.pue)
          : setFactor(settings, choice.factor));
    },
    meterCell: () => {
      void registry.execute(CommandIDs.meterCell);
    },
    openMenu: button => {
      void import(/* webpackChunkName: "panel" */ './menu').then(menu => {
        menu.openMenu(registry, button);
      });
    },
    help: helpIn(registry)
  };
}
