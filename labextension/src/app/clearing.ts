import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { removeReports } from '../cell/outputs';
import type { ICurrentNotebook } from './notebookcommands';

/** Removes all reports from a notebook, if the user says so once more. */
export async function clearReports(
  { panel, model }: ICurrentNotebook,
  trans: TranslationBundle
): Promise<void> {
  const { button } = await showDialog({
    title: trans.__('Clear the energy of this notebook?'),
    body: trans.__(
      'This removes the reports from all outputs and forgets what this session spent. This cannot be undone.'
    ),
    buttons: [
      Dialog.cancelButton(),
      Dialog.warnButton({ label: trans.__('Clear') })
    ]
  });
  if (button.accept && !panel.isDisposed) {
    removeReports(panel.model!.cells);
    model.clearSpent();
  }
}
