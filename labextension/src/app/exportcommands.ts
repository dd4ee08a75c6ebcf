/** The commands by which a notebook's energy leaves it: files, and the clipboard. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { copyIcon, downloadIcon } from '@jupyterlab/ui-components';

import { CommandIDs } from '../commandids';
import type { ExportFormat } from '../export/content';
import type { Settings } from '../settings';
import { CELL_ARGUMENTS, type NotebookCommands } from './notebookcommands';

/** Adds the commands that export the energy of the notebook as a file. */
export function addExportCommands(
  commands: NotebookCommands,
  settings: Settings,
  trans: TranslationBundle
): void {
  const formats: [id: string, label: string, format: ExportFormat][] = [
    [CommandIDs.exportCsv, trans.__('Export Energy as CSV'), 'csv'],
    [CommandIDs.exportJson, trans.__('Export Energy as JSON'), 'json'],
    [CommandIDs.exportPng, trans.__('Export Energy as PNG'), 'png'],
    [CommandIDs.exportMarkdown, trans.__('Export Energy as Markdown'), 'md']
  ];
  for (const [id, label, format] of formats) {
    commands.add(
      id,
      { label, icon: downloadIcon },
      async ({ panel, model }) => {
        const { contentOf } = await loadExport();
        const name = nameOf(panel);
        model.refresh();
        const content = await contentOf(format, {
          name,
          rows: model.rows,
          total: model.total,
          spent: model.spent,
          reports: model.reports(),
          settings: settings.now,
          trans
        });
        download(content, `${name}-energy.${format}`);
      }
    );
  }
}

/** Adds the command that copies the figures of a cell, in the panel of the one under the pointer. */
export function addCopyCommand(
  commands: NotebookCommands,
  app: JupyterFrontEnd,
  settings: Settings,
  trans: TranslationBundle
): void {
  commands.add(
    CommandIDs.copyRow,
    {
      label: trans.__('Copy Energy of Cell'),
      icon: copyIcon,
      describedBy: { args: CELL_ARGUMENTS }
    },
    async ({ panel, model }, args) => {
      model.refresh();
      const under = app.contextMenuHitTest(isRow)?.dataset.cellId;
      const cellId = args.cellId ?? under ?? panel.content.activeCell?.model.id;
      const row = model.rows.find(row => row.cellId === cellId);
      if (row) {
        const { asLine } = await loadExport();
        Clipboard.copyToSystem(asLine(row, settings.now.unit));
      }
    }
  );
}

/** Loads what exports, with the first export. */
const loadExport = (): Promise<typeof import('../export/content')> =>
  import(/* webpackChunkName: "export" */ '../export/content');

/** The notebook's file name without its ending. */
function nameOf({ context }: NotebookPanel): string {
  return context.path.replace(/^.*[/:]/, '').replace(/\.ipynb$/, '');
}

function download(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  });
}

function isRow({ dataset }: HTMLElement): boolean {
  return dataset.cellId !== undefined;
}
