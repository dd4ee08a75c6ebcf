import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { STAGES } from '../record/stages';

/** Asks for a stage. Returns undefined where the user cancels. */
export async function askStage(
  trans: TranslationBundle
): Promise<string | null | undefined> {
  const { button, value } = await InputDialog.getItem({
    title: trans.__('Stage of the cell'),
    label: trans.__('One of these, or your own; empty for none'),
    items: [...STAGES],
    editable: true
  });
  return button.accept ? value?.trim() || null : undefined;
}
