import type { NotebookPanel } from '@jupyterlab/notebook';

import type { EnergyModel } from '../model/model';
import type { IOpenNotebook } from '../tokens';

/** What of a view of a notebook tells which notebook it is. */
type IView = Pick<NotebookPanel, 'id'> & {
  readonly context: Pick<NotebookPanel['context'], 'path'>;
};

/** The notebooks behind all views of notebooks, each once. */
export function openNotebooks(
  models: ReadonlyMap<IView, EnergyModel>,
  activate: (widgetId: string) => void
): readonly IOpenNotebook[] {
  const byPath = new Map<string, IOpenNotebook>();
  for (const [{ context, id }, model] of models) {
    const { path } = context;
    if (!byPath.has(path)) {
      byPath.set(path, {
        path,
        name: path.replace(/^.*[/:]/, ''),
        model,
        activate: () => {
          activate(id);
        }
      });
    }
  }
  return [...byPath.values()];
}
