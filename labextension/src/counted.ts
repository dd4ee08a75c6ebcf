/** What is in the joules of a row, and what is not. */
import { boundsOf, type IBounds } from './format';
import type { IEnergyRow } from './tokens';

/** The id of one domain, such as `gpu:0`; that of a family, such as `nvml`, has no number. */
const DOMAIN_ID = /^\w+:\d+(\/|$)/;

/** The least and the most that the counted domains of a row add up to. */
export function boundsOfRow(row: IEnergyRow): IBounds {
  const counted = row.details?.domains.filter(domain => domain.counted) ?? [];
  if (counted.length > 0) {
    return boundsOf(counted);
  }
  const { energy_j, uncertainty_j } = row;
  return boundsOf([
    { energy_j: energy_j ?? 0, uncertainty_j: uncertainty_j ?? 0 }
  ]);
}

/** The ids of the domains that a row lacks, since their sensor could not be read. */
export function unreadDomains({ missing, details }: IEnergyRow): string[] {
  const read = details?.domains.map(({ id }) => id) ?? [];
  return (missing ?? [])
    .map(({ id }) => id)
    .filter(id => DOMAIN_ID.test(id) && !read.includes(id));
}
