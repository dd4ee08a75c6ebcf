import type { ISessionContext } from '@jupyterlab/apputils';
import type { KernelMessage } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

/** The kernel of a notebook, as far as it is listened to. */
type Session = Pick<
  ISessionContext,
  'iopubMessage' | 'statusChanged' | 'kernelChanged' | 'session'
>;

/**
 * The session of a notebook whose messages are held back until all who listen
 * to them are loaded: what a kernel sends cannot be asked for again.
 */
export class SessionBuffer implements Session {
  constructor(session: ISessionContext) {
    this._session = session;
    this._message = new Signal(session);
    session.iopubMessage.connect(this._onMessage, this);
  }

  get iopubMessage(): ISignal<ISessionContext, KernelMessage.IMessage> {
    return this._message;
  }

  get statusChanged(): ISessionContext['statusChanged'] {
    return this._session.statusChanged;
  }

  get kernelChanged(): ISessionContext['kernelChanged'] {
    return this._session.kernelChanged;
  }

  get session(): ISessionContext['session'] {
    return this._session.session;
  }

  /** Hands on what was held back, and from now on each message as it comes. */
  release(): void {
    const held = this._held ?? [];
    this._held = null;
    held.forEach(message => {
      this._message.emit(message);
    });
  }

  dispose(): void {
    this._held = null;
    Signal.disconnectReceiver(this);
  }

  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    if (this._held) {
      this._held.push(message);
    } else {
      this._message.emit(message);
    }
  }

  private readonly _session: ISessionContext;
  private readonly _message: Signal<ISessionContext, KernelMessage.IMessage>;
  private _held: KernelMessage.IMessage[] | null = [];
}
