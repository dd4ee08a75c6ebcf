/** The commands: what a user can have done with the energy of a notebook. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Clipboard,
  Dialog,
  InputDialog,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import type { ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  clearIcon,
  copyIcon,
  downloadIcon,
  MenuSvg,
  refreshIcon,
  tagIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { measureBaseline } from '../cell/kernel';
import {
  isMetered,
  setStage,
  toggleMetering,
  toggleMeteringOfAll
} from '../cell/metering';
import { CommandIDs } from '../commandids';
import type { ExportFormat } from '../export/content';
import { energyIcon } from '../icons';
import type { EnergyModel } from '../model/model';
import { MAX_STAGE_LENGTH, STAGES } from '../model/stages';
import type { IActions } from '../panel/context';
import type { EnergyUnit, Settings } from '../settings';
import type { EnergyTracker } from './tracker';

const UNITS: readonly EnergyUnit[] = ['auto', 'J', 'Wh'];

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
  CommandIDs.clear
];

/** What the commands work on. */
export interface ICommandsContext {
  readonly app: JupyterFrontEnd;
  readonly tracker: EnergyTracker;
  readonly settings: Settings;
  readonly trans: TranslationBundle;
  /** The id of the panel in the shell. */
  readonly panelId: string;
}

/** A notebook with its energy. */
interface ICurrent {
  readonly panel: NotebookPanel;
  readonly model: EnergyModel;
}

/** Adds the commands; returns what the panel can have done. */
export function addCommands(context: ICommandsContext): IActions {
  const { app, tracker, settings, trans, panelId } = context;
  const { commands } = app;

  const current = (): ICurrent | null => {
    const panel = tracker.currentWidget;
    const model = tracker.current;
    return panel?.model && model ? { panel, model } : null;
  };
  const hasNotebook = (): boolean => current() !== null;

  /** Adds a command that needs a notebook. */
  const add = (
    id: string,
    options: Omit<CommandRegistry.ICommandOptions, 'execute'>,
    execute: (now: ICurrent, args: ReadonlyPartialJSONObject) => unknown
  ): void => {
    commands.addCommand(id, {
      isEnabled: hasNotebook,
      describedBy: { args: NO_ARGUMENTS },
      ...options,
      execute: args => {
        const now = current();
        return now ? execute(now, args) : undefined;
      }
    });
  };

  /** The cells that a command is about: the one it names, else those selected. */
  const cellsOf = (
    { panel }: ICurrent,
    { cellId }: ReadonlyPartialJSONObject
  ): ICellModel[] =>
    panel.content.widgets
      .filter(cell =>
        typeof cellId === 'string'
          ? cell.model.id === cellId
          : panel.content.isSelectedOrActive(cell)
      )
      .map(cell => cell.model);

  commands.addCommand(CommandIDs.openPanel, {
    label: trans.__('Show Energy'),
    caption: trans.__('Show the energy of the notebook in the sidebar'),
    icon: energyIcon,
    describedBy: { args: NO_ARGUMENTS },
    execute: () => {
      app.shell.activateById(panelId);
    }
  });

  add(
    CommandIDs.meterCell,
    {
      label: trans.__('Meter the Energy of the Cell'),
      caption: trans.__('Add %%energy to the selected cells, or take it away'),
      icon: energyIcon,
      isToggleable: true,
      isToggled: () => {
        const active = current()?.panel.content.activeCell?.model;
        return active?.type === 'code' && isMetered(active);
      }
    },
    (now, args) => {
      toggleMetering(cellsOf(now, args));
      commands.notifyCommandChanged(CommandIDs.meterCell);
    }
  );

  add(
    CommandIDs.meterAllCells,
    {
      label: trans.__('Meter the Energy of All Cells'),
      caption: trans.__('Add %%energy to all cells, or take it away from all')
    },
    ({ panel }) => {
      toggleMeteringOfAll(panel.model!.cells);
      commands.notifyCommandChanged(CommandIDs.meterCell);
    }
  );

  add(
    CommandIDs.setStage,
    {
      label: ({ stage }) =>
        stage === null
          ? trans.__('No Stage')
          : typeof stage === 'string'
            ? stage
            : trans.__('Set the Stage of the Cell…'),
      caption: trans.__('Write the lifecycle stage into the %%energy line'),
      icon: args => (args.stage === undefined ? tagIcon : undefined),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            stage: { type: ['string', 'null'], maxLength: MAX_STAGE_LENGTH },
            cellId: { type: 'string' }
          }
        }
      }
    },
    async (now, args) => {
      const cells = cellsOf(now, args);
      const stage = args.stage as string | null | undefined;
      const chosen = stage === undefined ? await askStage(trans) : stage;
      if (chosen !== undefined) {
        setStage(cells, chosen?.slice(0, MAX_STAGE_LENGTH) ?? null);
      }
    }
  );

  const baseline = async (): Promise<string> => {
    const kernel = current()?.panel.sessionContext.session?.kernel;
    return kernel
      ? measureBaseline(kernel)
      : trans.__('There is no kernel: start one, then measure again.');
  };
  add(
    CommandIDs.measureBaseline,
    {
      label: trans.__('Measure the Idle Baseline'),
      caption: trans.__('Measure the idle power, so that net energy is known'),
      icon: refreshIcon
    },
    () => {
      void Notification.promise(baseline(), {
        pending: {
          message: trans.__('Measuring the idle power: leave the machine idle')
        },
        success: { message: answer => String(answer) },
        error: { message: error => String(error) }
      });
    }
  );

  const onCellChanged = (): void => {
    commands.notifyCommandChanged(CommandIDs.meterCell);
  };
  tracker.currentChanged.connect(onCellChanged);
  tracker.activeCellChanged.connect(onCellChanged);

  const exports: [id: string, label: string, format: ExportFormat][] = [
    [CommandIDs.exportCsv, trans.__('Export Energy as CSV'), 'csv'],
    [CommandIDs.exportJson, trans.__('Export Energy as JSON'), 'json'],
    [CommandIDs.exportPng, trans.__('Export Energy as a Picture'), 'png'],
    [
      CommandIDs.exportMarkdown,
      trans.__('Export Energy as a Markdown Table'),
      'md'
    ]
  ];
  for (const [id, label, format] of exports) {
    add(id, { label, icon: downloadIcon }, async ({ panel, model }) => {
      const { contentOf } = await loadExport();
      const name = nameOf(panel);
      model.refresh();
      const content = await contentOf(format, {
        name,
        rows: model.rows,
        total: model.total,
        reports: model.reports(),
        settings: settings.now,
        trans
      });
      download(content, `${name}-energy.${format}`);
    });
  }

  add(
    CommandIDs.copyRow,
    {
      label: trans.__('Copy the Energy of the Cell'),
      icon: copyIcon,
      describedBy: {
        args: { type: 'object', properties: { cellId: { type: 'string' } } }
      }
    },
    async (now, args) => {
      now.model.refresh();
      const under = app.contextMenuHitTest(isRow)?.dataset.cellId;
      const cellId =
        args.cellId ?? under ?? now.panel.content.activeCell?.model.id;
      const row = now.model.rows.find(row => row.cellId === cellId);
      if (row) {
        const { asLine } = await loadExport();
        Clipboard.copyToSystem(asLine(row, settings.now.unit));
      }
    }
  );

  add(
    CommandIDs.clear,
    {
      label: trans.__('Clear the Energy of the Notebook…'),
      caption: trans.__('Take all reports out of the outputs'),
      icon: clearIcon
    },
    async ({ panel, model }) => {
      const { button } = await showDialog({
        title: trans.__('Clear the energy of this notebook?'),
        body: trans.__(
          'The reports are taken out of the outputs of all cells, and what was spent in this session is forgotten. This cannot be undone.'
        ),
        buttons: [
          Dialog.cancelButton(),
          Dialog.warnButton({ label: trans.__('Clear') })
        ]
      });
      if (button.accept && !panel.isDisposed) {
        const { removeReports } = await import(
          /* webpackChunkName: "notebook" */ '../cell/outputs'
        );
        removeReports(panel.model!.cells);
        model.clearSpent();
      }
    }
  );

  commands.addCommand(CommandIDs.setUnit, {
    label: ({ unit }) =>
      unit === undefined
        ? trans.__('Next Unit of Energy (now: %1)', settings.now.unit)
        : trans.__('Unit of Energy: %1', unit),
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

  return {
    reveal: cellId => {
      tracker.reveal(cellId);
    },
    setStage: (cellId, stage) => {
      void commands.execute(CommandIDs.setStage, { cellId, stage });
    },
    copyRow: cellId => {
      void commands.execute(CommandIDs.copyRow, { cellId });
    },
    measureBaseline: baseline,
    meterCell: () => {
      void commands.execute(CommandIDs.meterCell);
    },
    openMenu: button => {
      openMenu(commands, button);
    }
  };
}

/** Loads what exports, with the first export. */
const loadExport = (): Promise<typeof import('../export/content')> =>
  import(/* webpackChunkName: "export" */ '../export/content');

const NO_ARGUMENTS = { type: 'object', properties: {} };

/** Asks for a stage. Returns undefined where the user thought better of it. */
async function askStage(
  trans: TranslationBundle
): Promise<string | null | undefined> {
  const { button, value } = await InputDialog.getItem({
    title: trans.__('Stage of the cell'),
    label: trans.__('One of these, or a tag of your own; empty for none'),
    items: [...STAGES],
    editable: true
  });
  return button.accept ? value?.trim() || null : undefined;
}

function openMenu(commands: CommandRegistry, button: HTMLElement): void {
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
