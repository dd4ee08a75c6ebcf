import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { aReport, aRow as row } from '../fixtures';
import { actions, all, click, details, one, page, show } from './page';

describe('the view', () => {
  it('says that no notebook is open', () => {
    show(null);

    expect(one('[data-hint="no-notebook"]').textContent).toContain('notebook');
  });

  it('says what to do in a notebook without metered cells', () => {
    show([]);

    const codes = Array.from(page.node.querySelectorAll('code'));
    expect(codes.map(code => code.textContent)).toEqual(['%%energy']);
  });

  it('tells what the machine draws there, too, once that is asked for', () => {
    show([]);
    expect(page.model.hostNow.watch).not.toHaveBeenCalled();
    const machine = one('.jg-HostOnDemand') as HTMLDetailsElement;
    React.act(() => {
      machine.open = true;
      machine.dispatchEvent(new Event('toggle'));
    });
    expect(one('.jg-HostOnDemand .jg-HostNow')).toBeTruthy();
    expect(page.model.hostNow.watch).toHaveBeenCalled();
  });

  it('shows a row and the total', () => {
    show([row('a'), row('b', { energy_j: 20, uncertainty_j: 4 })]);

    expect(one('[data-cell-id="a"] .jg-Row-energy').textContent).toBe(
      '100 ± 3 J'
    );
    expect(one('[data-cell-id="a"] [data-energy-j]').dataset.energyJ).toBe(
      '100'
    );
    expect(one('.jg-Total').dataset.energyJ).toBe('120');
    expect(one('.jg-Total-energy').textContent).toBe('120 ± 5 J');
    expect(one('.jg-Total-wattHours').textContent).toBe('33.3 mWh');
    expect(one('.jg-Total-power').textContent).toBe('30.0 W');
    expect(one('.jg-Total-cells').textContent).toBe('2');
  });

  it('has neither watts nor watt-hours where only a bound is known', () => {
    show([row('a', { uncertainty_j: 100 })]);

    expect(one('.jg-Total-energy').textContent).toBe('< 200 J');
    expect(one('.jg-Total-wattHours').textContent).toBe('–');
    expect(one('.jg-Total-power').textContent).toBe('–');
  });

  it('keeps what is known of one sensor where another is hardly known', () => {
    const [cpu] = aReport().domains; // 100 ± 3 J
    const gpu = { ...cpu, id: 'gpu:0', energy_j: 10, uncertainty_j: 900 };
    const unsure = row('a', {
      energy_j: 110,
      uncertainty_j: 900,
      details: details({ domains: [cpu, gpu] })
    });
    show([unsure, row('b')]);

    expect(one('[data-cell-id="a"] .jg-Row-energy').textContent).toBe(
      '97 J … 1.1 kJ'
    );
    expect(one('.jg-Total-energy').textContent).toBe('190 J … 1.2 kJ');

    show([unsure, row('b', { energy_j: 5000 })]);
    expect(one('.jg-Total-energy').textContent).toBe('5.1 ± 0.9 kJ');
  });

  it('says which domain a row lacks, and that the rows differ in that', () => {
    const missing = [
      { id: 'nvml', reason: 'no driver', remedy: '' },
      { id: 'gpu:0', reason: 'lost', remedy: '' }
    ];
    show([
      row('a', { missing, details: details() }),
      row('b', { missing: [], details: details() })
    ]);

    expect(one('.jg-Total-note').textContent).toBe(
      'not all parts had the same sensors'
    );
    expect(one('[data-cell-id="a"] .jg-Row-button').ariaLabel).toContain(
      'not read here: gpu:0'
    );
    click('[data-cell-id="a"] .jg-Row-toggle');
    expect(one('.jg-Details p').textContent).toBe('Not read here: gpu:0.');

    show([row('a', { missing, details: details() })]);
    expect(page.node.querySelector('.jg-Total-note')).toBeNull();
  });

  it.each([
    [['host-busy', 'other-meters'], false],
    [['host-busy', 'not-synchronised'], true]
  ])('marks the details of a row with %j: %s', (flags, isMarked) => {
    show([row('a', { details: details({ flags }) })]);

    expect(one('.jg-Row-toggle').hasAttribute('data-remarks')).toBe(isMarked);
  });

  it('marks the details of a row that lacks a domain', () => {
    const missing = [{ id: 'gpu:0', reason: 'lost', remedy: '' }];
    show([row('a', { missing, details: details() })]);

    expect(one('.jg-Row-toggle').hasAttribute('data-remarks')).toBe(true);
  });

  it('keeps the uncertainty of ended cells while another runs', () => {
    const running = row('b', { status: 'running', uncertainty_j: null });
    show([row('a'), running]);
    expect(one('.jg-Total-energy').textContent).toBe('200 ± 3 J');

    show([row('a', { uncertainty_j: 0.1 }), running]);
    expect(one('.jg-Total-energy').textContent).toBe('200.0 J');

    show([{ ...running, energy_j: 0 }]);
    expect(one('.jg-Total-energy').textContent).toBe('0 J');
  });

  it('reads a row out as a whole', () => {
    show([row('a')]);

    expect(one('.jg-Row-button').getAttribute('aria-label')).toBe(
      '[3] work("a"), 100 ± 3 J, 50.0 W, 2.00 s, energy counter'
    );
  });

  it('gives the style sheet what it needs to draw shares', () => {
    show([row('a'), row('b', { energy_j: 300 })]);

    const property = (selector: string, name: string): string =>
      one(selector).style.getPropertyValue(name);
    expect(property('[data-cell-id="b"]', '--jg-energy-j')).toBe('300');
    expect(property('.jg-Rows', '--jg-total-j')).toBe('400');

    show([row('a', { energy_j: 1234567 })]);
    expect(property('.jg-Rows', '--jg-total-j')).toBe('1230000');
  });

  it('marks an estimate in the row and in the total', () => {
    show([row('a', { provenance: 'estimate' })]);

    expect(one('.jg-Row-energy').textContent).toBe('≈ 100 ± 3 J');
    expect(page.node.querySelector('.jg-Row .jg-Mark')).toBeNull();
    expect(one('.jg-Total .jg-Mark').dataset.provenance).toBe('estimate');
    expect(one('.jg-Total-wattHours').textContent).toMatch(/^≈ /);
  });

  it('shows a running cell with the figures so far', () => {
    show([
      row('a', { status: 'running', uncertainty_j: null, executionCount: 7 })
    ]);

    expect(one('.jg-Row').dataset.status).toBe('running');
    expect(one('.jg-Row-prompt').textContent).toBe('[*]');
    expect(one('.jg-Row-energy').textContent).toBe('100.0 J');
    expect(one('.jg-Row-running')).toBeTruthy();
    expect(one('.jg-Total').dataset.running).toBe('true');
  });

  it.each([
    ['error', 'ended with an error'],
    ['interrupted', 'interrupted'],
    ['died', 'the kernel died'],
    [
      'restarted',
      'the kernel stopped before the cell ended; not counted, run it again'
    ],
    ['unreadable', 'unreadable report, run the cell again: schema is absent'],
    [
      'newer',
      'made by a newer jupyter-green: upgrade the one of JupyterLab (pip install --upgrade jupyter-green)'
    ]
  ] as const)('says in words that a cell is %s', (status, note) => {
    show([row('a', { status, reason: 'schema is absent' })]);

    expect(one('.jg-Row-note').textContent).toBe(note);
    expect(one('.jg-Row-button').getAttribute('aria-label')).toContain(note);
  });

  it('writes what it gets as text', () => {
    const html = '<img src=x onerror="alert(1)">';
    show([row('a', { title: html, status: 'unreadable', reason: html })], {
      host: { missing: [{ id: html, reason: html, remedy: html }] }
    });

    expect(page.node.querySelector('img')).toBeNull();
    click('[data-tab="cells"]');
    expect(page.node.querySelector('img')).toBeNull();
    expect(one('.jg-Row-title').textContent).toBe(html);
  });

  it('folds the missing sensors away, with reason and remedy', () => {
    const { domains } = aReport();
    const missing = [{ id: 'gpu:0', reason: 'no driver', remedy: 'get one' }];
    show([row('a')], { host: { domains, missing } });
    expect(page.node.querySelector('.jg-Missing')).toBeNull();
    click('[data-tab="host"]');

    expect((one('.jg-Missing') as HTMLDetailsElement).open).toBe(false);
    expect(one('[data-sensor="gpu:0"]').textContent).toBe(
      'gpu:0no driverget one'
    );
  });

  it('goes to the cell of a row', () => {
    show([row('a'), row('b')]);
    React.act(() => {
      one('[data-cell-id="b"] .jg-Row-button').click();
    });

    expect(actions.reveal).toHaveBeenCalledExactlyOnceWith('b');
  });

  it.each([
    ['ArrowDown', 'b', 'c'],
    ['ArrowDown', 'c', 'c'],
    ['ArrowUp', 'b', 'a'],
    ['ArrowUp', 'a', 'a'],
    ['Home', 'c', 'a'],
    ['End', 'a', 'c']
  ])('%s leads from row %s to %s', (key, from, to) => {
    show([row('a'), row('b'), row('c')]);
    one(`[data-cell-id="${from}"] .jg-Row-button`).focus();
    React.act(() => {
      document.activeElement?.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true })
      );
    });

    const focused = document.activeElement?.closest<HTMLElement>('.jg-Row');
    expect(focused?.dataset.cellId).toBe(to);
  });

  it('touches only the running row and the total', async () => {
    const done = row('done');
    show([done, row('live', { status: 'running', energy_j: 1 })]);
    const touched = new Set<string>();
    const observer = new MutationObserver(changes => {
      for (const { target } of changes) {
        const element =
          target instanceof HTMLElement ? target : target.parentElement;
        const part = element?.closest<HTMLElement>(
          '.jg-Row, .jg-Rows, .jg-Total, .jg-Stages'
        );
        touched.add(part?.dataset.cellId ?? part?.className ?? '');
      }
    });
    observer.observe(page.node, {
      subtree: true,
      attributes: true,
      childList: true,
      characterData: true
    });
    show([done, row('live', { status: 'running', energy_j: 2 })]);
    await Promise.resolve();
    observer.disconnect();

    expect([...touched].sort()).toEqual(['jg-Rows', 'jg-Total', 'live']);
  });

  it('does not draw an unchanged row again', () => {
    const title = vi.fn(() => 'work()');
    const done = Object.defineProperty(row('done'), 'title', { get: title });
    show([done]);
    title.mockClear();
    show([done, row('new')]);
    expect(title).not.toHaveBeenCalled();

    show([{ ...done }]);
    expect(title).toHaveBeenCalled();
  });

  it('says REPLAY in the row and in the total', () => {
    show([row('a', { isReplayed: true }), row('b')]);

    expect(one('[data-cell-id="a"] [data-replay]').textContent).toBe('REPLAY');
    expect(
      one('[data-cell-id="a"] .jg-Row-button').getAttribute('aria-label')
    ).toContain('REPLAY');
    expect(one('.jg-Total [data-replay]').textContent).toBe('REPLAY');
    expect(one('.jg-Total-note').textContent).toBe('includes replayed figures');

    show([row('b')]);
    expect(page.node.querySelector('[data-replay]')).toBeNull();
    expect(page.node.querySelector('.jg-Total-note')).toBeNull();
  });

  it('shows net energy beside the total, which a running cell holds back', () => {
    const net = details({ net_energy_j: 60, net_uncertainty_j: 5 });
    show([row('a', { details: net })]);
    expect(one('.jg-Total-net').textContent).toBe('net 60 ± 5 J above idle');

    show([
      row('a', { details: net }),
      row('b', { status: 'running', uncertainty_j: null })
    ]);
    expect(one('.jg-Total-net').textContent).toBe(
      'net follows when the cell ends'
    );

    show([row('a', { details: net }), row('b', { details: details() })]);
    expect(page.node.querySelector('.jg-Total-net')).toBeNull();
  });

  it('unfolds the details of a row, and leaves them so when it is refined', () => {
    const [cpu] = aReport().domains;
    const gpu = {
      ...cpu,
      id: 'gpu:0',
      device: 'a GPU',
      counted: false,
      flags: ['shared'],
      note: 'a <note>',
      integrated_power_j: 90,
      conditions: { utilization_percent: 87, temperature_c: 71 }
    };
    const told = details({
      domains: [cpu, gpu],
      net_energy_j: 60,
      net_uncertainty_j: 5,
      flags: ['host-busy', 'brand-new'],
      share: {
        cpu_share: 0.43,
        cpu_share_uncertainty: 0.02,
        energy_j: 43,
        uncertainty_j: 2,
        gpu_share: {}
      }
    });
    show([row('a', { details: told })]);
    expect(page.node.querySelector('.jg-Details')).toBeNull();
    expect(one('.jg-Row-toggle').title).toContain(
      'ther programs used most of the CPU'
    );
    click('.jg-Row-toggle');

    expect(all('.jg-Details p').map(p => p.textContent)).toEqual([
      'Net 60 ± 5 J above idle.',
      'This kernel used ≈ 43 % of it (≈ 43 ± 2 J), by CPU time.',
      'Other programs used most of the CPU.',
      'Brand-new.'
    ]);
    expect(one('[data-domain="gpu:0"]').textContent).toBe(
      'gpu:0100 ± 3 J50.0 Wa GPU; energy counter; other processes used it too; ' +
        'not in the total; 87 % busy, up to 71 °C; ' +
        '90.00 J from its reported power; a <note>'
    );

    const hints = all('[data-domain="gpu:0"] .jg-Domain-about [title]').map(
      ({ title }) => title
    );
    expect(hints).toEqual([
      'Measured by a hardware energy counter.',
      'Other processes used it too.'
    ]);

    const refined = details({ net_energy_j: 60, net_uncertainty_j: 1 });
    show([row('a', { details: refined })]);
    expect(one('.jg-Details p').textContent).toBe(
      'Net 60.0 ± 1.0 J above idle.'
    );
    expect(actions.reveal).not.toHaveBeenCalled();
  });
});
