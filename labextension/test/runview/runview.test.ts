import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Run } from '../../src/feed/run';
import type { IDomainNow } from '../../src/record/livemessages';
import type {
  IConditions,
  IDomainReport,
  IReport
} from '../../src/record/report';
import { hintOf } from '../../src/runview/hints';
import { RunView } from '../../src/runview/runview';
import { aBoard, anEstimate, aReport } from '../fixtures';
import { begin, end, samples } from '../live_messages';

/** jsdom has no layout: nothing ever gets a size, and nothing is drawn. */
class NoResizeObserver {
  observe(): void {
    // There is nothing to observe.
  }
  disconnect(): void {
    // As above.
  }
}

let views: RunView[] = [];
let runs = 0;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('ResizeObserver', NoResizeObserver);
  runs += 1;
});

afterEach(() => {
  views.forEach(view => {
    view.dispose();
  });
  views = [];
  vi.useRealTimers();
});

const runId = (): string => `run-${runs}`;

function shown(view: RunView): RunView {
  views.push(view);
  document.body.append(view.node);
  return view;
}

function report(changes: Partial<IReport> = {}): IReport {
  return aReport({ run_id: runId(), ...changes });
}

function gpu(id: string, changes: Partial<IDomainReport> = {}): IDomainReport {
  return { ...aReport().domains[0], id, device: 'a GPU', ...changes };
}

function button(view: RunView, text: string): HTMLButtonElement {
  return [...view.node.querySelectorAll('button')].find(({ textContent }) =>
    textContent.startsWith(text)
  )!;
}

const legend = (view: RunView, id: string): string =>
  view.node.querySelector(`[data-domain="${id}"]`)!.textContent;

const details = (view: RunView): HTMLElement =>
  view.node.querySelector<HTMLElement>('.jpg-details')!;

describe('the view of a report', () => {
  it('has the parts of the live view, in the same order', () => {
    const live = shown(new RunView(new Run(begin({ run_id: runId() }))));
    const ended = shown(RunView.ofReport(report()));
    const parts = ({ node }: RunView): string[] =>
      [...node.children].map(({ className }) => className);
    expect(parts(ended)).toEqual(parts(live));
    expect(live.node.classList).toContain('jpg-live');
    expect(ended.node.classList).toContain('jpg-result');
    expect(ended.node.classList).not.toContain('jpg-live');
  });

  it('says what the joules were for, and takes no room where nothing is told', () => {
    const metric = { acc: 0.95312, loss: 2 };
    const per = { count: 1000, unit: 'token' };
    const notes = ['gone is not known: NameError.'];
    const view = shown(RunView.ofReport(report({ metric, per, notes })));
    const outcome = view.node.querySelector('.jpg-outcome')!;
    expect([...outcome.children].map(node => node.textContent)).toEqual([
      '100 ± 3 mJ/token 1000 token',
      '0.9531 acc',
      '2 loss'
    ]);
    expect(view.node.querySelector('.jpg-hint')!.textContent).toContain(
      notes[0]
    );
    const bare = shown(RunView.ofReport(report({ metric: {}, per: null })));
    expect(bare.node.querySelector('.jpg-outcome')!.childElementCount).toBe(0);
  });

  it('says net joules beside the gross ones', () => {
    const view = shown(
      RunView.ofReport(report({ net_energy_j: 60, net_uncertainty_j: 4 }))
    );
    expect(view.node.textContent).toContain('net 60 ± 4 J');
  });

  it('gives the scale, and a peak with the last digit of the mean', () => {
    const domains = [
      aBoard({ energy_j: 60, uncertainty_j: 0.5 }),
      anEstimate({ energy_j: 40, uncertainty_j: 0.4 })
    ];
    const view = shown(
      RunView.ofReport(
        report({
          provenance: 'mixed',
          uncertainty_j: 1,
          peak_power_w: 50.04,
          net_energy_j: 60,
          net_uncertainty_j: 2,
          domains
        })
      )
    );
    const text = view.node.textContent;
    expect(text).toContain('≈ 100 J, × 0.79 to 1.5');
    expect(text).toContain('net ≈ 60 J, × 0.79 to 1.5');
    expect(text).toContain('≈ 50 Wmean · peak ≈ 50 W');
    expect(legend(view, 'gpu:0')).toContain('60 J ± 6 %');
    expect(legend(view, 'cpu')).toContain('≈ 40 J, × ½ to 2');
    const small = view.node.querySelectorAll('.jpg-figure small')[0];
    expect(small.textContent).toBe(', × 0.79 to 1.5');
  });

  it('gives the figures so far with the digits that the scale supports', () => {
    const [cpu] = begin().domains;
    const { scale } = anEstimate();
    const domains = [{ ...cpu, provenance: 'estimate' as const, scale }];
    const head = { run_id: runId(), provenance: 'estimate' as const, domains };
    const run = new Run(begin(head));
    run.take({ ...samples(4), ...head });
    const view = shown(new RunView(run));
    const text = view.node.textContent;

    expect(text).toContain('≈ 10 Wnow · peak ≈ 12 W');
    expect(text).toContain('≈ 40 Jso far · mean ≈ 10 W');
    expect(legend(view, 'cpu:0/package')).toContain('≈ 40 J ≈ 10 W');
  });

  it('is replaced by a later report in place', () => {
    const view = shown(RunView.ofReport(report()));
    const chart = view.node.querySelector('.jpg-chart');
    view.showReport(report({ uncertainty_j: 1 }));
    expect(view.node.textContent).toContain('100.0 ± 1.0 J');
    expect(view.node.querySelector('.jpg-chart')).toBe(chart);
  });

  it('is not read aloud where it is merely opened', () => {
    const view = shown(RunView.ofReport(report()));
    vi.advanceTimersByTime(5000);
    expect(view.node.querySelector('[role=status]')!.textContent).toBe('');
  });

  it('is read aloud once where the page has seen the run, by the view that is left', () => {
    const run = new Run(begin({ run_id: runId() }));
    const live = shown(new RunView(run));
    run.take({ ...end(1), run_id: runId() });
    live.update();
    live.dispose();
    const first = shown(RunView.ofReport(report()));
    first.showReport(report({ uncertainty_j: 1 }));
    vi.advanceTimersByTime(5000);
    const again = shown(RunView.ofReport(report()));
    vi.advanceTimersByTime(5000);
    const spoken = [live, first, again].map(
      ({ node }) => node.querySelector('[role=status]')!.textContent
    );
    expect(spoken[0]).toBe('');
    expect(spoken[1]).toContain('done: 100.0 ± 1.0 J in 2.00 s');
    expect(spoken[2]).toBe('');
  });

  it('goes on as somebody has set the live view', () => {
    const domains = ['cpu', 'gpu:0'].map(id => ({ ...begin().domains[0], id }));
    const live = shown(
      new RunView(new Run(begin({ run_id: runId(), domains })))
    );
    button(live, 'Stacked').click();
    button(live, 'Details').click();
    button(live, 'gpu:0').click();
    live.dispose();
    const ended = shown(
      RunView.ofReport(report({ domains: [gpu('cpu'), gpu('gpu:0')] }))
    );
    expect(button(ended, 'Stacked').getAttribute('aria-pressed')).toBe('true');
    expect(button(ended, 'gpu:0').getAttribute('aria-pressed')).toBe('false');
    expect(button(ended, 'cpu').getAttribute('aria-pressed')).toBe('true');
    expect(details(ended).hidden).toBe(false);
  });
});

describe('the idle watts', () => {
  it('are known of a report whose run the page has seen', () => {
    const [cpu] = begin().domains;
    const domains = [{ ...cpu, baseline_w: 12.5 }];
    shown(new RunView(new Run(begin({ run_id: runId(), domains }))));
    const ended = shown(RunView.ofReport(report()));
    button(ended, 'Details').click();
    expect(details(ended).textContent).toContain('12.5 W');
  });
});

describe('the details', () => {
  it('are folded away until they are asked for', () => {
    const view = shown(RunView.ofReport(report()));
    expect(details(view).hidden).toBe(true);
    button(view, 'Details').click();
    expect(details(view).hidden).toBe(false);
    expect(button(view, 'Details').getAttribute('aria-expanded')).toBe('true');
    button(view, 'Details').click();
    expect(details(view).hidden).toBe(true);
  });

  it('say what devices did, and leave out what nobody knows', () => {
    const conditions = { utilization_percent: 43.4, temperature_c: 71 };
    const view = shown(
      RunView.ofReport(report({ domains: [gpu('gpu:0', { conditions })] }))
    );
    button(view, 'Details').click();
    const rows = [...details(view).querySelectorAll('tr')].map(row =>
      [...row.cells].map(cell => cell.textContent)
    );
    expect(rows).toEqual([
      ['Domain', 'Device', 'Sensor', 'Busy', 'Temperature'],
      ['gpu:0', 'a GPU', 'energy counter, every 1 ms', '43 %', '71 °C']
    ]);
  });

  it('follow a run that goes on', () => {
    const run = new Run(begin({ run_id: runId() }));
    const view = shown(new RunView(run));
    button(view, 'Details').click();
    for (const seq of [1, 2]) {
      const message = samples(seq);
      const now = message.now.domains['cpu:0/package']!;
      const conditions = { temperature_c: 50 + seq };
      run.take({
        ...message,
        run_id: runId(),
        now: {
          ...message.now,
          domains: { 'cpu:0/package': { ...now, conditions } }
        }
      });
      vi.advanceTimersByTime(300);
      view.update();
      expect(details(view).textContent).toContain(`${50 + seq} °C`);
    }
  });

  it('say what is missing with its remedy, and the notes, as texts', () => {
    const view = shown(
      RunView.ofReport(
        report({
          missing: [
            { id: 'psys', reason: 'no counter', remedy: 'Run `modprobe x`.' }
          ]
        }),
        { notes: () => ['<img src=x>'] }
      )
    );
    button(view, 'Details').click();
    const [missing, note] = details(view).querySelectorAll('li');
    expect(missing.textContent).toBe(
      'psys is not read: no counter. Run modprobe x.'
    );
    expect(missing.querySelector('code')!.textContent).toBe('modprobe x');
    expect(note.textContent).toBe('<img src=x>');
    expect(view.node.querySelector('img')).toBeNull();
  });
});

describe('the hint', () => {
  /** The hint for GPUs, ten seconds after the begin. */
  function live(
    gpus: Partial<IDomainNow>[],
    { resolution_s = 0.1, t_s = 10 } = {}
  ): string {
    const domains = gpus.map((_, index) => ({
      ...begin().domains[0],
      id: `gpu:${index}`,
      resolution_s
    }));
    const run = new Run(begin({ domains }));
    const figures = { power_w: 1, energy_j: 1, t_s };
    const now = gpus.map((changes, index) => [
      `gpu:${index}`,
      { ...figures, ...changes }
    ]);
    run.take({
      ...samples(1),
      domains,
      now: {
        t_s,
        power_w: 1,
        energy_j: 1,
        domains: Object.fromEntries(now) as Record<string, IDomainNow>
      }
    });
    return hintOf(run);
  }
  const busy = (utilization_percent: number): { conditions: IConditions } => ({
    conditions: { utilization_percent }
  });

  it('says how busy a GPU is', () => {
    expect(live([busy(43.2)])).toBe('GPU 0 43 % busy');
  });

  it('says of many the mean, and the one that does little', () => {
    expect(live([busy(90), busy(92), busy(91), busy(3)])).toBe(
      '4 GPUs 69 % busy, GPU 3 3 %'
    );
    expect(live([busy(90), busy(92), busy(91)])).toBe('3 GPUs 91 % busy');
  });

  it('says first which sensor does not answer', () => {
    expect(live([{ t_s: 6, ...busy(5) }])).toBe(
      'no reading from gpu:0 for 4 s · GPU 0 5 % busy'
    );
    expect(live([{ t_s: 9 }])).not.toContain('no reading');
    expect(live([{ t_s: 6 }], { resolution_s: 1 })).not.toContain('no reading');
  });

  it('says who else uses a GPU', () => {
    expect(live([{ others: 2 }])).toContain(
      'gpu:0 is shared with 2 other processes'
    );
    expect(live([{ others: 1 }])).toContain('1 other process');
    expect(live([{ others: 0 }])).not.toContain('shared');
  });

  it('says what helps where the sensor is slower than the run', () => {
    expect(live([{}], { t_s: 0.4 })).toBe(
      'gpu:0 refreshes every 100 ms: run longer or use %energy'
    );
    expect(live([{}], { t_s: 5 })).not.toContain('refreshes');
    expect(live([{}], { t_s: 0.4, resolution_s: 0.001 })).not.toContain(
      'refreshes'
    );
  });

  it('says of a report what it says of a run', () => {
    const run = (changes: Partial<IReport>): string => {
      const ended = new Run(end(1));
      ended.take({ ...end(1), report: report(changes) });
      return hintOf(ended);
    };
    expect(run({ domains: [gpu('gpu:0', { flags: ['shared'] })] })).toBe(
      'gpu:0 shared with other processes'
    );
    expect(
      run({ duration_s: 0.1, domains: [gpu('gpu:0', { resolution_s: 0.1 })] })
    ).toContain('refreshes every 100 ms');
    expect(run({ domains: [gpu('gpu:0', busy(43))] })).toBe('GPU 0 43 % busy');
    expect(run({ energy_j: null, domains: [] })).toContain('%green doctor');
    expect(
      run({
        flags: ['host-busy', 'other-meters'],
        domains: [gpu('gpu:0', busy(43))]
      })
    ).toBe(
      'other programs metered this machine too · ' +
        'other programs used most of the CPU · GPU 0 43 % busy'
    );
  });
});
