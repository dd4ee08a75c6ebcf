import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import cases from '../../../tests/data/total_cases.json';
import { totalOf } from '../../src/model/total';
import {
  type DomainProvenance,
  type IDomainReport,
  type Provenance
} from '../../src/record/report';
import { EXACT, scaleOfTotal } from '../../src/record/scale';
import { DEFAULT_SETTINGS } from '../../src/settings';
import { deviceParts, totalWords } from '../../src/text/totalwords';
import type { IEnergyRow, RowDetails } from '../../src/tokens';
import { aBoard, aReport, aRow, aScale } from '../fixtures';

function row(changes: Partial<IEnergyRow>): IEnergyRow {
  return aRow('cell', changes);
}

/** What a row has where a baseline was measured. */
function net(net_energy_j: number, net_uncertainty_j: number): RowDetails {
  return {
    started_at: '',
    provenance: 'counter',
    domains: [],
    net_energy_j,
    net_uncertainty_j
  };
}

const estimate = row({
  energy_j: 20,
  uncertainty_j: 5,
  provenance: 'estimate'
});

/** The row of a report with these domains. */
function rowOfParts(
  parts: (typeof cases)[number]['parts'][number]
): IEnergyRow {
  const [domain] = aReport().domains;
  const domains = parts.map((part): IDomainReport => ({
    ...domain,
    ...part,
    provenance: part.provenance as DomainProvenance
  }));
  const kinds = new Set(domains.map(({ provenance }) => provenance));
  const [first, ...others] = kinds;
  const provenance: Provenance =
    others.length === 0 ? first : kinds.has('estimate') ? 'mixed' : 'power';
  const report = aReport({
    domains,
    provenance,
    energy_j: domains.reduce((sum_j, { energy_j }) => sum_j + energy_j, 0),
    uncertainty_j: Math.hypot(...domains.map(part => part.uncertainty_j))
  });
  return row({
    energy_j: report.energy_j,
    uncertainty_j: report.uncertainty_j,
    scaleRange: scaleOfTotal(report),
    provenance,
    details: report
  });
}

describe('totalOf', () => {
  it.each(cases)('adds as `a + b` in Python: $name', ({ parts, ...sum }) => {
    const total = totalOf(parts.map(rowOfParts));

    expect(total.energy_j).toBeCloseTo(sum.energy_j, 8);
    expect(total.uncertainty_j).toBeCloseTo(sum.uncertainty_j, 8);
    expect(total.provenance).toBe(sum.provenance);
    expect(total.scaleRange.low).toBeCloseTo(sum.scale_low, 8);
    expect(total.scaleRange.high).toBeCloseTo(sum.scale_high, 8);
    const trans = nullTranslator.load('jupyter_green');
    expect(totalWords(total, trans, DEFAULT_SETTINGS).figure).toBe(sum.text);
  });

  it('has the provenance of the rows that know theirs', () => {
    expect(totalOf([estimate, row({ provenance: null })]).provenance).toBe(
      'estimate'
    );
  });

  it('is empty without rows', () => {
    expect(totalOf([])).toEqual({
      cells: 0,
      energy_j: 0,
      uncertainty_j: 0,
      bounds: { low_j: 0, high_j: 0 },
      scaleRange: EXACT,
      duration_s: 0,
      mean_power_w: null,
      net_energy_j: null,
      netUncertainty_j: 0,
      provenance: null,
      estimated_j: 0,
      devices_j: { cpu: 0, dram: 0, gpu: 0, other: 0 },
      estimates_j: { cpu: 0, dram: 0, gpu: 0, other: 0 },
      deviceBounds: {
        cpu: { low_j: 0, high_j: 0 },
        dram: { low_j: 0, high_j: 0 },
        gpu: { low_j: 0, high_j: 0 },
        other: { low_j: 0, high_j: 0 }
      },
      deviceScales: { cpu: EXACT, dram: EXACT, gpu: EXACT, other: EXACT },
      failed: 0,
      isReplayed: false,
      isAtLeast: false,
      isUneven: false,
      isRunning: false
    });
  });

  it('adds joules and seconds; watts are their quotient', () => {
    const total = totalOf([row({}), row({ energy_j: 20, duration_s: 4 })]);

    expect(total.energy_j).toBe(120);
    expect(total.duration_s).toBe(6);
    expect(total.mean_power_w).toBe(20);
    expect(total.cells).toBe(2);
  });

  it('has the weaker kind of counters and integrated power', () => {
    const kinds = [row({}), row({ provenance: 'power' })];

    expect(totalOf(kinds).provenance).toBe('power');
    expect(totalOf([...kinds, estimate]).provenance).toBe('mixed');
  });

  it('adds what readings do not know by its squares, of estimates too', () => {
    const total = totalOf([row({}), { ...estimate, uncertainty_j: 4 }]);

    expect(total.uncertainty_j).toBeCloseTo(5, 9);
    expect(total.provenance).toBe('mixed');
  });

  it('keeps a sum of bounds a bound', () => {
    const bound = row({ energy_j: 0.1, uncertainty_j: 0.1 });
    const bounds = totalOf([bound, bound, bound]);

    expect(bounds.uncertainty_j).toBeCloseTo(0.3, 9);
    const trans = nullTranslator.load('jupyter_green');
    const words = totalWords(bounds, trans, DEFAULT_SETTINGS);
    expect(words).toMatchObject({ figure: '< 600 mJ', otherUnit: '–' });
    // Beside something known they add as one.
    expect(totalOf([row({}), bound, bound]).uncertainty_j).toBeCloseTo(
      Math.hypot(3, 0.2),
      9
    );
  });

  it.each([
    ['a cell that has ended', {}],
    ['one that runs', { status: 'running', uncertainty_j: null }]
  ] as const)('is at least its joules in every unit: %s', (_, cell) => {
    const trans = nullTranslator.load('jupyter_green');
    const settings = { ...DEFAULT_SETTINGS, co2eFactor: 360 };
    const words = (isAtLeast: boolean): unknown[] => {
      const total = totalOf([row({ ...cell, isAtLeast })]);
      const { figure, otherUnit, co2e } = totalWords(total, trans, settings);
      return [figure, otherUnit, co2e?.figure];
    };

    const whole = words(false);
    expect(whole).not.toContain(undefined);
    expect(words(true)).toEqual(whole.map(figure => `≥ ${String(figure)}`));
  });

  it('adds scales up by their groups, of a running cell too', () => {
    const one = row({ details: aReport({ domains: [aBoard()] }) });
    const other = aBoard({ scale: aScale(1.06, 'board B') });
    const running = row({
      status: 'running',
      uncertainty_j: null,
      parts: [other]
    });
    const range = (...rows: IEnergyRow[]): number =>
      totalOf(rows).scaleRange.high;

    expect(range(one, one)).toBeCloseTo(1.06, 9);
    expect(range(one, running)).toBeCloseTo(1 + Math.hypot(6, 6) / 200, 9);
    expect(range(one, row({}))).toBeCloseTo(1.03, 9);
  });

  it('bounds the joules of each kind of hardware by their readings', () => {
    const gpu = aBoard({ energy_j: 1, uncertainty_j: 1 });
    const [cpu] = aReport().domains;
    const total = totalOf([
      row({ details: aReport({ domains: [cpu, gpu] }) }),
      row({ details: aReport({ domains: [gpu] }) })
    ]);

    expect(total.deviceBounds.cpu).toEqual({ low_j: 97, high_j: 103 });
    expect(total.deviceBounds.gpu).toEqual({ low_j: 0, high_j: 4 });
    const trans = nullTranslator.load('jupyter_green');
    expect(
      deviceParts(total, trans, DEFAULT_SETTINGS).map(({ energy }) => energy)
    ).toEqual(['100 J', '< 4.0 J']);
  });

  it('shows no more digits of a kind of hardware than its scale supports', () => {
    const cpu = aBoard({
      id: 'cpu:0/package',
      energy_j: 4363,
      uncertainty_j: 1,
      scale: aScale(2, 'the CPU model')
    });
    const gpu = aBoard({ energy_j: 4363, scale: aScale(1.03, 'board A') });
    const total = totalOf([row({ details: aReport({ domains: [cpu, gpu] }) })]);
    const trans = nullTranslator.load('jupyter_green');

    expect(
      deviceParts(total, trans, DEFAULT_SETTINGS).map(({ energy }) => energy)
    ).toEqual(['4.4 kJ', '4.36 kJ']);
  });

  it('has the parts of a sum in one unit', () => {
    const cpu = aBoard({ id: 'cpu:0/package', energy_j: 720_000 });
    const gpu = aBoard({ energy_j: 2_520_000 });
    const total = totalOf([row({ details: aReport({ domains: [cpu, gpu] }) })]);
    const trans = nullTranslator.load('jupyter_green');
    const parts = (unit: 'auto' | 'J'): string[] =>
      deviceParts(total, trans, { ...DEFAULT_SETTINGS, unit }).map(
        ({ energy }) => energy
      );

    expect(parts('auto')).toEqual(['200 Wh', '700 Wh']);
    expect(parts('J')).toEqual(['720 kJ', '2.52 MJ']);
  });

  it('leaves out rows without a figure', () => {
    const total = totalOf([
      row({}),
      row({ status: 'unreadable', energy_j: null, provenance: null }),
      row({ status: 'restarted', energy_j: null, duration_s: null })
    ]);

    expect(total).toMatchObject({ cells: 1, energy_j: 100, duration_s: 2 });
    expect(total.provenance).toBe('counter');
  });

  it('counts the joules so far of a running cell', () => {
    const running = row({
      status: 'running',
      energy_j: 7,
      uncertainty_j: null
    });

    expect(totalOf([row({}), running])).toMatchObject({
      energy_j: 107,
      isRunning: true
    });
  });

  it('has net energy where each cell that has ended has some', () => {
    const cells = [
      row({ details: net(60, 5) }),
      row({ details: net(20, 5) }),
      row({ status: 'unreadable', energy_j: null })
    ];
    const running = row({ status: 'running', uncertainty_j: null });

    expect(totalOf(cells).net_energy_j).toBe(80);
    expect(totalOf([...cells, running]).net_energy_j).toBe(80);
    expect(totalOf([...cells, row({})]).net_energy_j).toBeNull();
    expect(totalOf([running]).net_energy_j).toBeNull();
  });

  it('adds what the common baseline is off by as it is', () => {
    const cells = [
      row({ details: net(60, 5) }), // gross 3, baseline 4
      row({ uncertainty_j: 4, details: net(20, Math.hypot(4, 2)) })
    ];

    expect(totalOf(cells).netUncertainty_j).toBeCloseTo(Math.hypot(5, 6), 9);
  });

  it('bounds the joules by the counted domains of all rows', () => {
    const [cpu] = aReport().domains; // 100 ± 3 J
    const gpu = { ...cpu, id: 'gpu:0', energy_j: 10, uncertainty_j: 500 };
    const aside = { ...cpu, id: 'psys', counted: false };
    const unsure = row({
      energy_j: 110,
      uncertainty_j: 500,
      details: aReport({ domains: [cpu, gpu, aside] })
    });
    const running = row({
      status: 'running',
      energy_j: 7,
      uncertainty_j: null
    });

    expect(totalOf([row({}), unsure, running]).bounds).toEqual({
      low_j: 97 + 97 + 7,
      high_j: 103 + 103 + 510 + 7
    });
  });

  it('is uneven where cells lack different domains', () => {
    const lacking = (...ids: string[]): IEnergyRow =>
      row({ missing: ids.map(id => ({ id, reason: '', remedy: '' })) });

    const uneven = (...rows: IEnergyRow[]): boolean => totalOf(rows).isUneven;
    expect(uneven(lacking('gpu:0'), lacking())).toBe(true);
    expect(uneven(lacking('gpu:0'), lacking('cpu:0/package'))).toBe(true);
    expect(uneven(lacking('gpu:0', 'gpu:1'), lacking('gpu:1', 'gpu:0'))).toBe(
      false
    );
    // A whole family that is not there, a row that does not know, one without joules.
    expect(uneven(lacking('nvml', 'rapl'), lacking())).toBe(false);
    expect(uneven(lacking('gpu:0'), row({ missing: null }))).toBe(false);
    expect(uneven(lacking('gpu:0'), { ...lacking(), energy_j: null })).toBe(
      false
    );
    // What another source read is not lacking.
    const read = { ...lacking('cpu:0/package'), details: aReport() };
    expect(uneven(read, lacking())).toBe(false);
  });

  it('is replayed where a figure in it is', () => {
    const played = row({ isReplayed: true });

    expect(totalOf([row({}), played]).isReplayed).toBe(true);
    expect(totalOf([row({}), { ...played, energy_j: null }])).toMatchObject({
      isReplayed: false
    });
  });

  it('divides the counted joules by hardware, and tells the estimated part', () => {
    const [cpu] = aReport().domains;
    const domains = [
      { ...cpu, energy_j: 60 },
      { ...cpu, id: 'cpu:1/die-0/dram', energy_j: 10 },
      { ...cpu, id: 'gpu:0', energy_j: 30, provenance: 'estimate' as const },
      { ...cpu, id: 'ane', energy_j: 5 },
      { ...cpu, id: 'cpu:0/core', energy_j: 50, counted: false }
    ];
    const total = totalOf([row({ details: { ...net(1, 1), domains } })]);

    expect(total.devices_j).toEqual({ cpu: 60, dram: 10, gpu: 30, other: 5 });
    expect(total.estimated_j).toBe(30);
    expect(total.estimates_j).toMatchObject({ cpu: 0, gpu: 30 });
  });

  it('counts the cells that did not come to a good end', () => {
    const rows = (
      ['ok', 'error', 'interrupted', 'died', 'running'] as const
    ).map(status => row({ status }));

    expect(totalOf(rows).failed).toBe(3);
  });
});
