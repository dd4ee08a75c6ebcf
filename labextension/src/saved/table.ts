import { element } from '../chart/dom';

/** A table of texts; the first row is its heads. */
export function tableOf(rows: readonly (readonly string[])[]): HTMLElement {
  const table = element('table');
  table.style.marginBottom = '8px';
  table.append(
    ...rows.map((cells, row) => {
      const line = element('tr');
      const name = row === 0 ? 'th' : 'td';
      line.append(...cells.map(text => element(name, '', text)));
      return line;
    })
  );
  return table;
}
