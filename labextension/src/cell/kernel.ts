/** What the panel asks of a kernel: only what the user has asked of the panel; and how kernels come and go. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';

/** Loads the meter where it is not; says nothing where it is. */
const LOAD = 'get_ipython().extension_manager.load_extension("jupyter_green")';

const RESTARTING: readonly Kernel.Status[] = ['restarting', 'autorestarting'];

/** Kernel states in which a running cell will not end any more. */
const GONE: readonly Kernel.Status[] = [...RESTARTING, 'terminating', 'dead'];

/** Whether a kernel has gone, and whatever it was running with it. */
export function isGone(status: Kernel.Status): boolean {
  return GONE.includes(status);
}

/** Whether a kernel has ended though nobody asked it to. */
export function isDead(status: Kernel.Status): boolean {
  return status === 'autorestarting' || status === 'dead';
}

/**
 * Measures the idle power, and returns what the kernel has answered. It leaves
 * no trace in the history, and nothing in the document.
 */
export async function measureBaseline(
  kernel: Kernel.IKernelConnection
): Promise<string> {
  const future = kernel.requestExecute({
    code: `${LOAD}\nget_ipython().run_line_magic("green", "baseline")`,
    silent: false,
    store_history: false,
    stop_on_error: false
  });
  let answer = '';
  future.onIOPub = message => {
    answer += textOf(message);
  };
  const { content } = await future.done;
  return content.status === 'error'
    ? `${content.ename}: ${content.evalue}`
    : answer.trim();
}

/** Tells a kernel to meter every cell, silently. */
export async function meterEveryCell(
  kernel: Kernel.IKernelConnection
): Promise<void> {
  const spec = await kernel.spec;
  if (spec?.language.toLowerCase() === 'python') {
    kernel.requestExecute({
      code: `${LOAD}\nget_ipython().run_line_magic("green", "on")`,
      silent: true,
      store_history: false
    });
  }
}

/** A session of a notebook, as far as its kernels come and go. */
export type IKernels = Pick<
  ISessionContext,
  'kernelChanged' | 'statusChanged' | 'session'
>;

/** Calls back with each kernel of a session once it has started, or started anew. */
export function onKernelStarted(
  session: IKernels,
  started: (kernel: Kernel.IKernelConnection) => void
): void {
  let isRestarting = false;
  session.kernelChanged.connect((_, { newValue }) => {
    if (newValue) {
      started(newValue);
    }
  });
  session.statusChanged.connect((_, status) => {
    if (RESTARTING.includes(status)) {
      isRestarting = true;
    } else if (isRestarting && status === 'idle' && session.session?.kernel) {
      isRestarting = false;
      started(session.session.kernel);
    }
  });
  if (session.session?.kernel) {
    started(session.session.kernel);
  }
}

function textOf(message: KernelMessage.IIOPubMessage): string {
  const { content } = message as KernelMessage.IStreamMsg;
  return message.header.msg_type === 'stream' ? content.text : '';
}
