import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import {
  type IKernels,
  measureBaseline,
  onKernelStarted
} from '../../src/cell/kernel';

/** A kernel that answers what the test has it answer. */
function aKernel(
  reply: object,
  texts: string[] = []
): Kernel.IKernelConnection & { requestExecute: ReturnType<typeof vi.fn> } {
  const requestExecute = vi.fn(() => {
    const future = {
      onIOPub: (() => undefined) as (message: unknown) => void,
      done: Promise.resolve().then(() => {
        for (const text of texts) {
          future.onIOPub({
            header: { msg_type: 'stream' },
            content: { name: 'stdout', text }
          });
        }
        future.onIOPub({ header: { msg_type: 'status' }, content: {} });
        return { content: reply };
      })
    };
    return future;
  });
  return { requestExecute } as never;
}

describe('the baseline', () => {
  it('is measured without a trace, and what was said comes back', async () => {
    const kernel = aKernel({ status: 'ok' }, ['idle: ', '40 W\n']);

    expect(await measureBaseline(kernel)).toBe('idle: 40 W');
    expect(kernel.requestExecute.mock.calls[0][0]).toMatchObject({
      silent: false,
      store_history: false
    });
  });

  it('that could not be measured says why', async () => {
    const kernel = aKernel({
      status: 'error',
      ename: 'UsageError',
      evalue: 'no magic'
    });

    expect(await measureBaseline(kernel)).toBe('UsageError: no magic');
  });
});

describe('a kernel', () => {
  it('is told when it starts, changes, and is about to start anew', async () => {
    const kernel = aKernel({});
    const session = {
      session: null as unknown,
      kernelChanged: new Signal<never, { newValue: unknown }>({} as never),
      statusChanged: new Signal<never, Kernel.Status>({} as never)
    };
    const started = vi.fn();
    onKernelStarted(session as unknown as IKernels, started);
    expect(started).not.toHaveBeenCalled();

    session.session = { kernel };
    session.kernelChanged.emit({ newValue: kernel });
    expect(started).toHaveBeenCalledTimes(1); // at once
    session.statusChanged.emit('busy');
    session.statusChanged.emit('idle');
    expect(started).toHaveBeenCalledTimes(1);

    // The connection drops what waits for it right after this signal: not before that.
    session.statusChanged.emit('restarting');
    expect(started).toHaveBeenCalledTimes(1);
    await Promise.resolve();
    expect(started).toHaveBeenCalledTimes(2);
    session.statusChanged.emit('autorestarting');
    session.statusChanged.emit('starting');
    session.statusChanged.emit('idle');
    await Promise.resolve();
    expect(started).toHaveBeenCalledTimes(2);

    session.statusChanged.emit('restarting');
    await Promise.resolve();
    expect(started).toHaveBeenCalledTimes(3);
    session.statusChanged.emit('starting');
    session.statusChanged.emit('idle');
    expect(started).toHaveBeenCalledTimes(3);
    session.session = null;
    session.kernelChanged.emit({ newValue: null });
    session.statusChanged.emit('restarting');
    await Promise.resolve();
    expect(started).toHaveBeenCalledTimes(3);
  });

  it('that somebody else has restarted is known by its start', () => {
    const kernel = aKernel({});
    const session = {
      session: { kernel } as unknown,
      kernelChanged: new Signal<never, { newValue: unknown }>({} as never),
      statusChanged: new Signal<never, Kernel.Status>({} as never)
    };
    const started = vi.fn();
    onKernelStarted(session as unknown as IKernels, started);
    session.statusChanged.emit('starting'); // of the kernel that is told of already
    session.statusChanged.emit('idle');
    expect(started).toHaveBeenCalledTimes(1);
    session.statusChanged.emit('starting');
    session.statusChanged.emit('idle');
    expect(started).toHaveBeenCalledTimes(2);
  });
});
