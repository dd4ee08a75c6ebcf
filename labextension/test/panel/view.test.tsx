import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { totalOf } from '../../src/model/total';
import type { IActions, IPanelContext } from '../../src/panel/context';
import { EnergyView } from '../../src/panel/view';
import type { IDomainReport, IReport } from '../../src/record/report';
import { EXACT, sharesOf } from '../../src/record/scale';
import { DEFAULT_SETTINGS, type ISettings } from '../../src/settings';
import type {
  IEnergyModel,
  IEnergyRow,
  IHost,
  IHostNow,
  IOpenNotebook,
  ISpent,
  RowDetails
} from '../../src/tokens';
import { aBoard, anEstimate, aReport, aRow as row, aScale } from '../fixtures';

const trans = nullTranslator.load('jupyter_green');
const reveal = vi.fn();
let node: HTMLElement;
let root: Root;

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  node = document.body.appendChild(document.createElement('div'));
  root = createRoot(node);
  vi.restoreAllMocks();
  vi.resetAllMocks();
  settings = DEFAULT_SETTINGS;
  model = {
    reportOf: () => null,
    runsOf: () => [],
    watch: () => undefined,
    unwatch: () => undefined,
    hostNow: {
      changed: new Signal({} as IHostNow),
      state: 'waiting',
      points: [],
      watch: () => undefined,
      unwatch: () => undefined,
      retry: () => undefined
    } satisfies IHostNow,
    isActive: true,
    isDisposed: false,
    dispose: () => undefined,
    changed: new Signal({} as IEnergyModel),
    disposed: new Signal({} as IEnergyModel)
  } as unknown as IEnergyModel;
});

afterEach(() => {
  React.act(() => {
    root.unmount();
  });
  node.remove();
});

function details(changes: Partial<RowDetails> = {}): RowDetails {
  return { ...aReport(), ...changes };
}

const actions = {
  reveal,
  setStage: vi.fn(),
  copyRow: vi.fn(),
  loadMeter: vi.fn(),
  measureBaseline: vi.fn(),
  setCarbon: vi.fn(),
  openMenu: vi.fn(),
  meterCell: vi.fn()
} satisfies IActions;
let settings: ISettings;
let model: IEnergyModel;

/** One object for the same settings, as the panel has it. */
const contexts = new Map<ISettings, IPanelContext>();

function contextOf(settings: ISettings): IPanelContext {
  const context = contexts.get(settings) ?? { trans, settings, actions };
  contexts.set(settings, context);
  return context;
}

function show(
  rows: readonly IEnergyRow[] | null,
  changes: {
    host?: Partial<IHost>;
    spent?: Partial<ISpent>;
    notebooks?: readonly IOpenNotebook[];
  } = {}
): void {
  // One model for each test: what is chosen in a view stays with its notebook.
  Object.assign(model, {
    rows: rows ?? [],
    total: totalOf(rows ?? []),
    host: { ...NO_HOST, ...changes.host },
    spent: { ...NOTHING_SPENT, ...changes.spent }
  });
  React.act(() => {
    root.render(
      <EnergyView
        model={rows && model}
        notebooks={changes.notebooks ?? []}
        context={contextOf(settings)}
      />
    );
  });
}

const NO_HOST: IHost = {
  domains: [],
  missing: [],
  baselineAt: null,
  hasOtherMeters: false
};

const NOTHING_SPENT: ISpent = {
  since: null,
  shares: [],
  runs: 0,
  repeated: 0,
  failed: 0,
  energy_j: 0,
  uncertainty_j: 0,
  bounds: { low_j: 0, high_j: 0 },
  scaleRange: EXACT,
  between: null,
  isAtLeast: false,
  isEstimate: false
};

function click(selector: string): void {
  React.act(() => {
    one(selector).click();
  });
}

function titles(): (string | null)[] {
  return all('.jg-Row-title').map(({ textContent }) => textContent);
}

function all(selector: string): HTMLElement[] {
  return [...node.querySelectorAll<HTMLElement>(selector)];
}

function one(selector: string): HTMLElement {
  const found = node.querySelectorAll<HTMLElement>(selector);
  expect(found, selector).toHaveLength(1);
  return found[0];
}

describe('the view', () => {
  it('says that no notebook is open', () => {
    show(null);

    expect(one('[data-hint="no-notebook"]').textContent).toContain('notebook');
  });

  it('says what to do in a notebook without metered cells', () => {
    show([]);

    const codes = Array.from(node.querySelectorAll('code'));
    expect(codes.map(code => code.textContent)).toEqual(['%%energy']);
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
    expect(node.querySelector('.jg-Total-note')).toBeNull();
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
    expect(node.querySelector('.jg-Row .jg-Mark')).toBeNull();
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

    expect(node.querySelector('img')).toBeNull();
    click('[data-tab="cells"]');
    expect(node.querySelector('img')).toBeNull();
    expect(one('.jg-Row-title').textContent).toBe(html);
  });

  it('folds the missing sensors away, with reason and remedy', () => {
    const { domains } = aReport();
    const missing = [{ id: 'gpu:0', reason: 'no driver', remedy: 'get one' }];
    show([row('a')], { host: { domains, missing } });
    expect(node.querySelector('.jg-Missing')).toBeNull();
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

    expect(reveal).toHaveBeenCalledExactlyOnceWith('b');
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
    observer.observe(node, {
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
    expect(node.querySelector('[data-replay]')).toBeNull();
    expect(node.querySelector('.jg-Total-note')).toBeNull();
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
    expect(node.querySelector('.jg-Total-net')).toBeNull();
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
    expect(node.querySelector('.jg-Details')).toBeNull();
    expect(one('.jg-Row-toggle').title).toContain(
      'ther programs used most of the CPU'
    );
    click('.jg-Row-toggle');

    expect(
      [...node.querySelectorAll('.jg-Details p')].map(p => p.textContent)
    ).toEqual([
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

    const hints = [
      ...node.querySelectorAll<HTMLElement>(
        '[data-domain="gpu:0"] .jg-Domain-about [title]'
      )
    ].map(({ title }) => title);
    expect(hints).toEqual([
      'Measured by a hardware energy counter.\nMore: docs/hardware.md',
      'Other processes used it too.\nMore: docs/report.md'
    ]);

    const refined = details({ net_energy_j: 60, net_uncertainty_j: 1 });
    show([row('a', { details: refined })]);
    expect(one('.jg-Details p').textContent).toBe(
      'Net 60.0 ± 1.0 J above idle.'
    );
    expect(reveal).not.toHaveBeenCalled();
  });
});

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
    expect(node.querySelector('.jg-Stages-note')).toBeNull();

    show([
      scaled('a', [gpu], { stage: 'data' }),
      row('b', { stage: 'training', energy_j: 0.118, uncertainty_j: 0.144 })
    ]);
    expect(
      [...node.querySelectorAll('.jg-Stage-energy')].map(e => e.textContent)
    ).toEqual(['100.0 ± 1.0 J', '< 270 mJ']);
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
      [...node.querySelectorAll<HTMLElement>('.jg-Split-bar > span')].map(
        ({ style }) => Number(style.flexGrow)
      )
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
    expect(node.querySelector('.jg-Total-co2e')).toBeNull();

    settings = { ...DEFAULT_SETTINGS, co2eFactor: 380, pue: 1.5 };
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
    settings = { ...DEFAULT_SETTINGS, co2eCountry: 'DEU', co2eFactor: 10 };
    show([row('a', { energy_j: 3.6e6 })]);
    expect(node.querySelector('.jg-Total-co2e')).toBeNull(); // not loaded yet

    settings = { ...settings, intensity };
    show([row('a', { energy_j: 3.6e6 })]);
    expect(one('.jg-Total-co2e').textContent).toBe(
      '≈ 344 gat 344 g/kWh (Germany 2025, Ember 2026)'
    );

    click('.jg-Link');
    await vi.waitFor(() => {
      expect(node.querySelectorAll('.jg-Carbon option').length).toBe(265);
    });
    expect(one('.jg-Carbon').textContent).toContain('CC BY 4.0');
    const select = one('.jg-Carbon select') as HTMLSelectElement;
    expect(select.value).toBe('DEU');
    React.act(() => {
      select.value = 'FRA';
      select.dispatchEvent(new Event('change', { bubbles: true }));
    });
    expect(actions.setCarbon.mock.calls).toEqual([[{ country: 'FRA' }]]);

    click('.jg-Carbon .jg-Button');
    expect(node.querySelector('.jg-Carbon')).toBeNull();
    expect(document.activeElement).toBe(one('.jg-Link'));
  });

  it('tells which part of a full battery it is, where that helps', () => {
    show([row('a', { energy_j: 90e3, uncertainty_j: 90 })]);
    expect(one('.jg-Total-battery').textContent).toBe('50 %of 50 Wh');

    show([row('a')]);
    expect(node.querySelector('.jg-Total-battery')).toBeNull();
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
    expect(node.querySelector('.jg-Total-counter')).toBeNull();

    const between = { energy_j: 100, uncertainty_j: 8, duration_s: 20 };
    const spent = { runs: 4, energy_j: 400, uncertainty_j: 6, between };
    show([row('a')], { spent });
    expect(one('.jg-Total-counter').textContent).toBe(
      "Session's counter: 500 ± 10 J, of which 100 ± 8 J between cells, in 20.0 s"
    );

    show([row('a')], { spent: { ...spent, isAtLeast: true } });
    expect(node.querySelector('.jg-Total-counter')).toBeNull();

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
    settings = { ...DEFAULT_SETTINGS, unit: 'Wh' };
    show([row('a', { energy_j: 7200, uncertainty_j: 36 })]);

    expect(one('.jg-Total-energy').textContent).toBe('2.000 ± 0.010 Wh');
    expect(one('.jg-Row-energy').textContent).toBe('2.000 ± 0.010 Wh');
    expect(one('.jg-Total-wattHours').textContent).toBe('7.20 ± 0.04 kJ');
  });
});

describe('the cells', () => {
  const five = [
    row('a', { title: 'load', stage: 'data', energy_j: 5 }),
    row('b', { title: 'fit', stage: 'training', energy_j: 100 }),
    row('c', { title: 'tune', stage: 'training', energy_j: 30 }),
    row('d', { title: 'plot', energy_j: 1 }),
    row('e', { title: 'Trace', energy_j: null, duration_s: null })
  ];

  /** Types into an input, or chooses in a select, as a user does. */
  function enter(selector: string, value: string): void {
    const field = one(selector) as HTMLInputElement | HTMLSelectElement;
    const { set } = Object.getOwnPropertyDescriptor(
      Object.getPrototypeOf(field),
      'value'
    )!;
    React.act(() => {
      set!.call(field, value);
      const type = field instanceof HTMLInputElement ? 'input' : 'change';
      field.dispatchEvent(new Event(type, { bubbles: true }));
    });
  }

  it('are sorted by a column, those without a value last', () => {
    show(five);
    expect(titles()).toEqual(['load', 'fit', 'tune', 'plot', 'Trace']);

    enter('.jg-Tools-sort select', 'energy');
    expect(titles()).toEqual(['fit', 'tune', 'load', 'plot', 'Trace']);
    click('.jg-Tools-direction');
    expect(titles()).toEqual(['plot', 'load', 'tune', 'fit', 'Trace']);
  });

  it('are filtered by text or stage, and all shown again', () => {
    show(five);
    enter('.jg-Tools-filter', 'TRA');
    expect(titles()).toEqual(['fit', 'tune', 'Trace']);

    click('.jg-Narrowed button');
    expect(titles()).toHaveLength(5);
  });

  it('are grouped by stage', () => {
    show(five);
    click('.jg-Tools-group input');

    expect(
      [...node.querySelectorAll('.jg-Rows-stage, .jg-Row-title')].map(
        ({ textContent }) => textContent
      )
    ).toEqual([
      ...['data5 ± 3 J3.7 %', 'load', 'training130 ± 4 J96 %', 'fit', 'tune'],
      ...['untagged< 4.0 J0.74 %', 'plot', 'Trace']
    ]);
    expect(node.querySelector('.jg-Row-stage')).toBeNull();
  });

  it('of one stage are shown by a click on its bar', () => {
    show(five);
    click('[data-tab="stages"]');
    click('[data-stage="training"] .jg-Stage');
    expect(titles()).toEqual(['fit', 'tune']);
    click('[data-tab="stages"]');
    expect(one('[data-stage="training"] .jg-Stage').ariaPressed).toBe('true');

    click('[data-stage="training"] .jg-Stage');
    click('[data-tab="cells"]');
    expect(titles()).toHaveLength(5);
  });

  it('keep the view of their notebook', () => {
    show(five);
    enter('.jg-Tools-filter', 'fit');
    show(null);
    show(five);

    expect(titles()).toEqual(['fit']);
  });

  it('are not all drawn at once where there are many', () => {
    vi.stubGlobal(
      'IntersectionObserver',
      class {
        observe = vi.fn();
        disconnect = vi.fn();
      }
    );
    show(Array.from({ length: 200 }, (_, n) => row(`n${n}`)));
    expect(titles().length).toBeLessThan(100);

    click('.jg-Rows-more button');
    expect(titles().length).toBeGreaterThan(100);
    vi.unstubAllGlobals();
  });

  it('are drawn around one that runs far down, and what is between them on demand', () => {
    vi.stubGlobal(
      'IntersectionObserver',
      class {
        observe = vi.fn();
        disconnect = vi.fn();
      }
    );
    vi.stubGlobal(
      'ResizeObserver',
      class {
        observe = vi.fn();
        disconnect = vi.fn();
      }
    );
    const many = (running: number) =>
      Array.from({ length: 400 }, (_, n) =>
        row(`n${n}`, n === running ? { status: 'running' } : {})
      );
    show(many(300));
    expect(titles()).toContain('work("n300")');
    expect(titles()).not.toContain('work("n200")');
    expect(titles().length).toBeLessThan(130);

    show(many(-1)); // it has ended, and stays in sight
    expect(titles()).toContain('work("n300")');

    expect(all('.jg-Rows-more').map(({ textContent }) => textContent)).toEqual([
      '210 more cells',
      '69 more cells'
    ]);
    React.act(() => {
      all('.jg-Rows-more button')[0].click();
    });
    expect(titles()).toContain('work("n100")');
    expect(titles()).not.toContain('work("n200")');
    vi.unstubAllGlobals();
  });

  it('are all shown that come after the End key was pressed', () => {
    show([row('a'), row('b')]);
    one('[data-cell-id="a"] .jg-Row-button').focus();
    React.act(() => {
      document.activeElement?.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'End', bubbles: true })
      );
    });
    show([row('a'), row('b'), row('c')]);
    expect(titles()).toHaveLength(3);
  });

  it.each([
    [100, 3, 122, 3, '−18 %', '-1'],
    [100, 3, 98, 3, 'no clear change', '0'],
    [100, 3, 80, 1, '+25 %', '1']
  ])(
    'with %d ± %d J after %d ± %d J read %s',
    (energy_j, uncertainty_j, before_j, unsure_j, words, sign) => {
      const previous = {
        energy_j: before_j,
        uncertainty_j: unsure_j,
        shares: []
      };
      show([row('a', { energy_j, uncertainty_j, previous })]);

      expect(one('.jg-Row-change').textContent).toBe(words);
      expect(one('.jg-Row-change').dataset.change).toBe(sign);
    }
  );

  it('tell stage, joules per unit, peak and metric', () => {
    show([
      row('a', {
        stage: 'training',
        peakPower_w: 70,
        metric: { accuracy: 0.91319 },
        per: { count: 1000, unit: 'token' }
      })
    ]);

    expect(one('.jg-Row-more').textContent).toBe(
      'training100 ± 3 mJ/tokenpeak 70.0 Waccuracy 0.9132'
    );
    expect(one('.jg-Row-button').getAttribute('aria-label')).toContain(
      '100 ± 3 mJ/token, accuracy 0.9132'
    );
  });

  it('that wait say so, and have no figures', () => {
    show([
      row('a', {
        status: 'queued',
        energy_j: null,
        duration_s: null,
        provenance: null
      }),
      row('b')
    ]);

    expect(one('[data-cell-id="a"]').textContent).toBe('[*]work("a")queued');
  });

  it('that run have a sparkline', () => {
    show([row('a', { status: 'running', recent_w: [0, 50, 100] })]);

    expect(one('.jg-Sparkline polyline').getAttribute('points')).toBe(
      '0.0,19.0 48.0,10.0 96.0,1.0'
    );
  });

  it('that have ended are announced, once', () => {
    show([row('a', { status: 'running' })]);
    expect(one('[aria-live]').textContent).toBe('');
    show([row('a')]);

    expect(one('[aria-live]').textContent).toBe('work("a"): 100 ± 3 J');
  });

  it('get a stage from their details', () => {
    show([row('a', { stage: 'mine', details: details() })]);
    click('.jg-Row-toggle');
    enter('.jg-Details-stage select', 'training');
    enter('.jg-Details-stage select', '');

    expect(actions.setStage.mock.calls).toEqual([
      ['a', 'training'],
      ['a', null]
    ]);
  });
});

describe('the parts below the summary', () => {
  it('are tabs, which the arrow keys walk through', () => {
    show([row('a')], { host: { domains: aReport().domains } });
    const selected = (): string[] =>
      [...node.querySelectorAll<HTMLElement>('[aria-selected="true"]')].map(
        ({ dataset }) => dataset.tab!
      );
    expect(selected()).toEqual(['cells']);
    expect(one('[role="tabpanel"]').dataset.content).toBe('cells');

    for (const [key, name] of [
      ['ArrowRight', 'stages'],
      ['ArrowRight', 'host'],
      ['ArrowRight', 'cells'],
      ['ArrowLeft', 'host'],
      ['Home', 'cells'],
      ['End', 'host']
    ]) {
      one('[aria-selected="true"]').focus();
      React.act(() => {
        document.activeElement?.dispatchEvent(
          new KeyboardEvent('keydown', { key, bubbles: true })
        );
      });
      expect(selected()).toEqual([name]);
      expect((document.activeElement as HTMLElement).dataset.tab).toBe(name);
      expect(one('.jg-Total')).toBeTruthy();
    }
  });

  it('begin with the host where no sensor was read', () => {
    const missing = [{ id: 'nvml', reason: 'no driver', remedy: '' }];
    show([row('a', { energy_j: null, duration_s: 1 })], { host: { missing } });

    expect(one('[role="tabpanel"]').dataset.content).toBe('host');
  });

  describe('the running row', () => {
    const scrolled = vi.fn();
    const seen = { bottom: 10, top: 0 };
    beforeEach(() => {
      vi.spyOn(Element.prototype, 'scrollIntoView').mockImplementation(
        function (this: Element) {
          scrolled((this as HTMLElement).dataset.cellId);
        }
      );
    });

    /** Scrolls the rows with the wheel; the running row is in sight then or not. */
    function wheel(isInSight: boolean): void {
      const top = isInSight ? seen : { bottom: 900, top: 890 };
      vi.spyOn(
        one('[data-status="running"]'),
        'getBoundingClientRect'
      ).mockReturnValue(top as DOMRect);
      const scroller = one('[role="tabpanel"]');
      vi.spyOn(scroller, 'getBoundingClientRect').mockReturnValue({
        bottom: 500,
        top: 0
      } as DOMRect);
      scroller.dispatchEvent(new Event('wheel'));
      scroller.dispatchEvent(new Event('scroll'));
    }

    const run = (...running: string[]): void => {
      show(
        ['a', 'b', 'c'].map(id =>
          row(id, {
            status:
              running[0] === id
                ? 'running'
                : running.includes(id)
                  ? 'queued'
                  : 'ok'
          })
        )
      );
    };

    it('is scrolled to as it begins, once', () => {
      run('b', 'c');
      run('b', 'c');
      expect(scrolled.mock.calls).toEqual([['b']]);
      run('c');
      expect(scrolled.mock.calls).toEqual([['b'], ['c']]);
    });

    it('is not scrolled to once the user has scrolled away', () => {
      run('a', 'b', 'c');
      wheel(false);
      scrolled.mockClear();
      run('b', 'c');
      expect(scrolled).not.toHaveBeenCalled();

      wheel(true);
      run('c');
      expect(scrolled.mock.calls).toEqual([['c']]);
    });

    it('is scrolled to where it was not asked for yet when the user scrolled away', () => {
      run('a', 'b');
      wheel(false);
      scrolled.mockClear();
      run('c'); // before the panel has seen that nothing ran
      expect(scrolled.mock.calls).toEqual([['c']]);
    });

    it('is kept in sight as it grows', () => {
      let grow = (): void => undefined;
      vi.stubGlobal(
        'ResizeObserver',
        class extends window.ResizeObserver {
          constructor(callback: () => void) {
            super(callback);
            grow = callback;
          }
        }
      );
      run('b');
      grow();
      expect(scrolled.mock.calls).toEqual([['b'], ['b']]);
      wheel(false);
      grow();
      expect(scrolled).toHaveBeenCalledTimes(2);
      vi.unstubAllGlobals();
    });

    it('is scrolled to again when all has ended', () => {
      run('a');
      wheel(false);
      run();
      scrolled.mockClear();
      run('b');
      expect(scrolled.mock.calls).toEqual([['b']]);
    });
  });
});

describe('several notebooks', () => {
  function aNotebook(
    path: string,
    rows: readonly IEnergyRow[],
    changed = new Signal<IEnergyModel, void>({} as IEnergyModel)
  ): IOpenNotebook & { activate: () => void } {
    return {
      path,
      name: path,
      activate: vi.fn(),
      model: {
        rows,
        total: totalOf(rows),
        spent: {
          ...NOTHING_SPENT,
          runs: rows.length,
          energy_j: 100,
          bounds: { low_j: 100, high_j: 100 }
        },
        watch: vi.fn(),
        unwatch: vi.fn(),
        changed,
        isDisposed: false
      } as unknown as IEnergyModel
    };
  }

  it('are added up, watched while they are seen, and gone to', () => {
    const other = aNotebook('b.ipynb', [row('c', { energy_j: 300 })]);
    const notebooks = [aNotebook('a.ipynb', [row('a')]), other];
    show([row('a')], { notebooks: notebooks.slice(0, 1) });
    expect(node.querySelector('[data-tab="session"]')).toBeNull();

    show([row('a')], { notebooks });
    click('[data-tab="session"]');
    expect(one('.jg-Session-energy').textContent).toBe('400 ± 4 J');
    expect(
      [...node.querySelectorAll('.jg-Session .jg-Stage')].map(
        ({ textContent }) => textContent
      )
    ).toEqual(['a.ipynb1 cell100 ± 3 J25 %', 'b.ipynb1 cell300 ± 3 J75 %']);
    expect(one('.jg-Session').textContent).toContain(
      'Spent in this session: 200.0 J in 2 runs'
    );
    click('[data-stage="b.ipynb"] .jg-Stage');
    expect(other.activate).toHaveBeenCalledOnce();

    expect(other.model.watch).toHaveBeenCalledOnce();
    show([row('a')], { notebooks: [...notebooks] });
    expect(other.model.watch).toHaveBeenCalledOnce();
    click('[data-tab="cells"]');
    expect(other.model.unwatch).toHaveBeenCalledOnce();
  });

  it('stand below the hint in one where nothing was metered', () => {
    const notebooks = [
      aNotebook('a.ipynb', []),
      aNotebook('b.ipynb', [row('c')])
    ];
    show([], { notebooks });

    expect(one('.jg-Session-energy').textContent).toBe('100 ± 3 J');
    expect(one('[data-hint="nothing-metered"]')).toBeTruthy();
  });
});

describe('signs and pills', () => {
  it('say what they mean', () => {
    const [cpu] = aReport().domains;
    const gpu = { ...cpu, id: 'gpu:0', energy_j: 10, uncertainty_j: 900 };
    show([
      row('a', { provenance: 'estimate' }),
      row('b', {
        energy_j: 110,
        uncertainty_j: 900,
        details: details({ domains: [cpu, gpu] })
      }),
      row('c', { uncertainty_j: 200 })
    ]);
    const hint = (id: string): string[] =>
      one(`[data-cell-id="${id}"] .jg-Row-energy`).title.split('\n');

    expect(hint('a')).toEqual([
      '≈: estimated by a model from utilisation, not measured.',
      '±: the true value is this near to the figure in 95 of 100 cases.',
      'More: docs/estimate.md, docs/uncertainty.md'
    ]);
    expect(hint('b')[0]).toMatch(/^…: between these two/);
    expect(hint('c')[0]).toMatch(/^<: no more than this/);
  });

  it('stand in a row only where it differs from the summary', () => {
    show([row('a'), row('b')]);
    expect(node.querySelector('.jg-Row .jg-Mark')).toBeNull();
    expect(one('.jg-Total .jg-Mark').textContent).toBe('energy counter');

    show([row('a'), row('b', { provenance: 'power' })]);
    expect(one('.jg-Row .jg-Mark').textContent).toBe('energy counter');
    expect(one('.jg-Total .jg-Mark').textContent).toBe('power samples');
  });

  it('tell it to keyboard and touch by a click', () => {
    show([row('a', { provenance: 'estimate' })]);
    expect(node.querySelector('.jg-Mark-about')).toBeNull();
    click('.jg-Total .jg-Mark');
    expect(one('.jg-Mark-about').textContent).toBe(
      'Estimated by a model from utilisation, not measured.\n' +
        'More: docs/estimate.md'
    );
    click('.jg-Total .jg-Mark');
    expect(node.querySelector('.jg-Mark-about')).toBeNull();
  });

  it('tell how often a statement was run, and what one loop took', () => {
    const repeats = {
      repeats: 7,
      loops: 1000,
      mean_j: 0.0123,
      stdev_j: 0.0005,
      interval_j: 0.0004,
      mean_duration_s: 0.002
    };
    show([row('a', { repeats: [repeats] })]);

    expect(one('[data-repeats]').textContent).toBe('7 runs × 1000 loops');
    expect(one('.jg-Row-loop').textContent).toBe('12.3 ± 0.4 mJ per loop');
    click('[data-repeats]');
    expect(one('.jg-Mark-about').textContent).toContain(
      'the joules of the row are those of all of it'
    );
  });
});

describe('comparing', () => {
  const runs: Readonly<Record<string, readonly IReport[]>> = {
    a: [
      aReport({ run_id: 'a2', execution_count: 5, energy_j: 80 }),
      aReport({ run_id: 'a1', execution_count: 3 })
    ],
    b: [aReport({ run_id: 'b1', execution_count: 4, energy_j: 99 })]
  };

  function open(cellId: string): void {
    Object.assign(model, { runsOf: (id: string) => runs[id] ?? [] });
    show(['a', 'b'].map(id => row(id, { details: details() })));
    click(`[data-cell-id="${cellId}"] .jg-Row-toggle`);
    const [compare] = [
      ...node.querySelectorAll<HTMLElement>('.jg-Details-actions button')
    ].filter(({ textContent }) => textContent === 'Compare');
    React.act(() => {
      compare.click();
    });
  }

  it('puts the newest run of a cell beside the one before', () => {
    open('a');

    expect(one('.jg-Compare-change').textContent).toBe(
      '−20 % (95 %: −24 % to −16 %)'
    );
    expect(one('.jg-Compare').textContent).toContain(
      '80 ± 3 J after 100 ± 3 J, 2.00 s after 2.00 s'
    );
    expect(node.querySelectorAll('.jg-Overlay path')).toHaveLength(2);
  });

  it('takes a run of another cell', () => {
    open('b');
    expect(one('.jg-Compare-hint').textContent).toContain('Choose two runs');

    const [, second] =
      node.querySelectorAll<HTMLSelectElement>('.jg-Compare select');
    expect(document.activeElement).toBe(second);
    React.act(() => {
      second.value = '1'; // the earlier run of the other cell
      second.dispatchEvent(new Event('change', { bubbles: true }));
    });
    expect(one('.jg-Compare-change').textContent).toBe(
      'no clear change (95 %: −3.2 % to +5.4 %)'
    );

    click('.jg-Compare-head button');
    expect(node.querySelector('.jg-Compare')).toBeNull();
    expect(document.activeElement).toBe(one('[data-tab="cells"]'));
  });
});

describe('the host', () => {
  it('says why no baseline was measured, at its button', async () => {
    actions.measureBaseline.mockRejectedValue(new Error('Canceled future'));
    show([row('a')], { host: { domains: aReport().domains } });
    click('[data-tab="host"]');
    await React.act(async () => {
      one('.jg-Baseline button').click();
      await Promise.resolve();
    });

    expect(one('.jg-Baseline-answer').textContent).toBe(
      'Not measured: Canceled future.'
    );
    expect((one('.jg-Baseline button') as HTMLButtonElement).disabled).toBe(
      false
    );
  });

  it('tells sensors, and each command of a remedy by itself', () => {
    const remedy = 'Load it: `modprobe x` (see `man`). Or ask: `sudo y`.';
    show([row('a')], {
      host: {
        domains: aReport().domains,
        missing: [{ id: 'gpu:0', reason: 'no driver', remedy }],
        hasOtherMeters: true,
        baselineAt: new Date(Date.now() - 12.2 * 60e3).toISOString()
      }
    });
    click('[data-tab="host"]');

    expect(one('.jg-Sensor').textContent).toBe(
      'cpu:0/packageenergy counter, every 1.00 msa processor · rapl'
    );
    expect(
      [...node.querySelectorAll('.jg-Missing code')].map(
        ({ textContent }) => textContent
      )
    ).toEqual(['modprobe x', 'sudo y']);
    expect(one('.jg-Host-others').textContent).toContain(
      'Other programs metered this machine'
    );
    expect(node.querySelector('.jg-Baseline p')?.textContent).toBe(
      'Idle baseline measured 12 min ago.'
    );
  });

  it('measures the baseline and says what came of it', async () => {
    actions.measureBaseline.mockResolvedValue('idle: 40 W');
    show([row('a')], { host: { domains: aReport().domains } });
    click('[data-tab="host"]');
    await React.act(async () => {
      one('.jg-Baseline button').click();
      await Promise.resolve();
    });

    expect(one('.jg-Baseline-answer').textContent).toBe('Idle: 40 W.');
    expect((one('.jg-Baseline button') as HTMLButtonElement).disabled).toBe(
      false
    );
  });
});
