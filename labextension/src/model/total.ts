/** The sum over the rows of a notebook. */
import { type Device, deviceOf, DEVICES } from '../record/device';
import {
  boundsOf,
  boundsOfTotal,
  type IBounds,
  type IEnergy,
  isEstimate,
  sumOfBounds,
  totalProvenance,
  uncertaintyOfSum
} from '../record/quantity';
import type { Provenance } from '../record/report';
import {
  type IScaled,
  type IScaleShare,
  joined,
  rangeOf,
  sharesOf,
  sharesOfTotal
} from '../record/scale';
import type { IEnergyRow, IEnergyTotal } from '../tokens';
import { unreadDomains } from './host';
import { memoised } from './memo';

/**
 * Adds rows up as `a + b` does in Python; `tests/data/total_cases.json` holds the
 * two together: readings by `uncertaintyOfSum`, scales by their groups. Rows
 * without a figure do not count.
 *
 * What a baseline adds to the uncertainty of net energy adds up as it is, since
 * cells share the baseline.
 */
export function totalOf(rows: readonly IEnergyRow[]): IEnergyTotal {
  let cells = 0;
  let energy_j = 0;
  let duration_s = 0;
  let told_s = 0;
  let net_j: number | null = null;
  let baseline_j = 0;
  let isNetKnown = true;
  let failed = 0;
  const parts: IPartOfTotal[] = [];
  const shares: IScaleShare[] = [];
  const devices_j = ofDevices(0);
  const estimates_j = ofDevices(0);
  const provenances = new Set<Provenance>();
  const readings: IEnergy[] = [];
  const unread = new Set<string>();
  for (const row of rows) {
    if (row.energy_j === null) {
      continue;
    }
    cells += 1;
    energy_j += row.energy_j;
    duration_s += row.duration_s ?? 0;
    told_s += row.told_s ?? row.duration_s ?? 0;
    const whole_j = row.uncertainty_j ?? 0;
    readings.push({ energy_j: row.energy_j, uncertainty_j: whole_j });
    const part = partOf(row);
    parts.push(part);
    shares.push(...part.shares);
    if (row.provenance !== null) {
      provenances.add(row.provenance);
    }
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
  const uncertainty_j = uncertaintyOfSum(readings);
  return {
    cells,
    energy_j,
    uncertainty_j,
    bounds: sumOfBounds(parts.map(({ bounds }) => bounds)),
    scaleRange: rangeOf(joined(shares), energy_j),
    net_energy_j: isNetKnown ? net_j : null,
    netUncertainty_j: Math.hypot(uncertainty_j, baseline_j),
    duration_s,
    mean_power_w: told_s > 0 ? energy_j / told_s : null,
    provenance: totalProvenance(provenances),
    estimated_j: DEVICES.reduce((sum, device) => sum + estimates_j[device], 0),
    devices_j,
    estimates_j,
    deviceBounds: byDevice(device =>
      sumOfBounds(parts.map(part => part.deviceBounds[device]))
    ),
    deviceScales: byDevice(device =>
      rangeOf(
        joined(parts.flatMap(part => part.deviceShares[device])),
        devices_j[device]
      )
    ),
    failed,
    isReplayed: rows.some(row => row.isReplayed && row.energy_j !== null),
    isAtLeast: rows.some(row => row.isAtLeast),
    isUneven: unread.size > 1,
    isRunning: rows.some(row => row.status === 'running')
  };
}

const NO_BOUNDS: IBounds = { low_j: 0, high_j: 0 };

/** What one row adds to a total, as far as its domains tell. */
interface IPartOfTotal {
  readonly bounds: IBounds;
  readonly shares: readonly IScaleShare[];
  readonly devices_j: Readonly<Record<Device, number>>;
  readonly estimates_j: Readonly<Record<Device, number>>;
  readonly deviceBounds: Readonly<Record<Device, IBounds>>;
  readonly deviceShares: Readonly<Record<Device, readonly IScaleShare[]>>;
  /** The domains that it lacks; null where it does not know. */
  readonly unread: string | null;
}

const partOf = memoised((row: IEnergyRow): IPartOfTotal => {
  const devices_j = ofDevices(0);
  const estimates_j = ofDevices(0);
  const deviceBounds = ofDevices(NO_BOUNDS);
  const scaled: Partial<Record<Device, IScaled[]>> = {};
  for (const part of row.parts) {
    if (part.counted) {
      const { id, energy_j, uncertainty_j = 0, provenance } = part;
      const device = deviceOf(id);
      devices_j[device] += energy_j;
      estimates_j[device] += isEstimate(provenance) ? energy_j : 0;
      deviceBounds[device] = sumOfBounds([
        deviceBounds[device],
        boundsOf([{ energy_j, uncertainty_j }])
      ]);
      if (part.scale) {
        (scaled[device] ??= []).push(part);
      }
    }
  }
  return {
    bounds: boundsOfTotal(row, row.details?.domains ?? []),
    shares: sharesOfTotal(row.parts),
    devices_j,
    estimates_j,
    deviceBounds,
    deviceShares: byDevice(device => sharesOf(scaled[device] ?? [])),
    unread: row.missing && unreadDomains(row).sort().join()
  };
});

/** The same for each kind of hardware. */
function ofDevices<T>(value: T): Record<Device, T> {
  return byDevice(() => value);
}

function byDevice<T>(valueOf: (device: Device) => T): Record<Device, T> {
  return {
    cpu: valueOf('cpu'),
    dram: valueOf('dram'),
    gpu: valueOf('gpu'),
    other: valueOf('other')
  };
}
