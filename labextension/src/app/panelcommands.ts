/** The commands of the panel: show it, choose its unit, clear what it shows. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import { clearIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import { CommandIDs } from '../commandids';
import { energyIcon } from '../icons';
import type { EnergyUnit, Settings } from '../settings';
import { NO_ARGUMENTS, type NotebookCommands } from './notebookcommands';

const UNITS: readonly EnergyUnit[] = ['auto', 'J', 'Wh'];

/** Adds the command that shows the panel with this id. */
export function addOpenCommand(
  { commands, shell }: JupyterFrontEnd,
  panelId: string,
  trans: TranslationBundle
): void {
  commands.addCommand(CommandIDs.openPanel, {
    label: trans.__('Show Energy Panel'),
    caption: trans.__('Show the energy of the notebook in the sidebar'),
    icon: energyIcon,
    describedBy: { args: NO_ARGUMENTS },
    execute: () => {
      shell.activateById(panelId);
    }
  });
}

/** Adds the command that sets the unit, or takes the next one. */
export function addUnitCommand(
  registry: CommandRegistry,
  settings: Settings,
  trans: TranslationBundle
): void {
  registry.addCommand(CommandIDs.setUnit, {
    label: ({ unit }) =>
      unit === undefined
        ? trans.__('Next Energy Unit (Now: %1)', settings.now.unit)
        : trans.__('Energy Unit: %1', unit),
    isToggled: ({ unit }) => unit === settings.now.unit,
    describedBy: {
      args: {
        type: 'object',
        properties: { unit: { type: 'string', enum: [...UNITS] } }
      }
    },
    execute: ({ unit }) => {
      const next = UNITS[(UNITS.indexOf(settings.now.unit) + 1) % UNITS.length];
      const chosen = UNITS.find(known => known === unit) ?? next;
      return settings.set('unit', chosen);
    }
  });
}

/** Adds the command that removes all reports from the notebook, after asking. */
export function addClearCommand(
  commands: NotebookCommands,
  trans: TranslationBundle
): void {
  commands.add(
    CommandIDs.clear,
    {
      label: trans.__('Clear Energy Reports…'),
      caption: trans.__('Remove all reports from the outputs'),
      icon: clearIcon
    },
    async notebook => {
      const { clearReports } = await import(
        /* webpackChunkName: "notebook" */ './clearing'
      );
      await clearReports(notebook, trans);
    }
  );
}
