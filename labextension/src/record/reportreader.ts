/** Reads a report; the tests hold this against its schema. */
import {
  type IDomainDetails,
  type IReportDetails,
  type DomainProvenance,
  type IBefore,
  type IConditions,
  type IDomainReport,
  type IHostsDetails,
  type IMark,
  type IMissing,
  type IReport,
  type IScale,
  type IShare,
  type ISourcedScale,
  type ITrace,
  type Provenance,
  type ReportStatus,
  REPORT_SCHEMA
} from './report';
import {
  anyNumber,
  attempt,
  boolean,
  both,
  checked,
  count,
  dictionary,
  list,
  NewerRecord,
  nullable,
  number,
  numbers,
  object,
  oneOf,
  pair,
  partial,
  type Reader,
  type RecordError,
  text,
  time
} from './validation';

export const MAX_DOMAINS = 128;
/** Characters of a domain's id. */
export const MAX_ID = 64;
const MAX_SHARES = 64;
const MAX_TRACE_POINTS = 240;

const quantity = number({ minimum: 0 });
const part = number({ minimum: 0, maximum: 1 });

/** Reads the flags of a domain or of a window. */
export const flags: Reader<readonly string[]> = list(
  text({ maxLength: 64 }),
  16
);

/** Reads the provenance of a domain. */
export const domainProvenance = oneOf<DomainProvenance>(
  'counter',
  'power',
  'estimate'
);

/** Reads the provenance of a total. */
export const provenance: Reader<Provenance | null> = nullable(
  oneOf<Provenance>('counter', 'power', 'estimate', 'mixed')
);

/** Reads the list of sensors that cannot be read. */
export const missing: Reader<readonly IMissing[]> = list(
  object<IMissing>({
    id: text({ maxLength: MAX_ID }),
    reason: text({ maxLength: 1000 }),
    remedy: text({ maxLength: 1000 })
  }),
  32
);

const domainEnergy = object<Omit<IDomainReport, keyof IDomainDetails>>({
  id: text({ minLength: 1, maxLength: MAX_ID }),
  device: text({ maxLength: 200 }),
  source: text({ maxLength: 32 }),
  energy_j: quantity,
  uncertainty_j: quantity,
  mean_power_w: quantity,
  provenance: domainProvenance,
  resolution_s: quantity,
  counted: boolean,
  flags
});

/** Reads what a device did or does. */
export const conditions: Reader<IConditions> = partial<IConditions>({
  utilization_percent: quantity,
  temperature_c: number(),
  power_limit_w: quantity
});

/** What every scale has. */
const scaleFields = {
  factor: number({ minimum: 1, maximum: 1e6 }),
  group: text({ maxLength: 1000 })
};

/** Reads a scale without its source. */
export const scale: Reader<IScale> = object<IScale>(scaleFields);

const domainDetails = partial<IDomainDetails>({
  note: text({ maxLength: 300 }),
  integrated_power_j: quantity,
  conditions,
  scale: object<ISourcedScale>({
    ...scaleFields,
    source: text({ maxLength: 1000 })
  }),
  board: text({ maxLength: 96 })
});

/** Reads a curve: its times do not go back, and each has its watts. */
const trace = checked(
  object<ITrace>({
    t_s: numbers(MAX_TRACE_POINTS),
    power_w: dictionary(numbers(MAX_TRACE_POINTS, null), MAX_DOMAINS, MAX_ID)
  }),
  ({ t_s, power_w }) => {
    const back = t_s.findIndex((t, i) => t < (i > 0 ? t_s[i - 1] : 0));
    if (back >= 0) {
      const message = `is ${t_s[back]}, before the time in front of it`;
      return { place: `.t_s[${back}]`, message };
    }
    const uneven = Object.entries(power_w).find(
      ([, watts]) => watts.length !== t_s.length
    );
    if (uneven) {
      const [id, watts] = uneven;
      const message = `has ${watts.length} items, expected one for each of ${t_s.length} times`;
      return { place: `.power_w.${id}`, message };
    }
    return undefined;
  }
);

/** Reads the begin and the end of a gap. */
export const gap = checked(pair(quantity), ([begin_s, end_s]) =>
  end_s < begin_s ? { place: '', message: 'ends before it begins' } : undefined
);

/** Reads the domains; no two are called the same. */
const domains = checked(
  list<IDomainReport>(both(domainEnergy, domainDetails), MAX_DOMAINS),
  found => {
    const ids = found.map(({ id }) => id);
    const again = ids.findIndex((id, i) => ids.indexOf(id) < i);
    return again < 0
      ? undefined
      : {
          place: `[${again}].id`,
          message: `is ${JSON.stringify(ids[again])}, as that of a domain before`
        };
  }
);

/** Reads the ticks of a program's own. */
export const marks: Reader<readonly IMark[]> = list(
  object<IMark>({ t_s: quantity, text: text({ maxLength: 40 }) }),
  100
);

/** Reads what was used before a window. */
export const before = object<IBefore>({
  duration_s: quantity,
  energy_j: quantity,
  uncertainty_j: quantity
});

/** What the host's service has told apart. */
export type ShareDetails = Pick<
  IShare,
  'unit' | 'others_j' | 'idle_j' | 'domains'
>;

/** Reads a share without that. */
export const share: Reader<IShare> = object<Omit<IShare, keyof ShareDetails>>({
  cpu_share: part,
  cpu_share_uncertainty: quantity,
  energy_j: quantity,
  uncertainty_j: quantity,
  gpu_share: dictionary(part, MAX_SHARES, MAX_ID)
});

const reportDetails = partial<Omit<IReportDetails, keyof IHostsDetails>>({
  net_uncertainty_j: quantity,
  baseline_at: time,
  share,
  before,
  flags,
  host: text({ maxLength: 16 }),
  marks,
  notes: list(text({ maxLength: 300 }), 8)
});

const reportEnergy = object<Omit<IReport, keyof IReportDetails>>({
  schema: oneOf(REPORT_SCHEMA),
  run_id: text({ minLength: 1, maxLength: 64 }),
  cell_id: nullable(text({ maxLength: 128 })),
  cell_hash: nullable(text({ maxLength: 64 })),
  execution_count: nullable(count),
  notebook: nullable(text({ maxLength: 255 })),
  label: nullable(text({ maxLength: 200 })),
  stage: nullable(text({ maxLength: 200 })),
  status: oneOf<ReportStatus>('ok', 'error', 'interrupted', 'died'),
  started_at: time,
  duration_s: quantity,
  energy_j: nullable(quantity),
  uncertainty_j: nullable(quantity),
  provenance,
  mean_power_w: nullable(quantity),
  peak_power_w: nullable(quantity),
  net_energy_j: nullable(quantity),
  domains,
  missing,
  trace,
  gaps: list(gap, 64),
  metric: dictionary(anyNumber, 128, 200),
  per: nullable(
    object<NonNullable<IReport['per']>>({
      count: quantity,
      unit: nullable(text({ maxLength: 200 }))
    })
  ),
  meter: object<IReport['meter']>({
    version: text({ maxLength: 200 }),
    interval_s: number({ above: 0 })
  })
});

/** Reads a report. */
export const report: Reader<IReport> = both(reportEnergy, reportDetails);

/** Returns what `reader` finds in `value`, or the error that says what is wrong. */
export function parsed(
  value: unknown,
  reader: Reader<IReport> = report
): IReport | RecordError {
  const schema = (value as { schema?: unknown } | null | undefined)?.schema;
  const version =
    typeof schema === 'string'
      ? /^jupyter-green\.report\.v(\d+)$/.exec(schema)
      : null;
  if (version && Number(version[1]) > 1) {
    return new NewerRecord('report.schema is of a later version');
  }
  return attempt(reader, value, 'report');
}
