import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { LiveMessage } from '../../src/record/livemessages';
import type { IModel } from '../../src/live/widget';
import { aReport } from '../fixtures';
import { begin, end, history, samples } from '../live_messages';

/** jsdom has no layout and no canvas: nothing ever gets a size, and no plot is made. */
class NoResizeObserver implements ResizeObserver {
  observe(): void {
    // There is nothing to observe.
  }
  unobserve(): void {
    // As above.
  }
  disconnect(): void {
    // As above.
  }
}

interface ITraits {
  begin: unknown;
  history: unknown;
  end: unknown;
}

/** A model as anywidget gives it, fed by hand. */
class Model implements IModel {
  constructor(private readonly traits: ITraits) {}

  get(trait: keyof ITraits): unknown {
    return this.traits[trait];
  }

  on(event: string, handler: (content: unknown) => void): void {
    const found = this.handlers.get(event) ?? new Set();
    this.handlers.set(event, found.add(handler));
  }

  off(event: string, handler: (content: unknown) => void): void {
    this.handlers.get(event)?.delete(handler);
  }

  send(content: unknown): void {
    this.handlers.get('msg:custom')?.forEach(handler => {
      handler(content);
    });
  }

  set(trait: 'history' | 'end', message: LiveMessage): void {
    this.traits[trait] = message;
    this.handlers.get(`change:${trait}`)?.forEach(handler => {
      handler(undefined);
    });
  }

  lose(): void {
    this.handlers.get('comm_live_update')?.forEach(handler => {
      handler(undefined);
    });
  }

  get listeners(): number {
    return [...this.handlers.values()].reduce((sum, set) => sum + set.size, 0);
  }

  private readonly handlers = new Map<
    string,
    Set<(content: unknown) => void>
  >();
}

let render: (context: { model: IModel; el: HTMLElement }) => () => void;
let el: HTMLElement;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal('ResizeObserver', NoResizeObserver);
  ({ render } = (await import('../../src/live/widget')).default);
  el = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  el.remove();
  vi.useRealTimers();
});

function show(traits: Partial<ITraits> = {}): Model {
  const model = new Model({ begin: begin(), history: {}, end: {}, ...traits });
  render({ model, el });
  vi.advanceTimersByTime(1000); // what goes on for longer has the whole view
  return model;
}

/** The big figures and their captions: watts, joules, seconds. */
function figures(): string[] {
  return [...el.querySelectorAll('.jpg-figure')].map(figure =>
    [...figure.children].map(child => child.textContent).join(' ')
  );
}

function text(selector: string): string {
  return el.querySelector(selector)?.textContent ?? '';
}

describe('the live widget', () => {
  it('says REPLAY where nothing is measured, and nowhere else', () => {
    show();
    expect(el.textContent).not.toContain('REPLAY');
    el.replaceChildren();
    const domains = begin().domains.map(domain => ({
      ...domain,
      flags: ['replayed']
    }));
    show({ begin: begin({ domains }) });
    expect(text('.jpg-replay')).toBe('REPLAY');
    expect(text('.jpg-about')).toContain('replayed, not measured');
    expect(text('.jpg-about')).not.toContain('energy counters');
  });

  it('has its whole layout before the first sample', () => {
    show();
    expect(figures()).toEqual(['… so far', '… now', '… elapsed']);
    expect(text('.jpg-label')).toBe('fit');
    expect(text('.jpg-status')).toBe('running');
    expect(el.querySelectorAll('[data-domain]')).toHaveLength(1);
    expect(el.querySelectorAll('.jpg-chart')).toHaveLength(1);
  });

  it('follows the messages', () => {
    const model = show();
    model.send(samples(1));
    model.send(samples(2));
    expect(figures()).toEqual([
      '20.00 J so far · mean 10.0 W',
      '10.0 W now · peak 12.0 W',
      '2.00 s elapsed'
    ]);
  });

  it('changes the digits of the legend no more often than they can be read', () => {
    const model = show();
    model.send(samples(1));
    expect(text('[data-domain]')).toBe('cpu:0/package a CPU 10.00 J 10.0 W');
    vi.advanceTimersByTime(100);
    model.send(samples(2));
    expect(text('[data-domain]')).toContain('10.00 J');
    vi.advanceTimersByTime(200);
    model.send(samples(3));
    expect(text('[data-domain]')).toContain('30.00 J');
  });

  it('shows the history when it is opened late', () => {
    show({ history: history(30) });
    expect(figures()[0]).toBe('300.0 J so far · mean 10.0 W');
  });

  it('goes on from the history when more comes', () => {
    const model = show({ history: history(30) });
    model.send(samples(30));
    model.send(samples(31));
    expect(figures()[2]).toBe('31.0 s elapsed');
  });

  it('says so when the kernel goes before the cell has ended', () => {
    const model = show();
    model.send(samples(1));
    model.lose();
    vi.advanceTimersByTime(10_000);
    expect(text('.jpg-status')).toBe('the kernel stopped; run the cell again');
    expect(figures()[0]).toBe('10.00 J so far · mean 10.0 W');
  });

  it('keeps its result when the kernel goes later', () => {
    const model = show();
    model.set('end', end(1));
    model.lose();
    expect(text('.jpg-status')).toBe('done');
  });

  it('begins with whatever message comes first where the traits are empty', () => {
    const model = show({ begin: {} });
    expect(el.childElementCount).toBe(0);
    model.set('history', history(4));
    model.send(samples(5));
    expect(el.childElementCount).toBe(1);
    expect(figures()[0]).toBe('50.00 J so far · mean 10.0 W');
  });

  it('leaves alone what is no live message', () => {
    const model = show();
    model.send(null);
    model.send({ schema: 'other', kind: 'samples' });
    expect(figures()[0]).toBe('… so far');
  });

  it('shows the report at the end, and says it aloud once', () => {
    const model = show();
    model.send(samples(1));
    const spoken = el.querySelector('[role=status]')!;
    expect(spoken.textContent).toBe('');
    model.set('end', end(2));
    expect(figures()).toEqual([
      '100 ± 3 J total',
      '50.0 W mean · peak 60.0 W',
      '2.00 s elapsed'
    ]);
    expect(text('.jpg-status')).toBe('done');
    expect(text('[data-domain]')).toContain('100 ± 3 J');
    expect(spoken.textContent).toBe('');
    vi.advanceTimersByTime(1000);
    expect(spoken.textContent).toBe(
      'done: 100 ± 3 J in 2.00 s, mean 50.0 W · peak 60.0 W'
    );
  });

  it('shows the report where it is opened after the end', () => {
    show({ history: history(8), end: end(20) });
    expect(figures()[0]).toBe('100 ± 3 J total');
    expect(text('.jpg-status')).toBe('done');
  });

  it('gives a bound of the watts where the joules are below the resolution', () => {
    const model = show();
    model.send({
      ...end(1),
      report: aReport({
        energy_j: 0.2,
        uncertainty_j: 0.4,
        domains: [
          { ...aReport().domains[0], energy_j: 0.2, uncertainty_j: 0.4 }
        ]
      })
    });
    expect(figures().slice(0, 2)).toEqual(['< 600 mJ total', '< 300 mW mean']);
  });

  it('keeps what is known of one sensor where another is hardly known', () => {
    const [cpu] = aReport().domains; // 100 ± 3 J
    const gpu = { ...cpu, id: 'gpu:0', energy_j: 10, uncertainty_j: 900 };
    const model = show();
    model.send({
      ...end(1),
      report: aReport({
        energy_j: 110,
        uncertainty_j: 900,
        domains: [cpu, gpu]
      })
    });
    expect(figures()[0]).toBe('97 J … 1.1 kJ total');
  });

  it('says why there is no report, and stops', () => {
    const model = show();
    model.send(samples(1));
    model.send({ ...end(2), report: null, error: 'MemoryError: too large' });
    vi.advanceTimersByTime(60_000);
    expect(text('.jpg-status')).toBe('MemoryError: too large');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does nothing any more when the run has ended', () => {
    const model = show();
    model.send(samples(1));
    model.set('end', end(2));
    vi.advanceTimersByTime(5000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes the refined report in place of the first one', () => {
    const model = show();
    model.set('end', end(1));
    model.send({ ...end(2), report: aReport({ uncertainty_j: 1 }) });
    expect(figures()[0]).toBe('100.0 ± 1.0 J total');
  });

  it('changes nothing while nobody can see it, and is right when somebody can', () => {
    const model = show();
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    model.send(samples(1));
    expect(figures()[0]).toBe('… so far');
    hidden.mockRestore();
    document.dispatchEvent(new Event('visibilitychange'));
    expect(figures()[0]).toBe('10.00 J so far · mean 10.0 W');
  });

  it('says how a run ended', () => {
    const model = show();
    model.send({ ...end(1), report: aReport({ status: 'interrupted' }) });
    expect(text('.jpg-status')).toBe('interrupted');
  });

  it('marks an estimate in every figure and in words', () => {
    const cpu = {
      id: 'cpu:0/package',
      device: 'a CPU',
      provenance: 'estimate',
      counted: true
    } as const;
    const estimated = { provenance: 'estimate', domains: [cpu] } as const;
    const model = show({ begin: begin(estimated) });
    model.send({ ...samples(1), ...estimated });
    expect(figures().slice(0, 2)).toEqual([
      '≈ 10.00 J so far · mean ≈ 10.0 W',
      '≈ 10.0 W now · peak ≈ 12.0 W'
    ]);
    expect(text('.jpg-about')).toContain('estimated');
    expect(text('[data-domain]')).toBe(
      'cpu:0/package estimated, a CPU ≈ 10.00 J ≈ 10.0 W'
    );
    expect(
      el.querySelector<HTMLElement>('.jpg-swatch')!.dataset.provenance
    ).toBe('estimate');
  });

  it('says how the total comes about', () => {
    const domain = begin().domains[0];
    show({
      begin: begin({
        provenance: 'mixed',
        domains: [
          domain,
          { ...domain, id: 'gpu:0', provenance: 'power' },
          { ...domain, id: 'cpu', provenance: 'estimate', counted: false }
        ]
      })
    });
    expect(text('.jpg-about')).toContain('energy counters and power samples');
    expect(text('.jpg-about')).not.toContain('estimated');
  });

  it('says where no sensor can be read', () => {
    show({ begin: begin({ provenance: null, domains: [] }) });
    expect(text('.jpg-line')).toContain('no sensor can be read here');
  });

  it('says which domain is not in the total', () => {
    const psys = {
      id: 'psys',
      device: 'platform',
      provenance: 'counter',
      counted: false
    } as const;
    show({ begin: begin({ domains: [...begin().domains, psys] }) });
    expect(el.querySelectorAll('[data-domain]')).toHaveLength(1);
    el.querySelector<HTMLElement>('.jpg-unfold')!.click();
    expect(text('.jpg-inside')).toContain('not in the total');
  });

  it('says so where no figures come any more, and takes it back when they do', () => {
    const model = show();
    model.send(samples(1));
    vi.advanceTimersByTime(5000);
    expect(text('.jpg-status')).toBe('running, last figures 5 s ago');
    model.send(samples(2));
    expect(text('.jpg-status')).toBe('running');
    model.set('end', end(3));
    vi.advanceTimersByTime(60_000);
    expect(text('.jpg-status')).toBe('done');
  });

  it('shows hostile texts as texts', () => {
    const evil = '<img src=x onerror=alert(1)>';
    const domain = { ...begin().domains[0], id: evil, device: evil };
    show({ begin: begin({ label: evil, domains: [domain] }) });
    expect(text('.jpg-label')).toBe(evil);
    expect(el.querySelector('img')).toBeNull();
  });

  it('is a named group whose changing figures are not read aloud', () => {
    show();
    const group = el.querySelector('.jpg-live')!;
    expect(group.getAttribute('role')).toBe('group');
    expect(group.getAttribute('aria-label')).toBe('Energy of fit');
    expect(
      group.querySelector('.jpg-figure')!.closest('[aria-live]')
    ).toBeNull();
  });

  it('puts its style sheets into the page once', () => {
    show();
    show();
    expect(document.querySelectorAll('#jpg-run-style')).toHaveLength(1);
    expect(document.querySelectorAll('#jpg-chart-style')).toHaveLength(1);
  });

  it('leaves nothing behind', () => {
    const model = new Model({ begin: begin(), history: {}, end: {} });
    const stop = render({ model, el });
    expect(model.listeners).toBeGreaterThan(0);
    stop();
    expect(model.listeners).toBe(0);
    expect(el.childElementCount).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
