/** What the status bar says of a notebook. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ISettings } from '../settings';
import type { IEnergyModel } from '../tokens';
import { powerWords } from './rowwords';
import { totalWords } from './totalwords';

/** The watts of a running cell, empty where none runs, and the joules of the notebook. */
export interface IStatusWords {
  readonly watts: string;
  readonly joules: string;
}

/** The energy of a notebook in few words; null where nothing was metered. */
export function statusWords(
  { total, rows }: Pick<IEnergyModel, 'total' | 'rows'>,
  trans: TranslationBundle,
  settings: ISettings
): IStatusWords | null {
  if (total.cells === 0 && !total.isRunning) {
    return null;
  }
  const running = rows.find(({ status }) => status === 'running');
  return {
    watts: running ? powerWords(running) : '',
    joules: totalWords(total, trans, settings).figure
  };
}
