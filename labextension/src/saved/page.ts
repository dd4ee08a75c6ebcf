/**
 * Saved reports in a page without Jupyter, such as a notebook on the documentation's site. An
 * element of the class `jg-Report` holds the record, as JSON, and the page that stands beside it
 * in a notebook: this gives way to the view, and stays where the record cannot be read.
 */
import { parseReport } from '../record/savedreport';
import { RecordError } from '../record/validation';
import { FittedView } from '../runview/fittedview';
import { UNTRANSLATED } from '../text/words';
import { clusterTables } from './clustertables';
import { notesOf } from './notes';

const RECORD = 'script[type="application/json"]';

/** Shows the reports below `root`. */
export function showReports(root: ParentNode): void {
  for (const place of root.querySelectorAll('.jg-Report')) {
    const report = parseReport(recordIn(place));
    if (!(report instanceof RecordError)) {
      const view = FittedView.ofReport(report, {
        notes: report => notesOf(report, UNTRANSLATED),
        tables: report => clusterTables(report, UNTRANSLATED)
      });
      place.replaceChildren(view.node);
    }
  }
}

function recordIn(place: Element): unknown {
  try {
    return JSON.parse(place.querySelector(RECORD)?.textContent ?? 'null');
  } catch {
    return null;
  }
}

/** Tells the charts, which look for JupyterLab's themes, that MkDocs' theme has changed. */
function followTheme(body: HTMLElement): void {
  new MutationObserver(() => {
    body.dataset.jpThemeName = body.dataset.mdColorScheme;
  }).observe(body, { attributeFilter: ['data-md-color-scheme'] });
}

showReports(document);
followTheme(document.body);
