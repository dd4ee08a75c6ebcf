import { provenanceWord, UNTRANSLATED } from '../text/words';
import type { IDomain } from './curve';
import { element, setText } from './dom';
import { domainColour } from './palette';

/** So many domains have room for what they are; of more there is their name alone. */
const FEW = 6;

/** What the legend shows of one domain, already in words. */
export interface ILegendFigures {
  readonly power: string;
  readonly energy: string;
}

/** A line for each domain: its colour, name, watts and joules. A press on the name hides its curve. */
export class Legend {
  readonly node = element('ul', 'jpg-legend');

  /** `toggled` is called with the ids of the domains that are then hidden. */
  constructor(
    domains: readonly IDomain[],
    hidden: Iterable<string> = [],
    toggled: (hidden: ReadonlySet<string>) => void = () => undefined
  ) {
    this._hidden = new Set(hidden);
    this._toggled = toggled;
    this.node.classList.toggle('jpg-many', domains.length > FEW);
    domains.forEach((domain, index) => {
      this.node.append(this._line(domain, index));
    });
  }

  /** Shows the figures of a domain. */
  show(id: string, figures: ILegendFigures): void {
    const line = this._lines.get(id);
    if (line) {
      setText(line.power, figures.power);
      setText(line.energy, figures.energy);
    }
  }

  private _line(domain: IDomain, index: number): HTMLElement {
    const { id } = domain;
    const swatch = element('span', 'jpg-swatch');
    swatch.dataset.provenance = domain.provenance;
    swatch.style.borderTopColor = domainColour(index);
    const about = aboutDomain(domain);
    const name = element('button', 'jpg-domain');
    name.type = 'button';
    name.title = `${id}: ${about}`;
    name.append(swatch, id, element('span', 'jpg-muted', ` ${about}`));
    name.setAttribute('aria-pressed', String(!this._hidden.has(id)));
    name.addEventListener('click', () => {
      if (!this._hidden.delete(id)) {
        this._hidden.add(id);
      }
      name.setAttribute('aria-pressed', String(!this._hidden.has(id)));
      this._toggled(this._hidden);
    });
    const power = element('span', 'jpg-number', '–');
    const energy = element('span', 'jpg-number', '–');
    const line = element('li');
    line.dataset.domain = id;
    line.append(name, power, energy);
    this._lines.set(id, { power, energy });
    return line;
  }

  private readonly _hidden: Set<string>;
  private readonly _toggled: (hidden: ReadonlySet<string>) => void;
  private readonly _lines = new Map<
    string,
    { readonly power: HTMLElement; readonly energy: HTMLElement }
  >();
}

/** What a domain is, as far as its name does not say. */
function aboutDomain(domain: IDomain): string {
  return [
    domain.provenance === 'estimate'
      ? provenanceWord(domain.provenance, UNTRANSLATED)
      : '',
    domain.counted ? '' : 'not in the total',
    domain.device
  ]
    .filter(Boolean)
    .join(', ');
}
