import { Chart } from '../chart/chart';
import type { IDomain } from '../chart/curve';
import { element } from '../chart/dom';
import { Legend } from '../chart/legend';
import { injectStyle } from '../chart/style';
import {
  boundsOf,
  duration,
  energy,
  energyOfSum,
  energySoFar,
  markedPower
} from '../format';
import { isReplayed } from '../replay';
import type { DomainProvenance, IDomainReport, IReport } from '../report';
import type { INow } from './messages';
import type { Run } from './run';
import { LIVE_STYLE } from './style';

/** Figures older than this are said to be so, in milliseconds. */
const STALE_MS = 2000;

const STATUS: Readonly<Record<IReport['status'], string>> = {
  ok: 'done',
  error: 'ended with an error',
  interrupted: 'interrupted',
  died: 'ended early'
};

const SENSORS: Readonly<Record<DomainProvenance, string>> = {
  counter: 'energy counters',
  power: 'power samples',
  estimate: 'estimated figures'
};

/** Shows a run: figures at a glance, a line for each domain, the curve. */
export class RunView {
  readonly node = element('div', 'jpg-live');

  constructor(run: Run) {
    injectStyle('jpg-live-style', LIVE_STYLE);
    this._run = run;
    const { label, domains } = run.head;
    this.node.setAttribute('role', 'group');
    this.node.setAttribute(
      'aria-label',
      label ? `Energy of ${label}` : 'Energy of this cell'
    );
    this._chart = new Chart(run.curve);
    this._legend = new Legend(domains);
    // The piece of area that stands for the joules in the chart.
    this._energy.caption.before(element('i'));
    const title = element('span');
    if (isReplayed(domains)) {
      title.append(element('b', 'jpg-replay', 'REPLAY'));
    }
    title.append(element('span', 'jpg-label', label ?? ''), this._status);
    const about = element('span', 'jpg-about');
    about.append(title, element('span', 'jpg-muted', sensorsOf(domains)));
    const head = element('div', 'jpg-head');
    head.append(this._power.node, this._energy.node, this._time.node, about);
    this._spoken.setAttribute('role', 'status');
    this.node.append(head, this._legend.node, this._chart.node, this._spoken);
    this._clock = setInterval(() => {
      this._showAge();
    }, 1000);
    this.update();
  }

  /** Shows what the run now holds. */
  update(): void {
    this._updated_ms = performance.now();
    const { now, report } = this._run;
    if (report) {
      this._showReport(report);
    } else {
      this._showNow(now);
    }
    this._chart.update();
  }

  /** The kernel is gone: a run that has not ended never will. */
  lose(): void {
    if (!this._run.report) {
      clearInterval(this._clock);
      this._setStatus('lost', 'the kernel stopped: run the cell again');
    }
  }

  dispose(): void {
    clearInterval(this._clock);
    this._chart.dispose();
    this.node.remove();
  }

  private _showNow(now: INow | null): void {
    const { provenance, domains } = this._run.head;
    this._setStatus('running', 'running');
    this._power.show(markedPower(now?.power_w ?? null, provenance), 'now');
    this._energy.show(energySoFar(now?.energy_j ?? null, provenance), 'so far');
    this._time.show(now ? duration(now.t_s) : '–', 'elapsed');
    for (const domain of domains) {
      const figures = now?.domains[domain.id];
      this._legend.show(domain.id, {
        power: markedPower(figures?.power_w ?? null, domain.provenance),
        energy: energySoFar(figures?.energy_j ?? null, domain.provenance)
      });
    }
  }

  private _showReport(report: IReport): void {
    clearInterval(this._clock);
    const total = energyOfSum(
      report.energy_j,
      report.uncertainty_j,
      boundsOf(report.domains.filter(({ counted }) => counted)),
      report.provenance
    );
    const took = duration(report.duration_s);
    this._legend.node.dataset.final = '';
    this._setStatus(report.status, STATUS[report.status]);
    this._power.show(meanPowerOf(report), 'mean');
    this._energy.show(total, 'in all');
    this._time.show(took, 'in all');
    for (const domain of report.domains) {
      this._legend.show(domain.id, {
        power: meanPowerOf(domain),
        energy: energy(domain.energy_j, domain.uncertainty_j, domain.provenance)
      });
    }
    // Figures that change all the time are not read aloud; this one is, once.
    this._spoken.textContent = `${STATUS[report.status]}: ${total} in ${took}`;
  }

  /** Says so where no figures have come for a while: the kernel may be busy or gone. */
  private _showAge(): void {
    const age_ms = performance.now() - this._updated_ms;
    if (age_ms > STALE_MS) {
      const age_s = Math.round(age_ms / 1000);
      this._setStatus('waiting', `running, last figures ${age_s} s ago`);
    }
  }

  private _setStatus(status: string, words: string): void {
    this._status.dataset.status = status;
    this._status.textContent = words;
  }

  private readonly _run: Run;
  private readonly _power = new Figure();
  private readonly _energy = new Figure();
  private readonly _time = new Figure();
  private readonly _status = element('span', 'jpg-status');
  private readonly _spoken = element('span', 'jpg-hidden');
  private readonly _legend: Legend;
  private readonly _chart: Chart;
  private readonly _clock: ReturnType<typeof setInterval>;
  private _updated_ms = 0;
}

/** A big number with a caption below. */
class Figure {
  readonly node = element('span', 'jpg-figure');
  readonly caption = element('span', 'jpg-caption');

  constructor() {
    const below = element('span', 'jpg-muted');
    below.append(this.caption);
    this.node.append(this._number, below);
  }

  show(number: string, caption: string): void {
    this._number.textContent = number;
    this.caption.textContent = caption;
  }

  private readonly _number = element('b');
}

/** The mean watts of a report; nothing is known of them below the resolution. */
function meanPowerOf(figures: IReport | IDomainReport): string {
  const { energy_j, uncertainty_j, mean_power_w, provenance } = figures;
  const isKnown = (uncertainty_j ?? 0) < (energy_j ?? 0);
  return markedPower(isKnown ? mean_power_w : null, provenance);
}

/** How the total comes about. */
function sensorsOf(domains: readonly IDomain[]): string {
  if (isReplayed(domains)) {
    return 'replayed, nothing was measured';
  }
  const kinds = domains
    .filter(({ counted }) => counted)
    .map(({ provenance }) => SENSORS[provenance]);
  return [...new Set(kinds)].join(' and ') || 'no sensor can be read here';
}
