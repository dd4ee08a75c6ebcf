import type {
  IDomainReport,
  IReport,
  ISourcedScale
} from '../src/record/report';
import { EXACT, rangeOf, sharesOfTotal } from '../src/record/scale';
import type { IEnergyRow, IHostPoint } from '../src/tokens';

/** A scale that a group shares, and a made-up source. */
export function aScale(factor: number, group: string): ISourcedScale {
  return { factor, group, source: `source of ${group}` };
}

/** A board's domain: 100 ± 3 J, within 6 % of the true joules. */
export function aBoard(changes: Partial<IDomainReport> = {}): IDomainReport {
  const [domain] = aReport().domains;
  const scale = aScale(1.06, 'board A');
  return { ...domain, id: 'gpu:0', device: 'a board', scale, ...changes };
}

/** An estimated domain: 100 ± 3 J, times or by 2. */
export function anEstimate(
  changes: Partial<IDomainReport> = {}
): IDomainReport {
  const [domain] = aReport().domains;
  const scale = aScale(2, 'CPU model: some');
  return { ...domain, id: 'cpu', provenance: 'estimate', scale, ...changes };
}

/** A valid report, changed as asked. */
export function aReport(changes: Partial<IReport> = {}): IReport {
  return {
    schema: 'jupyter-green.report.v1',
    run_id: 'run-1',
    cell_id: 'cell-1',
    cell_hash: '0123456789abcdef',
    execution_count: 3,
    notebook: 'demo.ipynb',
    label: null,
    stage: null,
    status: 'ok',
    started_at: '2026-01-02T03:04:05Z',
    duration_s: 2,
    energy_j: 100,
    uncertainty_j: 3,
    provenance: 'counter',
    mean_power_w: 50,
    peak_power_w: 60,
    net_energy_j: null,
    domains: [
      {
        id: 'cpu:0/package',
        device: 'a processor',
        source: 'rapl',
        energy_j: 100,
        uncertainty_j: 3,
        mean_power_w: 50,
        provenance: 'counter',
        resolution_s: 0.001,
        counted: true,
        flags: []
      }
    ],
    missing: [],
    trace: { t_s: [0, 1, 2], power_w: { 'cpu:0/package': [40, null, 60] } },
    gaps: [[0.5, 1]],
    metric: {},
    per: null,
    meter: { version: '0.1.0', interval_s: 0.1 },
    ...changes
  };
}

/** The content of a live message, changed as asked. */
export function aMessage(
  kind: 'begin' | 'samples' | 'end',
  changes: Record<string, unknown> = {}
): Record<string, unknown> {
  const body = {
    begin: { seq: 0, missing: [], interval_s: 0.1 },
    samples: {
      seq: 1,
      t_s: [0.1],
      power_w: { 'cpu:0/package': [50] },
      energy_j: [5],
      now: { t_s: 0.1, power_w: 50, energy_j: 5, domains: {} },
      gaps: []
    },
    end: { seq: 2, report: aReport() }
  }[kind];
  return {
    schema: 'jupyter-green.live.v1',
    kind,
    run_id: 'run-1',
    cell_id: 'cell-1',
    execution_count: 3,
    label: null,
    stage: null,
    started_at: '2026-01-02T03:04:05Z',
    provenance: 'counter',
    domains: [],
    ...body,
    ...changes
  };
}

/** The row of a cell that has ended well, changed as asked. */
export function aRow(
  cellId: string,
  changes: Partial<IEnergyRow> = {}
): IEnergyRow {
  const parts = changes.parts ?? changes.details?.domains ?? [];
  const energy_j = changes.energy_j === undefined ? 100 : changes.energy_j;
  return {
    cellId,
    executionCount: 3,
    title: `work("${cellId}")`,
    stage: null,
    status: 'ok',
    reason: '',
    startedAt: '',
    energy_j,
    uncertainty_j: 3,
    scaleRange:
      parts.length > 0 ? rangeOf(sharesOfTotal(parts), energy_j) : EXACT,
    duration_s: 2,
    told_s: null,
    power_w: 50,
    peakPower_w: null,
    recent_w: [],
    previous: null,
    metric: {},
    per: null,
    provenance: 'counter',
    repeats: [],
    blocks: [],
    isReplayed: false,
    isAtLeast: false,
    parts,
    details: null,
    missing: null,
    ...changes
  };
}

/** What a kernel tells of its machine at a time. */
export function aHostPoint(
  at_s: number,
  changes: Partial<IHostPoint> = {}
): IHostPoint {
  return {
    schema: 'jupyter-green.host.v1',
    at_s,
    power_w: { cpu: 89, dram: 9.1 },
    provenance: { cpu: 'counter', dram: 'counter' },
    share: 0.42,
    ...changes
  };
}
