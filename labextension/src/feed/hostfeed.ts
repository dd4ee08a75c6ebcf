/** What the machine draws now: asked of the kernel as long as somebody looks. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

import { isDead, onKernelStarted } from '../cell/kernel';
import { hasMeter } from '../cell/loading';
import {
  HOST_SCHEMA,
  HOST_TARGET,
  type IHostPoint,
  parseHostPoint
} from '../record/hostmessages';
import { RecordError } from '../record/validation';
import type { HostState, IHostNow } from '../tokens';

/** For how long the kernel goes on without hearing from us. */
const LEASE_S = 60;
const RENEWAL_MS = 20e3;
/** What is older is not what the machine draws now: a program may let nothing else run. */
const STALE_MS = 30e3;
/** Those of five minutes, one in two seconds. */
const MOST_POINTS = 150;
const KEPT_S = 300;

/**
 * The watts of the machine that a notebook's kernel runs on. While nobody looks,
 * nothing is sent and the kernel reads nothing.
 */
export class HostFeed implements IHostNow {
  constructor(session: HostFeed.ISession) {
    this._session = session;
    session.kernelChanged.connect(this._onKernelChanged, this);
    session.statusChanged.connect(this._onStatus, this);
    session.iopubMessage.connect(this._onMessage, this);
    onKernelStarted(session, () => {
      this._reopen();
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): HostState {
    return this._state;
  }

  get points(): readonly IHostPoint[] {
    return this._points;
  }

  watch(watcher: object): void {
    const wasWatched = this._watchers.size > 0;
    this._watchers.add(watcher);
    if (!wasWatched) {
      void this._open();
    }
  }

  unwatch(watcher: object): void {
    if (this._watchers.delete(watcher) && this._watchers.size === 0) {
      this._close();
      this._state = 'waiting';
    }
  }

  retry(): void {
    this._reopen();
  }

  dispose(): void {
    this._watchers.clear();
    this._close();
    Signal.disconnectReceiver(this);
    Signal.clearData(this);
  }

  /** Begins anew with the kernel that is there now, where somebody looks. */
  private _reopen(): void {
    if (this._watchers.size > 0) {
      this._close();
      void this._open();
    }
  }

  /** @param isLast - Whether a kernel that closes at once is not asked again. */
  private async _open(isLast = false): Promise<void> {
    const kernel = this._kernel;
    if (!kernel) {
      this._tell('gone');
      return;
    }
    this._tell('waiting');
    const attempt = (this._attempt = {});
    // What loads the meter in a new kernel is sent before this is known.
    const { language_info } = await kernel.info;
    if (this._attempt !== attempt || kernel.isDisposed) {
      return;
    }
    if (language_info.name.toLowerCase() !== 'python') {
      this._tell('foreign');
      return;
    }
    const comm = kernel.createComm(HOST_TARGET);
    let hasTold = false;
    comm.onMsg = ({ content }) => {
      if (this._comm === comm) {
        hasTold = this._take(content.data) || hasTold;
      }
    };
    comm.onClose = () => {
      if (this._comm !== comm) {
        return;
      }
      this._forget();
      if (hasTold) {
        void this._open(); // its lease ran out, as while the machine slept
      } else {
        void this._onRefused(kernel, isLast);
      }
    };
    this._comm = comm;
    this._unheard = null;
    comm.open({ schema: HOST_SCHEMA, lease_s: LEASE_S });
    this._timer = setInterval(() => {
      this._renew(comm);
      if (this._state === 'live' && Date.now() - this._told_ms > STALE_MS) {
        this._tell('waiting');
      }
    }, RENEWAL_MS);
  }

  /** The kernel knows nothing of the machine: tells why, or asks once more. */
  private async _onRefused(
    kernel: Kernel.IKernelConnection,
    isLast: boolean
  ): Promise<void> {
    const attempt = (this._attempt = {});
    const isLoaded = await hasMeter(kernel);
    if (this._attempt !== attempt || this._watchers.size === 0) {
      return;
    }
    if (isLoaded && !isLast) {
      await this._open(true); // it was loaded in the meantime
    } else {
      this._tell(isLoaded ? 'outdated' : 'unloaded');
    }
  }

  /** Renews the lease; a busy kernel hears one renewal when it is done, not hundreds. */
  private _renew(comm: Kernel.IComm): void {
    if (this._unheard || comm.isDisposed) {
      return;
    }
    try {
      const future = comm.send({ lease_s: LEASE_S });
      this._unheard = future;
      const done = (): void => {
        if (this._unheard === future) {
          this._unheard = null;
        }
      };
      future.done.then(done, done);
    } catch {
      // The kernel is gone; a new one is told of.
    }
  }

  private _close(): void {
    const comm = this._comm;
    this._forget();
    if (comm && !comm.isDisposed) {
      try {
        comm.close();
      } catch {
        comm.dispose(); // the kernel is gone
      }
    }
  }

  private _forget(): void {
    clearInterval(this._timer);
    this._comm = null;
    this._unheard = null;
    this._attempt = null;
  }

  /** Takes a message; returns whether it could be read. */
  private _take(data: unknown): boolean {
    const point = parseHostPoint(data);
    if (point instanceof RecordError) {
      console.warn(
        `jupyter-green: a message of the host was ignored: ${point.message}`
      );
      return false;
    }
    const { at_s } = point;
    // None is later than the newest: the clock may have been set back.
    const kept = this._points.filter(
      before => before.at_s < at_s && before.at_s >= at_s - KEPT_S
    );
    this._points = [...kept, point].slice(-MOST_POINTS);
    this._told_ms = Date.now();
    this._tell('live');
    return true;
  }

  private _tell(state: HostState): void {
    this._state = state;
    this._changed.emit();
  }

  private _onKernelChanged(): void {
    this._points = []; // the next kernel may run on another machine
    this._close();
    if (this._watchers.size > 0) {
      this._tell('gone');
    }
  }

  private _onStatus(_: unknown, status: Kernel.Status): void {
    if (isDead(status) && this._watchers.size > 0) {
      this._close();
      this._tell('gone');
    }
  }

  /** Whatever was run in the kernel may have loaded the meter, a cell or the extension. */
  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    const { execution_state } = (message as KernelMessage.IStatusMsg).content;
    const { msg_type } =
      message.parent_header as Partial<KernelMessage.IHeader>;
    const kernel = this._kernel;
    if (
      this._state === 'unloaded' &&
      this._watchers.size > 0 &&
      kernel &&
      message.header.msg_type === 'status' &&
      execution_state === 'idle' &&
      msg_type === 'execute_request'
    ) {
      void this._onExecuted(kernel);
    }
  }

  private async _onExecuted(kernel: Kernel.IKernelConnection): Promise<void> {
    const attempt = (this._attempt = {});
    if ((await hasMeter(kernel)) && this._attempt === attempt) {
      this._reopen();
    }
  }

  private get _kernel(): Kernel.IKernelConnection | null {
    const kernel = this._session.session?.kernel ?? null;
    return kernel?.isDisposed ? null : kernel;
  }

  private readonly _session: HostFeed.ISession;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _watchers = new Set<object>();
  private _points: readonly IHostPoint[] = [];
  /** When the newest point came, by the page's clock. */
  private _told_ms = 0;
  private _state: HostState = 'waiting';
  private _comm: Kernel.IComm | null = null;
  private _timer: ReturnType<typeof setInterval> | undefined;
  /** The renewal that the kernel has not heard yet. */
  private _unheard: object | null = null;
  /** What is being waited for: another has taken its place where it is another object. */
  private _attempt: object | null = null;
}

/** A namespace for HostFeed statics. */
export namespace HostFeed {
  /** The kernel of a notebook. */
  export type ISession = Pick<
    ISessionContext,
    'iopubMessage' | 'statusChanged' | 'kernelChanged' | 'session'
  >;
}
