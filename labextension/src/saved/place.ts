/** What is to be seen of a report until its view is loaded: its text, in a place of the view's height. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

import { REPORT_MIME_TYPE } from '../record/bundle';
import { printable } from '../record/printable';

/** A report in its place. The record is not checked yet. */
export function placeOf(model: IRenderMime.IMimeModel): HTMLElement {
  const place = document.createElement('div');
  const text = document.createElement('div');
  place.append(text);
  const plain = model.data['text/plain'];
  text.textContent = typeof plain === 'string' ? printable(plain) : '';
  if (!isCompact(model)) {
    place.className = 'jg-Place';
    place.style.setProperty('--jg-domains', String(domainsOf(model)));
  }
  return place;
}

/** Whether a bundle is that of a cell which keeps one line only. */
export function isCompact({ metadata }: IRenderMime.IMimeModel): boolean {
  const about = metadata[REPORT_MIME_TYPE] as { compact?: unknown } | undefined;
  return about?.compact === true;
}

/** How many domains a report tells of. */
function domainsOf({ data }: IRenderMime.IMimeModel): number {
  const report = data[REPORT_MIME_TYPE] as { domains?: unknown } | null;
  return Array.isArray(report?.domains) ? report.domains.length : 1;
}
