import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type IActions, PanelContext } from '../../src/panel/context';
import { HostView } from '../../src/panel/hostview';
import { DEFAULT_SETTINGS } from '../../src/settings';
import type { HostState, IHostNow, IHostPoint } from '../../src/tokens';
import { aHostPoint } from '../fixtures';

const trans = nullTranslator.load('jupyter_green');
const loadMeter = vi.fn<() => Promise<string>>();
const NO_HOST = {
  domains: [],
  missing: [],
  baselineAt: null,
  hasOtherMeters: false
};
let node: HTMLElement;
let root: Root;
let isHidden: boolean;
/** What the observers of the view are told. */
let observers: ((entries: { isIntersecting: boolean }[]) => void)[];

class TestHostNow implements IHostNow {
  readonly changed = new Signal<this, void>(this);
  state: HostState = 'waiting';
  points: readonly IHostPoint[] = [];
  readonly watchers = new Set<object>();
  readonly retry = vi.fn();

  watch(watcher: object): void {
    this.watchers.add(watcher);
  }

  unwatch(watcher: object): void {
    this.watchers.delete(watcher);
  }

  tell(state: HostState, ...points: IHostPoint[]): void {
    this.state = state;
    this.points = [...this.points, ...points];
    React.act(() => {
      this.changed.emit();
    });
  }
}

let hostNow: TestHostNow;

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  isHidden = false;
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => isHidden);
  observers = [];
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(told: (typeof observers)[number]) {
        observers.push(told);
      }
      readonly observe = vi.fn();
      readonly disconnect = vi.fn();
    }
  );
  node = document.body.appendChild(document.createElement('div'));
  root = createRoot(node);
  hostNow = new TestHostNow();
  show(hostNow);
});

afterEach(() => {
  React.act(() => {
    root.unmount();
  });
  node.remove();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function show(of: IHostNow | null): void {
  const context = {
    trans,
    settings: DEFAULT_SETTINGS,
    actions: { loadMeter } as unknown as IActions
  };
  React.act(() => {
    root.render(
      <PanelContext.Provider value={context}>
        {of && <HostView host={NO_HOST} hostNow={of} />}
      </PanelContext.Provider>
    );
  });
}

function said(): string {
  return node.querySelector('.jg-HostNow')!.textContent;
}

function paths(): SVGPathElement[] {
  return [
    ...node.querySelectorAll<SVGPathElement>('.jg-HostNow path[data-device]')
  ];
}

describe('the machine now', () => {
  it('is watched as long as it is on the screen of a page in front', () => {
    expect(hostNow.watchers.size).toBe(1);
    observers[0]([{ isIntersecting: false }]); // the panel was hidden
    expect(hostNow.watchers.size).toBe(0);
    observers[0]([{ isIntersecting: true }]);
    expect(hostNow.watchers.size).toBe(1);

    isHidden = true;
    document.dispatchEvent(new Event('visibilitychange'));
    expect(hostNow.watchers.size).toBe(0);
    isHidden = false;
    document.dispatchEvent(new Event('visibilitychange'));
    expect(hostNow.watchers.size).toBe(1);

    const other = new TestHostNow();
    show(other); // another notebook is the current one
    expect([hostNow.watchers.size, other.watchers.size]).toEqual([0, 1]);
    show(null); // another tab was chosen
    expect(other.watchers.size).toBe(0);
  });

  it('is being measured until the first watts are there', () => {
    expect(said()).toBe('measuring …');

    hostNow.tell('live', aHostPoint(100));
    expect(said()).toContain('98.1 W now');
    expect(said()).toContain('CPU 89.0 W');
    expect(said()).toContain('DRAM 9.10 W');
    expect(said()).toContain('This kernel: 42 % of the busy CPU time.');
    expect(said()).not.toContain('measuring');

    hostNow.tell('live', aHostPoint(102, { share: 0.004 }));
    expect(said()).toContain('This kernel: < 1 % of');
  });

  it('draws each kind of hardware over whole minutes, with gaps where nothing came', () => {
    const points = [100, 102, 160, 162].map(at_s => aHostPoint(at_s));
    hostNow.tell('live', ...points);

    const [cpu, dram, ...others] = paths();
    expect(others).toEqual([]);
    expect(cpu.dataset.device).toBe('cpu');
    expect(cpu.getAttribute('d')).toBe(
      'M154.7,1.0L160.0,1.0M314.7,1.0L320.0,1.0'
    );
    expect(dram.getAttribute('d')).toContain('M154.7,56.7');
    expect(said()).toContain('2 minutes ago');
    expect(said()).toContain('highest 89.0 W');
    expect(node.querySelector('svg')?.getAttribute('aria-label')).toBe(
      'Watts of the last 2 min: CPU 89.0 W, DRAM 9.10 W'
    );
  });

  it('marks and dashes estimates, and leaves out what is not known', () => {
    hostNow.tell(
      'live',
      aHostPoint(100, {
        power_w: { cpu: 12, gpu: 100 },
        provenance: { cpu: 'estimate', gpu: 'power' },
        share: null
      })
    );

    expect(said()).toContain('≈ 112 W now');
    expect(said()).toContain('CPU ≈ 12.0 W');
    expect(said()).toContain('GPU 100 W');
    expect(said()).not.toContain('DRAM');
    expect(said()).not.toContain('This kernel');
    expect(
      paths().map(({ dataset }) => [dataset.device, dataset.estimate])
    ).toEqual([
      ['cpu', 'true'],
      ['gpu', undefined]
    ]);
  });

  it('says why nothing can be read, with the command that helps', () => {
    hostNow.tell(
      'live',
      aHostPoint(100, {
        power_w: {},
        provenance: {},
        reason: 'no sensor can be read: `sudo x`'
      })
    );

    expect(said()).toContain('No sensor can be read:');
    expect(node.querySelector('.jg-HostNow code')?.textContent).toBe('sudo x');
    expect(paths()).toEqual([]);
  });

  it('keeps the curve while it waits anew, without figures of then', () => {
    hostNow.tell('live', aHostPoint(100), aHostPoint(102));
    hostNow.tell('waiting');

    expect(said()).toContain('measuring …');
    expect(said()).not.toContain('98.1 W');
    expect(paths()).toHaveLength(2);
  });

  it('offers to load the meter where the kernel lacks it, and asks again then', async () => {
    hostNow.tell('unloaded');
    const load = async (answer: string): Promise<void> => {
      loadMeter.mockResolvedValueOnce(answer);
      await React.act(async () => {
        node.querySelector<HTMLElement>('.jg-HostNow button')?.click();
        await Promise.resolve();
      });
    };
    expect(said()).toContain('once this kernel has loaded the meter');

    await load('It is not installed.');
    expect(said()).toContain('It is not installed.');
    expect(hostNow.retry).not.toHaveBeenCalled();
    await load('');
    expect(hostNow.retry).toHaveBeenCalledOnce();
  });

  it.each([
    ['outdated', 'upgrade jupyter-green'],
    ['foreign', 'Only Python kernels'],
    ['gone', 'No kernel is running']
  ] as const)('says in a sentence that it is %s', (state, words) => {
    hostNow.tell(state);

    expect(said()).toContain(words);
    expect(node.querySelector('.jg-HostNow button')).toBeNull();
  });
});
