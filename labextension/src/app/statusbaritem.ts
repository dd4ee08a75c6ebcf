import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IStatusBar } from '@jupyterlab/statusbar';

/**
 * Adds an item to the status bar of a page that has one.
 *
 * The module is asked for only here: pages without a status bar, as voila's, may
 * not have it, and what needs it on loading would not load at all.
 */
export async function addToStatusBar(
  app: JupyterFrontEnd,
  id: string,
  item: IStatusBar.IItem
): Promise<void> {
  let statusBar: IStatusBar | null;
  try {
    const { IStatusBar } = await import('@jupyterlab/statusbar');
    statusBar = await app.resolveOptionalService(IStatusBar);
  } catch {
    return;
  }
  statusBar?.registerStatusItem(id, item);
}
