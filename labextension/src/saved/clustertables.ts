import type { IReport } from '../record/report';
import type { Translator } from '../text/words';
import { hostsTable } from './hoststable';
import { tasksTable } from './taskstable';

/** What the details of a report on a cluster begin with. */
export function clusterTables(
  report: IReport,
  trans: Translator
): readonly HTMLElement[] {
  return [...hostsTable(report, trans), ...tasksTable(report, trans)];
}
