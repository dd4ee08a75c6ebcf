import { element, setText } from '../chart/dom';

/** What stands in smaller letters: an uncertainty up to its unit, a scale, or the upper bound. */
const SMALL = /^(.*?)( ± [^ ]+(?: %)?|, × .*| … .*)(.*)$/;

/** A big number with a caption below. */
export class Figure {
  readonly node = element('span', 'jpg-figure');

  /** `mark` stands before the caption. */
  constructor(...mark: HTMLElement[]) {
    const below = element('span', 'jpg-muted');
    below.append(...mark, this._caption);
    this._number.append(this._value, this._small, this._unit);
    this.node.append(this._number, below);
  }

  /** Shows a figure such as `12.3 ± 0.4 J`, `2.71 kJ ± 6 %` or `210 J … 1.7 kJ`. */
  show(figure: string, caption: string): void {
    const [value, small, unit] = SMALL.exec(figure)?.slice(1) ?? [
      figure,
      '',
      ''
    ];
    setText(this._value, value);
    setText(this._small, small);
    setText(this._unit, unit);
    setText(this._caption, caption);
  }

  private readonly _number = element('b');
  private readonly _value = element('span');
  private readonly _small = element('small');
  private readonly _unit = element('span');
  private readonly _caption = element('span', 'jpg-caption');
}
