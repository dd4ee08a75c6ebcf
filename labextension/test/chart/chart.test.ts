import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Chart } from '../../src/chart/chart';
import { Curve } from '../../src/chart/curve';

/** A browser's layout and canvas, as far as the chart needs them: 712 pixels wide. */
let frames = 0;
let resize: () => void;
let charts: Chart[] = [];

function seconds(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function append(curve: Curve, t_s: number[]): void {
  curve.append({
    t_s,
    power_w: { cpu: t_s.map(t => 10 + t) },
    energy_j: t_s.map(t => 10 * t),
    gaps: []
  });
}

function aChart(): { chart: Chart; curve: Curve; canvas: HTMLCanvasElement } {
  const curve = new Curve([
    { id: 'cpu', device: 'a CPU', provenance: 'counter', counted: true }
  ]);
  append(curve, seconds(0, 20));
  const chart = new Chart(curve);
  charts.push(chart);
  document.body.append(chart.node);
  Object.defineProperty(chart.node, 'clientWidth', { value: 712 });
  resize();
  return { chart, curve, canvas: chart.node.querySelector('canvas')! };
}

beforeEach(() => {
  frames = 0;
  vi.useFakeTimers();
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(private readonly resized: () => void) {}
      observe(): void {
        resize = this.resized;
      }
      disconnect(): void {
        resize = () => undefined;
      }
    }
  );
  const context = new Proxy(
    {
      clearRect: () => (frames += 1),
      measureText: () => ({ width: 50 })
    },
    {
      get: (target, name): unknown =>
        Reflect.get(target, name) ?? (() => undefined)
    }
  );
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(
    context as never
  );
});

afterEach(() => {
  charts.forEach(chart => {
    chart.dispose();
  });
  charts = [];
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function press(canvas: HTMLElement, ...keys: string[]): boolean {
  return keys
    .map(key =>
      canvas.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      )
    )
    .at(-1)!;
}

const value = (canvas: HTMLElement): string =>
  canvas.getAttribute('aria-valuetext')!;

describe('reading a chart by keys', () => {
  it('begins at the newest point, and goes from point to point', () => {
    const { canvas } = aChart();
    press(canvas, 'ArrowRight');
    expect(value(canvas)).toBe('200.0 J · 30.0 W · at 20.0 s, cpu 30.0 W');
    press(canvas, 'ArrowLeft', 'ArrowLeft', 'ArrowRight');
    expect(value(canvas)).toContain('at 19.0 s');
    expect(canvas.getAttribute('aria-valuenow')).toBe('19.0');
    expect(canvas.getAttribute('aria-valuemax')).toBe('20.0');
  });

  it('goes to the ends and no further', () => {
    const { canvas } = aChart();
    press(canvas, 'Home');
    expect(value(canvas)).toContain('at 0 µs');
    press(canvas, 'ArrowLeft');
    expect(value(canvas)).toContain('at 0 µs');
    press(canvas, 'PageUp');
    expect(value(canvas)).toContain('at 2.00 s');
    press(canvas, 'End', 'ArrowRight');
    expect(value(canvas)).toContain('at 20.0 s');
  });

  it('says the joules between the marks around a point', () => {
    const { chart, curve, canvas } = aChart();
    curve.append({
      t_s: [21],
      power_w: { cpu: [31] },
      energy_j: [210],
      gaps: [],
      marks: [
        { t_s: 5, text: 'epoch 1' },
        { t_s: 10, text: 'epoch 2' }
      ]
    });
    chart.finish(21);
    vi.advanceTimersByTime(100);
    press(canvas, 'Home');
    expect(value(canvas)).toContain('begin → epoch 1: 50.00 J');
    press(canvas, 'PageUp', 'PageUp', 'PageUp');
    expect(value(canvas)).toContain('epoch 1 → epoch 2: 50.00 J');
  });

  it('ends with Escape, which is the notebook’s when nothing is read', () => {
    const { chart, canvas } = aChart();
    const readout = chart.node.querySelector<HTMLElement>('.jpg-readout')!;
    expect(readout.hidden).toBe(true);
    press(canvas, 'End');
    expect(readout.hidden).toBe(false);
    expect(readout.textContent).toContain('30.0 W');
    const isLeftToOthers = (key: string): boolean => press(canvas, key);
    expect(isLeftToOthers('Escape')).toBe(false);
    expect(readout.hidden).toBe(true);
    expect(isLeftToOthers('Escape')).toBe(true);
    expect(isLeftToOthers('a')).toBe(true);
  });

  it('is possible by focus, and keeps the notebook’s commands off its keys', () => {
    const { canvas } = aChart();
    expect(canvas.tabIndex).toBe(0);
    expect(canvas.getAttribute('role')).toBe('slider');
    expect(canvas.dataset.lmSuppressShortcuts).toBe('true');
  });

  it('stays at its point while the curve grows, and says nothing by itself', () => {
    const { chart, curve, canvas } = aChart();
    press(canvas, 'Home', 'PageUp');
    const before = value(canvas);
    append(curve, seconds(21, 40));
    chart.update();
    vi.advanceTimersByTime(1000);
    expect(value(canvas)).toBe(before);
    expect(chart.node.querySelector('.jpg-readout')!.textContent).toContain(
      'at 2.00 s'
    );
  });
});

describe('reading a chart by pointer', () => {
  function point(canvas: HTMLElement, clientX: number): void {
    canvas.dispatchEvent(new MouseEvent('pointermove', { clientX }));
  }

  it('says the nearest point, and nothing outside', () => {
    const { chart, canvas } = aChart();
    const readout = chart.node.querySelector<HTMLElement>('.jpg-readout')!;
    point(canvas, 56 + 600 / 2);
    expect(readout.textContent).toContain('100.0 J · 20.0 W · at 10.0 s');
    point(canvas, 2);
    expect(readout.hidden).toBe(true);
    point(canvas, 300);
    canvas.dispatchEvent(new MouseEvent('pointerleave'));
    expect(readout.hidden).toBe(true);
  });
});

describe('drawing a chart', () => {
  it('is done as soon as there is a width', () => {
    aChart();
    expect(frames).toBe(1);
  });

  it('is done again only where something has moved', () => {
    const { chart, curve } = aChart();
    chart.update();
    vi.advanceTimersByTime(1000);
    expect(frames).toBe(1);
    append(curve, [20.001]); // a thirtieth of a pixel
    chart.update();
    vi.advanceTimersByTime(1000);
    expect(frames).toBe(1);
    append(curve, [20.5]);
    chart.update();
    vi.advanceTimersByTime(1000);
    expect(frames).toBe(2);
  });

  it('is not done while nobody can see it', () => {
    const { chart, curve } = aChart();
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    append(curve, [30]);
    chart.update();
    vi.advanceTimersByTime(1000);
    expect(frames).toBe(1);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event('visibilitychange'));
    vi.advanceTimersByTime(1000);
    expect(frames).toBe(2);
  });

  it('is done at once where it comes into sight, however short ago it was drawn', () => {
    const { chart, curve } = aChart();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
    chart.show({}); // takes no time at all …
    clock.mockReturnValueOnce(0).mockReturnValue(1e6); // … but a long one this time
    vi.advanceTimersByTime(20);
    append(curve, [30]);
    chart.update(); // has to wait now
    const drawn = frames;
    document.dispatchEvent(new Event('visibilitychange'));
    vi.advanceTimersByTime(20);
    expect(frames).toBe(drawn + 1);
  });

  it('is done again where the look or the theme changes', async () => {
    const { chart } = aChart();
    chart.show({ hidden: new Set(['cpu']) });
    vi.advanceTimersByTime(1000);
    expect(frames).toBe(2);
    document.body.dataset.jpThemeLight = 'false';
    await Promise.resolve(); // mutations are told of in a microtask
    vi.advanceTimersByTime(1000);
    expect(frames).toBe(3);
  });

  it('leaves no timers behind', () => {
    const { chart } = aChart();
    chart.show({});
    chart.dispose();
    expect(vi.getTimerCount()).toBe(0);
    expect(document.querySelector('.jpg-chart')).toBeNull();
  });

  it('of a sparkline has no cursor and takes no focus', () => {
    const chart = new Chart(new Curve([]), { sparkline: true });
    const canvas = chart.node.querySelector('canvas')!;
    expect(canvas.getAttribute('role')).toBe('img');
    expect(canvas.tabIndex).toBe(-1);
    expect(chart.node.style.height).toBe('32px');
    chart.dispose();
  });
});
