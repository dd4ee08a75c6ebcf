import type { TranslationBundle } from '@jupyterlab/translation';

import { element } from '../chart/dom';
import { isReplayed } from '../record/playback';
import {
  boundsOfTotal,
  isBelowResolution,
  isEstimate
} from '../record/quantity';
import type { IReport } from '../record/report';
import { scaleOfTotal } from '../record/scale';
import { duration, energyOfSum, meanPower } from '../text/format';
import { provenanceWord, replayWord } from '../text/words';

/** What shows a report. */
export interface IReportView {
  readonly node: HTMLElement;
  /** Shows a later report of the same run, in place. */
  showReport(report: IReport): void;
  dispose(): void;
}

/** A report in one line, which unfolds into the whole view. */
export class ReportLine implements IReportView {
  readonly node = element('details');

  /**
   * @param open - Makes the whole view, when it is first asked for.
   */
  constructor(
    report: IReport,
    open: (report: IReport) => IReportView,
    trans: TranslationBundle
  ) {
    this._report = report;
    this._trans = trans;
    this.node.append(this._summary);
    this.node.addEventListener('toggle', () => {
      if (this.node.open && !this._view) {
        this._view = open(this._report);
        this.node.append(this._view.node);
      }
    });
    this.showReport(report);
  }

  showReport(report: IReport): void {
    this._report = report;
    this._summary.textContent = lineOf(report, this._trans);
    this._view?.showReport(report);
  }

  dispose(): void {
    this._view?.dispose();
    this.node.remove();
  }

  private _report: IReport;
  private _view: IReportView | null = null;
  private readonly _trans: TranslationBundle;
  private readonly _summary = element('summary');
}

/**
 * A report in few words, such as `12.3 ± 0.4 J · 1.20 s · 10.0 W mean · measured`;
 * those of `compact.py` in the Python package.
 */
export function lineOf(report: IReport, trans: TranslationBundle): string {
  const { energy_j, uncertainty_j, provenance, domains } = report;
  const isKnown = !isBelowResolution(energy_j, uncertainty_j);
  const scale = scaleOfTotal(report);
  const parts = [
    energyOfSum(
      energy_j,
      uncertainty_j,
      boundsOfTotal(report, domains),
      provenance,
      scale
    ),
    duration(report.duration_s),
    report.mean_power_w !== null && isKnown
      ? trans.__('%1 mean', meanPower(report, scale))
      : '',
    howOf(report, trans),
    statusOf(report, trans)
  ];
  return parts.filter(Boolean).join(' · ');
}

/** How the joules came about, or empty where there are none. */
function howOf(report: IReport, trans: TranslationBundle): string {
  if (isReplayed([report, ...report.domains])) {
    return trans.__('%1, not measured', replayWord(trans));
  }
  const { provenance } = report;
  if (provenance === null) {
    return '';
  }
  return isEstimate(provenance)
    ? provenanceWord(provenance, trans)
    : trans.__('measured');
}

/** How the cell ended, or empty where it just did. */
function statusOf({ status }: IReport, trans: TranslationBundle): string {
  switch (status) {
    case 'ok':
      return '';
    case 'error':
      return trans.__('error');
    case 'interrupted':
      return trans.__('interrupted');
    case 'died':
      return trans.__('died');
  }
}
