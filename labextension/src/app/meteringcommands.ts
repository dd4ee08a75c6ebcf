/** The commands that edit `%%energy` lines, and that measure the idle baseline. */
import type { ICellModel } from '@jupyterlab/cells';
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon, tagIcon } from '@jupyterlab/ui-components';

import { MAGIC } from '../cell/magicline';
import {
  isMetered,
  setStage,
  toggleMetering,
  toggleMeteringOfAll
} from '../cell/metering';
import { CommandIDs } from '../commandids';
import { energyIcon } from '../icons';
import type { IActions } from '../panel/context';
import {
  MAX_STAGE_LENGTH,
  MAX_TAG_LENGTH,
  stageText,
  tagsOf
} from '../record/stages';
import type { MeterLoader } from './meterloader';
import {
  cellsOf,
  type ICurrentNotebook,
  type NotebookCommands
} from './notebookcommands';
import type { EnergyTracker } from './tracker';

/** Adds the commands that meter cells. */
export function addMeteringCommands(
  commands: NotebookCommands,
  tracker: EnergyTracker,
  loader: MeterLoader,
  trans: TranslationBundle
): void {
  const { registry } = commands;
  const onMeteringChanged = (): void => {
    registry.notifyCommandChanged(CommandIDs.meterCell);
  };
  commands.add(
    CommandIDs.meterCell,
    {
      label: trans.__('Toggle Metering'),
      caption: trans.__('Add %1 to the selected cells, or remove it', MAGIC),
      icon: energyIcon,
      isToggleable: true,
      isToggled: () => {
        const active = commands.current?.panel.content.activeCell?.model;
        return active?.type === 'code' && isMetered(active);
      }
    },
    (notebook, args) => {
      const cells = cellsOf(notebook, args);
      toggleMetering(cells);
      onMeteringChanged();
      loadFor(cells, notebook, loader);
    }
  );
  commands.add(
    CommandIDs.meterAllCells,
    {
      label: trans.__('Toggle Metering of All Cells'),
      caption: trans.__('Add %1 to all cells, or remove it from all', MAGIC)
    },
    notebook => {
      const { cells } = notebook.panel.model!;
      toggleMeteringOfAll(cells);
      onMeteringChanged();
      loadFor(cells, notebook, loader);
    }
  );
  tracker.currentChanged.connect(onMeteringChanged);
  tracker.activeCellChanged.connect(onMeteringChanged);
}

/** Adds the command that sets the stage of cells. */
export function addStageCommand(
  commands: NotebookCommands,
  loader: MeterLoader,
  trans: TranslationBundle
): void {
  commands.add(
    CommandIDs.setStage,
    {
      label: ({ stage }) =>
        stage === null
          ? trans.__('No Stage')
          : typeof stage === 'string'
            ? stage
            : trans.__('Set Stage…'),
      caption: trans.__('Write the lifecycle stage into the %1 line', MAGIC),
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
    async (notebook, args) => {
      const cells = cellsOf(notebook, args);
      const stage = args.stage as string | null | undefined;
      const chosen = stage === undefined ? await ask(trans) : stage;
      if (chosen !== undefined) {
        const tags = tagsOf(chosen).map(tag => tag.slice(0, MAX_TAG_LENGTH));
        setStage(cells, stageText(tags));
        loadFor(cells, notebook, loader);
      }
    }
  );
}

/**
 * Adds the command that measures the idle baseline. Returns what is done in the
 * current notebook's kernel: what loads the meter, and what measures.
 */
export function addBaselineCommand(
  commands: NotebookCommands,
  loader: MeterLoader,
  trans: TranslationBundle
): Pick<IActions, 'loadMeter' | 'measureBaseline'> {
  const act = async (name: 'loadMeter' | 'measureIdle'): Promise<string> => {
    const panel = commands.current?.panel;
    const actions = await import(
      /* webpackChunkName: "notebook" */ './kernelactions'
    );
    return actions[name]({ panel, loader, trans });
  };
  const measure = (): Promise<string> => act('measureIdle');
  commands.add(
    CommandIDs.measureBaseline,
    {
      label: trans.__('Measure Idle Baseline'),
      caption: trans.__('Measure the idle power, to report net energy'),
      icon: refreshIcon
    },
    () => {
      void Notification.promise(measure(), {
        pending: {
          message: trans.__('Measuring the idle power: leave the machine idle')
        },
        success: { message: answer => String(answer) },
        error: { message: error => String(error) }
      });
    }
  );
  return { measureBaseline: measure, loadMeter: () => act('loadMeter') };
}

/** Loads the meter where cells need it. */
function loadFor(
  cells: Iterable<ICellModel>,
  { panel }: ICurrentNotebook,
  loader: MeterLoader
): void {
  if ([...cells].some(isMetered)) {
    void loader.use(panel);
  }
}

async function ask(
  trans: TranslationBundle
): Promise<string | null | undefined> {
  const { askStage } = await import(
    /* webpackChunkName: "notebook" */ './stagequestion'
  );
  return askStage(trans);
}
