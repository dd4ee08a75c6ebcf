/**
 * The live messages (`docs/messages.md`) as the widget reads them. They come
 * from the kernel's side of this widget, in the same version, and every text in
 * them is shown as text.
 */
import type { IDomain, ISamples } from '../chart/curve';
import type { ILiveHead } from '../record/livemessages';
import type { IMissing, IReport } from '../record/report';
import type { INow } from '../runview/run';

const SCHEMA = 'jupyter-green.live.v1';

/** What every message carries. */
export interface IHead extends ILiveHead {
  readonly domains: readonly IDomain[];
}

export interface IBegin extends IHead {
  readonly kind: 'begin';
  readonly missing: readonly IMissing[];
}

export interface ISamplesMessage extends IHead, ISamples {
  readonly kind: 'samples';
  readonly now: INow;
}

export interface IEnd extends IHead {
  readonly kind: 'end';
  /** Null where none could be made. */
  readonly report: IReport | null;
  /** The report as a line of text. */
  readonly text?: string;
  /** Why there is no report. */
  readonly error?: string;
}

export type Message = IBegin | ISamplesMessage | IEnd;

/** Whether something that the kernel sent, or a trait that may be empty, is a live message. */
export function isMessage(content: unknown): content is Message {
  return (content as Partial<Message> | null | undefined)?.schema === SCHEMA;
}
