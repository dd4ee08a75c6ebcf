/** Finds the live messages in what a kernel sends, and checks them. */
import type { KernelMessage } from '@jupyterlab/services';

import { LIVE_MIME_TYPE } from '../record/bundle';
import { type LiveMessage, parseLiveMessage } from '../record/livemessages';
import { RecordError } from '../record/validation';

/** What may be a live message. */
export interface IContent {
  readonly content: unknown;
  /** Whether it holds all samples so far, in place of those that are new. */
  readonly isHistory?: boolean;
}

const NONE: readonly IContent[] = [];

/** What of a kernel's message may be live messages. Cheap: it is asked of every one. */
export function contentsOf(
  message: KernelMessage.IMessage
): readonly IContent[] {
  const { data, metadata } = message.content as IKernelContent;
  switch (message.header.msg_type) {
    case 'comm_open':
      return traitsOf(data?.state);
    case 'comm_msg':
      return data?.method === 'custom'
        ? [{ content: data.content }]
        : statesIn(data).flatMap(traitsOf);
    case 'display_data':
    case 'update_display_data':
      return metadata && LIVE_MIME_TYPE in metadata
        ? [{ content: metadata[LIVE_MIME_TYPE] }]
        : NONE;
    default:
      return NONE;
  }
}

/**
 * Returns the live message that was received, or null where it is none that can
 * be read: a kernel may have another version of the package than the page.
 */
export function liveMessageIn(content: unknown): LiveMessage | null {
  const message = parseLiveMessage(content);
  if (message instanceof RecordError) {
    console.warn(
      `jupyter-green: a live message was ignored: ${message.message}`
    );
    return null;
  }
  return message;
}

/** So the kernel also tells of runs that ended while no page was open. */
function traitsOf(state: IWidgetState | null | undefined): readonly IContent[] {
  const { begin, history, end } = state ?? {};
  return [
    { content: begin },
    { content: history, isHistory: true },
    { content: end }
  ];
}

/** The states of widgets that a message holds. */
function statesIn(
  data: IWidgetMessage | null | undefined
): readonly (IWidgetState | null | undefined)[] {
  switch (data?.method) {
    case 'update':
      return [data.state];
    case 'update_states':
      return Object.values(data.states ?? {}).map(widget => widget?.state);
    default:
      return [];
  }
}

/** What a kernel's message may hold, as far as it is read. */
interface IKernelContent {
  readonly data?: IWidgetMessage | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** What a widget's messages hold (protocol of ipywidgets, version 2.1), as far as it is read. */
interface IWidgetMessage {
  readonly method?: unknown;
  readonly content?: unknown;
  readonly state?: IWidgetState | null;
  readonly states?: Readonly<
    Record<string, { readonly state?: IWidgetState | null } | null>
  > | null;
}

/** The traits of a widget that may be ours. */
type IWidgetState = Readonly<
  Partial<Record<'begin' | 'history' | 'end', unknown>>
>;
