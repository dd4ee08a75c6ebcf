/** What a kernel tells of its machine while somebody looks (`docs/messages.md`, "Host now"). */
import type { Device } from './device';
import type { Provenance } from './report';
import {
  attempt,
  both,
  nullable,
  number,
  object,
  oneOf,
  partial,
  type Reader,
  type RecordError,
  text
} from './validation';

/** How a comm for these messages is asked for. */
export const HOST_TARGET = 'jupyter-green.host';
export const HOST_SCHEMA = 'jupyter-green.host.v1';

/** The machine at one time. */
export interface IHostPoint {
  readonly schema: typeof HOST_SCHEMA;
  /** Unix seconds. */
  readonly at_s: number;
  /** Watts of each kind of hardware that is known. */
  readonly power_w: Readonly<Partial<Record<Device, number>>>;
  readonly provenance: Readonly<Partial<Record<Device, Provenance>>>;
  /** This kernel's part of the busy CPU time, 0 to 1; null where it is not known. */
  readonly share: number | null;
  /** Why there are no watts. */
  readonly reason?: string;
}

/** One reader for each kind of hardware. */
function ofEach<T>(reader: Reader<T>): Record<Device, Reader<T>> {
  return { cpu: reader, dram: reader, gpu: reader, other: reader };
}

const hostPoint: Reader<IHostPoint> = both(
  object<Omit<IHostPoint, 'reason'>>({
    schema: oneOf(HOST_SCHEMA),
    at_s: number({ minimum: 0 }),
    power_w: partial<Record<Device, number>>(ofEach(number({ minimum: 0 }))),
    provenance: partial<Record<Device, Provenance>>(
      ofEach(oneOf('counter', 'power', 'estimate', 'mixed'))
    ),
    share: nullable(number({ minimum: 0 }))
  }),
  partial<Pick<IHostPoint, 'reason'>>({ reason: text({ maxLength: 2000 }) })
);

/** Checks a message of a kernel. */
export function parseHostPoint(value: unknown): IHostPoint | RecordError {
  return attempt(hostPoint, value, 'host');
}
