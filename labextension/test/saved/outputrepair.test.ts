import { YNotebook } from '@jupyter/ydoc';
import type { ICodeCellModel } from '@jupyterlab/cells';
import { CellList } from '@jupyterlab/notebook/lib/celllist';
import type { PartialJSONObject } from '@lumino/coreutils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { LiveFeed } from '../../src/feed/livefeed';
import {
  LIVE_MIME_TYPE,
  NO_REPORT,
  REPORT_MIME_TYPE,
  runIdOf,
  WIDGET_MIME_TYPE
} from '../../src/record/bundle';
import { parseReport } from '../../src/record/savedreport';
import { OutputRepair } from '../../src/saved/outputrepair';
import { aMessage, aReport } from '../fixtures';
import { TestSession } from '../session';

const PLACEHOLDER = {
  [LIVE_MIME_TYPE]: { run_id: 'run-1' },
  [WIDGET_MIME_TYPE]: { model_id: 'gone' },
  'text/plain': 'energy: measuring …'
};

/** The first 2 s at 50 W. */
const SAMPLES = {
  domains: aReport().domains,
  t_s: [1, 2],
  power_w: { 'cpu:0/package': [50, 50] },
  energy_j: [50, 100],
  now: {
    t_s: 2,
    power_w: 50,
    energy_j: 100,
    domains: { 'cpu:0/package': { power_w: 50, energy_j: 100 } }
  }
};

let session: TestSession;
let feed: LiveFeed;
let repair: OutputRepair;
let cell: ICodeCellModel;

beforeEach(() => {
  vi.useFakeTimers();
  const notebook = YNotebook.create();
  const cells = new CellList(notebook);
  session = new TestSession();
  feed = new LiveFeed({ session });
  repair = new OutputRepair({ cells, session, feed });
  notebook.insertCell(0, {
    cell_type: 'code',
    id: 'cell-1',
    source: '%%energy\nwork()',
    metadata: {},
    outputs: []
  });
  cell = cells.get(0) as ICodeCellModel;
});

afterEach(() => {
  repair.dispose();
  feed.dispose();
  vi.useRealTimers();
});

/** The metadata of a line that stands for a run in an auto-metered cell. */
function aLine(kind: 'begin' | 'samples'): PartialJSONObject {
  return { [LIVE_MIME_TYPE]: aMessage(kind) as PartialJSONObject };
}

/** The bundle that the kernel publishes in the place of the placeholder. */
function bundle(changes = {}): PartialJSONObject {
  return {
    [REPORT_MIME_TYPE]: aReport(changes) as unknown as PartialJSONObject,
    'text/html': '<p>100 J</p>',
    'text/plain': '100 J'
  };
}

function show(data: PartialJSONObject): void {
  cell.outputs.add({ output_type: 'display_data', data, metadata: {} });
}

/** The end of a run as a page hears it, and the time in which the notebook would act. */
function end(data = bundle()): void {
  session.send(aMessage('end', { seq: 9, report: data[REPORT_MIME_TYPE] }));
  session.publish('update_display_data', { data });
  vi.advanceTimersByTime(1000);
}

function shown(): unknown[] {
  return cell.outputs.toJSON().map(output => output.data);
}

describe('a report that the notebook could not place', () => {
  it('replaces the placeholder of its run and nothing else', () => {
    show({ 'text/plain': 'before' });
    show(PLACEHOLDER);
    session.send(aMessage('samples'));

    end();

    expect(shown()).toEqual([{ 'text/plain': 'before' }, bundle()]);
  });

  it('replaces the line of its run, which a message in the metadata tells', () => {
    const metadata = aLine('samples');
    const data = { 'text/plain': '3 J · measuring …' };
    session.publish('update_display_data', { data, metadata });
    cell.outputs.add({ output_type: 'display_data', data, metadata });
    const kept = { [REPORT_MIME_TYPE]: { compact: true } };

    session.publish('update_display_data', { data: bundle(), metadata: kept });
    vi.advanceTimersByTime(1000);

    expect(cell.outputs.toJSON()).toMatchObject([
      { data: bundle(), metadata: kept }
    ]);
    expect(cell.outputs.toJSON()[0].metadata).toEqual(kept);
  });

  it('is refined in its place', () => {
    show(PLACEHOLDER);
    end();
    end(bundle({ uncertainty_j: 1 }));

    expect(shown()).toEqual([bundle({ uncertainty_j: 1 })]);
  });

  it('is added to a document that was loaded in mid-run without a place for it', () => {
    session.send(aMessage('samples'));
    end();

    expect(shown()).toEqual([bundle()]);
  });

  it('is not added where the output was cleared, or another notebook page has it', () => {
    session.send(aMessage('begin'));
    end();

    expect(shown()).toEqual([]);
  });

  it('is taken from the state of a widget whose run ended without a page', () => {
    show(PLACEHOLDER);
    const last = aMessage('end', { report: aReport(), text: '100 J' });
    const states = {
      widget: { state: { begin: aMessage('begin'), history: {}, end: last } },
      slider: { state: { value: 3 } }
    };
    session.publish('comm_msg', { data: { method: 'update_states', states } });
    vi.advanceTimersByTime(1000);

    expect(shown()).toEqual([
      { [REPORT_MIME_TYPE]: aReport(), 'text/plain': '100 J' }
    ]);
  });

  it('leaves alone what the notebook has put there itself', () => {
    show(bundle());
    const changes = vi.fn();
    cell.outputs.changed.connect(changes);
    end();
    // A page that is loaded again gets the states of the widgets that are still there.
    session.send(
      aMessage('end', { seq: 10, report: aReport(), text: 'short' })
    );
    vi.advanceTimersByTime(1000);

    expect(changes).not.toHaveBeenCalled();
  });

  it('gives way to a sentence where it could not be made', () => {
    show(PLACEHOLDER);
    session.send(aMessage('end', { report: null, error: 'no space left' }));
    vi.advanceTimersByTime(1000);

    expect(shown()).toEqual([
      { 'text/plain': 'energy: no report: no space left' }
    ]);
  });

  it('is kept as it was sent, with what this version of the page does not know', () => {
    show(PLACEHOLDER);
    const report = { ...aReport(), later: 'a field of a later version' };
    session.send(aMessage('end', { report, text: '100 J' }));
    vi.advanceTimersByTime(1000);

    expect(shown()).toEqual([
      { [REPORT_MIME_TYPE]: report, 'text/plain': '100 J' }
    ]);
  });

  it('is not taken where it cannot be read', () => {
    show(PLACEHOLDER);
    end(bundle({ energy_j: '<script>' }));

    expect(shown()).toEqual([PLACEHOLDER]);
  });
});

describe('a kernel that goes away in mid-cell', () => {
  it('leaves a placeholder that says so and has no widget', () => {
    show(PLACEHOLDER);
    session.send(aMessage('begin'));
    session.statusChanged.emit('restarting');

    const [data] = shown() as [PartialJSONObject];
    expect(runIdOf(data)).toBe('run-1');
    expect(data).not.toHaveProperty([WIDGET_MIME_TYPE]);
    expect(data['text/plain']).toBe(NO_REPORT);

    // The old kernel was interrupted before it went: what it says is too late.
    end();
    expect(shown()).toEqual([data]);
  });

  it.each([
    ['dies', ['dead']],
    ['dies and is started again', ['restarting', 'autorestarting']]
  ] as const)('leaves the joules until then where it %s', (_, statuses) => {
    show(PLACEHOLDER);
    session.send(aMessage('begin', { label: 'fit' }));
    session.send(aMessage('samples', { label: 'fit', ...SAMPLES }));
    for (const status of statuses) {
      session.statusChanged.emit(status);
    }

    const [data] = shown() as [PartialJSONObject];
    const report = parseReport(data[REPORT_MIME_TYPE]);
    expect(report).toMatchObject({
      run_id: 'run-1',
      label: 'fit',
      status: 'died',
      duration_s: 2,
      energy_j: 100,
      mean_power_w: 50,
      domains: [{ id: 'cpu:0/package', energy_j: 100, mean_power_w: 50 }]
    });
    expect(data).not.toHaveProperty([WIDGET_MIME_TYPE]);
    expect(data).not.toHaveProperty([LIVE_MIME_TYPE]);
    expect(data['text/plain']).toMatch(
      /^fit: 100.* J .* · 2\.00 s · measured · died$/
    );

    // What the old kernel says is too late.
    end();
    expect(shown()).toEqual([data]);
  });

  it('leaves the joules until then in the line of an auto-metered cell', () => {
    const kept = { [REPORT_MIME_TYPE]: { compact: true } };
    const metadata = { ...kept, ...aLine('begin') };
    const data = { 'text/plain': 'measuring …' };
    session.publish('display_data', { data, metadata });
    cell.outputs.add({ output_type: 'display_data', data, metadata });
    session.send(aMessage('samples', SAMPLES));
    session.statusChanged.emit('dead');

    const [output] = cell.outputs.toJSON();
    expect(output.metadata).toEqual(kept);
    expect(output.data).toMatchObject({
      [REPORT_MIME_TYPE]: { status: 'died', energy_j: 100 }
    });
  });

  it('leaves a sentence where somebody restarted it, and it dies later', () => {
    show(PLACEHOLDER);
    session.send(aMessage('begin'));
    session.send(aMessage('samples', SAMPLES));
    session.statusChanged.emit('restarting');
    session.statusChanged.emit('idle');
    session.statusChanged.emit('dead');

    const [data] = shown() as [PartialJSONObject];
    expect(data['text/plain']).toBe(NO_REPORT);
  });

  it('leaves no message in the metadata of a line whose kernel went away', () => {
    const kept = { [REPORT_MIME_TYPE]: { compact: true } };
    const metadata = { ...kept, ...aLine('begin') };
    const data = { 'text/plain': 'measuring …' };
    session.publish('display_data', { data, metadata });
    cell.outputs.add({ output_type: 'display_data', data, metadata });
    session.statusChanged.emit('dead');

    const [output] = cell.outputs.toJSON();
    expect(output.metadata).toEqual(kept);
    expect(output.data).toMatchObject({ 'text/plain': NO_REPORT });
  });

  it('leaves reports alone', () => {
    show(bundle());
    session.statusChanged.emit('dead');

    expect(shown()).toEqual([bundle()]);
  });
});
