/** What the rows of a notebook tell of the machine. */
import { remembered } from './remembered';
import type { IEnergyRow, IHost } from './tokens';

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

const beganAt = remembered((row: IEnergyRow) => Date.parse(row.startedAt));

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
