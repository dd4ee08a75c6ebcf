/**
 * The rows of a legend, each with a curve: the members of a total, by kind of
 * hardware where there are many. What lies inside a member, and each of many, is
 * folded away. `members.py` and `groups.py` in the Python package have the same
 * rules.
 */
import { type Device, deviceOf, DEVICES } from '../record/device';
import type { Provenance } from '../record/report';
import type { IColumns, IDomain } from './curve';
import { sum } from './geometry';
import { domainColours, shade } from './palette';

/** More members than these are shown by kind. */
export const MOST_MEMBERS = 6;

const KIND_NAMES: Readonly<Record<Device, string>> = {
  cpu: 'CPU',
  dram: 'DRAM',
  gpu: 'GPU',
  other: 'Other'
};

/** A domain, or the members of one kind together. */
export interface IRow {
  /** Its domain's id; `CPU` and the like of a kind, which no id is. */
  readonly id: string;
  readonly domains: readonly IDomain[];
  /** The places of its domains in the curve. */
  readonly places: readonly number[];
  readonly provenance: Provenance;
  /** Whether it is in the total. */
  readonly counted: boolean;
  /** Where it lies that is not in the total; empty for a member. */
  readonly place: string;
  /** What it is, as far as its name does not say. */
  readonly device: string;
  readonly colour: string;
  /** Its mean over the whole run; null until that is known. */
  readonly mean_power_w: number | null;
  /** What it draws while nothing runs; null where that was not measured. */
  readonly baseline_w: number | null;
}

/** The rows of domains; `isUnfolded` is for one of each. */
export function rowsOf(
  domains: readonly IDomain[],
  isUnfolded: boolean
): readonly IRow[] {
  const colours = domainColours(domains);
  const all = domains.map((domain, index) =>
    rowOf(domain.id, [index], domains, colours[index])
  );
  const members = all.filter(({ counted }) => counted);
  if (isUnfolded) {
    return inOrder(all);
  }
  if (members.length <= MOST_MEMBERS) {
    return members;
  }
  return DEVICES.flatMap(kind => {
    const places = members
      .filter(({ id }) => deviceOf(id) === kind)
      .flatMap(row => row.places);
    return places.length > 0
      ? [rowOf(KIND_NAMES[kind], places, domains, shade(kind, 0))]
      : [];
  });
}

/** What is folded away, such as `each of 10, 4 inside`; empty where nothing is. */
export function foldedWords(domains: readonly IDomain[]): string {
  const members = domains.filter(({ counted }) => counted).length;
  const others = domains.length - members;
  return [
    members > MOST_MEMBERS ? `each of ${members}` : '',
    others > 0 ? `${others} not added to the total` : ''
  ]
    .filter(Boolean)
    .join(', ');
}

/** The watts of rows, in the place of those of the domains. */
export function columnsOf(columns: IColumns, rows: readonly IRow[]): IColumns {
  const power_w = rows.map(({ places }) =>
    places.length === 1
      ? columns.power_w[places[0]]
      : sum(places.map(place => columns.power_w[place]))
  );
  return { ...columns, power_w };
}

/** Each member with what lies inside it below; at the end what lies in none. */
function inOrder(rows: readonly IRow[]): IRow[] {
  const members = rows.filter(({ counted }) => counted);
  const others = rows.filter(({ counted }) => !counted);
  const isInside = ({ id }: IRow): ((row: IRow) => boolean) => {
    return ({ place }) => place === `inside ${id}`;
  };
  return [
    ...members.flatMap(row => [row, ...others.filter(isInside(row))]),
    ...others.filter(row => !members.some(member => isInside(member)(row)))
  ];
}

function rowOf(
  id: string,
  places: readonly number[],
  all: readonly IDomain[],
  colour: string
): IRow {
  const domains = places.map(place => all[place]);
  const [first] = domains;
  const isAlike = (key: keyof IDomain): boolean =>
    domains.every(domain => domain[key] === first[key]);
  return {
    id,
    domains,
    places,
    provenance: isAlike('provenance')
      ? first.provenance
      : domains.some(({ provenance }) => provenance === 'estimate')
        ? 'mixed'
        : 'power',
    counted: first.counted,
    place: placeOf(first, all),
    device: isAlike('device') ? first.device : '',
    colour,
    mean_power_w: sumOf(domains.map(({ mean_power_w }) => mean_power_w)),
    baseline_w: sumOf(domains.map(({ baseline_w }) => baseline_w))
  };
}

/** A core lies inside its package, a board's memory inside the board; a platform lies in none. */
function placeOf(domain: IDomain, all: readonly IDomain[]): string {
  if (domain.counted) {
    return '';
  }
  const [device] = domain.id.split('/');
  const parent = all.find(
    ({ id, counted }) =>
      counted &&
      id.split('/')[0] === device &&
      deviceOf(id) === deviceOf(domain.id)
  );
  return parent ? `inside ${parent.id}` : 'not in the total';
}

/** Values together; null where one of them is not known. */
function sumOf(values: readonly (number | null | undefined)[]): number | null {
  return values.reduce<number | null>(
    (total, value) => (total === null || value == null ? null : total + value),
    0
  );
}
