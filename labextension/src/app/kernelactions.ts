/** What the panel has done in the kernel of a notebook. Loaded when it is used. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { measureBaseline } from '../cell/kernel';
import { outcomeWords } from './loadnotices';
import type { MeterLoader } from './meterloader';

/** The notebook whose kernel is to do something, and what loads its meter. */
export interface IKernelAction {
  readonly panel: NotebookPanel | null | undefined;
  readonly loader: MeterLoader;
  readonly trans: TranslationBundle;
}

/** Loads the meter; returns why it could not be loaded, empty where it was. */
export async function loadMeter(action: IKernelAction): Promise<string> {
  const { panel, loader, trans } = action;
  if (!panel?.sessionContext.session?.kernel) {
    return trans.__('No kernel: start one, then try again.');
  }
  return outcomeWords(await loader.use(panel), trans);
}

/** Measures the idle power, once the meter is loaded; returns what is to be said. */
export async function measureIdle(action: IKernelAction): Promise<string> {
  const { panel, loader, trans } = action;
  const kernel = panel?.sessionContext.session?.kernel;
  if (!panel || !kernel) {
    return trans.__('No kernel: start one, then measure again.');
  }
  const outcome = await loader.use(panel);
  return outcome.kind === 'loaded'
    ? measureBaseline(kernel)
    : outcomeWords(outcome, trans);
}
