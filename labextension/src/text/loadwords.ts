/** What is asked and told of the meter that a kernel has not loaded. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { verbatim } from './verbatim';

/** Brings the package into the environment of the kernel that runs it. */
export const INSTALL = '%pip install jupyter-green';

/** The question whether to load the meter in a notebook's kernel. */
export function questionWords(trans: TranslationBundle): string {
  return trans.__(
    'This notebook has metered cells. Load the meter (jupyter_green) in its kernel?'
  );
}

/** What a cell runs into that needs the meter. */
export function notLoadedWords(trans: TranslationBundle): string {
  return trans.__(
    'This kernel has not loaded the meter. Load it, then run the cell.'
  );
}

/** What is said once a cell can be run that failed before. */
export function loadedWords(trans: TranslationBundle): string {
  return trans.__('The meter is loaded. Now run the cell.');
}

/** The environment of the kernel, often not that of JupyterLab, lacks the package. */
export function missingWords(trans: TranslationBundle): string {
  return trans.__(
    'This kernel’s environment lacks jupyter-green. Run in a cell: %1',
    verbatim(INSTALL)
  );
}

/** The package is there and fails with this error. */
export function failedWords(reason: string, trans: TranslationBundle): string {
  return trans.__('The meter could not be loaded: %1', verbatim(reason));
}

/** The kernel runs another language. */
export function foreignWords(
  language: string,
  trans: TranslationBundle
): string {
  return trans.__(
    'Only Python kernels can be metered. This one runs %1.',
    verbatim(language)
  );
}
