/** The panel's view on a page of its own, for each test anew. */
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, vi } from 'vitest';

import { totalOf } from '../../src/model/total';
import type { IActions, IPanelContext } from '../../src/panel/context';
import { EnergyView } from '../../src/panel/view';
import { EXACT } from '../../src/record/scale';
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
import { aReport } from '../fixtures';

const trans = nullTranslator.load('jupyter_green');

/** What a test may look at and change. */
interface IPage {
  node: HTMLElement;
  settings: ISettings;
  /** What is chosen in a view stays with its notebook. */
  model: IEnergyModel;
}

export const page = {} as IPage;
let root: Root;

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  page.node = document.body.appendChild(document.createElement('div'));
  root = createRoot(page.node);
  vi.restoreAllMocks();
  vi.resetAllMocks();
  page.settings = DEFAULT_SETTINGS;
  page.model = {
    reportOf: () => null,
    runsOf: () => [],
    watch: () => undefined,
    unwatch: () => undefined,
    hostNow: {
      changed: new Signal({} as IHostNow),
      state: 'waiting',
      points: [],
      watch: vi.fn(),
      unwatch: vi.fn(),
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
  page.node.remove();
});

/** What the panel has had done. */
export const actions = {
  reveal: vi.fn(),
  setStage: vi.fn(),
  copyRow: vi.fn(),
  loadMeter: vi.fn(),
  measureBaseline: vi.fn(),
  setCarbon: vi.fn(),
  openMenu: vi.fn(),
  help: vi.fn(),
  meterCell: vi.fn()
} satisfies IActions;

/** One object for the same settings, as the panel has it. */
const contexts = new Map<ISettings, IPanelContext>();

function contextOf(settings: ISettings): IPanelContext {
  const context = contexts.get(settings) ?? { trans, settings, actions };
  contexts.set(settings, context);
  return context;
}

/** Shows rows, or that no notebook is open. */
export function show(
  rows: readonly IEnergyRow[] | null,
  changes: {
    host?: Partial<IHost>;
    spent?: Partial<ISpent>;
    notebooks?: readonly IOpenNotebook[];
  } = {}
): void {
  Object.assign(page.model, {
    rows: rows ?? [],
    total: totalOf(rows ?? []),
    host: { ...NO_HOST, ...changes.host },
    spent: { ...NOTHING_SPENT, ...changes.spent }
  });
  React.act(() => {
    root.render(
      <EnergyView
        model={rows && page.model}
        notebooks={changes.notebooks ?? []}
        context={contextOf(page.settings)}
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

export const NOTHING_SPENT: ISpent = {
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

/** What a row tells beyond its total. */
export function details(changes: Partial<RowDetails> = {}): RowDetails {
  return { ...aReport(), ...changes };
}

export function click(selector: string): void {
  React.act(() => {
    one(selector).click();
  });
}

/** Types into an input, or chooses in a select, as a user does. */
export function enter(selector: string, value: string): void {
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

/** The titles of the rows that are shown. */
export function titles(): (string | null)[] {
  return all('.jg-Row-title').map(({ textContent }) => textContent);
}

export function all(selector: string): HTMLElement[] {
  return [...page.node.querySelectorAll<HTMLElement>(selector)];
}

/** The only node that fits. */
export function one(selector: string): HTMLElement {
  const found = all(selector);
  expect(found, selector).toHaveLength(1);
  return found[0];
}
