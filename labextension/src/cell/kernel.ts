/** How kernels come and go, and the idle power that one is asked to measure. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';

const RESTARTING: readonly Kernel.Status[] = ['restarting', 'autorestarting'];

/** Kernel states in which it answers. */
const ANSWERING: readonly Kernel.Status[] = ['idle', 'busy'];

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
 * Measures the idle power with the meter that a kernel has loaded, and returns what
 * the kernel has answered. It leaves no trace in the history or the document.
 */
export async function measureBaseline(
  kernel: Kernel.IKernelConnection
): Promise<string> {
  const future = kernel.requestExecute({
    code: 'get_ipython().run_line_magic("green", "baseline")',
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

/** A session of a notebook, as far as its kernels come and go. */
export type IKernels = Pick<
  ISessionContext,
  'kernelChanged' | 'statusChanged' | 'session'
>;

/**
 * Calls back with each kernel of a session that starts, or starts anew, before
 * anything else is sent to it.
 */
export function onKernelStarted(
  session: IKernels,
  started: (kernel: Kernel.IKernelConnection) => void
): void {
  let isRestarting = false;
  /** Whether the kernel is one that was told of and has not answered yet. */
  let isTold = false;
  const tell = (): void => {
    const kernel = session.session?.kernel;
    if (kernel) {
      isTold = true;
      started(kernel);
    }
  };
  session.kernelChanged.connect((_, { newValue }) => {
    isRestarting = isTold = false;
    if (newValue) {
      isTold = true;
      started(newValue);
    }
  });
  session.statusChanged.connect((_, status) => {
    if (RESTARTING.includes(status)) {
      if (!isRestarting) {
        isRestarting = isTold = true;
        // What is sent from now on waits for the new kernel, once the connection
        // has dropped what waited for the old one: as soon as this signal is over.
        void Promise.resolve().then(tell);
      }
    } else if (status === 'starting') {
      // Another notebook or page has restarted it: this is all that is heard of it.
      if (!isTold) {
        tell();
      }
    } else if (ANSWERING.includes(status)) {
      isRestarting = isTold = false;
    }
  });
  tell();
}

function textOf(message: KernelMessage.IIOPubMessage): string {
  const { content } = message as KernelMessage.IStreamMsg;
  return message.header.msg_type === 'stream' ? content.text : '';
}
