/** What the rows of a notebook tell of the machine. */
import type { IEnergyRow, IHost } from '../tokens';
import { memoised } from './memo';

/** The id of one domain, such as `gpu:0`; that of a family, such as `nvml`, has no number. */
const DOMAIN_ID = /^\w+:\d+(\/|$)/;

/** What the row that began last tells, among those that know. */
export function hostOf(rows: readonly IEnergyRow[]): IHost {
  const about = newest(rows.filter(row => row.details));
  return {
    domains: about?.details?.domains ?? [],
    missing: newest(rows.filter(row => row.missing))?.missing ?? [],
    baselineAt: about?.details?.baseline_at ?? null,
    hasOtherMeters: about?.details?.flags?.includes('other-meters') ?? false
  };
}

const beganAt = memoised((row: IEnergyRow) => Date.parse(row.startedAt));

function newest(rows: readonly IEnergyRow[]): IEnergyRow | null {
  let found: IEnergyRow | null = null;
  let foundTime_ms = -Infinity;
  for (const row of rows) {
    const time_ms = beganAt(row);
    if (time_ms > foundTime_ms) {
      found = row;
      foundTime_ms = time_ms;
    }
  }
  return found;
}

/** The ids of the domains that a row lacks, since their sensor could not be read. */
export function unreadDomains({ missing, details }: IEnergyRow): string[] {
  const read = details?.domains.map(({ id }) => id) ?? [];
  return (missing ?? [])
    .map(({ id }) => id)
    .filter(id => DOMAIN_ID.test(id) && !read.includes(id));
}
