import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

import { isDead, isGone } from '../cell/kernel';
import type { LiveMessage } from '../record/livemessages';
import { parseReport } from '../record/savedreport';
import { contentsOf, liveMessageIn } from './messages';
import { Run } from './run';

/** Runs of which no more is kept than these, the oldest of the ended ones going first. */
const MAX_RUNS = 32;

/** More is known of a run. */
export interface IRunChange {
  readonly run: Run;
  /** What has told it: null where a history did, or the kernel has gone. */
  readonly message: LiveMessage | null;
}

/**
 * The metered runs of one notebook, put together from what its kernel sends to
 * everybody: each message is checked once, and each run is kept once, for the
 * panel and for the views in the cells. So a page that was reloaded in mid-cell
 * goes on showing the run, while the kernel is too busy to tell it of its widgets.
 */
export class LiveFeed {
  constructor(options: LiveFeed.IOptions) {
    const { session } = options;
    this._isForeign = options.isForeign ?? (() => false);
    session.iopubMessage.connect(this._onMessage, this);
    session.statusChanged.connect(this._onStatusChanged, this);
    session.kernelChanged.connect(this._onKernelChanged, this);
  }

  /** Emitted when more is known of a run. */
  get changed(): ISignal<this, IRunChange> {
    return this._changed;
  }

  /** Emitted when the kernel has gone, and whatever it was running with it. */
  get kernelGone(): ISignal<this, void> {
    return this._kernelGone;
  }

  /** What is known of a run, undefined where nothing is. */
  get(runId: string): Run | undefined {
    return this._runs.get(runId);
  }

  dispose(): void {
    Signal.disconnectReceiver(this);
    Signal.clearData(this);
  }

  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    for (const { content, isHistory } of contentsOf(message)) {
      const live = whole(liveMessageIn(content));
      // A kernel that is restarted is interrupted first, and says so: too late.
      if (live && !this._lost.has(live.run_id) && !this._isForeign(message)) {
        this._receive(live, isHistory);
      }
    }
  }

  private _receive(message: LiveMessage, isHistory?: boolean): void {
    const known = this._runs.get(message.run_id);
    if (!isHistory) {
      const run = known ?? this._follow(message);
      if (run.take(message)) {
        this._changed.emit({ run, message });
      }
    } else if (message.kind === 'samples' && known?.repair(message)) {
      this._changed.emit({ run: known, message: null });
    }
  }

  private _follow(message: LiveMessage): Run {
    const run = new Run(message);
    this._runs.set(message.run_id, run);
    const over = [...this._runs].filter(
      ([, { isLost, isOver }]) => isLost || isOver
    );
    over.slice(0, Math.max(0, this._runs.size - MAX_RUNS)).forEach(([id]) => {
      this._runs.delete(id);
    });
    return run;
  }

  private _onStatusChanged(_: unknown, status: Kernel.Status): void {
    if (isDead(status)) {
      // Of a kernel that died, JupyterLab first says that it is restarting.
      this._lose();
      this._justLost.forEach(run => {
        run.die();
      });
      this._kernelGone.emit();
    } else if (isGone(status)) {
      this._lose();
      this._kernelGone.emit();
    } else {
      this._justLost = [];
    }
  }

  private _onKernelChanged(
    _: unknown,
    { oldValue }: { readonly oldValue: unknown }
  ): void {
    if (oldValue) {
      this._lose();
      this._kernelGone.emit();
    }
  }

  private _lose(): void {
    for (const [runId, run] of this._runs) {
      if (run.lose()) {
        this._lost.add(runId);
        this._justLost.push(run);
        this._changed.emit({ run, message: null });
      }
    }
  }

  private readonly _isForeign: (message: KernelMessage.IMessage) => boolean;
  private readonly _changed = new Signal<this, IRunChange>(this);
  private readonly _kernelGone = new Signal<this, void>(this);
  private readonly _runs = new Map<string, Run>();
  /** The ids of the runs that a kernel took with it: nothing more is taken of them. */
  private readonly _lost = new Set<string>();
  /** The runs that were lost since a kernel was last heard of. */
  private _justLost: Run[] = [];
}

/** A namespace for LiveFeed statics. */
export namespace LiveFeed {
  /** The kernel of a notebook. */
  export type ISession = Pick<
    ISessionContext,
    'iopubMessage' | 'statusChanged' | 'kernelChanged'
  >;

  /** The options of a feed. */
  export interface IOptions {
    readonly session: ISession;
    /** Whether a message is about cells of another notebook; none if not given. */
    readonly isForeign?: (message: KernelMessage.IMessage) => boolean;
  }
}

/** A message with all that its report says: the widget, which is small, reads less. */
function whole(message: LiveMessage | null): LiveMessage | null {
  return message?.kind === 'end' && message.record
    ? { ...message, report: parseReport(message.record) }
    : message;
}
