import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ISamplesMessage } from '../../src/record/livemessages';
import { Run } from '../../src/feed/run';
import { FittedView } from '../../src/runview/fittedview';
import { aReport } from '../fixtures';
import { begin, end, samples } from '../live_messages';

let runs = 0;
let views: FittedView[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  runs += 1;
});

afterEach(() => {
  views.forEach(view => {
    view.dispose();
  });
  views = [];
  vi.useRealTimers();
});

function shown(view: FittedView): FittedView {
  views.push(view);
  document.body.append(view.node);
  return view;
}

const run_id = (): string => `fitted-${runs}`;

/** A run that goes on. */
function going(): { run: Run; view: FittedView } {
  const run = new Run(begin({ run_id: run_id() }));
  return { run, view: shown(new FittedView(run)) };
}

function at(t_s: number): ISamplesMessage {
  const message = samples(1);
  return {
    ...message,
    run_id: run_id(),
    t_s: [t_s],
    energy_j: [10 * t_s],
    now: { ...message.now, t_s }
  };
}

const isWhole = ({ node }: FittedView): boolean =>
  node.querySelector(':scope > .jpg-run') !== null;

describe('a run that waits for input', () => {
  it('says so in the line and in the whole view', () => {
    const { run, view } = going();
    const waiting = (t_s: number): ISamplesMessage => ({
      ...at(t_s),
      seq: 10 * t_s,
      now: { ...at(t_s).now, waits: true }
    });
    run.take(waiting(0.3));
    view.update();
    expect(view.node.textContent).toMatch(/waiting for input$/);
    run.take(waiting(1.2));
    view.update();
    const status = view.node.querySelector('.jpg-status')!;
    expect(status.textContent).toBe('waiting for input');
    run.take({ ...at(1.3), seq: 13 });
    view.update();
    expect(status.textContent).toBe('running');
  });
});

describe('a view as large as its news', () => {
  it('is a line at first, and grows once', () => {
    const { run, view } = going();
    expect(view.node.textContent).toContain('fit: measuring …');
    run.take(at(0.3));
    view.update();
    expect(isWhole(view)).toBe(false);
    expect(view.node.textContent).toContain('10.00 J · 10.0 W now · 300 ms');
    vi.advanceTimersByTime(1000); // whether or not more messages come
    expect(isWhole(view)).toBe(true);
    run.take({ ...end(9), run_id: run_id() });
    view.update();
    expect(isWhole(view)).toBe(true);
  });

  it('of a short cell stays a line, which is read aloud', () => {
    const { run, view } = going();
    const report = aReport({ run_id: run_id(), duration_s: 0.4 });
    run.take({ ...end(1), run_id: run_id(), report, record: report });
    view.update();
    vi.advanceTimersByTime(5000);
    expect(isWhole(view)).toBe(false);
    const line = '100 ± 3 J · 50.0 W mean · 400 ms · measured';
    expect(view.node.querySelector('summary')!.textContent).toBe(line);
    expect(view.node.querySelector('[role=status]')!.textContent).toBe(line);
  });

  it('unfolds to the whole view, and stays so when the run has ended', () => {
    const { view } = going();
    const line = view.node.querySelector('details')!;
    line.open = true;
    line.dispatchEvent(new Event('toggle'));
    expect(line.querySelector('.jpg-run')).not.toBeNull();
    view.dispose();
    const report = aReport({ run_id: run_id(), duration_s: 0.4 });
    const ended = shown(FittedView.ofReport(report));
    expect(ended.node.querySelector('details .jpg-run')).not.toBeNull();
  });

  it('without a sensor is a line that says what to do', () => {
    const run = new Run(begin({ run_id: run_id(), domains: [] }));
    const view = shown(new FittedView(run));
    vi.advanceTimersByTime(5000);
    expect(isWhole(view)).toBe(false);
    expect(view.node.textContent).toContain('%green doctor');
  });

  it('shows no figure that is not known yet', () => {
    const domains = ['cpu', 'gpu:0'].map(id => ({ ...begin().domains[0], id }));
    const run = new Run(begin({ run_id: run_id(), domains }));
    run.take({
      ...at(1.2),
      domains,
      power_w: { cpu: [60], 'gpu:0': [null] },
      now: {
        t_s: 1.2,
        power_w: 60,
        energy_j: 80,
        domains: {
          cpu: { power_w: 60, energy_j: 80 },
          'gpu:0': { power_w: null, energy_j: 0 }
        }
      }
    });
    const view = shown(new FittedView(run));
    const board = view.node.querySelector('[data-domain="gpu:0"]')!;
    expect(board.querySelector('.jpg-figures')!.textContent).toBe('… …');
    expect(view.node.textContent).not.toMatch(/(?<![\d.])0 [JW]/);
  });
});
