import { element } from './dom';
import type { IDomain } from './curve';
import { domainColour } from './palette';

/** What the legend shows of one domain, already in words. */
export interface ILegendFigures {
  readonly power: string;
  readonly energy: string;
}

/** A line for each domain: its colour, name, watts and joules. */
export class Legend {
  readonly node = element('ul', 'jpg-legend');

  constructor(domains: readonly IDomain[]) {
    domains.forEach((domain, index) => {
      const swatch = element('span', 'jpg-swatch');
      swatch.dataset.provenance = domain.provenance;
      swatch.style.borderTopColor = domainColour(index);
      const name = element('span', 'jpg-domain', domain.id);
      const about = aboutDomain(domain);
      name.append(element('span', 'jpg-muted', ` ${about}`));
      name.title = `${domain.id}: ${about}`;
      const power = element('span', 'jpg-number', '–');
      const energy = element('span', 'jpg-number', '–');
      const line = element('li');
      line.dataset.domain = domain.id;
      line.append(swatch, name, power, energy);
      this.node.append(line);
      this._lines.set(domain.id, { power, energy });
    });
  }

  /** Shows the figures of a domain. */
  show(id: string, figures: ILegendFigures): void {
    const line = this._lines.get(id);
    if (line) {
      line.power.textContent = figures.power;
      line.energy.textContent = figures.energy;
    }
  }

  private readonly _lines = new Map<
    string,
    { readonly power: HTMLElement; readonly energy: HTMLElement }
  >();
}

/** What a domain is, as far as its name does not say. */
function aboutDomain(domain: IDomain): string {
  return [
    domain.provenance === 'estimate' ? 'estimated' : '',
    domain.counted ? '' : 'not in the total',
    domain.device
  ]
    .filter(Boolean)
    .join(', ');
}
