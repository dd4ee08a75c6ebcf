/** The records that stand in the mime bundle of an output. */

/** A report. */
export const REPORT_MIME_TYPE = 'application/vnd.jupyter-green.report.v1+json';

/** Whether a report of this type is of a later version than this extension knows. */
export function isNewerReportType(mimeType: string): boolean {
  const version =
    /^application\/vnd\.jupyter-green\.report\.v(\d+)\+json$/.exec(mimeType);
  return version !== null && Number(version[1]) > 1;
}

/** The result of several runs, such as `%energy` leaves. */
export const REPEATS_MIME_TYPE =
  'application/vnd.jupyter-green.repeats.v1+json';

/**
 * Names the run whose place an output holds; in an output's metadata it is the
 * newest message of the run.
 */
export const LIVE_MIME_TYPE = 'application/vnd.jupyter-green.live.v1+json';

/** The live widget beside it, for front ends without this extension. */
export const WIDGET_MIME_TYPE = 'application/vnd.jupyter.widget-view+json';

/** What is said in the place of a report that will not come. */
export const NO_REPORT =
  'energy: no report (the kernel stopped, or the notebook was closed, before the cell ended)';

/** Returns the id of the run that a bundle belongs to by the record of this type. */
export function runIdOf(
  bundle: object,
  mimeType = LIVE_MIME_TYPE
): string | null {
  const record = (bundle as Record<string, unknown>)[mimeType];
  const runId = (record as { run_id?: unknown } | null | undefined)?.run_id;
  return typeof runId === 'string' ? runId : null;
}
