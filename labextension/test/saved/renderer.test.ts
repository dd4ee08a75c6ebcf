import { type JupyterFrontEnd } from '@jupyterlab/application';
import { Sanitizer } from '@jupyterlab/apputils';
import {
  RenderMimeRegistry,
  htmlRendererFactory
} from '@jupyterlab/rendermime';
import { nullTranslator } from '@jupyterlab/translation';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { rendererPlugin } from '../../src/app/rendererplugin';
import { REPORT_MIME_TYPE } from '../../src/record/bundle';
import { type IReport } from '../../src/record/report';
import { notesOf } from '../../src/saved/notes';
import { ReportRenderer } from '../../src/saved/renderer';
import { lineOf } from '../../src/runview/summary';
import { Settings } from '../../src/settings';
import { aReport } from '../fixtures';

const trans = nullTranslator.load('jupyter_green');
const EVIL = '"><img src=x onerror="window.hacked = true"><script>1</script>';
const registry = new RenderMimeRegistry({
  initialFactories: [htmlRendererFactory],
  sanitizer: new Sanitizer()
});
void rendererPlugin.activate({} as JupyterFrontEnd, registry, null);

/** A mime model of a report, valid or not, and of what stands beside it. */
function modelOf(
  report: unknown,
  {
    html = '<p>the page</p>',
    trusted = false,
    compact = false,
    silent = false
  } = {}
) {
  return registry.createModel({
    trusted,
    data: {
      [REPORT_MIME_TYPE]: report as IReport & Record<string, never>,
      ...(html && { 'text/html': html })
    },
    metadata: compact ? { [REPORT_MIME_TYPE]: { compact, silent } } : {}
  });
}

function aDomain(
  changes: Partial<IReport['domains'][number]> = {}
): IReport['domains'][number] {
  return { ...aReport().domains[0], ...changes };
}

describe('the renderer of a report', () => {
  let renderer: ReportRenderer;
  let settings: Settings;

  beforeEach(() => {
    document.body.replaceChildren();
    settings = new Settings();
    renderer = new ReportRenderer(new Sanitizer(), trans, settings, vi.fn());
    document.body.append(renderer.node);
    return () => {
      renderer.dispose();
    };
  });

  const text = (): string => renderer.node.textContent;
  const view = (): Element | null => renderer.node.querySelector('.jpg-run');

  it('is preferred to HTML, in notebooks that are not trusted too', async () => {
    const model = modelOf(aReport());
    const { data } = model;
    expect(registry.preferredMimeType(data, 'ensure')).toBe(REPORT_MIME_TYPE);
    expect(registry.preferredMimeType(data, 'any')).toBe(REPORT_MIME_TYPE);
    const preferred = registry.createRenderer(REPORT_MIME_TYPE);
    await preferred.renderModel(model);
    expect(preferred.node.querySelector('.jg-Report .jpg-run')).not.toBeNull();
    preferred.dispose();
  });

  it('shows the view of the report', async () => {
    await renderer.renderModel(modelOf(aReport({ label: 'fit' })));
    expect(text()).toContain('fit');
    expect(text()).toContain('100 ± 3 J');
    expect(text()).toContain('cpu:0/package');
    expect(text()).not.toContain('the page');
  });

  it('shows what a report says as text and nothing else', async () => {
    await renderer.renderModel(
      modelOf(
        aReport({
          label: EVIL,
          stage: EVIL.slice(0, 64),
          flags: [EVIL.slice(0, 64)],
          domains: [
            aDomain({
              id: EVIL.slice(0, 64),
              device: EVIL,
              note: EVIL,
              scale: { factor: 1.06, group: EVIL, source: EVIL },
              flags: [EVIL.slice(0, 64)]
            })
          ],
          missing: [{ id: EVIL.slice(0, 64), reason: EVIL, remedy: EVIL }]
        }),
        { trusted: true }
      )
    );
    expect(text()).toContain(EVIL);
    expect(renderer.node.querySelector('img, script')).toBeNull();
  });

  it('gives way to the HTML where the report cannot be read', async () => {
    const html = `<p onclick="x()">the page</p>${EVIL}`;
    const broken = { ...aReport(), energy_j: 'much' };
    for (const trusted of [false, true]) {
      await renderer.renderModel(modelOf(broken, { html, trusted }));
      expect(text()).toContain('the page');
      expect(renderer.node.querySelector('script')).toBeNull();
      expect(renderer.node.innerHTML).not.toMatch(/onerror=|onclick=/);
    }
  });

  it('says what to upgrade where a report is of a later version', async () => {
    const newer = { ...aReport(), schema: 'jupyter-green.report.v2' };
    await renderer.renderModel(modelOf(newer, { html: '' }));
    expect(text()).toContain('newer jupyter-green: upgrade');
    expect(text()).not.toContain('run the cell again');
  });

  it('says so where there is no HTML either', async () => {
    const broken = { ...aReport(), domains: 'none' };
    await renderer.renderModel(modelOf(broken, { html: '' }));
    expect(text()).toContain('Unreadable energy report');
    expect(text()).toContain('report.domains');
    await renderer.renderModel(modelOf(aReport()));
    expect(text()).not.toContain('Unreadable');
    expect(text()).toContain('100 ± 3 J');
  });

  it('shows a refined report in place', async () => {
    await renderer.renderModel(modelOf(aReport()));
    const before = view();
    const buttons = before?.querySelectorAll<HTMLElement>('button');
    buttons?.[0]?.focus();
    const focused = document.activeElement;
    await renderer.renderModel(modelOf(aReport({ uncertainty_j: 0.3 })));
    expect(view()).toBe(before);
    expect(document.activeElement).toBe(focused);
    expect(text()).toContain('100.0 ± 0.3 J');
  });

  it('begins anew with another run', async () => {
    await renderer.renderModel(modelOf(aReport()));
    const before = view();
    const other = aReport({ run_id: 'run-2', energy_j: 7, uncertainty_j: 1 });
    await renderer.renderModel(modelOf(other));
    expect(view()).not.toBe(before);
    expect(renderer.node.childElementCount).toBe(1);
    expect(text()).toContain('7.0 ± 1.0 J');
  });

  it('shows one line where the cell is to keep one', async () => {
    const compact = (report: IReport) => modelOf(report, { compact: true });
    await renderer.renderModel(compact(aReport()));
    const details = renderer.node.querySelector('details')!;
    expect(details.open).toBe(false);
    expect(text()).toBe('100 ± 3 J · 50.0 W mean · 2.00 s · measured');
    details.open = true;
    details.dispatchEvent(new Event('toggle'));
    const opened = view();
    expect(opened).not.toBeNull();
    await renderer.renderModel(compact(aReport({ uncertainty_j: 0.3 })));
    expect(details.open).toBe(true);
    expect(view()).toBe(opened);
    expect(details.querySelector('summary')?.textContent).toContain(
      '100.0 ± 0.3 J'
    );
  });

  it('shows nothing of a cell that is too short for a line, unless all are to be seen', async () => {
    const silent = modelOf(aReport(), { compact: true, silent: true });
    await renderer.renderModel(silent);
    expect(renderer.node.childElementCount).toBe(0);
    await settings.set('view', 'full');
    expect(view()).not.toBeNull();
  });

  it('takes as much room as the user has chosen', async () => {
    const isLine = async (
      view: 'automatic' | 'compact' | 'full',
      duration_s: number
    ): Promise<boolean> => {
      await settings.set('view', view);
      const run_id = `${view} ${duration_s}`;
      await renderer.renderModel(modelOf(aReport({ run_id, duration_s })));
      return renderer.node.querySelector('.jpg-line') !== null;
    };
    expect(await isLine('automatic', 0.9)).toBe(true);
    expect(await isLine('automatic', 1)).toBe(false);
    expect(await isLine('compact', 60)).toBe(true);
    expect(await isLine('full', 0.01)).toBe(false);
  });

  it.each<[string, Partial<IReport>]>([
    ['no domains', { domains: [], energy_j: null, uncertainty_j: null }],
    ['no curve', { trace: { t_s: [], power_w: {} } }],
    ['a curve of one point', { trace: { t_s: [1], power_w: {} } }],
    ['no time', { duration_s: 0, energy_j: 0, mean_power_w: 0 }],
    [
      'the largest figures',
      {
        duration_s: 1e18,
        energy_j: 1e18,
        uncertainty_j: 1e17,
        trace: { t_s: [0, 1e18], power_w: { 'cpu:0/package': [1e18, 1e18] } }
      }
    ],
    [
      'the smallest figures',
      {
        duration_s: 1e-18,
        energy_j: 1e-18,
        uncertainty_j: 1e-18,
        trace: { t_s: [0, 1e-18], power_w: { 'cpu:0/package': [1e-18, 0] } }
      }
    ],
    [
      'names of every object',
      {
        domains: [aDomain({ id: '__proto__' }), aDomain({ id: 'toString' })],
        trace: { t_s: [0, 1], power_w: { constructor: [1, 2] } }
      }
    ]
  ])('shows a report with %s', async (_, changes) => {
    await settings.set('view', 'full');
    await renderer.renderModel(modelOf(aReport(changes)));
    expect(view()).not.toBeNull();
    expect(text()).not.toMatch(/NaN|undefined|Infinity/);
  });

  it.each<[string, Partial<IReport>, string]>([
    [
      'lines of other lengths than the times',
      { trace: { t_s: [0, 1], power_w: { cpu: [1, 2, 3, 4] } } },
      'report.trace.power_w.cpu'
    ],
    [
      'times that go back',
      { trace: { t_s: [5, 3], power_w: { cpu: [1, null] } } },
      'report.trace.t_s[1]'
    ],
    [
      'gaps that end before they begin',
      { gaps: [[9, 1]] as const },
      'report.gaps[0]'
    ],
    [
      'figures beyond all measure',
      { energy_j: 1e300, uncertainty_j: 1e299 },
      'report.energy_j'
    ],
    [
      'the same domain twice',
      { domains: [aDomain(), aDomain({ device: 'twin' })] },
      'report.domains[1].id'
    ]
  ])('says what is wrong with %s', async (_, changes, place) => {
    await renderer.renderModel(modelOf(aReport(changes), { html: '' }));
    expect(view()).toBeNull();
    expect(text()).toContain(place);
  });

  it('holds nothing once it is gone', async () => {
    await renderer.renderModel(modelOf(aReport()));
    renderer.dispose();
    expect(renderer.node.childElementCount).toBe(0);
  });
});

describe('what is said beside the figures', () => {
  it('is nothing where all is well', () => {
    expect(notesOf(aReport({ gaps: [] }), trans)).toEqual([]);
    const notes = ['gone is not known: NameError.'];
    expect(notesOf(aReport({ gaps: [], notes }), trans)).toEqual(notes);
  });

  it('is how it ended, what holds for the window and for a domain, and gaps', () => {
    const report = aReport({
      status: 'interrupted',
      flags: ['host-busy'],
      stage: 'training',
      domains: [
        aDomain({ flags: ['shared'], integrated_power_j: 95, note: 'a board' }),
        aDomain({ id: 'gpu:0' })
      ],
      gaps: [
        [0.5, 1],
        [1.5, 1.6]
      ]
    });
    expect(notesOf(report, trans)).toEqual([
      'The cell was interrupted; the figures cover the time until then.',
      'Other programs used most of the CPU.',
      '2 gaps without samples, 600 ms in total: the curve is blank there.',
      'cpu:0/package: other processes used it too · 95.00 J from its reported power · a board.',
      'Stage: training.'
    ]);
  });

  it('is that nothing could be read', () => {
    const report = aReport({ energy_j: null, domains: [], gaps: [] });
    expect(notesOf(report, trans)).toEqual([
      'No sensor could be read, so there are no joules to show.'
    ]);
  });
});

describe('the line of a report', () => {
  it('says no watts below the resolution', () => {
    const report = aReport({
      energy_j: 1,
      uncertainty_j: 2,
      domains: [aDomain({ energy_j: 1, uncertainty_j: 2 })]
    });
    expect(lineOf(report, trans)).toBe('< 3.0 J · 2.00 s · measured');
  });

  it('says what the joules were for, with the first metrics', () => {
    const metric = { acc: 0.95312, a: 1, b: 2, c: 3, d: 4 };
    const per = { count: 1000, unit: 'token' };
    expect(lineOf(aReport({ metric, per }), trans)).toBe(
      '100 ± 3 J · 100 ± 3 mJ/token · 50.0 W mean · 2.00 s · ' +
        'acc 0.9531 · a 1 · b 2 · c 3 · measured'
    );
  });

  it('says how the joules came about and how the cell ended', () => {
    const ending = (changes: Partial<IReport>): string =>
      lineOf(aReport(changes), trans).split(' · ').slice(3).join(' · ');
    expect(ending({ provenance: 'estimate' })).toBe('estimated');
    expect(ending({ provenance: 'mixed' })).toBe('partly estimated');
    expect(ending({ status: 'error' })).toBe('measured · error');
    expect(ending({ flags: ['replayed'] })).toBe('REPLAY, not measured');
  });
});
