import { element, setText } from '../chart/dom';

const UNCERTAINTY = ' ± ';

/** A big number with a caption below. */
export class Figure {
  readonly node = element('span', 'jpg-figure');

  /** `mark` stands before the caption. */
  constructor(...mark: HTMLElement[]) {
    const below = element('span', 'jpg-muted');
    below.append(...mark, this._caption);
    this._number.append(this._value, this._uncertainty, this._unit);
    this.node.append(this._number, below);
  }

  /** Shows a figure such as `12.3 ± 0.4 J`, its uncertainty in smaller letters. */
  show(figure: string, caption: string): void {
    const [value, rest] = figure.split(UNCERTAINTY);
    const [uncertainty, unit] = rest ? rest.split(' ') : ['', ''];
    setText(this._value, value);
    setText(this._uncertainty, rest ? UNCERTAINTY + uncertainty : '');
    setText(this._unit, rest ? ` ${unit}` : '');
    setText(this._caption, caption);
  }

  private readonly _number = element('b');
  private readonly _value = element('span');
  private readonly _uncertainty = element('small');
  private readonly _unit = element('span');
  private readonly _caption = element('span', 'jpg-caption');
}
