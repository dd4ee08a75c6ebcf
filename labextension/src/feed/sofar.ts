import type { ILiveHead, INow } from '../record/livemessages';
import { sumOf, totalProvenance } from '../record/quantity';
import type { IEnergyPart, Provenance } from '../record/report';

/** What a run has used until now, on all hosts that are metered. */
export interface ISoFar {
  /** Null before the first samples. */
  readonly energy_j: number | null;
  /** Watts now; null while a host has told nothing yet. */
  readonly power_w: number | null;
  /** The seconds that these joules are of: hosts tell by the second, so that it is less than passed. */
  readonly told_s: number | null;
  readonly provenance: Provenance | null;
  /** The joules of the domains here, and of each other host; those without any are left out. */
  readonly parts: readonly IEnergyPart[];
  /** How many hosts are metered. */
  readonly hosts: number;
  /** Whether a host is lost, or has told nothing yet, so that it is at least this. */
  readonly isAtLeast: boolean;
  /** Whether a host has told nothing yet, which it does within a second or two. */
  readonly isAwaited: boolean;
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
  const isAwaited = others.some(({ lost, t_s }) => !lost && t_s === null);
  const energy_j = sumOf([now?.energy_j, ...told.map(part => part.energy_j)]);
  const mean_w = sumOf([
    meanOf([now?.energy_j], now?.t_s),
    ...others.map(({ parts, t_s }) =>
      meanOf(
        parts.map(part => part.energy_j),
        t_s
      )
    )
  ]);
  const kinds = [provenance, ...told.map(part => part.provenance)];
  return {
    energy_j,
    power_w: isAwaited
      ? null
      : sumOf([now?.power_w, ...others.map(host => host.power_w)]),
    told_s: energy_j && mean_w ? energy_j / mean_w : null,
    provenance: totalProvenance(new Set(kinds.filter(kind => kind !== null))),
    parts: [...own, ...told],
    hosts: others.reduce((count, { hosts }) => count + hosts, 1),
    isAtLeast: now?.elsewhere?.at_least ?? false,
    isAwaited
  };
}

/** The mean watts of joules that are known up to a time. */
function meanOf(
  energies_j: readonly (number | null | undefined)[],
  t_s: number | null | undefined
): number | null {
  const energy_j = sumOf(energies_j);
  return energy_j && t_s ? energy_j / t_s : null;
}
