import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import {
  type IKernels,
  measureBaseline,
  meterEveryCell,
  onKernelStarted
} from '../../src/cell/kernel';

/** A kernel that answers what the test has it answer. */
function aKernel(
  reply: object,
  texts: string[] = [],
  language = 'python'
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
  const spec = Promise.resolve({ language });
  return { requestExecute, spec } as never;
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
      ename: 'ModuleNotFoundError',
      evalue: 'no jupyter_green'
    });

    expect(await measureBaseline(kernel)).toBe(
      'ModuleNotFoundError: no jupyter_green'
    );
  });
});

describe('metering every cell', () => {
  it('is asked for silently, of Python alone', async () => {
    const kernel = aKernel({ status: 'ok' });
    await meterEveryCell(kernel);
    expect(kernel.requestExecute.mock.calls[0][0]).toMatchObject({
      silent: true,
      store_history: false
    });

    const julia = aKernel({ status: 'ok' }, [], 'julia');
    await meterEveryCell(julia);
    expect(julia.requestExecute).not.toHaveBeenCalled();
  });

  it('is told when a kernel starts, changes, and has started anew', () => {
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
    expect(started).toHaveBeenCalledTimes(1);
    session.statusChanged.emit('busy');
    session.statusChanged.emit('idle');
    expect(started).toHaveBeenCalledTimes(1);
    session.statusChanged.emit('restarting');
    session.statusChanged.emit('starting');
    session.statusChanged.emit('idle');
    expect(started).toHaveBeenCalledTimes(2);
    session.kernelChanged.emit({ newValue: null });
    expect(started).toHaveBeenCalledTimes(2);
  });
});
