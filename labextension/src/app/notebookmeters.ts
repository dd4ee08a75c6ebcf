import {
  type INotebookTracker,
  NotebookActions,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Outcome } from '../cell/loading';
import type { Settings } from '../settings';
import { LoadNotices } from './loadnotices';
import { NotebookMeter } from './notebookmeter';

/** The meters of the open notebooks. */
export class NotebookMeters {
  constructor(options: NotebookMeters.IOptions) {
    this._options = options;
  }

  /** Follows the open notebooks. To be called once the settings are known. */
  follow(): void {
    const { notebooks, settings } = this._options;
    notebooks.forEach(panel => {
      this._meterOf(panel).follow();
    });
    notebooks.widgetAdded.connect((_, panel) => {
      this._meterOf(panel).follow();
    });
    NotebookActions.executed.connect((_, { notebook, error }) => {
      const panel = notebooks.find(({ content }) => content === notebook);
      if (panel) {
        void this._meterOf(panel).onExecuted(error);
      }
    });
    let before = settings.now;
    settings.changed.connect(() => {
      const { loadMeter, autoMetering } = settings.now;
      const isChanged =
        loadMeter !== before.loadMeter || autoMetering !== before.autoMetering;
      before = settings.now;
      if (isChanged) {
        notebooks.forEach(panel => {
          this._meterOf(panel).reconsider();
        });
      }
    });
  }

  /** A control was used that needs the meter in the kernel of a notebook. */
  use(panel: NotebookPanel): Promise<Outcome> {
    return this._meterOf(panel).use();
  }

  private _meterOf(panel: NotebookPanel): NotebookMeter {
    let meter = this._meters.get(panel);
    if (!meter) {
      const { settings, trans, onAutoMetering } = this._options;
      const made = new NotebookMeter({
        notebook: panel,
        settings,
        notices: new LoadNotices(trans),
        store: sessionStorage,
        onAutoMetering: () => {
          onAutoMetering(panel);
        }
      });
      meter = made;
      this._meters.set(panel, made);
      panel.disposed.connect(() => {
        made.dispose();
      });
    }
    return meter;
  }

  private readonly _options: NotebookMeters.IOptions;
  private readonly _meters = new WeakMap<NotebookPanel, NotebookMeter>();
}

/** A namespace for NotebookMeters statics. */
export namespace NotebookMeters {
  /** The options of the meters. */
  export interface IOptions {
    readonly notebooks: INotebookTracker;
    readonly settings: Settings;
    readonly trans: TranslationBundle;
    /** Called with each notebook whose kernel is told to meter every cell. */
    readonly onAutoMetering: (panel: NotebookPanel) => void;
  }
}
