import { describe, expect, it } from 'vitest';

import type { IDomainReport } from '../../src/record/report';
import { sharesOf } from '../../src/record/scale';
import type { IEnergyRow } from '../../src/tokens';
import { aBoard, anEstimate, aRow as row, aScale } from '../fixtures';
import { all, click, details, one, page, show } from './page';

describe('what sensors have wrong in common', () => {
  const gpu = aBoard({ energy_j: 60, uncertainty_j: 0.5 });
  const cpu = anEstimate({ energy_j: 40, uncertainty_j: 0.4 });
  const scaled = (
    cellId: string,
    domains: readonly IDomainReport[],
    changes: Partial<IEnergyRow> = {}
  ): IEnergyRow =>
    row(cellId, {
      details: details({ domains }),
      uncertainty_j: 1,
      ...changes
    });

  it('is in the figures of rows, of the total and of domains', () => {
    show([
      scaled('a', [gpu, cpu], { provenance: 'mixed', peakPower_w: 50.04 })
    ]);
    click('.jg-Row-toggle');

    expect(one('.jg-Row-energy').textContent).toBe('≈ 100 J, × 0.79 to 1.5');
    expect(one('.jg-Row-power').textContent).toBe('≈ 50 W');
    expect(one('.jg-Row-peak').textContent).toBe('peak ≈ 50 W');
    expect(one('.jg-Total-energy').textContent).toBe('≈ 100 J, × 0.79 to 1.5');
    expect(one('.jg-Total-wattHours').textContent).toBe('≈ 28 mWh');
    expect(one('.jg-Total-power').textContent).toBe('≈ 50 W');
    expect(one('[data-domain="gpu:0"] .jg-Domain-energy').textContent).toBe(
      '60 J ± 6 %'
    );
    expect(one('[data-domain="cpu"] .jg-Domain-energy').textContent).toBe(
      '≈ 40 J, × ½ to 2'
    );
  });

  it('stands beside the reading in the details, with its source', () => {
    show([scaled('a', [gpu, cpu])]);
    click('.jg-Row-toggle');

    expect(one('.jg-Details p').textContent).toBe(
      'Uncertainty at 95 %: reading ± 1.0 J, scale × 0.79 to 1.5.'
    );
    expect(one('[data-domain="gpu:0"] .jg-Domain-about').textContent).toContain(
      'reading ± 500 mJ, scale ± 6 % (source of board A)'
    );
  });

  it('drops out of stages, which say so', () => {
    show([row('a', { stage: 'data' })]);
    click('[data-tab="stages"]');
    expect(page.node.querySelector('.jg-Stages-note')).toBeNull();

    show([
      scaled('a', [gpu], { stage: 'data' }),
      row('b', { stage: 'training', energy_j: 0.118, uncertainty_j: 0.144 })
    ]);
    expect(all('.jg-Stage-energy').map(e => e.textContent)).toEqual([
      '100.0 ± 1.0 J',
      '< 270 mJ'
    ]);
    expect(one('.jg-Stages-note').textContent).toContain('readings alone');
  });

  it('drops out of a change, save what two boards have each for itself', () => {
    const before = (domain: IDomainReport): IEnergyRow['previous'] => ({
      energy_j: domain.energy_j,
      uncertainty_j: domain.uncertainty_j,
      shares: sharesOf([domain])
    });
    const change = (now: IDomainReport, then: IDomainReport): HTMLElement => {
      const { energy_j, uncertainty_j, provenance } = now;
      const previous = before(then);
      show([
        scaled('a', [now], { energy_j, uncertainty_j, provenance, previous })
      ]);
      return one('.jg-Row-change');
    };

    const modelled = change(cpu, { ...cpu, energy_j: 50 });
    expect(modelled.textContent).toBe('−20 %');
    expect(modelled.title).toBe(
      '−20 % from the previous run, by the CPU model'
    );

    const other = { ...gpu, scale: aScale(1.06, 'board B'), energy_j: 58 };
    const unsure = change(gpu, other);
    expect(unsure.textContent).toBe('no clear change');
    expect(unsure.title).toBe(
      'no clear change from the previous run, ' +
        'by other sensors, which may disagree by 8.5 %'
    );
  });

  it('limits the digits of a cell that is running', () => {
    show([
      scaled('a', [], {
        status: 'running',
        energy_j: 40.123,
        duration_s: 4,
        power_w: 10.321,
        uncertainty_j: null,
        parts: [{ ...cpu, energy_j: 40.123 }],
        provenance: 'estimate'
      })
    ]);

    expect(one('.jg-Row-energy').textContent).toBe('≈ 40 J');
    expect(one('.jg-Row-power').textContent).toBe('≈ 10 W');
    expect(one('.jg-Total-energy').textContent).toBe('≈ 40 J');
  });
});
