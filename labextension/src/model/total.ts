/** The sum over the rows of a notebook. */
import { type Device, deviceOf, DEVICES } from '../record/device';
import { boundsOfTotal, type IBounds } from '../record/quantity';
import type { Provenance } from '../record/report';
import type { IEnergyRow, IEnergyTotal } from '../tokens';
import { unreadDomains } from './host';
import { memoised } from './memo';

/**
 * Adds rows up. Rows without a figure do not count.
 *
 * Measured uncertainties are independent between cells: their squares add up.
 * Those of estimates come from one model, whose error all cells share: they
 * add up as they are. So does what a baseline adds to the uncertainty of net
 * energy, since cells share the baseline too.
 */
export function totalOf(rows: readonly IEnergyRow[]): IEnergyTotal {
  let cells = 0;
  let energy_j = 0;
  let duration_s = 0;
  let measured_j2 = 0;
  let estimated_j = 0;
  let low_j = 0;
  let high_j = 0;
  let net_j: number | null = null;
  let baseline_j = 0;
  let isNetKnown = true;
  let failed = 0;
  const devices_j = noJoules();
  const estimates_j = noJoules();
  const provenances = new Set<Provenance | null>();
  const unread = new Set<string>();
  for (const row of rows) {
    if (row.energy_j === null) {
      continue;
    }
    cells += 1;
    energy_j += row.energy_j;
    duration_s += row.duration_s ?? 0;
    const whole_j = row.uncertainty_j ?? 0;
    measured_j2 += whole_j ** 2 - row.estimateUncertainty_j ** 2;
    estimated_j += row.estimateUncertainty_j;
    const part = partOf(row);
    low_j += part.bounds.low_j;
    high_j += part.bounds.high_j;
    provenances.add(row.provenance);
    failed += row.status === 'ok' || row.status === 'running' ? 0 : 1;
    for (const device of DEVICES) {
      devices_j[device] += part.devices_j[device];
      estimates_j[device] += part.estimates_j[device];
    }
    if (part.unread !== null) {
      unread.add(part.unread);
    }
    const net = row.details;
    if (net && net.net_energy_j !== null) {
      const ofBaseline_j2 = (net.net_uncertainty_j ?? 0) ** 2 - whole_j ** 2;
      net_j = (net_j ?? 0) + net.net_energy_j;
      baseline_j += Math.sqrt(Math.max(0, ofBaseline_j2));
    } else if (row.status !== 'running') {
      isNetKnown = false;
    }
  }
  const uncertainty_j = Math.sqrt(measured_j2 + estimated_j ** 2);
  return {
    cells,
    energy_j,
    uncertainty_j,
    bounds: { low_j, high_j },
    net_energy_j: isNetKnown ? net_j : null,
    netUncertainty_j: Math.hypot(uncertainty_j, baseline_j),
    duration_s,
    mean_power_w: duration_s > 0 ? energy_j / duration_s : null,
    provenance: totalProvenance(provenances),
    estimated_j: DEVICES.reduce((sum, device) => sum + estimates_j[device], 0),
    devices_j,
    estimates_j,
    failed,
    isReplayed: rows.some(row => row.isReplayed && row.energy_j !== null),
    isUneven: unread.size > 1,
    isRunning: rows.some(row => row.status === 'running')
  };
}

/**
 * How a total came about. Counters and integrated power together are the weaker
 * of the two, power; measured and estimated joules together are mixed.
 */
function totalProvenance(
  provenances: ReadonlySet<Provenance | null>
): Provenance | null {
  if (provenances.has('estimate') || provenances.has('mixed')) {
    return provenances.size > 1 ? 'mixed' : [...provenances][0];
  }
  return provenances.has('power') ? 'power' : ([...provenances][0] ?? null);
}

/** What one row adds to a total, as far as its domains tell. */
interface IPartOfTotal {
  readonly bounds: IBounds;
  readonly devices_j: Readonly<Record<Device, number>>;
  readonly estimates_j: Readonly<Record<Device, number>>;
  /** The domains that it lacks; null where it does not know. */
  readonly unread: string | null;
}

const partOf = memoised((row: IEnergyRow): IPartOfTotal => {
  const devices_j = noJoules();
  const estimates_j = noJoules();
  for (const { id, energy_j, counted, provenance } of row.parts) {
    if (counted) {
      const device = deviceOf(id);
      devices_j[device] += energy_j;
      estimates_j[device] += provenance === 'estimate' ? energy_j : 0;
    }
  }
  return {
    bounds: boundsOfTotal(row, row.details?.domains ?? []),
    devices_j,
    estimates_j,
    unread: row.missing && unreadDomains(row).sort().join()
  };
});

function noJoules(): Record<Device, number> {
  return { cpu: 0, dram: 0, gpu: 0, other: 0 };
}
