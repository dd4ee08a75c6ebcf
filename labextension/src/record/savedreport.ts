/**
 * A report as it was saved, with all that is known of several hosts and of shares. The widget
 * that goes with each cell leaves these out: it is small.
 */
import {
  type IHost,
  type IHostDetails,
  type IHostsDetails,
  type IReport,
  type IShare,
  type ISharePart,
  type ITaskKind,
  type ITaskShares
} from './report';
import {
  gap,
  MAX_DOMAINS,
  MAX_ID,
  parsed,
  report,
  share,
  type ShareDetails
} from './reportreader';
import {
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
  type RecordError,
  text
} from './validation';

const quantity = number({ minimum: 0 });

/** Reads what each of several hosts added. */
const hosts: Reader<readonly IHost[]> = list(
  both(
    object<Omit<IHost, keyof IHostDetails>>({
      name: text({ minLength: 1, maxLength: 24 }),
      duration_s: quantity,
      energy_j: nullable(quantity),
      uncertainty_j: nullable(quantity),
      offset_s: number(),
      offset_uncertainty_s: quantity
    }),
    partial<IHostDetails>({
      host: text({ maxLength: 16 }),
      gaps: list(gap, 8),
      lost_at_s: quantity
    })
  ),
  64
);

const sharePart: Reader<ISharePart> = both(
  object<Omit<ISharePart, 'idle_j'>>({
    by: oneOf('cpu-time', 'weak-cpu-time', 'driver'),
    energy_j: quantity,
    uncertainty_j: quantity,
    others_j: quantity
  }),
  partial<Pick<ISharePart, 'idle_j'>>({ idle_j: quantity })
);

const wholeShare: Reader<IShare> = both(
  share,
  partial<ShareDetails>({
    unit: oneOf('cgroup', 'session'),
    others_j: quantity,
    idle_j: quantity,
    domains: dictionary(sharePart, MAX_DOMAINS, MAX_ID)
  })
);

const taskKind: Reader<ITaskKind> = object({
  name: text({ minLength: 1, maxLength: 80 }),
  tasks: count,
  duration_s: quantity,
  energy_j: quantity
});

const tasks: Reader<ITaskShares> = both(
  object<Omit<ITaskShares, 'others'>>({
    energy_j: quantity,
    kinds: list(taskKind, 16),
    no_task_j: quantity
  }),
  partial<Required<Pick<ITaskShares, 'others'>>>({ others: taskKind })
);

const savedReport: Reader<IReport> = both(
  report,
  partial<IHostsDetails & Pick<IReport, 'share'>>({
    share: wholeShare,
    hosts,
    ranks: count,
    tasks
  })
);

/** Returns the report that `value` holds, or the error that says what is wrong. */
export function parseReport(value: unknown): IReport | RecordError {
  return parsed(value, savedReport);
}
