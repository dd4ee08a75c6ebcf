import type { ILiveHead, INow } from '../record/livemessages';
import { sumOf, totalProvenance } from '../record/quantity';
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
    return energy_j === null ? [] : [{ ...domain, energy_j }];
  });
  const others = now?.elsewhere?.hosts ?? [];
  const told = others.flatMap(host => host.parts);
  const kinds = [provenance, ...told.map(part => part.provenance)];
  return {
    energy_j: sumOf([now?.energy_j, ...told.map(part => part.energy_j)]),
    power_w: sumOf([now?.power_w, ...others.map(host => host.power_w)]),
    provenance: totalProvenance(new Set(kinds.filter(kind => kind !== null))),
    parts: [...own, ...told],
    hosts: others.reduce((count, { hosts }) => count + hosts, 1),
    isAtLeast: now?.elsewhere?.at_least ?? false
  };
}
