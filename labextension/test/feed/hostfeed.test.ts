import type { Kernel } from '@jupyterlab/services';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { HostFeed } from '../../src/feed/hostfeed';
import { aHostPoint } from '../fixtures';
import { TestSession } from '../session';

/** A comm with the interface of JupyterLab's, that notes what is sent. */
class TestComm {
  isDisposed = false;
  onMsg: (message: object) => void = () => undefined;
  onClose: (message: object) => void = () => undefined;
  /** Whether the kernel handles what it is sent: it does not while a cell runs. */
  static isAnswering = true;

  constructor(
    readonly target: string,
    readonly sent: unknown[]
  ) {}

  open(data: unknown): object {
    return this._note('open', data);
  }

  send(data: unknown): object {
    return this._note('msg', data);
  }

  close(): object {
    const future = this._note('close');
    this.onClose({});
    this.isDisposed = true;
    return future;
  }

  dispose(): void {
    this.isDisposed = true;
  }

  /** The kernel tells something. */
  tell(data: unknown): void {
    this.onMsg({ content: { data } });
  }

  /** The kernel closes it. */
  end(): void {
    this.onClose({});
    this.isDisposed = true;
  }

  private _note(...note: unknown[]): object {
    this.sent.push(note);
    const done = TestComm.isAnswering
      ? Promise.resolve()
      : new Promise(() => undefined);
    return { done };
  }
}

/** A kernel that makes comms, and says whether it has the meter. */
class TestHostKernel {
  readonly comms: TestComm[] = [];
  readonly sent: unknown[] = [];
  isDisposed = false;
  hasMeter = false;
  readonly info: Promise<object>;
  readonly requestComplete = vi.fn(() =>
    Promise.resolve({
      content: { status: 'ok', matches: this.hasMeter ? ['%%energy'] : [] }
    })
  );

  constructor(language = 'python') {
    this.info = Promise.resolve({ language_info: { name: language } });
  }

  createComm(target: string): TestComm {
    const comm = new TestComm(target, this.sent);
    this.comms.push(comm);
    return comm;
  }
}

const OPEN = ['open', { schema: 'jupyter-green.host.v1', lease_s: 60 }];
const RENEWAL = ['msg', { lease_s: 60 }];
const CLOSE = ['close'];

let session: TestSession;
let kernel: TestHostKernel;
let feed: HostFeed;
const watcher = {};

beforeEach(() => {
  vi.useFakeTimers();
  TestComm.isAnswering = true;
  session = new TestSession();
  start(new TestHostKernel());
  feed = new HostFeed(session);
});

afterEach(() => {
  feed.dispose();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The notebook has this kernel from now on. */
function start(started: TestHostKernel | null): void {
  const oldValue = session.session.kernel;
  kernel = started ?? kernel;
  const newValue = started as unknown as Kernel.IKernelConnection | null;
  Object.assign(session.session, { kernel: newValue });
  session.kernelChanged.emit({ name: 'kernel', oldValue, newValue } as never);
}

/** What has been waited for is there. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1);
}

/** Somebody looks, and the kernel tells this. */
async function watched(...points: unknown[]): Promise<TestComm> {
  feed.watch(watcher);
  await settle();
  const comm = kernel.comms[kernel.comms.length - 1];
  points.forEach(point => {
    comm.tell(point);
  });
  return comm;
}

describe('the feed of the host', () => {
  it('sends nothing as long as nobody looks', async () => {
    await vi.advanceTimersByTimeAsync(120e3);
    session.statusChanged.emit('restarting');
    await settle();

    expect(kernel.sent).toEqual([]);
    expect(kernel.requestComplete).not.toHaveBeenCalled();
  });

  it('asks once somebody looks, and keeps what the kernel tells', async () => {
    const changed = vi.fn();
    feed.changed.connect(changed);
    feed.watch(watcher);
    feed.watch({});
    await settle();
    expect(kernel.sent).toEqual([OPEN]);
    expect(kernel.comms[0].target).toBe('jupyter-green.host');
    expect(feed.state).toBe('waiting');

    kernel.comms[0].tell(aHostPoint(100));
    expect(feed.state).toBe('live');
    expect(feed.points).toEqual([aHostPoint(100)]);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('renews its lease each 20 s, and closes when the last one looks away', async () => {
    const other = {};
    feed.watch(other);
    await watched();
    await vi.advanceTimersByTimeAsync(41e3);
    expect(kernel.sent).toEqual([OPEN, RENEWAL, RENEWAL]);

    feed.unwatch(other);
    expect(kernel.sent).toHaveLength(3);
    feed.unwatch(watcher);
    await vi.advanceTimersByTimeAsync(60e3);
    expect(kernel.sent).toEqual([OPEN, RENEWAL, RENEWAL, CLOSE]);
  });

  it('leaves one renewal to a kernel that is busy for an hour', async () => {
    TestComm.isAnswering = false;
    await watched();
    await vi.advanceTimersByTimeAsync(3600e3);

    expect(kernel.sent).toEqual([OPEN, RENEWAL]);
  });

  it('keeps the points of five minutes, also over a time without anybody', async () => {
    const comm = await watched();
    for (let at_s = 0; at_s <= 400; at_s += 2) {
      comm.tell(aHostPoint(at_s));
    }
    expect(feed.points).toHaveLength(150);
    expect(feed.points[0].at_s).toBe(102);

    feed.unwatch(watcher);
    const later = await watched();
    expect(feed.state).toBe('waiting');
    expect(feed.points).toHaveLength(150);
    later.tell(aHostPoint(500));
    expect(feed.points[0].at_s).toBe(200);
    later.tell(aHostPoint(300)); // the clock was set back
    expect(feed.points[feed.points.length - 1].at_s).toBe(300);
    expect(feed.points.every(({ at_s }) => at_s <= 300)).toBe(true);
  });

  it('does not take what it was told half a minute ago for now', async () => {
    const comm = await watched(aHostPoint(1));
    await vi.advanceTimersByTimeAsync(41e3);
    expect(feed.state).toBe('waiting');

    comm.tell(aHostPoint(42));
    expect(feed.state).toBe('live');
  });

  it('passes over what it cannot read', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await watched(
      null,
      { schema: 'jupyter-green.host.v2' },
      { ...aHostPoint(1), power_w: { cpu: 'much' } },
      { ...aHostPoint(1), power_w: { cpu: -3 } }
    );
    expect(warn).toHaveBeenCalledTimes(4);
    expect(feed.state).toBe('waiting');
    feed.unwatch(watcher);

    await watched({
      ...aHostPoint(2),
      power_w: { gpu: 1, npu: 3 },
      reason: 'so'
    });
    expect(feed.points).toEqual([
      { ...aHostPoint(2), power_w: { gpu: 1 }, reason: 'so' }
    ]);
  });

  it('asks a new kernel anew, and one that was restarted', async () => {
    await watched(aHostPoint(1));
    session.statusChanged.emit('restarting');
    await settle();
    expect(kernel.sent).toEqual([OPEN, CLOSE, OPEN]);
    expect(feed.points).toHaveLength(1);
    session.statusChanged.emit('idle');

    start(new TestHostKernel());
    await settle();
    expect(kernel.sent).toEqual([OPEN]);
    expect(feed.points).toHaveLength(0); // it may be another machine's

    start(null);
    expect(feed.state).toBe('gone');
    start(new TestHostKernel('R'));
    await settle();
    expect(kernel.sent).toEqual([]);
    expect(feed.state).toBe('foreign');
  });

  it('says that a kernel has died', async () => {
    await watched(aHostPoint(1));
    session.statusChanged.emit('dead');

    expect(feed.state).toBe('gone');
    await vi.advanceTimersByTimeAsync(60e3);
    expect(kernel.sent).toEqual([OPEN, CLOSE]);
  });

  it('does not ask for what was looked away from before the kernel was there', async () => {
    feed.watch(watcher);
    feed.unwatch(watcher);
    await settle();

    expect(kernel.sent).toEqual([]);
  });

  it('ends with its notebook', async () => {
    await watched();
    feed.dispose();
    await vi.advanceTimersByTimeAsync(60e3);

    expect(kernel.sent).toEqual([OPEN, CLOSE]);
  });
});

describe('a kernel that closes at once', () => {
  it('has not loaded the meter, and is left alone', async () => {
    (await watched()).end();
    await vi.advanceTimersByTimeAsync(600e3);

    expect(feed.state).toBe('unloaded');
    expect(kernel.sent).toEqual([OPEN]);
  });

  it('is asked again once the meter was loaded for the user', async () => {
    (await watched()).end();
    await settle();
    feed.retry();
    await settle();
    kernel.comms[1].tell(aHostPoint(1));

    expect(feed.state).toBe('live');
  });

  it('is asked again once something that was run has loaded the meter', async () => {
    (await watched()).end();
    await settle();
    const run = async (msg_type: string): Promise<void> => {
      session.publish('status', { execution_state: 'idle' }, { msg_type });
      await settle();
    };
    await run('execute_request');
    expect(kernel.requestComplete).toHaveBeenCalledTimes(2);
    expect(kernel.sent).toEqual([OPEN]);

    kernel.hasMeter = true;
    await run('complete_request');
    expect(kernel.sent).toEqual([OPEN]);
    await run('execute_request');
    expect(kernel.sent).toEqual([OPEN, OPEN]);
    kernel.comms[1].tell(aHostPoint(1));
    await run('execute_request');
    expect(kernel.sent).toEqual([OPEN, OPEN]);
  });

  it('is asked once more where the meter was being loaded meanwhile', async () => {
    kernel.hasMeter = true;
    (await watched()).end();
    await settle();
    expect(kernel.sent).toEqual([OPEN, OPEN]);

    kernel.comms[1].end();
    await vi.advanceTimersByTimeAsync(600e3);
    expect(kernel.sent).toEqual([OPEN, OPEN]);
    expect(feed.state).toBe('outdated');
  });

  it('after it has told something has let a lease run out, and is asked again', async () => {
    (await watched(aHostPoint(1))).end();
    await settle();

    expect(kernel.sent).toEqual([OPEN, OPEN]);
    expect(kernel.requestComplete).not.toHaveBeenCalled();
  });
});
