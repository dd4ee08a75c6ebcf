import { element, setText } from '../chart/dom';
import type { Run } from '../feed/run';
import type { IConditions, IMissing } from '../record/report';
import { markedPower, period, power, whole } from '../text/format';
import { provenanceWord, UNTRANSLATED } from '../text/words';

const HEADS = [
  'Domain',
  'Device',
  'Sensor',
  'Busy',
  'Temperature',
  'Limit',
  'Idle'
];
const CODE = /`([^`]+)`/;

/** What is there to be known on demand: sensors, devices, what is missing, remarks. */
export class Details {
  readonly node = element('div', 'jpg-details');

  constructor() {
    this.node.append(this._table, this._notes);
  }

  /** Shows what is now known of a run. */
  show(run: Run, notes: readonly string[]): void {
    const rows = run.head.domains.map(domain => {
      const { id, device, provenance, resolution_s, baseline_w } = domain;
      const seen = conditionsOf(run, id);
      const { utilization_percent, temperature_c, power_limit_w } = seen;
      return [
        id,
        device,
        provenanceWord(provenance, UNTRANSLATED) +
          (resolution_s ? `, every ${period(resolution_s)}` : ''),
        utilization_percent === undefined
          ? '–'
          : `${whole(utilization_percent)} %`,
        temperature_c === undefined ? '–' : `${whole(temperature_c)} °C`,
        power(power_limit_w ?? null),
        markedPower(baseline_w ?? null, provenance)
      ];
    });
    const isKnown = HEADS.map((_, column) =>
      rows.some(cells => cells[column] !== '–')
    );
    this._fill(
      [HEADS, ...rows].map(cells => cells.filter((_, i) => isKnown[i]))
    );
    const remarks = [...(run.missing ?? []).map(missingNote), ...notes];
    if (remarks.join('\n') !== this._remarks) {
      this._remarks = remarks.join('\n');
      this._notes.replaceChildren(...remarks.map(withCode));
    }
  }

  /** Puts texts into the table, which is made anew only where it has another shape. */
  private _fill(rows: readonly (readonly string[])[]): void {
    const shape = rows.map(({ length }) => length).join();
    if (shape !== this._shape) {
      this._shape = shape;
      this._table.replaceChildren(
        ...rows.map((cells, row) => {
          const line = element('tr');
          line.append(...cells.map(() => element(row === 0 ? 'th' : 'td')));
          return line;
        })
      );
    }
    rows.forEach((cells, row) => {
      cells.forEach((text, column) => {
        setText(this._table.rows[row].cells[column], text);
      });
    });
  }

  private readonly _table = element('table');
  private readonly _notes = element('ul');
  private _shape = '';
  private _remarks = '';
}

/** What a domain's device does now, or did over the window. */
function conditionsOf({ report, now }: Run, id: string): IConditions {
  return (
    (report
      ? report.domains.find(domain => domain.id === id)?.conditions
      : now?.domains[id]?.conditions) ?? {}
  );
}

function missingNote({ id, reason, remedy }: IMissing): string {
  return `${id} is not read: ${reason}. ${remedy}`;
}

/** A sentence as a list's entry, what stands in backticks as code. */
function withCode(sentence: string): HTMLElement {
  const entry = element('li');
  entry.append(
    ...sentence
      .split(CODE)
      .map((part, index) => (index % 2 ? element('code', '', part) : part))
  );
  return entry;
}
