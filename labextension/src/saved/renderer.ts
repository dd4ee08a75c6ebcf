/**
 * The renderer of a saved report: the view that ran beside the cell, with its
 * chart to read, from nothing but the report in the notebook. It trusts no
 * record: one that does not fit gives way to the HTML that stands beside it.
 */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { element } from '../chart/dom';
import { injectStyle } from '../chart/style';
import { REPORT_MIME_TYPE } from '../record/bundle';
import { parseReport } from '../record/savedreport';
import { NewerRecord, RecordError } from '../record/validation';
import { FittedView } from '../runview/fittedview';
import { explainSigns } from '../runview/signs';
import type { Settings } from '../settings';
import type { OpenHelp } from '../text/explained';
import { verbatim } from '../text/verbatim';
import { newerReport, sentence } from '../text/words';
import { clusterTables } from './clustertables';
import { notesOf } from './notes';
import { isCompact, isSilent, sizeOf } from './place';

const STYLE = `
.jg-Report-unreadable{padding:4px 8px}
`;

/** Shows the report of a mime bundle. */
export class ReportRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(
    sanitizer: IRenderMime.ISanitizer,
    private readonly _trans: TranslationBundle,
    private readonly _settings: Pick<Settings, 'now' | 'changed'>,
    private readonly _help: OpenHelp
  ) {
    super();
    this._sanitizer = sanitizer;
    this.addClass('jg-Report');
    injectStyle('jg-report-style', STYLE);
    explainSigns(this.node, _trans, _help);
    this._settings.changed.connect(this._onSettingsChanged, this);
  }

  /** Shows a bundle; a later one of the same run keeps what the user has chosen. */
  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const report = parseReport(model.data[REPORT_MIME_TYPE]);
    if (report instanceof RecordError) {
      this._clear();
      this._showInstead(model.data['text/html'], report);
      return Promise.resolve();
    }
    this._model = model;
    const size = sizeOf(model, this._settings.now.view);
    if (isSilent(model) && size !== 'full') {
      this._clear();
      return Promise.resolve();
    }
    const key = `${size} ${report.run_id}`;
    if (this._view && this._key === key) {
      this._view.showReport(report);
    } else {
      this._clear();
      this._key = key;
      this._view = FittedView.ofReport(report, {
        size,
        isMuted: isCompact(model),
        trans: this._trans,
        help: this._help,
        notes: report => notesOf(report, this._trans),
        tables: report => clusterTables(report, this._trans)
      });
      this.node.append(this._view.node);
    }
    return Promise.resolve();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._settings.changed.disconnect(this._onSettingsChanged, this);
      this._clear();
      super.dispose();
    }
  }

  private _onSettingsChanged(): void {
    if (this._model) {
      void this.renderModel(this._model);
    }
  }

  /** Shows the HTML beside a report that cannot be read, as if it were not trusted, or why. */
  private _showInstead(html: unknown, error: RecordError): void {
    const instead = element('div', 'jg-Report-unreadable');
    if (typeof html === 'string') {
      instead.className = 'jp-RenderedHTMLCommon';
      instead.innerHTML = this._sanitizer.sanitize(html);
    } else {
      instead.textContent =
        error instanceof NewerRecord
          ? sentence(newerReport(this._trans))
          : this._trans.__(
              'Unreadable energy report (%1): run the cell again.',
              verbatim(error.message)
            );
    }
    this.node.append(instead);
  }

  private _clear(): void {
    this._view?.dispose();
    this._view = null;
    this.node.replaceChildren();
  }

  private readonly _sanitizer: IRenderMime.ISanitizer;
  private _model: IRenderMime.IMimeModel | null = null;
  private _view: FittedView | null = null;
  /** What the view shows: how, and of which run. */
  private _key = '';
}
