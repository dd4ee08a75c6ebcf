import { element } from '../chart/dom';
import type { IReport } from '../record/report';
import { hostCells } from '../text/hostlines';
import type { Translator } from '../text/words';

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
  const table = element('table');
  table.style.marginBottom = '8px';
  table.append(
    ...[heads, ...rows].map((cells, row) => {
      const line = element('tr');
      const shown = isCompared ? cells : cells.slice(0, 3);
      line.append(
        ...shown.map(text => element(row === 0 ? 'th' : 'td', '', text))
      );
      return line;
    })
  );
  return [table];
}
