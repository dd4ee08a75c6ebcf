import { MenuSvg } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import { CommandIDs } from '../commandids';

/** What the menu of the panel holds; null is a line between two groups. */
const MENU: readonly (string | null)[] = [
  CommandIDs.meterCell,
  CommandIDs.meterAllCells,
  CommandIDs.setStage,
  CommandIDs.measureBaseline,
  null,
  CommandIDs.exportCsv,
  CommandIDs.exportJson,
  CommandIDs.exportPng,
  CommandIDs.exportMarkdown,
  CommandIDs.copyRow,
  null,
  CommandIDs.setUnit,
  CommandIDs.clear,
  null,
  CommandIDs.help
];

/** Opens the menu of all commands below a button. */
export function openMenu(commands: CommandRegistry, button: HTMLElement): void {
  const menu = new MenuSvg({ commands });
  for (const command of MENU) {
    menu.addItem(command === null ? { type: 'separator' } : { command });
  }
  menu.aboutToClose.connect(() => {
    button.focus();
    setTimeout(() => {
      menu.dispose(); // after its command has been run
    });
  });
  const { left, bottom } = button.getBoundingClientRect();
  menu.open(left, bottom);
}
