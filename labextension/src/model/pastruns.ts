import type { IReport } from '../record/report';

/** As many reports are kept: at 16 KiB each as a file, a few megabytes. */
const MAX_REPORTS = 200;

/** The reports of earlier runs, as long as the page: the notebook holds only the last of each cell. */
export class PastRuns {
  /** Takes the report of a cell in; one that was refined replaces itself. */
  note(cellId: string, report: IReport): void {
    this._byRun.set(report.run_id, { cellId, report });
    const [oldest] = this._byRun.keys();
    if (this._byRun.size > MAX_REPORTS) {
      this._byRun.delete(oldest);
    }
  }

  /** The reports of a cell, the newest first. */
  of(cellId: string): IReport[] {
    return [...this._byRun.values()]
      .filter(run => run.cellId === cellId)
      .map(({ report }) => report)
      .sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at));
  }

  /** Forgets all of them. */
  clear(): void {
    this._byRun.clear();
  }

  private readonly _byRun = new Map<
    string,
    { readonly cellId: string; readonly report: IReport }
  >();
}
