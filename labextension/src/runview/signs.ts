import {
  hintOf,
  type IExplained,
  type OpenHelp,
  signsIn
} from '../text/explained';
import type { Translator } from '../text/words';

/** A text that is longer is no figure. */
const MOST_LETTERS = 40;

/**
 * Says on hover what the signs of the figures below a node mean. With `help`, a
 * click on what is explained opens its page. The view itself does not: it is in the
 * widget, too, which has no room for these sentences.
 */
export function explainSigns(
  node: HTMLElement,
  trans: Translator,
  help?: OpenHelp
): void {
  node.addEventListener('pointerover', ({ target }) => {
    const figure = figureAt(target as HTMLElement);
    if (figure && !isTold(figure)) {
      explain(figure, signsIn(figuresIn(figure), trans), trans, help);
    }
  });
  node.addEventListener('click', ({ target }) => {
    const explained = (target as HTMLElement).closest<HTMLElement>(
      '[data-topic]'
    );
    if (explained?.dataset.topic) {
      help?.(explained.dataset.topic);
    }
  });
}

/** Gives a text its hint. */
export function explain(
  node: HTMLElement,
  meanings: readonly IExplained[],
  trans: Translator,
  help?: OpenHelp
): void {
  const isClickable = help && !node.closest('button, summary');
  const more = isClickable
    ? trans.__('Click for more.')
    : help
      ? ''
      : trans.__('More: %1', 'docs/figures.md');
  node.title =
    meanings.length > 0 ? [hintOf(meanings), more].join('\n').trim() : '';
  node.dataset.topic = isClickable ? (meanings[0]?.topic ?? '') : '';
}

/** The figure, or the line of figures, to which a node belongs. */
function figureAt(node: HTMLElement): HTMLElement | null {
  const figure = node.closest<HTMLElement>(
    '.jpg-figure > b, .jpg-line > summary > span'
  );
  return (
    figure ??
    (node.childElementCount === 0 && node.textContent.length <= MOST_LETTERS
      ? node
      : null)
  );
}

/** A text without the name that a line begins with, which may hold any sign. */
function figuresIn(node: HTMLElement): string {
  const { textContent: text } = node;
  return text.slice(text.lastIndexOf(': ') + 1);
}

/** Whether a text has a hint of its own. */
function isTold({ title, dataset }: HTMLElement): boolean {
  return title !== '' && dataset.topic === undefined;
}
