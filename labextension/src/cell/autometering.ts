import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';

import type { Settings } from '../settings';
import { meterEveryCell, onKernelStarted } from './kernel';

/** What is to know which kernels meter every cell. */
export interface IAutoMeteringObserver {
  /** The kernel of a notebook was told to meter every cell. */
  expectAutoMetering(panel: NotebookPanel): void;
}

/** Has the kernels of all notebooks meter every cell, as long as the user wants that. */
export function keepAutoMetering(
  notebooks: INotebookTracker,
  observer: IAutoMeteringObserver,
  settings: Settings
): void {
  let isWanted = settings.now.autoMetering;

  const tell = (
    panel: NotebookPanel,
    kernel: Kernel.IKernelConnection
  ): void => {
    if (isWanted) {
      void meterEveryCell(kernel);
      observer.expectAutoMetering(panel);
    }
  };
  const follow = (panel: NotebookPanel): void => {
    onKernelStarted(panel.sessionContext, kernel => {
      tell(panel, kernel);
    });
  };
  notebooks.forEach(follow);
  notebooks.widgetAdded.connect((_, panel) => {
    follow(panel);
  });
  settings.changed.connect(() => {
    const wasWanted = isWanted;
    isWanted = settings.now.autoMetering;
    if (isWanted && !wasWanted) {
      notebooks.forEach(panel => {
        const kernel = panel.sessionContext.session?.kernel;
        if (kernel) {
          tell(panel, kernel);
        }
      });
    }
  });
}
