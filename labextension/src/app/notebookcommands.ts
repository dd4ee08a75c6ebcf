import type { ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { EnergyModel } from '../model/model';
import type { EnergyTracker } from './tracker';

/** What a command takes that takes nothing. */
export const NO_ARGUMENTS = { type: 'object', properties: {} };

/** What a command takes that may name its cell. */
export const CELL_ARGUMENTS = {
  type: 'object',
  properties: { cellId: { type: 'string' } }
};

/** A notebook with its energy. */
export interface ICurrentNotebook {
  readonly panel: NotebookPanel;
  readonly model: EnergyModel;
}

/** Adds commands that are about the current notebook. */
export class NotebookCommands {
  constructor(
    readonly registry: CommandRegistry,
    private readonly _tracker: EnergyTracker
  ) {}

  /** The current notebook, null where there is none. */
  get current(): ICurrentNotebook | null {
    const panel = this._tracker.currentWidget;
    const model = this._tracker.current;
    return panel?.model && model ? { panel, model } : null;
  }

  /** Adds a command, which is enabled while there is a notebook. */
  add(
    id: string,
    options: Omit<CommandRegistry.ICommandOptions, 'execute'>,
    execute: (
      notebook: ICurrentNotebook,
      args: ReadonlyPartialJSONObject
    ) => unknown
  ): void {
    this.registry.addCommand(id, {
      isEnabled: () => this.current !== null,
      describedBy: { args: NO_ARGUMENTS },
      ...options,
      execute: args => {
        const { current } = this;
        return current ? execute(current, args) : undefined;
      }
    });
  }
}

/** The cells that a command is about: the one it names, else those selected. */
export function cellsOf(
  { panel }: ICurrentNotebook,
  { cellId }: ReadonlyPartialJSONObject
): ICellModel[] {
  return panel.content.widgets
    .filter(cell =>
      typeof cellId === 'string'
        ? cell.model.id === cellId
        : panel.content.isSelectedOrActive(cell)
    )
    .map(cell => cell.model);
}
