import type { ILiveHead, INow, IOtherHost } from '../record/livemessages';
import { totalProvenance } from '../record/quantity';
import type { IEnergyPart, Provenance } from '../record/report';

/** What a run has used until now, on all hosts that are metered. */
export interface ISoFar {
  /** Null before the first samples. */
  readonly energy_j: number | null;
  readonly power_w: number | null;
  readonly provenance: Provenance | null;
  /** The joules of the domains here, and of each other host; those without any are left out. */
  readonly parts: readonly IEnergyPart[];
  /** How many hosts are metered. */
  readonly hosts: number;
  /** Whether a host is lost, or has told nothing yet, so that it is at least this. */
  readonly isAtLeast: boolean;
}

/** Adds up what the messages tell of the domains here and of other hosts. */
export function soFarOf(
  { domains, provenance }: Pick<ILiveHead, 'domains' | 'provenance'>,
  now: INow | null
): ISoFar {
  const own = domains.flatMap(domain => {
    const energy_j = now?.domains[domain.id]?.energy_j ?? null;
    const { id, provenance, counted, scale } = domain;
    return energy_j === null
      ? []
      : [{ id, energy_j, provenance, counted, scale }];
  });
  const others = now?.elsewhere?.hosts ?? [];
  const told = others.flatMap(partOf);
  const kinds = [provenance, ...others.map(host => host.provenance)];
  return {
    energy_j: sumOf([now?.energy_j, ...told.map(part => part.energy_j)]),
    power_w: sumOf([now?.power_w, ...others.map(host => host.power_w)]),
    provenance: totalProvenance(new Set(kinds.filter(kind => kind !== null))),
    parts: [...own, ...told],
    hosts: others.reduce((count, { hosts }) => count + hosts, 1),
    isAtLeast: now?.elsewhere?.at_least ?? false
  };
}

/** What a host adds to the total, of its weakest provenance; nothing where it has told nothing. */
function partOf(host: IOtherHost): IEnergyPart[] {
  const { name: id, energy_j, provenance: kind, scale } = host;
  if (energy_j === null || kind === null) {
    return [];
  }
  const provenance = kind === 'mixed' ? 'estimate' : kind;
  return [{ id, energy_j, provenance, counted: true, scale }];
}

/** Values together; null where none is known. */
function sumOf(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter(value => value != null);
  return known.length > 0 ? known.reduce((a, b) => a + b) : null;
}
