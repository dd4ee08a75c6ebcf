import { Chart } from '../chart/chart';
import { element, setText } from '../chart/dom';
import { injectStyle } from '../chart/style';
import { Run } from '../feed/run';
import type { IReport } from '../record/report';
import type { ViewSize } from '../settings';
import { UNTRANSLATED } from '../text/words';
import { Announcer } from './announcer';
import { knownDomains } from './finished';
import { handoverOf, type IHandover } from './handover';
import { type IRunViewOptions, RunView } from './runview';
import { RUN_STYLE } from './style';
import { lineOf, lineOfNow } from './summary';

/** A shorter run has no curve to speak of. */
export const SHORT_S = 1;

const SPARKLINE_PX = 18;

/** How a run is shown. */
export interface IFittedOptions extends IRunViewOptions {
  /** How much room it takes; as much as its news needs if not given. */
  readonly size?: ViewSize;
  /** Whether it stands back beside what the cell prints. */
  readonly isMuted?: boolean;
}

/**
 * A run in as much room as its news needs: a line with a small curve, which
 * unfolds to the whole view, or that view. A run that goes on may grow from the
 * one to the other; it never shrinks.
 */
export class FittedView {
  readonly node = element('div', 'jpg-fitted');

  /** The view of a run that has ended, from its report alone. */
  static ofReport(report: IReport, options: IFittedOptions = {}): FittedView {
    return new FittedView(Run.ofReport(report, knownDomains(report)), options);
  }

  constructor(
    private readonly _run: Run,
    private readonly _options: IFittedOptions = {}
  ) {
    injectStyle('jpg-run-style', RUN_STYLE);
    this._set = handoverOf(_run.head.run_id);
    this._announcer = new Announcer(this._set);
    this.node.classList.toggle('jpg-quiet', _options.isMuted ?? false);
    this._spark = new Chart(_run.curve, {
      sparkline: true,
      height: SPARKLINE_PX,
      trans: _options.trans
    });
    this._summary.append(this._words, this._spark.node);
    this._line.append(this._summary);
    this._line.addEventListener('toggle', () => {
      this._unfold();
    });
    this.node.append(this._line, this._announcer.node);
    if (!_run.report) {
      this._set.isUnspoken = true;
      this._timer = setTimeout(() => {
        this._isLong = true;
        this.update();
      }, SHORT_S * 1000);
    }
    this._line.open = this._set.opened ?? false;
    this._unfold();
    this.update();
  }

  /** Shows what the run now holds. */
  update(): void {
    if (!this._isWhole && this._needsRoom) {
      this._isWhole = true;
      this._whole ??= new RunView(this._run, this._options);
      this._line.remove();
      this._announcer.node.remove(); // the whole view has one of its own
      this.node.append(this._whole.node);
    }
    this._whole?.update();
    if (this._isWhole) {
      return;
    }
    const { _run: run } = this;
    const { report, failure } = run;
    const trans = this._options.trans ?? UNTRANSLATED;
    const words = report ? lineOf(report, trans) : lineOfNow(run, trans);
    setText(this._words, words);
    this._spark.node.hidden = run.curve.length === 0 || !run.isMetered;
    if (report) {
      this._spark.finish(report.duration_s);
      this._announcer.announce(words);
    }
    if (report || failure) {
      clearTimeout(this._timer);
    }
    this._spark.update();
  }

  /** Shows a later report of the same run in place of the one before. */
  showReport(report: IReport): void {
    this._run.replaceReport(report, knownDomains(report));
    this.update();
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._announcer.dispose();
    this._spark.dispose();
    this._whole?.dispose();
    this.node.remove();
  }

  /** Whether there is more to be seen than a line tells. */
  private get _needsRoom(): boolean {
    const { size = 'automatic' } = this._options;
    if (size !== 'automatic') {
      return size === 'full';
    }
    const { report, now, isMetered } = this._run;
    if (!isMetered) {
      return false;
    }
    return report
      ? report.duration_s >= SHORT_S
      : this._isLong || (now?.t_s ?? 0) >= SHORT_S;
  }

  private _unfold(): void {
    const { open } = this._line;
    this._set.opened = open || this._set.opened !== null ? open : null;
    if (open && !this._whole) {
      this._whole = new RunView(this._run, this._options);
      this._line.append(this._whole.node);
    }
  }

  private readonly _set: IHandover;
  private readonly _line = element('details', 'jpg-line');
  private readonly _summary = element('summary');
  private readonly _words = element('span');
  private readonly _spark: Chart;
  private readonly _announcer: Announcer;
  private _whole: RunView | undefined;
  private _isWhole = false;
  /** Whether a run that goes on has done so for long. */
  private _isLong = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
