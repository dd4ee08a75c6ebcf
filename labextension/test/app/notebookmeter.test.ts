import { YNotebook } from '@jupyter/ydoc';
import { CellList } from '@jupyterlab/notebook/lib/celllist';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import {
  type ILoadAnswers,
  type IMeteredNotebook,
  NotebookMeter
} from '../../src/app/notebookmeter';
import { Settings } from '../../src/settings';
import { TestKernel } from '../kernel';
import { TestSession } from '../session';

const NOT_FOUND = {
  errorName: 'UsageError',
  errorValue: 'Cell magic `%%energy` not found.'
};

/** Lets what has been promised come true. */
const settle = (): Promise<void> => new Promise(done => setTimeout(done));

class Notices {
  readonly told: string[] = [];
  answers: ILoadAnswers | null = null;
  readonly ask = (answers: ILoadAnswers): void => {
    this.told.push('ask');
    this.answers = answers;
  };
  readonly offer = ({ load }: Pick<ILoadAnswers, 'load'>): void => {
    this.told.push('offer');
    this.answers = { load, always: load, never: load };
  };
  readonly tellLoaded = (): void => void this.told.push('loaded');
  readonly tellProblem = ({ kind }: { kind: string }): void =>
    void this.told.push(kind);
  readonly clear = (): void => undefined;
}

let shared: YNotebook;
let session: TestSession & { specsManager?: object };
let settings: Settings;
let notices: Notices;
let onAutoMetering: ReturnType<typeof vi.fn<() => void>>;
let options: NotebookMeter.IOptions;
let meter: NotebookMeter;

beforeEach(() => {
  sessionStorage.clear();
  shared = YNotebook.create();
  session = new TestSession();
  const kernelspecs = {
    python3: { language: 'Python' },
    ir: { language: 'R' }
  };
  session.specsManager = { specs: { kernelspecs } };
  settings = new Settings();
  notices = new Notices();
  onAutoMetering = vi.fn();
  const notebook = {
    isDisposed: false,
    context: { isReady: true, ready: Promise.resolve() },
    content: { model: { cells: new CellList(shared) } },
    sessionContext: session
  };
  options = {
    notebook: notebook as unknown as IMeteredNotebook,
    settings,
    notices,
    onAutoMetering,
    store: sessionStorage
  };
  meter = new NotebookMeter(options);
});

function cells(...sources: string[]): void {
  for (const source of sources) {
    shared.insertCell(shared.cells.length, { cell_type: 'code', source });
  }
}

/** A kernel in the place of the one before. */
function start(kernel = new TestKernel()): TestKernel {
  session.session = { ...session.session, kernel } as never;
  session.kernelChanged.emit({ newValue: kernel } as never);
  return kernel;
}

/** The same kernel, started anew. */
async function restart(kernel: TestKernel): Promise<void> {
  kernel.isLoaded = false;
  session.statusChanged.emit('restarting');
  await Promise.resolve();
  session.statusChanged.emit('idle');
}

describe('a control', () => {
  beforeEach(() => {
    meter.follow();
  });

  it('loads the meter at once, once, and in the kernels to come', async () => {
    const kernel = start();
    cells('%%energy\nx');
    const used = meter.use();
    expect(kernel.requests).toHaveLength(1);
    expect(await used).toEqual({ kind: 'loaded' });
    await meter.use();
    expect(kernel.requests).toHaveLength(1);

    await restart(kernel);
    expect(kernel.requests).toHaveLength(2);
    expect(start().requests).toHaveLength(1);
    await settle();
    expect(notices.told).toEqual([]);
  });

  it('used before there is a kernel has the meter loaded in it', () => {
    cells('%%energy\nx');
    void meter.use();
    expect(start().requests).toHaveLength(1);
  });

  it('tells where the package is missing, and loads it once it is there', async () => {
    const kernel = start();
    kernel.isInstalled = false;
    cells('%%energy\nx');
    expect(await meter.use()).toEqual({ kind: 'missing' });
    expect(notices.told).toEqual(['missing']);

    kernel.isInstalled = true;
    session.publish('execute_input', { code: '%pip install jupyter-green' });
    await settle();
    expect(notices.told).toEqual(['missing', 'loaded']);
    session.publish('execute_input', { code: '%pip install numpy' });
    expect(kernel.requests).toHaveLength(2);
  });

  it('says that a kernel of another language is not metered', async () => {
    const kernel = start(Object.assign(new TestKernel(), { name: 'ir' }));
    expect(await meter.use()).toEqual({ kind: 'foreign', language: 'R' });
    expect(kernel.requests).toEqual([]);
    expect(notices.told).toEqual(['foreign']);
  });

  it('loads nothing against the setting, and says so', async () => {
    await settings.set('loadMeter', 'never');
    const kernel = start();
    expect(await meter.use()).toEqual({ kind: 'refused' });
    expect(notices.told).toEqual(['offer']);
    expect(kernel.requests).toEqual([]);
    notices.answers!.load();
    await settle();
    expect(notices.told).toEqual(['offer', 'loaded']);
    expect(await meter.use()).toEqual({ kind: 'loaded' });
  });
});

describe('a kernel that starts', () => {
  it('is asked nothing where no cell is metered', async () => {
    cells('x', '%matplotlib inline');
    meter.follow();
    const kernel = start();
    await settle();
    expect(kernel.requests).toEqual([]);
    expect(kernel.requestComplete).not.toHaveBeenCalled();
  });

  it('gets the meter as the user answers, who is asked once', async () => {
    cells('%%energy\nx');
    meter.follow();
    const kernel = start();
    await settle();
    expect(notices.told).toEqual(['ask']);
    expect(kernel.requests).toEqual([]);
    await restart(kernel);
    await settle();
    expect(notices.told).toEqual(['ask']);

    notices.answers!.load();
    await settle();
    expect(kernel.requests).toHaveLength(1);
    await restart(kernel);
    expect(kernel.requests).toHaveLength(2);
    expect(settings.now.loadMeter).toBe('ask');
  });

  it.each([
    ['unanswered', false],
    ['wanted', true]
  ])(
    'is not asked about again once the page was reloaded: %s',
    async (_, isWanted) => {
      cells('%%energy\nx');
      meter.follow();
      const kernel = start();
      await settle();
      if (isWanted) {
        notices.answers!.load();
        await settle();
      }
      meter.dispose();
      const { told } = (notices = new Notices());
      options = { ...options, notices };

      meter = new NotebookMeter(options);
      meter.follow();
      await settle();
      await restart(kernel);
      await settle();
      expect(told).toEqual([]);
      expect(kernel.requests.length > 0).toBe(isWanted);
    }
  );

  it('is not asked about where it has the meter, or where the notebook loads it', async () => {
    const kernel = new TestKernel();
    kernel.isLoaded = true; // by a page that was reloaded, or by a profile
    cells('%%energy\nx');
    meter.follow();
    start(kernel);
    await settle();
    expect(notices.told).toEqual([]);
    await restart(kernel);
    expect(kernel.requests).toHaveLength(1);

    cells('%load_ext jupyter_green');
    const other = new NotebookMeter(options);
    other.follow();
    start();
    await settle();
    expect(notices.told).toEqual([]);
  });

  it('always gets it where that was answered, before anything else', async () => {
    cells('x = %energy -o f()');
    meter.follow();
    start();
    await settle();
    notices.answers!.always();
    expect(settings.now.loadMeter).toBe('always');
    expect(start().requests).toHaveLength(1);
  });

  it('never gets it where that was answered', async () => {
    cells('%%energy\nx');
    meter.follow();
    start();
    await settle();
    notices.answers!.never();
    expect(settings.now.loadMeter).toBe('never');
    const kernel = start();
    await settle();
    expect(kernel.requests).toEqual([]);
    expect(notices.told).toEqual(['ask']);
  });

  it('is loaded again where a cell of the user had loaded it', async () => {
    cells('%load_ext jupyter_green', '%%energy\nx');
    meter.follow();
    const kernel = start();
    await settle();
    session.publish('execute_input', { code: '%load_ext jupyter_green' });
    await restart(kernel);
    expect(kernel.requests).toHaveLength(1);
    expect(kernel.requests[0].code).not.toContain('loaded.add');
  });

  it('meters every cell where the setting says so, metered cells or not', async () => {
    await settings.set('autoMetering', true);
    meter.follow();
    const kernel = start();
    expect(kernel.requests[0].code).toContain('"green", "on"');
    expect(onAutoMetering).toHaveBeenCalledOnce();
    kernel.isInstalled = false;
    await restart(kernel);
    await settle();
    expect(notices.told).toEqual([]); // no cell of this notebook fails for it
  });
});

describe('a cell whose magic was not found', () => {
  beforeEach(() => {
    meter.follow();
  });

  it('is told how to get it, whatever the setting', async () => {
    await settings.set('loadMeter', 'never');
    const kernel = start();
    await meter.onExecuted({ errorName: 'NameError', errorValue: 'x' });
    expect(notices.told).toEqual([]);
    await meter.onExecuted(NOT_FOUND);
    expect(notices.told).toEqual(['offer']);
    notices.answers!.load();
    await settle();
    expect(kernel.requests).toHaveLength(1);
    expect(notices.told).toEqual(['offer', 'loaded']);
  });

  it('gets it where the user wants it, or learns why not', async () => {
    const kernel = start();
    cells('%%energy\nx');
    await meter.use();
    await meter.onExecuted(NOT_FOUND); // the user has unloaded it
    expect(kernel.requests).toHaveLength(2);
    expect(notices.told).toEqual(['loaded']);
    kernel.isInstalled = false;
    await meter.onExecuted(NOT_FOUND);
    expect(notices.told).toEqual(['loaded', 'missing']);
  });
});
