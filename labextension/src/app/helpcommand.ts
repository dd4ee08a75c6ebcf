/** The page of help: what signs, words and flags beside a figure say. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { CommandIDs } from '../commandids';
import { energyIcon } from '../icons';
import type { OpenHelp } from '../text/explained';

/** Adds the command that shows the page, at a topic if one is given. */
export function addHelpCommand(
  { commands, shell }: JupyterFrontEnd,
  rendermime: IRenderMimeRegistry,
  trans: TranslationBundle
): void {
  const label = trans.__('What the Figures of Energy Mean');
  commands.addCommand(CommandIDs.help, {
    label,
    icon: energyIcon,
    describedBy: {
      args: { type: 'object', properties: { topic: { type: 'string' } } }
    },
    execute: async ({ topic }) => {
      const { showHelp } = await import(
        /* webpackChunkName: "help" */ '../help/helppage'
      );
      await showHelp({
        shell,
        rendermime,
        label,
        topic: typeof topic === 'string' ? topic : ''
      });
    }
  });
}

/** Opens the page by its command. */
export function helpIn(commands: CommandRegistry): OpenHelp {
  return topic => {
    void commands.execute(CommandIDs.help, { topic });
  };
}
