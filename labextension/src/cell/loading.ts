/**
 * The meter in a kernel: whether it is there, and how it gets there. Nothing here
 * leaves a trace in the kernel's history, its variables or the document.
 */
import type { Kernel, KernelMessage } from '@jupyterlab/services';

const FIND = '__import__("importlib.util").util.find_spec("jupyter_green")';
const LOAD =
  '__import__("jupyter_green").load_ipython_extension(get_ipython())';
const MARK = 'get_ipython().extension_manager.loaded.add("jupyter_green")';
const METER_ALL = 'get_ipython().run_line_magic("green", "on")';
const IS_LOADED =
  '"energy" in get_ipython().magics_manager.magics.get("cell", {})';
const MAGIC = '%%energy';

/** How often a request is sent again that the kernel has dropped, as it does behind a failing cell. */
const MAX_TRIES = 5;

/** What a kernel is to do once it has the meter. */
export interface ILoading {
  /**
   * Whether the notebook has a `%load_ext` line of its own: IPython is then not
   * told of ours, or that line would print that there is nothing left to load.
   */
  readonly hasLoadLine: boolean;
  /** Whether every cell is to be metered from then on. */
  readonly isForAllCells: boolean;
}

/** How it went to load the meter. */
export type Outcome =
  | { readonly kind: 'loaded' }
  /** The package is not in the environment of the kernel. */
  | { readonly kind: 'missing' }
  /** It is there and fails. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** The kernel is not a Python kernel. */
  | { readonly kind: 'foreign'; readonly language: string }
  /** The user does not want it to be loaded (the setting `loadMeter`). */
  | { readonly kind: 'refused' }
  /** There is no kernel, or it went before it had answered. */
  | { readonly kind: 'gone' };

/**
 * Loads the meter where it is not. The request leaves at once, so that what the
 * user runs next comes after it, and holds up nothing if it fails.
 */
export async function loadMeter(
  kernel: Kernel.IKernelConnection,
  loading: ILoading
): Promise<Outcome> {
  const steps = [
    LOAD,
    ...(loading.hasLoadLine ? [] : [MARK]),
    ...(loading.isForAllCells ? [METER_ALL] : [])
  ];
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    let reply: KernelMessage.IExecuteReplyMsg['content'];
    try {
      const future = kernel.requestExecute({
        code: `${FIND} is None or [${steps.join(', ')}]`,
        silent: true,
        store_history: false,
        stop_on_error: false,
        user_expressions: { isLoaded: IS_LOADED }
      });
      ({ content: reply } = await future.done);
    } catch {
      return { kind: 'gone' };
    }
    if (reply.status === 'ok') {
      const { isLoaded } = reply.user_expressions as Record<string, unknown>;
      return { kind: isTrue(isLoaded) ? 'loaded' : 'missing' };
    }
    if (reply.status === 'error') {
      return { kind: 'failed', reason: `${reply.ename}: ${reply.evalue}` };
    }
  }
  return { kind: 'gone' };
}

/** Whether a kernel has the meter. It is asked for completions, so nothing is run in it. */
export async function hasMeter(
  kernel: Kernel.IKernelConnection
): Promise<boolean> {
  try {
    const { content } = await kernel.requestComplete({
      code: MAGIC,
      cursor_pos: MAGIC.length
    });
    return content.status === 'ok' && content.matches.includes(MAGIC);
  } catch {
    return false; // the kernel has gone
  }
}

/** Whether an expression was found to be true (`user_expressions` in Jupyter's protocol). */
function isTrue(answer: unknown): boolean {
  const { data } = (answer ?? {}) as { data?: Record<string, unknown> };
  return data?.['text/plain'] === 'True';
}
