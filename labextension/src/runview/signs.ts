import type { TranslationBundle } from '@jupyterlab/translation';

import { figureHint } from '../text/explained';

/** A text that is longer is no figure. */
const MOST_LETTERS = 40;

/**
 * Says on hover what the signs of the figures below a node mean. The view itself
 * does not: it is in the widget, too, which has no room for sentences.
 */
export function explainSigns(
  node: HTMLElement,
  trans: TranslationBundle
): void {
  node.addEventListener('pointerover', ({ target }) => {
    if (!(target instanceof HTMLElement)) {
      return;
    }
    const figure =
      target.closest<HTMLElement>('.jpg-figure > b') ??
      (target.childElementCount === 0 ? target : null);
    const text = figure?.textContent ?? '';
    if (figure && text.length <= MOST_LETTERS && !isTold(figure)) {
      figure.title = figureHint(text, trans);
      figure.dataset.explained = '';
    }
  });
}

/** Whether a text has a hint of its own. */
function isTold({ title, dataset }: HTMLElement): boolean {
  return title !== '' && dataset.explained === undefined;
}
