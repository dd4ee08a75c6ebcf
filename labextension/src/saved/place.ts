/** What is to be seen of a report until its view is loaded: its text, in a place of the view's height. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

import { REPORT_MIME_TYPE } from '../record/bundle';
import { printable } from '../record/printable';
import type { ViewSize } from '../settings';

/** A report in its place. The record is not checked yet. */
export function placeOf(
  model: IRenderMime.IMimeModel,
  size: ViewSize
): HTMLElement {
  const place = document.createElement('div');
  if (isSilent(model)) {
    return place;
  }
  const text = document.createElement('div');
  place.append(text);
  const plain = model.data['text/plain'];
  text.textContent = typeof plain === 'string' ? printable(plain) : '';
  if (size === 'full' || (size === 'automatic' && isLong(model))) {
    place.className = 'jg-Place';
  }
  return place;
}

/** How large a bundle is shown where the user has chosen `size`. */
export function sizeOf(
  model: IRenderMime.IMimeModel,
  size: ViewSize
): ViewSize {
  return size === 'automatic' && isCompact(model) ? 'compact' : size;
}

/** Whether a bundle is that of a cell which keeps one line only. */
export function isCompact(model: IRenderMime.IMimeModel): boolean {
  return about(model)?.compact === true;
}

/** Whether a bundle is that of a cell too short for a line. */
export function isSilent(model: IRenderMime.IMimeModel): boolean {
  return about(model)?.silent === true;
}

interface IAbout {
  readonly compact?: unknown;
  readonly silent?: unknown;
}

function about({ metadata }: IRenderMime.IMimeModel): IAbout | undefined {
  return metadata[REPORT_MIME_TYPE] as IAbout | undefined;
}

/** Whether a report has more to show than a line; `fittedview.ts` looks closer. */
function isLong(model: IRenderMime.IMimeModel): boolean {
  const report = model.data[REPORT_MIME_TYPE] as {
    duration_s?: unknown;
    domains?: unknown;
  } | null;
  return (
    !isCompact(model) &&
    Number(report?.duration_s) >= 1 &&
    Array.isArray(report?.domains) &&
    report.domains.length > 0
  );
}
