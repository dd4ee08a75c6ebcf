import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Run } from '../../src/feed/run';
import { HostsList } from '../../src/live/hostslist';
import type { IOtherHost } from '../../src/record/livemessages';
import { FittedView } from '../../src/runview/fittedview';
import { RunView } from '../../src/runview/runview';
import { lineOfNow } from '../../src/runview/summary';
import { UNTRANSLATED } from '../../src/text/words';
import {
  aPart,
  begin,
  end,
  otherHost,
  samples,
  samplesOnHosts
} from '../live_messages';

/** jsdom has no layout. */
class NoResizeObserver {
  observe(): void {
    // There is nothing to observe.
  }
  disconnect(): void {
    // As above.
  }
}

let run: Run;
let view: RunView | FittedView;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('ResizeObserver', NoResizeObserver);
  run = new Run(begin());
  view = new RunView(run, { hosts: trans => new HostsList(trans) });
  document.body.append(view.node);
});

afterEach(() => {
  view.dispose();
  vi.useRealTimers();
});

function show(seq: number, hosts: readonly IOtherHost[], atLeast = false) {
  vi.advanceTimersByTime(1000);
  run.take(samplesOnHosts(seq, hosts, atLeast));
  view.update();
}

const list = (): HTMLElement =>
  view.node.querySelector<HTMLElement>('.jpg-hosts')!;
const lines = (): string[] =>
  [...list().children].map(({ textContent }) =>
    textContent.replace(/ +/g, ' ').trim()
  );
const text = (): string => view.node.textContent;

describe('the hosts of a cell that runs on a cluster', () => {
  it('have a line each, the own one first, and the total is that of all', () => {
    run.take(samples(1));
    view.update();
    expect(list().hidden).toBe(true);
    show(2, [otherHost({ t_s: 1.5 })]);
    expect(list().hidden).toBe(false);
    expect(lines()).toEqual([
      'host-1 the notebook’s own 20.00 J 10.0 W',
      'host-2 30.00 J 32.0 W'
    ]);
    expect(text()).toContain('50.00 J');
    expect(text()).toContain('so far, of 2 hosts');
    expect(text()).toContain('42.0 W');
    expect(text()).toContain('now · peak 12.0 W');
  });

  it('have the colours of their curves', () => {
    const none = { parts: [], power_w: null, t_s: null };
    show(2, [otherHost(), otherHost({ name: 'host-3', ...none })]);
    const swatches = list().querySelectorAll<HTMLElement>('.jpg-swatch');
    const colours = [...swatches].map(({ style }) => style.borderTopColor);
    expect(colours).toEqual(['transparent', 'rgb(217, 112, 0)', 'transparent']);
  });

  it('say what is not known of them, and then the total is a bound', () => {
    const none = { parts: [], power_w: null, t_s: null };
    show(
      9,
      [
        otherHost({ lost: true, power_w: null, t_s: 4 }),
        otherHost({ name: 'host-3', ...none }),
        otherHost({ name: 'host-4', ...none, lost: true }),
        otherHost({ name: 'host-5', t_s: 4.5 }),
        otherHost({ name: 'host-6', ...none, t_s: 8.5 })
      ],
      true
    );
    expect(lines().slice(1)).toEqual([
      'host-2 lost after 4.00 s ≥ 30.00 J –',
      'host-3 has told nothing yet … …',
      'host-4 not metered – –',
      'host-5 told 4.50 s ago 30.00 J 32.0 W',
      'host-6 no sensor there – –'
    ]);
    expect(text()).toContain('≥ 150.0 J');
    expect(text()).toContain('so far, of 6 hosts');
  });

  it('share a last line where they are many', () => {
    const hosts = Array.from({ length: 7 }, (_, index) =>
      otherHost({ name: `host-${index + 2}` })
    );
    const parts = [aPart('42 more/cpu', 1000), aPart('42 more/gpu', 260)];
    const rest = { name: '42 more', hosts: 42, parts, power_w: 1344 };
    show(1, [...hosts, otherHost(rest)]);
    expect(lines()).toHaveLength(9);
    expect(lines().at(-1)).toBe('and 42 more 1.260 kJ 1.34 kW');
    expect(text()).toContain('so far, of 50 hosts');
    show(2, hosts.slice(0, 1)); // others are gone
    expect(lines()).toHaveLength(2);
  });

  it('are gone with the end, whose report has them', () => {
    show(1, [otherHost()]);
    run.take(end(2));
    view.update();
    expect(list().hidden).toBe(true);
  });

  it('without any that can be reached, the total is at least that of here', () => {
    show(2, [], true);
    expect(list().hidden).toBe(true);
    expect(text()).toContain('≥ 20.00 J');
  });

  it('are shown where nothing is read on the own one, whose line says so', () => {
    const domains: [] = [];
    run = new Run(begin({ run_id: 'none-here', domains, provenance: null }));
    view.dispose();
    view = new FittedView(run, { hosts: trans => new HostsList(trans) });
    document.body.append(view.node);
    expect(text()).toContain('no sensor can be read here');
    const told = samplesOnHosts(2, [otherHost({ t_s: 1.5 })], true);
    const now = { ...told.now, power_w: 32, energy_j: 30, domains: {} };
    const head = { run_id: 'none-here', domains, provenance: null };
    run.take({ ...told, ...head, power_w: {}, energy_j: [null], now });
    view.update();
    expect(lines()).toEqual([
      'host-1 no sensor there – –',
      'host-2 30.00 J 32.0 W'
    ]);
    expect(text()).toContain('≥ 30.00 J');
    expect(text()).toContain('so far, of 2 hosts');
    expect(text()).not.toContain('no sensor can be read here');
    expect(text()).not.toContain('%green doctor');
    expect(lineOfNow(run, UNTRANSLATED)).toBe(
      'fit: ≥ 30.00 J · 32.0 W now · 2.00 s · of 2 hosts · measuring …'
    );
  });

  it('are counted in the line of a short view', () => {
    run.take(samplesOnHosts(1, [otherHost()]));
    expect(lineOfNow(run, UNTRANSLATED)).toBe(
      'fit: 40.00 J · 42.0 W now · 1.00 s · of 2 hosts · measuring …'
    );
  });
});
