import type { Kernel, KernelMessage, Session } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

/** A kernel session that says what the test lets it say. */
export class TestSession {
  session = { id: 'session-1' } as Session.ISessionConnection;
  readonly iopubMessage = new Signal<never, KernelMessage.IMessage>(
    this as never
  );
  readonly statusChanged = new Signal<never, Kernel.Status>(this as never);
  readonly kernelChanged = new Signal<
    never,
    Session.ISessionConnection.IKernelChangedArgs
  >(this as never);

  /** Sends a message that everybody hears. */
  publish(msg_type: string, content: object, parent_header = {}): void {
    this.iopubMessage.emit({
      header: { msg_type },
      parent_header,
      content
    } as unknown as KernelMessage.IMessage);
  }

  /** Sends a live message. */
  send(content: unknown): void {
    this.publish('comm_msg', { data: { method: 'custom', content } });
  }
}
