/**
 * The messages that the kernel sends while a metered cell runs
 * (`docs/messages.md`), as far as the panel reads them: the head, the newest
 * figures and the final report.
 */
import type { KernelMessage } from '@jupyterlab/services';

import { LIVE_MIME_TYPE } from './bundle';
import {
  domainProvenance,
  type EnergyPart,
  flags,
  type IMissing,
  type IReport,
  MAX_DOMAINS,
  missing,
  parseReport,
  type Provenance,
  provenance
} from './report';
import {
  attempt,
  boolean,
  both,
  count,
  dictionary,
  list,
  nullable,
  number,
  object,
  oneOf,
  partial,
  type Reader,
  RecordError,
  text
} from './validation';

export const LIVE_SCHEMA = 'jupyter-green.live.v1';

/** A domain of the head, as far as the panel reads it. What is absent is not known. */
export interface ILiveDomain extends Partial<Omit<EnergyPart, 'energy_j'>> {
  /** What always holds for its figures. */
  readonly flags?: readonly string[];
}

/** What every message carries, so that a reader can join in mid-run. */
export interface ILiveHead {
  readonly schema: typeof LIVE_SCHEMA;
  readonly kind: 'begin' | 'samples' | 'end';
  /** 0 for `begin`, then one more for each message of the run. */
  readonly seq: number;
  readonly run_id: string;
  readonly cell_id: string | null;
  readonly execution_count: number | null;
  readonly label: string | null;
  readonly stage?: string | null;
  /** RFC 3339, UTC. */
  readonly started_at: string;
  readonly provenance: Provenance | null;
  readonly domains: readonly ILiveDomain[];
}

/** The figures of a run at one time. */
export interface INow {
  /** Seconds since the window's begin. */
  readonly t_s: number;
  readonly power_w: number | null;
  /** Joules of all counted domains since the begin. */
  readonly energy_j: number | null;
  /** Those of each domain, by its id. */
  readonly domains: Readonly<Record<string, IDomainNow>>;
}

/** The figures of one domain at one time. */
interface IDomainNow {
  readonly energy_j: number | null;
}

/** A run has begun. */
export interface IBeginMessage extends ILiveHead {
  readonly kind: 'begin';
  readonly missing: readonly IMissing[];
}

/** New samples of a run. */
export interface ISamplesMessage extends ILiveHead {
  readonly kind: 'samples';
  readonly now: INow;
}

/** A run has ended. */
export interface IEndMessage extends ILiveHead {
  readonly kind: 'end';
  readonly report: IReport | RecordError;
}

export type LiveMessage = IBeginMessage | ISamplesMessage | IEndMessage;

const energy_j = nullable(number({ minimum: 0 }));

/** What a message may carry besides. */
const extras = partial<Pick<ILiveHead, 'stage'>>({
  stage: nullable(text({ maxLength: 64 }))
});

const head = {
  schema: oneOf(LIVE_SCHEMA),
  seq: count,
  run_id: text({ minLength: 1, maxLength: 64 }),
  cell_id: nullable(text({ maxLength: 128 })),
  execution_count: nullable(count),
  label: nullable(text({ maxLength: 200 })),
  started_at: text({ maxLength: 40 }),
  provenance,
  domains: list(
    partial<ILiveDomain>({
      id: text({ maxLength: 64 }),
      provenance: domainProvenance,
      counted: boolean,
      flags
    }),
    MAX_DOMAINS
  )
};

const readers = {
  begin: withExtras<IBeginMessage>({
    ...head,
    kind: oneOf('begin'),
    missing
  }),
  samples: withExtras<ISamplesMessage>({
    ...head,
    kind: oneOf('samples'),
    now: object<INow>({
      t_s: number({ minimum: 0 }),
      power_w: nullable(number({ minimum: 0 })),
      energy_j,
      domains: dictionary(object<IDomainNow>({ energy_j }), MAX_DOMAINS)
    })
  }),
  end: withExtras<IEndMessage>({
    ...head,
    kind: oneOf('end'),
    report: reportOrError
  })
};

const kind = oneOf('begin', 'samples', 'end');

/** A run of which no report could be made ends without one. */
function reportOrError(value: unknown): IReport | RecordError {
  return value === null
    ? new RecordError('no report could be made')
    : parseReport(value);
}

/** Returns the live message that `content` holds, or what is wrong with it. */
export function parseLiveMessage(content: unknown): LiveMessage | RecordError {
  const name = attempt(kind, (content as { kind?: unknown }).kind, 'kind');
  return name instanceof RecordError
    ? name
    : attempt<LiveMessage>(readers[name], content, name);
}

/** The joules so far of the domains that a message tells of. */
export function partsOf({ now, domains }: ISamplesMessage): EnergyPart[] {
  const heads = new Map(domains.map(domain => [domain.id, domain]));
  return Object.entries(now.domains).flatMap(([id, { energy_j }]) => {
    const { provenance, counted } = heads.get(id) ?? {};
    return energy_j === null || !provenance || counted === undefined
      ? []
      : [{ id, energy_j, provenance, counted }];
  });
}

/**
 * Returns the content of a live message, not yet checked, or null where the
 * kernel's message is something else. Cheap: it runs for every message.
 */
export function liveContent(message: KernelMessage.IMessage): unknown {
  const { data, metadata } = message.content as IContent;
  switch (message.header.msg_type) {
    case 'comm_msg':
      return data?.method === 'custom' ? ifLive(data.content) : null;
    case 'display_data':
    case 'update_display_data':
      return ifLive(metadata?.[LIVE_MIME_TYPE]);
    default:
      return null;
  }
}

/** What a kernel's message may hold, as far as it is read. */
interface IContent {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

function ifLive(content: unknown): unknown {
  const { schema } = (content ?? {}) as { schema?: unknown };
  return schema === LIVE_SCHEMA ? content : null;
}

function withExtras<T extends ILiveHead>(fields: {
  readonly [K in keyof Omit<T, 'stage'>]: Reader<Omit<T, 'stage'>[K]>;
}): Reader<T> {
  return both(object(fields), extras) as Reader<T>;
}
