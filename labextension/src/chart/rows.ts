/**
 * The rows of a legend, each with a curve: the members of a total, where there are
 * many by kind of hardware, or by host of several. What lies inside a member, and each of many, is
 * folded away. `members.py` and `groups.py` in the Python package have the same
 * rules.
 */
import {
  type Device,
  deviceOf,
  DEVICES,
  hostOf,
  placeOf
} from '../record/device';
import type { Provenance } from '../record/report';
import { deviceWord, type Translator, UNTRANSLATED } from '../text/words';
import type { IColumns, IDomain } from './curve';
import { sum } from './geometry';
import { domainColours, shade } from './palette';

/** More members than these are shown by kind, or by host of several. */
export const MOST_MEMBERS = 6;

/** A domain, or the members of one kind or host together. */
export interface IRow {
  /** Its domain's id; `CPU` and the like of a kind, which no id is, in any language; a host. */
  readonly id: string;
  /** What it is called: its id, or the name of its kind. */
  readonly name: string;
  readonly domains: readonly IDomain[];
  /** The places of its domains in the curve. */
  readonly places: readonly number[];
  /** How many there are of them, where one is like the others. */
  readonly alike: number;
  readonly provenance: Provenance;
  /** Whether it is in the total. */
  readonly counted: boolean;
  /** The id of the member that it lies inside; null where it lies in none. */
  readonly parent: string | null;
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
  isUnfolded: boolean,
  trans: Translator = UNTRANSLATED
): readonly IRow[] {
  // On a cluster, each other host has its row while the cell runs, after those of this one.
  const own = domains.filter(domain => !isHost(domain));
  const colours = domainColours(
    domains.map((domain, index) =>
      isHost(domain) ? { ...domain, id: DEVICES[index % 4] } : domain
    )
  );
  const all = domains.map((domain, index) =>
    rowOf(domain, [index], domains, colours[index], trans)
  );
  if (own.length < all.length) {
    return [...rowsOf(own, isUnfolded, trans), ...all.slice(own.length)];
  }
  const members = all.filter(({ counted }) => counted);
  if (isUnfolded) {
    return inOrder(all);
  }
  if (members.length <= MOST_MEMBERS) {
    return members;
  }
  const hosts = [...new Set(members.map(({ id }) => hostOf(id)))];
  const isOnHosts = hosts.length > 1 && !hosts.includes('');
  const groupOf = isOnHosts ? hostOf : deviceOf;
  return (isOnHosts ? hosts : DEVICES).flatMap((group, index) => {
    const places = members
      .filter(({ id }) => groupOf(id) === group)
      .flatMap(row => row.places);
    if (places.length === 0) {
      return [];
    }
    if (isOnHosts) {
      // Its colour says nothing of a kind.
      const colour = shade(DEVICES[index % 4], Math.floor(index / 4));
      const row = rowOf({ id: group }, places, domains, colour, trans);
      return [{ ...row, alike: 1 }];
    }
    const kind = group as Device;
    const head = { id: kind.toUpperCase(), name: deviceWord(kind, trans) };
    return [rowOf(head, places, domains, shade(kind, 0), trans)];
  });
}

/** What is folded away, such as `each of 10, 4 inside`; empty where nothing is. */
export function foldedWords(
  domains: readonly IDomain[],
  trans: Translator = UNTRANSLATED
): string {
  const members = domains.filter(({ counted }) => counted).length;
  const others = domains.length - members;
  return [
    members > MOST_MEMBERS ? trans.__('each of %1', members) : '',
    others > 0 ? trans.__('%1 not added to the total', others) : ''
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
  const inside = (id: string | null): IRow[] =>
    others.filter(({ parent }) => parent === id);
  return [...members.flatMap(row => [row, ...inside(row.id)]), ...inside(null)];
}

function rowOf(
  { id, name = id }: { readonly id: string; readonly name?: string },
  places: readonly number[],
  all: readonly IDomain[],
  colour: string,
  trans: Translator
): IRow {
  const domains = places.map(place => all[place]);
  const [first] = domains;
  const isAlike = (key: keyof IDomain): boolean =>
    domains.every(domain => domain[key] === first[key]);
  const parent = parentOf(first, all);
  return {
    id,
    name,
    domains,
    places,
    alike: places.length,
    provenance: isAlike('provenance')
      ? first.provenance
      : domains.some(({ provenance }) => provenance === 'estimate')
        ? 'mixed'
        : 'power',
    counted: first.counted,
    parent,
    place: first.counted
      ? ''
      : parent === null
        ? trans.__('not in the total')
        : trans.__('inside %1', parent),
    device: isAlike('device') ? first.device : '',
    colour,
    mean_power_w: sumOf(domains.map(({ mean_power_w }) => mean_power_w)),
    baseline_w: sumOf(domains.map(({ baseline_w }) => baseline_w))
  };
}

/** A core lies inside its package, a board's memory inside the board; a platform lies in none. */
function parentOf(domain: IDomain, all: readonly IDomain[]): string | null {
  if (domain.counted) {
    return null;
  }
  const device = placeOf(domain.id);
  const parent = all.find(
    ({ id, counted }) =>
      counted && placeOf(id) === device && deviceOf(id) === deviceOf(domain.id)
  );
  return parent?.id ?? null;
}

/** Whether a domain is a whole host. Its colour says nothing of a kind. */
function isHost({ id }: IDomain): boolean {
  return hostOf(id) === id;
}

/** Values together; null where one of them is not known. */
function sumOf(values: readonly (number | null | undefined)[]): number | null {
  return values.reduce<number | null>(
    (total, value) => (total === null || value == null ? null : total + value),
    0
  );
}
