import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { curveOf } from '../../src/chart/reported';
import { Readout } from '../../src/chart/readout';
import { sceneOf } from '../../src/chart/scene';
import { Run } from '../../src/feed/run';
import type { IDomainReport, IReport } from '../../src/record/report';
import { FittedView } from '../../src/runview/fittedview';
import { handoverOf } from '../../src/runview/handover';
import { RunView } from '../../src/runview/runview';
import { type Translator, UNTRANSLATED } from '../../src/text/words';
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

/** Every text is quoted. */
const trans: Translator = {
  __: (text, ...values) =>
    `«${UNTRANSLATED.__(text, ...(values as unknown[]))}»`,
  _n: (one, many, n, ...values) =>
    `«${UNTRANSLATED._n(one, many, n, ...(values as unknown[]))}»`
};

const QUOTED = /«[^«»]*»/;
/** What no translator is asked for: ids, devices, a label. */
const VERBATIM =
  /(cpu|gpu|dram):\d+(\/[a-z]+)?|\b(cpu|a CPU|a GPU|a board|a processor|fit)\b/g;
const SPOKEN = ['title', 'aria-label', 'aria-valuetext'];

/** What is left of texts without those that went through the translator. */
function untranslated(texts: readonly string[]): string[] {
  return texts
    .map(text => {
      let rest = text;
      while (QUOTED.test(rest)) {
        rest = rest.replace(QUOTED, '');
      }
      return rest.replace(VERBATIM, '');
    })
    .filter(rest => /[A-Za-z]{3}/.test(rest));
}

/** All that is seen and said aloud below a node. */
function textsOf(node: HTMLElement): string[] {
  return [node, ...node.querySelectorAll<HTMLElement>('*')].flatMap(each => [
    ...SPOKEN.map(name => each.getAttribute(name) ?? ''),
    ...[...each.childNodes].map(child =>
      child.nodeType === Node.TEXT_NODE ? (child.textContent ?? '') : ''
    )
  ]);
}

/** The whole of a view's words, which must have been translated. */
function wordsOf({ node }: { readonly node: HTMLElement }): string {
  const texts = textsOf(node);
  expect(untranslated(texts)).toEqual([]);
  return texts.join(' ');
}

function gpu(index: number, changes: Partial<IDomainReport> = {}) {
  return aBoard({ id: `gpu:${index}`, device: 'a GPU', ...changes });
}

let runs = 0;

const runId = (): string => `translated-${runs}`;

/** A run that goes on, with its details open. */
function running(changes: Partial<Parameters<typeof begin>[0]> = {}): Run {
  handoverOf(runId()).details = true;
  return new Run(begin({ run_id: runId(), ...changes }));
}

/** The view of a report, with its details open and each domain in a row. */
function ended(changes: Partial<IReport> = {}): RunView {
  Object.assign(handoverOf(runId()), { details: true, isUnspoken: true });
  const report = aReport({ run_id: runId(), label: 'fit', ...changes });
  const view = RunView.ofReport(report, { trans });
  vi.advanceTimersByTime(5000);
  return view;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('ResizeObserver', NoResizeObserver);
  runs += 1;
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a view with a translator', () => {
  it('has every text of a run that goes on translated', () => {
    const missing = [
      { id: 'dram:0', reason: 'no right to read it', remedy: 'Ask.' }
    ];
    const [cpu] = begin().domains;
    const domains = [
      { ...cpu, resolution_s: 0.001, baseline_w: 4 },
      { ...cpu, id: 'cpu:0/core', counted: false },
      { ...cpu, id: 'gpu:0', provenance: 'estimate' as const }
    ];
    const run = running({ domains, missing });
    const view = new RunView(run, { trans });
    expect(wordsOf(view)).toContain('«so far»');
    const now = samples(4);
    const seen = {
      power_w: 3,
      energy_j: 12,
      t_s: 1,
      others: 1,
      conditions: { utilization_percent: 87, temperature_c: 60 }
    };
    run.take({
      ...now,
      run_id: runId(),
      domains,
      now: { ...now.now, domains: { ...now.now.domains, 'gpu:0': seen } }
    });
    vi.advanceTimersByTime(300);
    view.update();
    const words = wordsOf(view);
    expect(words).toContain('«so far · mean ');
    expect(words).toContain('«no reading from gpu:0 for 3 s»');
    expect(words).toContain('«gpu:0 is shared with 1 other process»');
    expect(words).toContain('«1 not added to the total»');
    vi.advanceTimersByTime(5000);
    expect(wordsOf(view)).toContain('«running, last figures');
    run.lose();
    view.update();
    expect(wordsOf(view)).toContain('«the kernel stopped;');
    view.dispose();
  });

  it('has every text of a report translated', () => {
    const view = ended({
      status: 'error',
      provenance: 'mixed',
      net_energy_j: 60,
      missing: [
        { id: 'dram:0', reason: 'no right to read it', remedy: 'Ask.' }
      ],
      domains: [
        anEstimate({ conditions: { utilization_percent: 12 } }),
        ...Array.from({ length: 7 }, (_, index) =>
          gpu(index, { conditions: { utilization_percent: 90 } })
        ),
        gpu(0, { id: 'gpu:0/memory', counted: false })
      ]
    });
    const words = wordsOf(view);
    expect(words).toContain('«ended with an error»');
    expect(words).toContain('«dram:0 is not read: no right to read it. Ask.»');
    expect(words).toContain('«each of 8»');
    expect(words).toContain('«GPU»');
    expect(words).toContain('«8 GPUs 80 % busy, cpu 12 %»');
    // It is said aloud, too.
    const spoken = view.node.querySelector('[role=status]')!.textContent;
    expect(spoken).toMatch(/^««ended with an error»: .+ in .+, «mean .+»»$/);
    // With a row for each domain.
    view.node.querySelector<HTMLElement>('.jpg-unfold')!.click();
    expect(wordsOf(view)).toContain('«inside gpu:0»');
    view.dispose();
  });

  it.each<[string, Partial<IReport>]>([
    [
      '«not measured»',
      { energy_j: null, mean_power_w: null, provenance: null, domains: [] }
    ],
    ['«too short for a curve', { trace: { t_s: [], power_w: {} } }],
    ['«REPLAY»', { domains: [aBoard({ flags: ['replayed'] })] }]
  ])('has %s translated', (words, changes) => {
    const view = ended(changes);
    expect(wordsOf(view)).toContain(words);
    view.dispose();
  });

  it('has the line of a short run translated', () => {
    const run = running();
    const view = new FittedView(run, { size: 'compact', trans });
    expect(wordsOf(view)).toContain('«measuring …»');
    run.take({ ...samples(1), run_id: runId() });
    view.update();
    expect(wordsOf(view)).toContain(' now»');
    run.take({ ...end(2), run_id: runId() });
    view.update();
    expect(wordsOf(view)).toContain(' mean»');
    view.dispose();
  });

  it('has the marks on the curve and the point that is read out translated', () => {
    const report = aReport({
      domains: [aBoard(), gpu(1)],
      trace: {
        t_s: [0, 1, 2, 3],
        power_w: { 'gpu:0': [5, 50, 90, 5], 'gpu:1': [5, 20, 5, 5] }
      },
      marks: [{ t_s: 1, text: 'fit' }]
    });
    const curve = curveOf(report);
    const look = {
      stacked: false,
      unfolded: false,
      hidden: new Set<string>(),
      duration_s: 3,
      baseline_w: null,
      sparkline: false
    };
    const scene = sceneOf(curve, 712, 160, look, trans);
    const labels = scene.labels.map(({ text }) => text);
    expect(untranslated(labels)).toEqual([]);
    expect(labels.join()).toContain('«gpu:0 peak ');

    const canvas = document.createElement('canvas');
    new Readout(canvas, curve, () => scene, trans);
    expect(wordsOf({ node: canvas })).toContain('«no point chosen');
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key: 'End' }));
    expect(wordsOf({ node: canvas })).toContain('→ «end»');
  });
});
