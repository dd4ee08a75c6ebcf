/** A notebook's energy as text: for spreadsheets, programs and papers. */
import { deviceOf, DEVICES } from '../record/device';
import type { EnergyUnit } from '../settings';
import { duration, meanPower } from '../text/format';
import { metricWords } from '../text/outcomewords';
import {
  energyWords,
  powerWords,
  promptOf,
  rowPerUnit
} from '../text/rowwords';
import { energyOfSumIn } from '../text/units';
import type { IEnergyRow, IEnergyTotal, IScaleRange } from '../tokens';

/** A sign at which a spreadsheet takes a text for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

type Column = readonly [
  name: string,
  value: (row: IEnergyRow) => number | string | null
];

const COLUMNS: readonly Column[] = [
  ['cell_id', row => row.cellId],
  ['execution_count', row => row.executionCount],
  ['title', row => row.title],
  ['stage', row => row.stage],
  ['status', row => row.status],
  ['started_at', row => row.startedAt],
  ['energy_j', row => row.energy_j],
  ['uncertainty_j', row => row.uncertainty_j],
  ['scale_low', row => scaleOf(row)?.low ?? null],
  ['scale_high', row => scaleOf(row)?.high ?? null],
  // One for each kind of hardware; empty where none of it was read.
  ...DEVICES.map((device): Column => [
    `${device}_energy_j`,
    ({ parts }) => {
      const counted = parts.filter(
        part => part.counted && deviceOf(part.id) === device
      );
      return counted.length === 0
        ? null
        : counted.reduce((sum_j, { energy_j }) => sum_j + energy_j, 0);
    }
  ]),
  ['net_energy_j', row => row.details?.net_energy_j ?? null],
  ['net_uncertainty_j', row => row.details?.net_uncertainty_j ?? null],
  ['per_count', row => row.per?.count ?? null],
  ['per_unit', row => row.per?.unit ?? null],
  ['energy_per_unit_j', row => perUnit(row.energy_j, row)],
  ['uncertainty_per_unit_j', row => perUnit(row.uncertainty_j, row)],
  ['mean_power_w', row => row.power_w],
  ['peak_power_w', row => row.peakPower_w],
  ['duration_s', row => row.duration_s],
  ['provenance', row => row.provenance],
  ['flags', row => row.details?.flags?.join(' ') ?? null]
];

/** Some joules of a row for each unit of its work; null where it counts none. */
function perUnit(energy_j: number | null, { per }: IEnergyRow): number | null {
  return energy_j !== null && per?.count ? energy_j / per.count : null;
}

/** The rows as CSV (RFC 4180), one column for each metric behind the others. */
export function asCsv(rows: readonly IEnergyRow[]): string {
  const metrics = [...new Set(rows.flatMap(row => Object.keys(row.metric)))];
  const columns: readonly Column[] = [
    ...COLUMNS,
    ...metrics.map((name): Column => [
      name,
      row => (Object.hasOwn(row.metric, name) ? row.metric[name] : null)
    ])
  ];
  const lines = [
    columns.map(([name]) => field(name)),
    ...rows.map(row => columns.map(([, value]) => field(value(row))))
  ];
  return lines.map(line => `${line.join(',')}\r\n`).join('');
}

/** Rows and total as a table in Markdown. */
export function asMarkdown(
  rows: readonly IEnergyRow[],
  total: IEnergyTotal,
  unit: EnergyUnit
): string {
  const achieved = rows.map(row => achievedWords(row, unit));
  const hasAchieved = achieved.some(words => words !== '');
  const lines = [
    ['Cell', 'Stage', 'Energy', 'Mean power', 'Time', 'Provenance'],
    ['---', '---', '---:', '---:', '---:', '---'],
    ...rows.map(row => [
      `${promptOf(row)} ${row.title}`,
      row.stage ?? '',
      energyWords(row, unit),
      powerWords(row),
      row.duration_s === null ? '' : duration(row.duration_s),
      row.provenance ?? row.status
    ]),
    [
      'Total',
      '',
      energyOfSumIn(
        unit,
        total.energy_j,
        total.uncertainty_j,
        total.bounds,
        total.provenance,
        total.scaleRange
      ),
      meanPower(total, total.scaleRange),
      duration(total.duration_s),
      total.provenance ?? ''
    ]
  ];
  const extra = ['Achieved', '---', ...achieved, ''];
  return lines
    .map((line, index) => (hasAchieved ? [...line, extra[index]] : line))
    .map(line => `| ${line.map(markdownText).join(' | ')} |\n`)
    .join('');
}

/** Joules per unit of work and metrics of a row, or empty. */
function achievedWords(row: IEnergyRow, unit: EnergyUnit): string {
  return [rowPerUnit(row, unit), ...metricWords(row.metric)]
    .filter(words => words !== '')
    .join(', ');
}

/** The range of a row's joules, null where it has none. */
function scaleOf({ energy_j, scaleRange }: IEnergyRow): IScaleRange | null {
  return energy_j === null ? null : scaleRange;
}

/** A row as one line of text. */
export function asLine(row: IEnergyRow, unit: EnergyUnit): string {
  return [
    `${promptOf(row)} ${row.title}`,
    energyWords(row, unit),
    powerWords(row),
    row.duration_s === null ? '' : duration(row.duration_s),
    row.stage ?? '',
    row.provenance ?? row.status,
    achievedWords(row, unit)
  ]
    .filter(part => part !== '')
    .join('\t');
}

/** A value of a CSV file. A text that would be a formula is made plain. */
function field(value: number | string | null): string {
  if (value === null || typeof value === 'number') {
    return String(value ?? '');
  }
  const plain = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(plain) ? `"${plain.replace(/"/g, '""')}"` : plain;
}

function markdownText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/([\\`*_[\]<>|])/g, '\\$1')
    .replace(/^\\\[(.*?)\\\] /, '[$1] ');
}
