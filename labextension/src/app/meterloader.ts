import type { NotebookPanel } from '@jupyterlab/notebook';

import type { Outcome } from '../cell/loading';
import type { NotebookMeters } from './notebookmeters';

/**
 * Keeps the meter loaded in the kernels of the open notebooks, as far as the user
 * wants that. What does so is itself loaded with the first notebook.
 */
export class MeterLoader {
  constructor(options: NotebookMeters.IOptions) {
    this._options = options;
  }

  /** Follows the open notebooks. To be called once the settings are known. */
  follow(): void {
    const { notebooks } = this._options;
    const follow = async (): Promise<void> => {
      notebooks.widgetAdded.disconnect(onAdded);
      (await this._load()).follow();
    };
    const onAdded = (): void => {
      void follow();
    };
    if (notebooks.size > 0) {
      onAdded();
    } else {
      notebooks.widgetAdded.connect(onAdded);
    }
  }

  /** A control was used that needs the meter in the kernel of a notebook. */
  async use(panel: NotebookPanel): Promise<Outcome> {
    return (this._meters ?? (await this._load())).use(panel);
  }

  private _load(): Promise<NotebookMeters> {
    this._loading ??= import(
      /* webpackChunkName: "notebook" */ './notebookmeters'
    ).then(module => {
      this._meters = new module.NotebookMeters(this._options);
      return this._meters;
    });
    return this._loading;
  }

  private readonly _options: NotebookMeters.IOptions;
  private _loading: Promise<NotebookMeters> | undefined;
  /** Once they are loaded: what is to reach a kernel first must not wait. */
  private _meters: NotebookMeters | undefined;
}
