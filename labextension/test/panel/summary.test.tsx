import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { DEFAULT_SETTINGS } from '../../src/settings';
import { aReport, aRow as row } from '../fixtures';
import { actions, all, click, details, enter, one, page, show } from './page';

describe('the summary', () => {
  it('splits the joules by hardware', () => {
    const [cpu] = aReport().domains;
    const domains = [
      { ...cpu, energy_j: 60 },
      { ...cpu, id: 'cpu:0/dram', energy_j: 10 },
      { ...cpu, id: 'gpu:0', energy_j: 30 },
      { ...cpu, id: 'psys', energy_j: 500, counted: false }
    ];
    show([row('a', { details: details({ domains }) })]);

    expect(one('.jg-Split ul').textContent).toBe(
      'CPU 60 % 60.0 JDRAM 10 % 10.0 JGPU 30 % 30.0 J'
    );
    expect(
      all('.jg-Split-bar > span').map(({ style }) => Number(style.flexGrow))
    ).toEqual([0.6, 0.1, 0.3]);
  });

  it('says which part is estimated', () => {
    const [cpu] = aReport().domains;
    const domains = [
      { ...cpu, energy_j: 75 },
      { ...cpu, id: 'gpu:0', energy_j: 25, provenance: 'estimate' as const }
    ];
    show([row('a', { provenance: 'mixed', details: details({ domains }) })]);

    expect(one('.jg-Total-measured').textContent).toBe(
      '75 % measured, 25 % estimated'
    );
  });

  it('tells CO2e once there is a factor, which it names', () => {
    show([row('a', { energy_j: 3.6e6 })]);
    expect(page.node.querySelector('.jg-Total-co2e')).toBeNull();

    page.settings = { ...DEFAULT_SETTINGS, co2eFactor: 380, pue: 1.5 };
    show([row('a', { energy_j: 3.6e6 })]);
    expect(one('.jg-Total-co2e').textContent).toBe(
      '≈ 570 gat 380 g/kWh × PUE 1.5'
    );
  });

  it('tells CO2e by a country, with year and source', async () => {
    const intensity = {
      code: 'DEU',
      country: 'Germany',
      g_per_kwh: 344.4,
      year: 2025,
      source: 'Ember 2026'
    };
    page.settings = { ...DEFAULT_SETTINGS, co2eCountry: 'DEU', co2eFactor: 10 };
    show([row('a', { energy_j: 3.6e6 })]);
    expect(page.node.querySelector('.jg-Total-co2e')).toBeNull(); // not loaded yet

    page.settings = { ...page.settings, intensity };
    show([row('a', { energy_j: 3.6e6 })]);
    expect(one('.jg-Total-co2e').textContent).toBe(
      '≈ 344 gat 344 g/kWh × PUE 1.0 (Germany 2025, Ember 2026)'
    );

    click('.jg-Link');
    await vi.waitFor(() => {
      expect(page.node.querySelectorAll('.jg-Carbon option').length).toBe(265);
    });
    expect(one('.jg-Carbon').textContent).toContain('CC BY 4.0');
    const select = one('.jg-Carbon select') as HTMLSelectElement;
    expect(select.value).toBe('DEU');
    React.act(() => {
      select.value = 'FRA';
      select.dispatchEvent(new Event('change', { bubbles: true }));
    });
    expect(actions.setCarbon.mock.calls).toEqual([[{ country: 'FRA' }]]);

    expect((one('.jg-Carbon-pue') as HTMLInputElement).value).toBe('1');
    for (const typed of ['0.9', '', '11', '1.2']) {
      enter('.jg-Carbon-pue', typed);
    }
    expect(actions.setCarbon.mock.calls.slice(1)).toEqual([[{ pue: 1.2 }]]);

    click('.jg-Carbon .jg-Button');
    expect(page.node.querySelector('.jg-Carbon')).toBeNull();
    expect(document.activeElement).toBe(one('.jg-Link'));
  });

  it('tells which part of a full battery it is, where that helps', () => {
    show([row('a', { energy_j: 90e3, uncertainty_j: 90 })]);
    expect(one('.jg-Total-battery').textContent).toBe('50 %of 50 Wh');

    show([row('a')]);
    expect(page.node.querySelector('.jg-Total-battery')).toBeNull();
  });

  it('tells since when it was spent', () => {
    const since = new Date();
    since.setHours(0, 1, 0, 0);
    show([row('a')], {
      spent: { runs: 1, since: since.toISOString(), energy_j: 9 }
    });
    const clock = since.toLocaleTimeString([], {
      hour: '2-digit',
      minute: '2-digit'
    });
    expect(one('.jg-Total-spent').textContent).toContain(
      `Spent in this session since ${clock}: `
    );

    show([row('a')], {
      spent: { runs: 1, since: '2020-02-03T12:00:00Z', energy_j: 9 }
    });
    expect(one('.jg-Total-spent').textContent).toMatch(/since .*Feb.*: /);
  });

  it('tells what was spent besides what was kept', () => {
    show([row('a')], {
      spent: {
        runs: 4,
        repeated: 2,
        failed: 1,
        energy_j: 400,
        uncertainty_j: 6,
        bounds: { low_j: 394, high_j: 406 }
      }
    });
    expect(one('.jg-Total-spent').textContent).toBe(
      'Spent in this session: 400 ± 6 J in 4 runs, 2 repeated, 1 failed'
    );
    show([row('a')], {
      spent: {
        runs: 1,
        energy_j: 400,
        uncertainty_j: 6,
        bounds: { low_j: 394, high_j: 406 },
        isEstimate: true
      }
    });
    expect(one('.jg-Total-spent').textContent).toContain(': ≈\u00a0400');
    const bounds = { low_j: 0, high_j: 0.063 };
    show([row('a')], {
      spent: { runs: 1, energy_j: 0.03, uncertainty_j: 0.033, bounds }
    });
    expect(one('.jg-Total-spent').textContent).toContain(': <\u00a063 mJ');
    expect(page.node.querySelector('.jg-Total-counter')).toBeNull();

    const between = { energy_j: 100, uncertainty_j: 8, duration_s: 20 };
    const spent = { runs: 4, energy_j: 400, uncertainty_j: 6, between };
    show([row('a')], { spent });
    expect(one('.jg-Total-counter').textContent).toBe(
      "Session's counter: 500 ± 10 J, of which 100 ± 8 J between cells, in 20.0 s"
    );

    show([row('a')], { spent: { ...spent, isAtLeast: true } });
    expect(page.node.querySelector('.jg-Total-counter')).toBeNull();

    show([row('a')], {
      spent: {
        runs: 1,
        energy_j: 400,
        uncertainty_j: 6,
        bounds: { low_j: 394, high_j: 406 },
        scaleRange: { low: 0.94, high: 1.06 },
        isAtLeast: true
      }
    });
    expect(one('.jg-Total-spent').textContent).toContain(
      'at least 400 J ± 6 %'
    );
  });

  it('takes the unit that the user has chosen', () => {
    page.settings = { ...DEFAULT_SETTINGS, unit: 'Wh' };
    show([row('a', { energy_j: 7200, uncertainty_j: 36 })]);

    expect(one('.jg-Total-energy').textContent).toBe('2.000 ± 0.010 Wh');
    expect(one('.jg-Row-energy').textContent).toBe('2.000 ± 0.010 Wh');
    expect(one('.jg-Total-wattHours').textContent).toBe('7.20 ± 0.04 kJ');
  });
});
