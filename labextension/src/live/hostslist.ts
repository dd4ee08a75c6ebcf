import { element, setText } from '../chart/dom';
import { rowsOf } from '../chart/rows';
import { type ILegendFigures, UNKNOWN } from '../chart/legend';
import type { Run } from '../feed/run';
import type { IOtherHost } from '../record/livemessages';
import { atLeast, duration, peakPower } from '../text/format';
import type { Translator } from '../text/words';
import { figuresSoFar, joulesSoFar, rowNow } from '../runview/figures';
import { sumOf, totalProvenance } from '../record/quantity';
import type { Provenance } from '../record/report';
import { rangeOf, sharesOf } from '../record/scale';
import type { IRunPart } from '../runview/runview';

/** A host tells by the second; what is older than this is said to be so. */
const OLD_S = 3;

/**
 * A line for each host of a cluster while a cell runs on it: its name, joules
 * and watts. The notebook's own comes first; of many the last ones share a line.
 */
export class HostsList implements IRunPart {
  readonly node = element('ul', 'jpg-legend jpg-hosts');

  constructor(private readonly _trans: Translator) {
    this.node.hidden = true;
    this.node.style.columns = '34em'; // what is said of a host has room in its line
    this.node.setAttribute('aria-label', _trans.__('Hosts'));
  }

  /** Shows what each has used; nothing where there is one host, or the run has ended. */
  show(run: Run): void {
    const { now, report } = run;
    const { own_name = '', hosts: others = [] } = now?.elsewhere ?? {};
    this.node.hidden = others.length === 0 || report !== null;
    if (this.node.hidden || !now) {
      return;
    }
    const trans = this._trans;
    this._fit(others.length + 1);
    const [own, ...lines] = this._lines;
    const about =
      run.head.domains.length > 0
        ? trans.__('the notebook’s own')
        : trans.__('no sensor there');
    own.show(own_name, about, ownNow(run));
    const rows = rowsOf(run.curve.domains, false);
    others.forEach((host, index) => {
      const { hosts, name } = host;
      lines[index].show(
        hosts > 1 ? trans.__('and %1 more', hosts) : name,
        aboutHost(host, now.t_s, trans),
        hostNow(host, now.t_s),
        rows.find(({ id }) => id === name)?.colour
      );
    });
  }

  private _fit(count: number): void {
    while (this._lines.length < count) {
      const line = new HostLine();
      this._lines.push(line);
      this.node.append(line.node);
    }
    for (const line of this._lines.splice(count)) {
      line.node.remove();
    }
  }

  private readonly _lines: HostLine[] = [];
}

/** The line of a host. */
class HostLine {
  readonly node = element('li');

  constructor() {
    const name = element('span', 'jpg-domain');
    const title = element('span', 'jpg-id');
    title.append(this._swatch, this._name);
    name.append(title, ' ', this._about);
    const figures = element('span', 'jpg-figures');
    figures.append(this._energy, ' ', this._power);
    this.node.append(name, ' ', figures);
  }

  /** Without a colour it has no curve of its own. */
  show(
    name: string,
    about: string,
    { energy, power }: ILegendFigures,
    colour = 'transparent'
  ): void {
    this._swatch.style.borderTopColor = colour;
    this.node.title = about ? `${name}: ${about}` : name;
    setText(this._name, name);
    setText(this._about, about);
    setText(this._energy, energy);
    setText(this._power, power);
  }

  private readonly _swatch = element('span', 'jpg-swatch');
  private readonly _name = element('span');
  private readonly _about = element('span', 'jpg-muted');
  private readonly _energy = element('span', 'jpg-number');
  private readonly _power = element('span', 'jpg-number');
}

/** The figures so far of the notebook's own host. */
function ownNow(run: Run): ILegendFigures {
  const { domains } = run.head;
  if (domains.length === 0) {
    return { energy: '–', power: '–' };
  }
  const counted = domains.filter(({ counted }) => counted);
  const kinds = new Set<Provenance>(counted.map(each => each.provenance));
  return rowNow(run, {
    domains: counted,
    provenance: totalProvenance(kinds) ?? 'counter',
    alike: 1
  });
}

/** The figures so far of another host, or of several that are told together. */
function hostNow(host: IOtherHost, elapsed_s: number): ILegendFigures {
  const { parts, power_w, t_s } = host;
  const energy_j = sumOf(parts.map(part => part.energy_j));
  if (!energy_j) {
    const isNone = host.lost || (t_s !== null && parts.length === 0);
    const none = isNone ? '–' : UNKNOWN;
    return { energy: none, power: none };
  }
  const kinds = new Set<Provenance>(parts.map(part => part.provenance));
  const provenance = totalProvenance(kinds);
  const range = rangeOf(sharesOf(parts), energy_j);
  const figures = figuresSoFar(energy_j, t_s ?? elapsed_s, provenance);
  const joules = joulesSoFar(energy_j, provenance, range);
  return {
    energy: host.lost ? atLeast(joules) : joules,
    power: power_w === null ? '–' : peakPower(figures, power_w, range)
  };
}

/** What there is to be said of a host beside its figures; mostly nothing. */
function aboutHost(
  { parts, hosts, lost, t_s }: IOtherHost,
  elapsed_s: number,
  trans: Translator
): string {
  if (hosts > 1) {
    return lost ? trans.__('some of them lost') : '';
  }
  if (t_s === null) {
    return lost ? trans.__('not metered') : trans.__('has told nothing yet');
  }
  if (parts.length === 0) {
    return trans.__('no sensor there');
  }
  if (lost) {
    return trans.__('lost after %1', duration(t_s));
  }
  const age_s = elapsed_s - t_s;
  return age_s > OLD_S ? trans.__('told %1 ago', duration(age_s)) : '';
}
