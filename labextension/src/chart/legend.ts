import { provenanceWord, type Translator } from '../text/words';
import type { IDomain } from './curve';
import { element, setText } from './dom';
import { foldedWords, type IRow, rowsOf } from './rows';

/** What the legend shows of one row, already in words. */
export interface ILegendFigures {
  readonly energy: string;
  readonly power: string;
}

/** What is said while nothing is known yet. */
export const UNKNOWN = '…';

/**
 * A line for each row: its colour, name, joules and watts. A press on the name
 * hides its curve; one on the last line unfolds what is folded away.
 */
export class Legend {
  readonly node = element('ul', 'jpg-legend');
  readonly rows: readonly IRow[];

  constructor(domains: readonly IDomain[], options: Legend.IOptions) {
    this._hidden = new Set(options.hidden);
    this._options = options;
    const { trans } = options;
    this.rows = rowsOf(domains, options.isUnfolded, trans);
    for (const row of this.rows) {
      this.node.append(this._line(row));
    }
    const folded = foldedWords(domains, trans);
    if (folded) {
      this.node.append(this._unfolding(folded));
    }
  }

  /** Shows the figures of a row. */
  show(id: string, figures: ILegendFigures): void {
    const line = this._lines.get(id);
    if (line) {
      setText(line.energy, figures.energy);
      setText(line.power, figures.power);
    }
  }

  private _line(row: IRow): HTMLElement {
    const { id, name: called } = row;
    const swatch = element('span', 'jpg-swatch');
    swatch.dataset.provenance =
      row.provenance === 'mixed' ? 'estimate' : row.provenance;
    swatch.style.borderTopColor = row.colour;
    const about = aboutRow(row, this._options.trans);
    const name = element('button', 'jpg-domain');
    name.type = 'button';
    name.title = `${called}: ${about}`;
    const title = element('span', 'jpg-id');
    title.append(swatch, called);
    name.append(title, ' ', element('span', 'jpg-muted', about));
    name.setAttribute('aria-pressed', String(!this._hidden.has(id)));
    name.addEventListener('click', () => {
      if (!this._hidden.delete(id)) {
        this._hidden.add(id);
      }
      name.setAttribute('aria-pressed', String(!this._hidden.has(id)));
      this._options.toggled(this._hidden);
    });
    const figures = element('span', 'jpg-figures');
    const energy = element('span', 'jpg-number', UNKNOWN);
    const power = element('span', 'jpg-number', UNKNOWN);
    figures.append(energy, ' ', power);
    const line = element('li', row.place ? 'jpg-inside' : '');
    line.dataset.domain = id;
    line.append(name, ' ', figures);
    this._lines.set(id, { energy, power });
    return line;
  }

  private _unfolding(words: string): HTMLElement {
    const { isUnfolded, unfolded } = this._options;
    const button = element('button', 'jpg-unfold', words);
    button.type = 'button';
    button.setAttribute('aria-expanded', String(isUnfolded));
    button.addEventListener('click', () => {
      unfolded(!isUnfolded);
    });
    const line = element('li');
    line.append(button);
    return line;
  }

  private readonly _hidden: Set<string>;
  private readonly _options: Legend.IOptions;
  private readonly _lines = new Map<
    string,
    { readonly energy: HTMLElement; readonly power: HTMLElement }
  >();
}

/** A namespace for Legend statics. */
export namespace Legend {
  /** The options of a legend. */
  export interface IOptions {
    readonly trans: Translator;
    /** Whether each domain has a row. */
    readonly isUnfolded: boolean;
    /** The ids of the rows that are hidden. */
    readonly hidden: Iterable<string>;
    /** Called with the ids of the rows that are then hidden. */
    readonly toggled: (hidden: ReadonlySet<string>) => void;
    /** Called where each domain is to have a row, or no longer. */
    readonly unfolded: (isUnfolded: boolean) => void;
  }
}

/** What a row is, as far as its name does not say. */
function aboutRow(
  { provenance, place, device }: IRow,
  trans: Translator
): string {
  return [
    provenance === 'estimate' || provenance === 'mixed'
      ? provenanceWord(provenance, trans)
      : '',
    place || device
  ]
    .filter(Boolean)
    .join(', ');
}
