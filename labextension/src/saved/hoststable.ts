import type { IReport } from '../record/report';
import { hostCells } from '../text/hostlines';
import type { Translator } from '../text/words';
import { tableOf } from './table';

/** A table with a row for each of several hosts; nothing of a single one. */
export function hostsTable(
  report: IReport,
  trans: Translator
): readonly HTMLElement[] {
  const rows = hostCells(report, trans);
  if (rows.length === 0) {
    return [];
  }
  const heads = [
    trans.__('Host'),
    trans.__('Energy'),
    trans.__('Time'),
    trans.__('Clock ahead')
  ];
  const isCompared = rows.some(cells => cells[3] !== '–');
  const columns = isCompared ? 4 : 3;
  return [tableOf([heads, ...rows].map(cells => cells.slice(0, columns)))];
}
