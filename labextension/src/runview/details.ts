import { element, setText } from '../chart/dom';
import type { Run } from '../feed/run';
import type { IConditions, IMissing } from '../record/report';
import { markedPower, period, power, whole } from '../text/format';
import { verbatim } from '../text/verbatim';
import { provenanceWord, type Translator } from '../text/words';

const CODE = /`([^`]+)`/;

/** What is there to be known on demand: sensors, devices, what is missing, remarks. */
export class Details {
  readonly node = element('div', 'jpg-details');

  constructor(private readonly _trans: Translator) {
    this.node.append(this._table, this._notes);
  }

  /** Shows what is now known of a run. */
  show(run: Run, notes: readonly string[]): void {
    const trans = this._trans;
    const heads = [
      trans.__('Domain'),
      trans.__('Device'),
      trans.__('Sensor'),
      trans.__('Busy'),
      trans.__('Temperature'),
      trans.__('Limit'),
      trans.__('Idle')
    ];
    const rows = run.head.domains.map(domain => {
      const { id, device, provenance, resolution_s, baseline_w } = domain;
      const seen = conditionsOf(run, id);
      const { utilization_percent, temperature_c, power_limit_w } = seen;
      const sensor = provenanceWord(provenance, trans);
      return [
        id,
        device,
        resolution_s
          ? trans.__('%1, every %2', sensor, period(resolution_s))
          : sensor,
        utilization_percent === undefined
          ? '–'
          : `${whole(utilization_percent)} %`,
        temperature_c === undefined ? '–' : `${whole(temperature_c)} °C`,
        power(power_limit_w ?? null),
        markedPower(baseline_w ?? null, provenance)
      ];
    });
    const isKnown = heads.map((_, column) =>
      rows.some(cells => cells[column] !== '–')
    );
    this._fill(
      [heads, ...rows].map(cells => cells.filter((_, i) => isKnown[i]))
    );
    const remarks = [
      ...(run.missing ?? []).map(missing => missingNote(missing, trans)),
      ...notes
    ];
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

function missingNote(
  { id, reason, remedy }: IMissing,
  trans: Translator
): string {
  return trans.__(
    '%1 is not read: %2. %3',
    id,
    verbatim(reason),
    verbatim(remedy)
  );
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
