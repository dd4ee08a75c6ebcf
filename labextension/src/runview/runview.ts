import { Chart } from '../chart/chart';
import type { IDomain } from '../chart/curve';
import { element, setText } from '../chart/dom';
import { Legend } from '../chart/legend';
import { baselineOf } from '../chart/reported';
import { injectStyle } from '../chart/style';
import { Visibility } from '../chart/visibility';
import { Run } from '../feed/run';
import type { INow } from '../record/livemessages';
import { isReplayed } from '../record/playback';
import type { IReport } from '../record/report';
import type { OpenHelp } from '../text/explained';
import { duration } from '../text/format';
import { verbatim } from '../text/verbatim';
import { type Translator, UNTRANSLATED, waitingWords } from '../text/words';
import { Announcer } from './announcer';
import { Details } from './details';
import {
  figuresOfNow,
  figuresOfReport,
  type IRunFigures,
  rowNow,
  rowReported
} from './figures';
import { knownDomains } from './finished';
import { handoverOf, type IHandover } from './handover';
import { Head, toggleButton } from './head';
import { Outcome } from './outcome';
import { hintOf, sensorsOf } from './hints';
import { RUN_STYLE } from './style';

/** Figures older than this are said to be so, in milliseconds. */
const STALE_MS = 2000;
/** Digits that change more often than this nobody reads, in milliseconds. */
const LEGEND_MS = 240;

/** A part of a view that shows something of its run. */
export interface IRunPart {
  readonly node: HTMLElement;
  /** Shows what the run now holds. */
  show(run: Run): void;
}

/** How a run is shown. */
export interface IRunViewOptions {
  /** Sentences for the details of a report. */
  readonly notes?: (report: IReport) => readonly string[];
  /** What the details of a report begin with. */
  readonly tables?: (report: IReport) => readonly Node[];
  /** Shows the hosts of a cluster while the run goes on. */
  readonly hosts?: (trans: Translator) => IRunPart;
  /** Translates what it shows and says; English if not given. */
  readonly trans?: Translator;
  /** Opens the page of help; not given where there is none. */
  readonly help?: OpenHelp;
}

/**
 * Shows a run: figures at a glance, a line for each domain, the curve. The same
 * layout and height from its begin to its report.
 */
export class RunView {
  readonly node = element('div', 'jpg-run');

  /** The view of a run that has ended, from its report alone. */
  static ofReport(report: IReport, options: IRunViewOptions = {}): RunView {
    return new RunView(Run.ofReport(report, knownDomains(report)), options);
  }

  constructor(run: Run, options: IRunViewOptions = {}) {
    injectStyle('jpg-run-style', RUN_STYLE);
    this._run = run;
    this._notes = options.notes ?? (() => []);
    this._tables = options.tables;
    this._help = options.help;
    const trans = (this._trans = options.trans ?? UNTRANSLATED);
    this._details = new Details(trans);
    this._hosts = options.hosts?.(trans);
    this._details.node.prepend(this._tablesPlace);
    const { label, run_id, domains } = run.head;
    this._set = handoverOf(run_id);
    this.node.setAttribute('role', 'group');
    this.node.setAttribute(
      'aria-label',
      label
        ? trans.__('Energy of %1', verbatim(label))
        : trans.__('Energy of this cell')
    );
    this._chart = new Chart(run.curve, { height: 'styled', trans });
    this._head = new Head({
      label,
      isReplayed: isReplayed(domains),
      buttons: this._buttons(),
      trans,
      help: this._help
    });
    this._announcer = new Announcer(this._set);
    this._body.append(
      this._head.node,
      this._outcome.node,
      this._chart.node,
      ...(this._hosts ? [this._hosts.node] : []),
      this._hint
    );
    this.node.append(this._body, this._details.node, this._announcer.node);
    this._makeLegend();
    this._setLook();
    this._visibility = new Visibility(this.node, () => {
      this.update();
    });
    this.node.classList.add(run.report ? 'jpg-result' : 'jpg-live');
    if (run.report) {
      // Its place is kept: the page does not jump when the run has ended.
      if (this._set.height_px > 0) {
        this._body.style.minHeight = `${this._set.height_px}px`;
      }
    } else {
      this._resized.observe(this._body);
      this._set.isUnspoken = true;
      this._clock = setInterval(() => {
        this._showAge();
      }, 1000);
    }
    this.update();
  }

  /** Shows what the run now holds. */
  update(): void {
    const { now, report, failure, head, isLost } = this._run;
    if (this._domains !== head.domains) {
      this._makeLegend();
    }
    if (now !== this._shown) {
      this._shown = now;
      this._updated_ms = performance.now();
    }
    if (report) {
      this._showReport(report);
    } else if (failure) {
      this._stop('failed', failure);
    } else if (isLost) {
      this._stop(
        'lost',
        this._trans.__('the kernel stopped; run the cell again')
      );
    } else if (this._visibility.isVisible) {
      this._showNow(now);
    } else {
      return; // shown when it comes into sight
    }
    this._chart.update();
  }

  /** Shows a later report of the same run in place of the one before. */
  showReport(report: IReport): void {
    this._run.replaceReport(report, knownDomains(report));
    this.update();
  }

  dispose(): void {
    clearInterval(this._clock);
    this._resized.disconnect();
    this._announcer.dispose();
    this._visibility.dispose();
    this._chart.dispose();
    this.node.remove();
  }

  private _showNow(now: INow | null): void {
    delete this.node.dataset.stale;
    const { _trans: trans } = this;
    if (now?.waits) {
      this._head.setStatus('waiting', waitingWords(trans));
    } else {
      this._head.setStatus('running', trans.__('running'));
    }
    this._head.setSensors(...sensorsOf(this._run.curve.domains, this._trans));
    this._showFigures(figuresOfNow(this._run, this._trans));
    if (this._updated_ms < this._legendDue_ms) {
      return;
    }
    this._legendDue_ms = now ? this._updated_ms + LEGEND_MS : 0;
    setText(this._hint, hintOf(this._run, this._trans));
    this._hosts?.show(this._run);
    this._showDetails();
    for (const row of this._legend?.rows ?? []) {
      this._legend?.show(row.id, rowNow(this._run, row));
    }
  }

  private _showReport(report: IReport): void {
    clearInterval(this._clock);
    delete this.node.dataset.stale;
    const trans = this._trans;
    const { domains, duration_s, status } = report;
    const figures = figuresOfReport(report, trans);
    const ended = statusWords(status, trans);
    const [total] = figures.energy;
    const [took] = figures.time;
    this._head.setStatus(status, ended);
    this._head.setSensors(...sensorsOf(domains, trans));
    this._showFigures(figures);
    this._outcome.show(figures.outcome);
    this._hosts?.show(this._run);
    for (const row of this._legend?.rows ?? []) {
      this._legend?.show(row.id, rowReported(row, report));
    }
    this._chart.name(
      trans.__(
        'Watts and joules over %1: %2, %3',
        took,
        total,
        figures.meanAndPeak
      )
    );
    setText(this._hint, hintOf(this._run, this._trans));
    this._hint.title = this._notes(report).join('\n');
    this._tablesPlace.replaceChildren(...(this._tables?.(report) ?? []));
    this._showDetails();
    this._chart.show({ duration_s, baseline_w: baselineOf(report) });
    this._announcer.announce(
      trans.__('%1: %2 in %3, %4', ended, total, took, figures.meanAndPeak)
    );
  }

  private _showFigures({ power, energy, time }: IRunFigures): void {
    this._head.power.show(...power);
    this._head.energy.show(...energy);
    this._head.time.show(...time);
  }

  /** Says so where no figures have come for a while: the kernel may be busy or gone. */
  private _showAge(): void {
    const age_ms = performance.now() - this._updated_ms;
    if (age_ms > STALE_MS && this._visibility.isVisible) {
      const age_s = Math.round(age_ms / 1000);
      this.node.dataset.stale = '';
      this._head.setStatus(
        'waiting',
        this._trans.__('running, last figures %1 s ago', age_s)
      );
      if (this._shown) {
        const elapsed_s = this._shown.t_s + age_ms / 1000;
        this._head.time.show(duration(elapsed_s), this._trans.__('elapsed'));
      }
      setText(
        this._hint,
        this._trans.__(
          'no messages from the kernel: a call may be holding it; figures follow when it returns'
        )
      );
    }
  }

  /** The run goes on no more, and there will be no report: says why. */
  private _stop(status: 'lost' | 'failed', words: string): void {
    clearInterval(this._clock);
    delete this.node.dataset.stale;
    this._head.setStatus(status, words, words);
  }

  private _buttons(): HTMLElement[] {
    const { stacked, details } = this._set;
    const trans = this._trans;
    const stack = toggleButton(
      trans.__('Stacked'),
      'aria-pressed',
      stacked,
      isOn => {
        this._set.stacked = isOn;
        this._setLook();
      }
    );
    const counted = this._run.head.domains.filter(({ counted }) => counted);
    stack.hidden = counted.length < 2;
    const unfold = toggleButton(
      trans.__('Details'),
      'aria-expanded',
      details,
      isOn => {
        this._set.details = isOn;
        this._showDetails();
      }
    );
    return [stack, unfold, ...this._helpButton()];
  }

  /** For those who cannot click a figure. */
  private _helpButton(): HTMLElement[] {
    const { _help: help } = this;
    if (!help) {
      return [];
    }
    const button = element('button', '', '?');
    button.type = 'button';
    button.title = button.ariaLabel = this._trans.__('What the figures mean');
    button.addEventListener('click', () => {
      help('signs');
    });
    return [button];
  }

  private _showDetails(): void {
    const { report } = this._run;
    this._details.node.hidden = !this._set.details;
    if (this._set.details) {
      this._details.show(this._run, report ? this._notes(report) : []);
    }
  }

  private _makeLegend(): void {
    const { domains } = this._run.head;
    this._domains = domains;
    this._set.baseline_w = baselinesOf(domains) ?? this._set.baseline_w;
    this._legendDue_ms = 0;
    const legend = new Legend(domains, {
      trans: this._trans,
      isUnfolded: this._set.unfolded,
      hidden: this._set.hidden,
      toggled: hidden => {
        this._set.hidden = [...hidden];
        this._setLook();
      },
      unfolded: isUnfolded => {
        this._set.unfolded = isUnfolded;
        this._makeLegend();
        this._setLook();
        this.update();
        this.node.querySelector<HTMLElement>('.jpg-unfold')?.focus();
      }
    });
    this._legend?.node.remove();
    this._legend = legend;
    this._chart.node.before(legend.node);
  }

  private _setLook(): void {
    const { stacked, unfolded, hidden } = this._set;
    this._chart.show({ stacked, unfolded, hidden: new Set(hidden) });
  }

  private readonly _run: Run;
  private readonly _trans: Translator;
  private readonly _help: OpenHelp | undefined;
  private readonly _notes: (report: IReport) => readonly string[];
  private readonly _tables: IRunViewOptions['tables'];
  private readonly _tablesPlace = element('div');
  private readonly _set: IHandover;
  private readonly _head: Head;
  /** All but what is unfolded on demand. */
  private readonly _body = element('div', 'jpg-body');
  private readonly _resized = new ResizeObserver(() => {
    // It has none once it is taken away.
    this._set.height_px = this._body.offsetHeight || this._set.height_px;
  });
  private readonly _hint = element('div', 'jpg-hint jpg-muted');
  private readonly _details: Details;
  private readonly _outcome = new Outcome();
  private readonly _hosts: IRunPart | undefined;
  private readonly _announcer: Announcer;
  private readonly _chart: Chart;
  private readonly _visibility: Visibility;
  private _legend: Legend | undefined;
  private _domains: Run['head']['domains'] | undefined;
  private _clock: ReturnType<typeof setInterval> | undefined;
  private _shown: INow | null = null;
  private _updated_ms = performance.now();
  private _legendDue_ms = 0;
}

/** How a run ended. */
function statusWords(status: IReport['status'], trans: Translator): string {
  return {
    ok: trans.__('done'),
    error: trans.__('ended with an error'),
    interrupted: trans.__('interrupted'),
    died: trans.__('ended early')
  }[status];
}

/** The idle watts of domains by their ids; null where none is known. */
function baselinesOf(
  domains: readonly IDomain[]
): Readonly<Record<string, number>> | null {
  const known = domains.flatMap(({ id, baseline_w }) =>
    baseline_w === undefined ? [] : [[id, baseline_w] as const]
  );
  return known.length > 0 ? Object.fromEntries(known) : null;
}
