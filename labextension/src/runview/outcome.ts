import { element } from '../chart/dom';
import type { CaptionedFigure } from './figures';

/** A line of what the joules were for: joules per unit of work, metrics. */
export class Outcome {
  readonly node = element('div', 'jpg-outcome');

  /** Shows these figures; none take no room. */
  show(figures: readonly CaptionedFigure[]): void {
    this.node.replaceChildren(
      ...figures.map(([figure, caption]) => {
        const node = element('span');
        node.append(
          element('b', '', figure),
          ' ',
          element('span', 'jpg-muted', caption)
        );
        return node;
      })
    );
  }
}
