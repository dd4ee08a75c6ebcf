/**
 * The messages that the kernel sends while a metered cell runs
 * (`docs/messages.md`), and their check.
 */
import {
  type IConditions,
  type IDomainReport,
  type IEnergyPart,
  type IMark,
  type IMissing,
  type IReport,
  type IScale,
  type Provenance
} from './report';
import {
  conditions,
  domainProvenance,
  flags,
  marks,
  MAX_DOMAINS,
  MAX_ID,
  missing,
  parsed,
  provenance,
  scale
} from './reportreader';
import {
  attempt,
  boolean,
  both,
  count,
  dictionary,
  list,
  nullable,
  number,
  numbers,
  object,
  oneOf,
  pair,
  partial,
  type Reader,
  type RecordError,
  text
} from './validation';

export const LIVE_SCHEMA = 'jupyter-green.live.v1';

/** What may be known of a domain beyond what it is. */
interface ILiveDomainDetails {
  /** What always holds for its figures. */
  readonly flags: readonly string[];
  /** The period at which the hardware refreshes its figure. */
  readonly resolution_s: number;
  /** What it draws while nothing runs; absent where that was not measured. */
  readonly baseline_w: number;
  /** What its figures have wrong in common; absent where that is not known. */
  readonly scale: IScale;
}

/** A domain as a run's messages tell of it. */
export interface ILiveDomain
  extends
    Pick<IDomainReport, 'id' | 'device' | 'provenance' | 'counted'>,
    Partial<ILiveDomainDetails> {}

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
  /** In the order of display. */
  readonly domains: readonly ILiveDomain[];
}

/** The newest figures of a domain. */
export interface IDomainNow extends Partial<IDomainNews> {
  readonly power_w: number | null;
  readonly energy_j: number | null;
}

/** What may be known of a domain beyond its newest figures. */
interface IDomainNews {
  /** When it was last read, in seconds since the window's begin. */
  readonly t_s: number | null;
  /** What its device is doing. */
  readonly conditions: IConditions;
  /** Processes on its device that are not this kernel's. */
  readonly others: number;
}

/** What a host has used that is metered beside the notebook's own. */
export interface IOtherHost {
  /** As the report will call it. */
  readonly name: string;
  /** How many hosts these are: where there are many, the last ones are told together. */
  readonly hosts: number;
  /** What it adds to the joules of all, by kind of hardware; none where it has told nothing. */
  readonly parts: readonly IEnergyPart[];
  /** Its mean over the last second or so. */
  readonly power_w: number | null;
  /** Up to when these are its joules, in seconds since the window's begin. */
  readonly t_s: number | null;
  /** Whether nothing more is heard of it. */
  readonly lost: boolean;
}

/** What other hosts have used, as far as they have told. */
export interface IElsewhere {
  /** What the report will call the notebook's own host. */
  readonly own_name: string;
  /** Whether some of the joules are not known. */
  readonly at_least: boolean;
  /** In the order of the report; the notebook's own is not among them. */
  readonly hosts: readonly IOtherHost[];
}

/** The newest figures of a run. */
export interface INow {
  /** Seconds since the window's begin. */
  readonly t_s: number;
  /** Watts of all hosts; null while one has told nothing yet. */
  readonly power_w: number | null;
  /** Joules of all counted domains since the begin, of all hosts. */
  readonly energy_j: number | null;
  /** The seconds that these joules are of: where other hosts tell by the second, less than `t_s`. */
  readonly told_s?: number;
  /** The highest power so far. */
  readonly peak_power_w?: number | null;
  /** Whether the cell waits for what somebody types. */
  readonly waits?: boolean;
  readonly domains: Readonly<Partial<Record<string, IDomainNow>>>;
  /** What other hosts have used, of a cell that is metered on a cluster. */
  readonly elsewhere?: IElsewhere;
}

export type Gap = readonly [begin_s: number, end_s: number];

/** Points of a curve, in time order. A value is null where nothing is known. */
export interface ISamples {
  /** Seconds since the window's begin. */
  readonly t_s: readonly number[];
  /** Watts by domain, each drawn from the point before up to its own. */
  readonly power_w: Readonly<
    Partial<Record<string, readonly (number | null)[]>>
  >;
  /** Joules of all counted domains since the begin. */
  readonly energy_j: readonly (number | null)[];
  /** Stretches without samples, in seconds since the begin. */
  readonly gaps: readonly Gap[];
}

/** A run has begun. */
export interface IBeginMessage extends ILiveHead {
  readonly kind: 'begin';
  readonly missing: readonly IMissing[];
}

/** New samples of a run. */
export interface ISamplesMessage
  extends ILiveHead, ISamples, Partial<ISamplesExtras> {
  readonly kind: 'samples';
  readonly now: INow;
}

/** What a message with samples may hold. */
interface ISamplesExtras {
  /** The program's own ticks that are new. */
  readonly marks: readonly IMark[];
}

/** A run has ended. */
export interface IEndMessage extends ILiveHead, Partial<IEndWords> {
  readonly kind: 'end';
  /** Null where none could be made; what is wrong with one that cannot be read. */
  readonly report: IReport | RecordError | null;
  /** The report as it was sent: one of a later version may hold more than is read. */
  readonly record: unknown;
}

/** What the end of a run may say in words. */
interface IEndWords {
  /** The report as a line of text. */
  readonly text: string;
  /** Why there is no report. */
  readonly error: string;
}

export type LiveMessage = IBeginMessage | ISamplesMessage | IEndMessage;

/** As many points as one message has at most. */
const MAX_POINTS = 1200;
const MAX_TEXT = 100_000;

const quantity = number({ minimum: 0 });
const id = text({ maxLength: MAX_ID });

const head = {
  schema: oneOf(LIVE_SCHEMA),
  seq: count,
  run_id: text({ minLength: 1, maxLength: 64 }),
  cell_id: nullable(text({ maxLength: 128 })),
  execution_count: nullable(count),
  label: nullable(text({ maxLength: 200 })),
  started_at: text({ maxLength: 40 }),
  provenance,
  domains: list<ILiveDomain>(
    both(
      object<Omit<ILiveDomain, keyof ILiveDomainDetails>>({
        id,
        device: text({ maxLength: 200 }),
        provenance: domainProvenance,
        counted: boolean
      }),
      partial<ILiveDomainDetails>({
        flags,
        resolution_s: quantity,
        baseline_w: quantity,
        scale
      })
    ),
    MAX_DOMAINS
  )
};

const elsewhere = object<IElsewhere>({
  own_name: id,
  at_least: boolean,
  hosts: list(
    object<IOtherHost>({
      name: id,
      hosts: count,
      parts: list<IEnergyPart>(
        both(
          object<Omit<IEnergyPart, 'scale' | 'uncertainty_j'>>({
            id,
            energy_j: quantity,
            provenance: domainProvenance,
            counted: boolean
          }),
          partial<Required<Pick<IEnergyPart, 'scale'>>>({ scale })
        ),
        MAX_DOMAINS
      ),
      power_w: nullable(quantity),
      t_s: nullable(quantity),
      lost: boolean
    }),
    MAX_DOMAINS
  )
});

type INowExtras = Required<
  Pick<INow, 'told_s' | 'peak_power_w' | 'waits' | 'elsewhere'>
>;

const now: Reader<INow> = both(
  object<Omit<INow, keyof INowExtras>>({
    t_s: quantity,
    power_w: nullable(quantity),
    energy_j: nullable(quantity),
    domains: dictionary<IDomainNow>(
      both(
        object<Omit<IDomainNow, keyof IDomainNews>>({
          power_w: nullable(quantity),
          energy_j: nullable(quantity)
        }),
        partial<IDomainNews>({
          t_s: nullable(quantity),
          conditions,
          others: count
        })
      ),
      MAX_DOMAINS,
      MAX_ID
    )
  }),
  partial<INowExtras>({
    told_s: quantity,
    peak_power_w: nullable(quantity),
    waits: boolean,
    elsewhere
  })
);

const begin = object<Omit<IBeginMessage, 'stage'>>({
  ...head,
  kind: oneOf('begin'),
  missing
});

const samples = both(
  object<Omit<ISamplesMessage, 'stage' | 'marks'>>({
    ...head,
    kind: oneOf('samples'),
    t_s: numbers(MAX_POINTS),
    power_w: dictionary(numbers(MAX_POINTS, null), MAX_DOMAINS, MAX_ID),
    energy_j: numbers(MAX_POINTS, null),
    gaps: list<Gap>(pair(number()), MAX_POINTS),
    now
  }),
  partial<ISamplesExtras>({ marks })
);

const end: Reader<Omit<IEndMessage, 'stage' | keyof IEndWords>> = value => {
  const message = object({
    ...head,
    kind: oneOf('end'),
    report: (record: unknown) => record
  })(value);
  const record = message.report;
  return {
    ...message,
    report: record === null ? null : parsed(record),
    record
  };
};

const extras = partial<Pick<ILiveHead, 'stage'> & IEndWords>({
  stage: nullable(text({ maxLength: 200 })),
  text: text({ maxLength: MAX_TEXT }),
  error: text({ maxLength: MAX_TEXT })
});

const messages: Reader<LiveMessage> = value => {
  const { kind } = object({ kind: oneOf('begin', 'samples', 'end') })(value);
  return both<LiveMessage, object>(
    { begin, samples, end }[kind],
    extras
  )(value);
};

/** Returns the live message that `content` is, what is wrong with it, or null where it is none. */
export function parseLiveMessage(
  content: unknown
): LiveMessage | RecordError | null {
  const { schema } = (content ?? {}) as { schema?: unknown };
  return schema === LIVE_SCHEMA
    ? attempt(messages, content, 'live message')
    : null;
}
