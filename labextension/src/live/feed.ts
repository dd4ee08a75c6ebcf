import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

import { isGone } from '../cell/kernel';
import { liveContent } from '../record/livemessages';
import { type IEnd, isMessage, type Message } from './messages';
import { Run } from './run';

/** Runs of which no more is kept than these, the oldest of the ended ones going first. */
const MAX_RUNS = 32;

/** A run as a page knows it. */
export interface IFollowedRun {
  readonly run: Run;
  /** Whether the page heard of it only when it had begun. */
  readonly isJoined: boolean;
  /** Whether its kernel went away before it had ended. */
  isLost: boolean;
}

/**
 * The metered runs of one notebook, put together from what its kernel sends to
 * everybody. So a page that was reloaded in mid-cell goes on showing the run,
 * while the kernel is too busy to tell it of its widgets.
 */
export class LiveFeed {
  constructor(session: LiveFeed.ISession) {
    session.iopubMessage.connect(this._onMessage, this);
    session.statusChanged.connect(this._onStatusChanged, this);
    session.kernelChanged.connect(this._onKernelChanged, this);
  }

  /** Emitted with a run's id when more is known of it. */
  get changed(): ISignal<this, string> {
    return this._changed;
  }

  /** Emitted with a run's last message; twice where its figures are refined. */
  get ended(): ISignal<this, IEnd> {
    return this._ended;
  }

  /** Emitted when the kernel has gone, and whatever it was running with it. */
  get kernelGone(): ISignal<this, void> {
    return this._kernelGone;
  }

  /** What is known of a run, undefined where nothing is. */
  get(runId: string): IFollowedRun | undefined {
    return this._runs.get(runId);
  }

  dispose(): void {
    Signal.disconnectReceiver(this);
    Signal.clearData(this);
  }

  private _onMessage(_: unknown, message: KernelMessage.IMessage) {
    try {
      this._take(liveContent(message));
      if (message.header.msg_type !== 'comm_msg') {
        return;
      }
      const { data } = message.content as { data?: IWidgetMessage };
      // So the kernel also tells of runs that ended while no page was open.
      for (const { begin, history, end } of statesIn(data)) {
        this._take(begin);
        this._repair(history);
        this._take(end);
      }
    } catch (error) {
      // A kernel may have another version of the package than the page.
      console.warn('jupyter-green: a live message was ignored:', error);
    }
  }

  private _take(message: unknown): void {
    if (!isMessage(message)) {
      return;
    }
    const known = this._runs.get(message.run_id);
    if (known?.isLost) {
      return; // a kernel that is restarted is interrupted first, and says so
    }
    const { run } = known ?? this._follow(message);
    if (run.take(message)) {
      this._changed.emit(message.run_id);
      if (message.kind === 'end') {
        this._ended.emit(message);
      }
    }
  }

  private _repair(history: unknown): void {
    if (!isMessage(history) || history.kind !== 'samples') {
      return;
    }
    if (this._runs.get(history.run_id)?.run.repair(history)) {
      this._changed.emit(history.run_id);
    }
  }

  private _follow(message: Message): IFollowedRun {
    const followed = {
      run: new Run(message),
      isJoined: message.kind !== 'begin',
      isLost: false
    };
    this._runs.set(message.run_id, followed);
    const over = [...this._runs].filter(
      ([, { run, isLost }]) => isLost || isOver(run)
    );
    over.slice(0, Math.max(0, this._runs.size - MAX_RUNS)).forEach(([id]) => {
      this._runs.delete(id);
    });
    return followed;
  }

  private _onStatusChanged(_: unknown, status: Kernel.Status): void {
    if (isGone(status)) {
      this._lose();
    }
  }

  private _onKernelChanged(
    _: unknown,
    { oldValue }: { readonly oldValue: unknown }
  ): void {
    if (oldValue) {
      this._lose();
    }
  }

  private _lose(): void {
    for (const [runId, followed] of this._runs) {
      if (!followed.isLost && !isOver(followed.run)) {
        followed.isLost = true;
        this._changed.emit(runId);
      }
    }
    this._kernelGone.emit();
  }

  private readonly _changed = new Signal<this, string>(this);
  private readonly _ended = new Signal<this, IEnd>(this);
  private readonly _kernelGone = new Signal<this, void>(this);
  private readonly _runs = new Map<string, IFollowedRun>();
}

/** A namespace for LiveFeed statics. */
export namespace LiveFeed {
  /** The kernel of a notebook. */
  export type ISession = Pick<
    ISessionContext,
    'iopubMessage' | 'statusChanged' | 'kernelChanged'
  >;
}

function isOver({ report, failure }: Run): boolean {
  return report !== null || failure !== '';
}

/** The states of widgets that a message holds. */
function statesIn(data: IWidgetMessage | undefined): readonly IWidgetState[] {
  switch (data?.method) {
    case 'update':
      return [data.state ?? {}];
    case 'update_states':
      return Object.values(data.states ?? {}).map(({ state }) => state ?? {});
    default:
      return [];
  }
}

/** The traits of a widget that may be ours. */
type IWidgetState = Readonly<
  Partial<Record<'begin' | 'history' | 'end', unknown>>
>;

/** What a widget's messages hold (protocol of ipywidgets, version 2.1), as far as it is read. */
interface IWidgetMessage {
  readonly method?: unknown;
  readonly state?: IWidgetState;
  readonly states?: Readonly<Record<string, { readonly state?: IWidgetState }>>;
}
