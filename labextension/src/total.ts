/** The sum over the rows of a notebook. */
import type { Provenance } from './report';
import type { IEnergyRow, IEnergyTotal } from './tokens';

/**
 * Adds rows up. Rows without a figure do not count.
 *
 * Measured uncertainties are independent between cells: their squares add up.
 * Those of estimates come from one model, whose error all cells share: they
 * add up as they are.
 */
export function totalOf(rows: readonly IEnergyRow[]): IEnergyTotal {
  let cells = 0;
  let energy_j = 0;
  let duration_s = 0;
  let measured_j2 = 0;
  let estimated_j = 0;
  const provenances = new Set<Provenance | null>();
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
    provenances.add(row.provenance);
  }
  return {
    cells,
    energy_j,
    uncertainty_j: Math.sqrt(measured_j2 + estimated_j ** 2),
    duration_s,
    mean_power_w: duration_s > 0 ? energy_j / duration_s : null,
    provenance: totalProvenance(provenances),
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
