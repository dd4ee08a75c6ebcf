/**
 * The live messages (`docs/messages.md`) as the widget reads them. They come
 * from the kernel's side of this widget, in the same version, and every text in
 * them is shown as text.
 */
import type { IDomain, ISamples } from '../chart/curve';
import type { ILiveHead } from '../messages';
import type { IReport } from '../report';

const SCHEMA = 'jupyter-green.live.v1';

/** The newest figures of a domain. */
export interface IDomainNow {
  readonly power_w: number | null;
  readonly energy_j: number | null;
}

/** The newest figures of a run. */
export interface INow extends IDomainNow {
  /** Seconds since the window's begin. */
  readonly t_s: number;
  readonly domains: Readonly<Record<string, IDomainNow>>;
}

/** What every message carries. */
export interface IHead extends ILiveHead {
  readonly domains: readonly IDomain[];
}

export interface IBegin extends IHead {
  readonly kind: 'begin';
}

export interface ISamplesMessage extends IHead, ISamples {
  readonly kind: 'samples';
  readonly now: INow;
}

export interface IEnd extends IHead {
  readonly kind: 'end';
  readonly report: IReport;
}

export type Message = IBegin | ISamplesMessage | IEnd;

/** Whether something that the kernel sent, or a trait that may be empty, is a live message. */
export function isMessage(content: unknown): content is Message {
  return (content as Partial<Message> | null | undefined)?.schema === SCHEMA;
}
