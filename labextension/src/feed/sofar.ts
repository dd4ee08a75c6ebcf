import type { IDomain } from '../chart/curve';
import type { INow } from '../record/livemessages';
import type { IEnergyPart } from '../record/report';

/** Whose the joules of a run are until now. */
export interface ISoFar {
  /** Those of the domains here, and of each other host; those without any are left out. */
  readonly parts: readonly IEnergyPart[];
  /** How many hosts the run is on. */
  readonly hosts: number;
}

/** What the messages tell of the domains here and of other hosts. */
export function soFarOf(domains: readonly IDomain[], now: INow | null): ISoFar {
  const own = domains.flatMap(domain => {
    const energy_j = now?.domains[domain.id]?.energy_j ?? null;
    return energy_j === null ? [] : [{ ...domain, energy_j }];
  });
  const others = now?.elsewhere?.hosts ?? [];
  return {
    parts: [...own, ...others.flatMap(({ parts }) => parts)],
    hosts: others.reduce((count, { hosts }) => count + hosts, 1)
  };
}

/** What a run's curve is made of: the domains here, and each other host that has joules. */
export function curvesOf(
  domains: readonly IDomain[],
  now: INow | null
): readonly IDomain[] {
  const others = now?.elsewhere?.hosts ?? [];
  return [
    ...domains,
    ...others.flatMap(({ name, parts }) =>
      parts.slice(0, 1).map(first => ({ ...first, id: name, device: '' }))
    )
  ];
}
