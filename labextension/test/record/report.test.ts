import Ajv from 'ajv/dist/2020';
import { describe, expect, it } from 'vitest';

import cases from '../../../tests/data/record_cases.json';
import schema from '../../../jupyter_green/report/report.v1.schema.json';
import type { IReport } from '../../src/record/report';
import { parseReport } from '../../src/record/savedreport';
import { RecordError } from '../../src/record/validation';
import { aReport, aScale } from '../fixtures';

const fitsSchema = new Ajv().compile(schema);

const domain = aReport().domains[0];

const valid: Record<string, Partial<IReport>> = {
  'as it is': {},
  'nothing measured': {
    energy_j: null,
    uncertainty_j: null,
    provenance: null,
    mean_power_w: null,
    peak_power_w: null,
    domains: [],
    trace: { t_s: [], power_w: {} }
  },
  'plain Python, no cell': {
    cell_id: null,
    cell_hash: null,
    execution_count: null,
    notebook: null,
    per: null,
    metric: {}
  },
  'every text': { label: 'a label', stage: 'train', status: 'interrupted' },
  'missing sensors': { missing: [{ id: 'gpu:0', reason: 'r', remedy: '' }] },
  'a label of 200 astral characters': { label: '𝛥'.repeat(200) },
  'a unit that is null': { per: { count: 1, unit: null } },
  'every detail of the window': {
    net_energy_j: 12,
    net_uncertainty_j: 0.5,
    baseline_at: '2026-01-02T03:00:00Z',
    share: {
      cpu_share: 0.43,
      cpu_share_uncertainty: 0.02,
      energy_j: 12,
      uncertainty_j: 0.8,
      gpu_share: { 'gpu:0': 1 },
      unit: 'cgroup',
      others_j: 30.5,
      idle_j: 20,
      domains: {
        'gpu:0': {
          by: 'driver',
          energy_j: 1,
          uncertainty_j: 0.1,
          others_j: 30.5,
          idle_j: 20
        }
      }
    },
    flags: ['replayed', 'host-busy']
  },
  'every detail of a domain': {
    domains: [
      {
        ...domain,
        note: '𝛥'.repeat(300),
        integrated_power_j: 99,
        conditions: {
          utilization_percent: 87,
          temperature_c: -3,
          power_limit_w: 300
        },
        scale: { factor: 1, group: '𝛥'.repeat(1000), source: '' }
      }
    ]
  },
  'no conditions that are known': { domains: [{ ...domain, conditions: {} }] }
};

const share = {
  cpu_share: 0.5,
  cpu_share_uncertainty: 0.1,
  energy_j: 1,
  uncertainty_j: 1,
  gpu_share: {}
};

const scale = aScale(1.06, 'board A');

/** A report whose only domain is changed in a way that the types forbid. */
function withDomain(changes: Record<string, unknown>): unknown {
  return { ...aReport(), domains: [{ ...domain, ...changes }] };
}

const broken: Record<string, unknown> = {
  null: null,
  'a list': [],
  'a string': 'report',
  'an empty object': {},
  'another schema': { ...aReport(), schema: 'jupyter-green.report.v2' },
  'an unknown status': { ...aReport(), status: 'fine' },
  'an empty run id': aReport({ run_id: '' }),
  'a long cell id': aReport({ cell_id: 'x'.repeat(129) }),
  'a long label': aReport({ label: '𝛥'.repeat(201) }),
  'joules as text': { ...aReport(), energy_j: '12' },
  'negative joules': aReport({ energy_j: -1 }),
  'negative net energy': aReport({ net_energy_j: -1.5 }),
  'endless joules': aReport({ energy_j: Infinity }),
  'a negative time': aReport({ duration_s: -0.1 }),
  'half an execution count': aReport({ execution_count: 1.5 }),
  'a negative execution count': aReport({ execution_count: -1 }),
  'an unknown provenance': { ...aReport(), provenance: 'guess' },
  'a mixed domain': {
    ...aReport(),
    domains: [{ ...domain, provenance: 'mixed' }]
  },
  'a domain without a name': aReport({ domains: [{ ...domain, id: '' }] }),
  'a domain that is counted "yes"': {
    ...aReport(),
    domains: [{ ...domain, counted: 'yes' }]
  },
  'too many domains': aReport({ domains: Array(129).fill(domain) as never }),
  'a trace without times': { ...aReport(), trace: { power_w: {} } },
  'a trace too long': aReport({
    trace: { t_s: Array(241).fill(0) as number[], power_w: {} }
  }),
  'watts as text': {
    ...aReport(),
    trace: { t_s: [0], power_w: { cpu: ['1'] } }
  },
  'a gap of one time': { ...aReport(), gaps: [[1]] },
  'a gap of three times': { ...aReport(), gaps: [[1, 2, 3]] },
  'a metric as text': { ...aReport(), metric: { accuracy: 'good' } },
  'metrics in a list': { ...aReport(), metric: [] },
  'a rate without unit': { ...aReport(), per: { count: 1 } },
  'no sampling period': aReport({ meter: { version: '1', interval_s: 0 } }),
  'flags in a text': { ...aReport(), flags: 'replayed' },
  'flags that are null': { ...aReport(), flags: null },
  'too many flags': aReport({ flags: Array(17).fill('f') as string[] }),
  'a flag too long': aReport({ flags: ['f'.repeat(65)] }),
  'a share as a number': { ...aReport(), share: 0.5 },
  'a share above the whole': aReport({ share: { ...share, cpu_share: 1.1 } }),
  'a share below nothing': aReport({
    share: { ...share, gpu_share: { 'gpu:0': -0.1 } }
  }),
  'a share of an unknown unit': aReport({
    share: { ...share, unit: 'pod' as 'cgroup' }
  }),
  'a part of a share without joules': {
    ...aReport(),
    share: { ...share, domains: { cpu: { by: 'driver', uncertainty_j: 1 } } }
  },
  'a negative part of a share': aReport({
    share: {
      ...share,
      domains: {
        cpu: { by: 'driver', energy_j: 1, uncertainty_j: 1, others_j: -1 }
      }
    }
  }),
  'a share without joules': {
    ...aReport(),
    share: { ...share, energy_j: undefined }
  },
  'shares of too many GPUs': aReport({
    share: {
      ...share,
      gpu_share: Object.fromEntries(
        Array.from({ length: 65 }, (_, index) => [`gpu:${index}`, 0])
      )
    }
  }),
  'a net uncertainty below zero': aReport({ net_uncertainty_j: -1 }),
  'the time of a baseline as a number': { ...aReport(), baseline_at: 3 },
  'the time of a baseline too long': aReport({ baseline_at: 'x'.repeat(41) }),
  'a note as a list': withDomain({ note: ['a'] }),
  'a note too long': withDomain({ note: 'x'.repeat(301) }),
  'negative integrated power': withDomain({ integrated_power_j: -1 }),
  'conditions in a list': withDomain({ conditions: [] }),
  'a utilisation as text': withDomain({
    conditions: { utilization_percent: '87' }
  }),
  'an unknown temperature': withDomain({ conditions: { temperature_c: null } }),
  'a scale as a number': withDomain({ scale: 1.06 }),
  'a scale below 1': withDomain({ scale: { ...scale, factor: 0.9 } }),
  'a scale without a group': withDomain({ scale: { ...scale, group: null } }),
  'a scale without a source': withDomain({ scale: { factor: 1, group: '' } }),
  'a remedy too long': aReport({
    missing: [{ id: 'a', reason: 'b', remedy: 'x'.repeat(1001) }]
  })
};

/** The record of the cases that Python shares, with one part replaced. */
function changed(place: readonly (string | number)[], value: unknown): unknown {
  const record = structuredClone(cases.record) as unknown;
  const last = place[place.length - 1];
  const owner = place
    .slice(0, -1)
    .reduce(
      (at, step) => (at as Record<string | number, unknown>)[step],
      record
    );
  (owner as Record<string | number, unknown>)[last] = value;
  return record;
}

describe('parseReport', () => {
  it.each(cases.cases)(
    'reads or refuses a record as Python does: $what',
    ({ place, value, fits }) => {
      const read = parseReport(changed(place, value));

      expect(read instanceof RecordError).toBe(!fits);
    }
  );

  it('shows no escape sequence, wherever it is', () => {
    const bad = '\u001b[31mred\u202e\n';
    const report = parseReport({
      ...aReport(),
      label: bad,
      domains: [{ ...domain, id: bad, device: bad, flags: [bad], note: bad }],
      trace: { t_s: [0], power_w: { [bad]: [1] } },
      missing: [{ id: bad, reason: bad, remedy: bad }],
      metric: { [bad]: 1 }
    });
    const refused = parseReport({ ...aReport(), metric: { [bad]: bad } });

    expect(report).not.toBeInstanceOf(RecordError);
    for (const text of [
      JSON.stringify(report),
      (refused as RecordError).message
    ]) {
      expect(text).toContain('\ufffd[31mred\ufffd');
      expect(text).not.toMatch(/\\u001b|\\n|\u202e/);
    }
  });

  it.each(Object.keys(valid))('takes a valid report: %s', name => {
    const record = aReport(valid[name]);

    expect(fitsSchema(record), JSON.stringify(fitsSchema.errors)).toBe(true);
    expect(parseReport(record)).toEqual(record);
  });

  it.each(Object.keys(broken))('refuses what the schema refuses: %s', name => {
    expect(fitsSchema(broken[name])).toBe(false);
    expect(parseReport(broken[name])).toBeInstanceOf(RecordError);
  });

  it.each(schema.required)('refuses a report without %s', field => {
    const record = Object.fromEntries(
      Object.entries(aReport()).filter(([name]) => name !== field)
    );

    expect(fitsSchema(record)).toBe(false);
    expect(parseReport(record)).toEqual(
      new RecordError(`report.${field} is absent`)
    );
  });

  it('says where and what is wrong', () => {
    const record = {
      ...aReport(),
      domains: [domain, { ...domain, source: 1 }]
    };

    expect(parseReport(record)).toEqual(
      new RecordError('report.domains[1].source is 1, expected a string')
    );
  });

  it('does not repeat a long wrong value', () => {
    const error = parseReport({ ...aReport(), status: 'x'.repeat(1e6) });

    expect((error as RecordError).message.length).toBeLessThan(100);
  });

  it('leaves out fields that it does not know', () => {
    const record = { ...aReport(), html: '<script>' };

    expect(parseReport(record)).toEqual(aReport());
  });

  it('takes __proto__ as a key like any other', () => {
    const record: unknown = JSON.parse(
      JSON.stringify(aReport({ metric: { accuracy: 0.9 } }))
        .replace('"metric":{', '"metric":{"__proto__":1,')
        .replace('"power_w":{', '"power_w":{"__proto__":[1,2,3],')
        .replace('{', '{"__proto__":{"polluted":true},')
    );
    const report = parseReport(record) as IReport;

    expect(Object.keys(report.metric)).toEqual(['__proto__', 'accuracy']);
    expect(Object.getPrototypeOf(report.trace.power_w)).toBe(Object.prototype);
    expect('polluted' in report).toBe(false);
    expect('polluted' in {}).toBe(false);
  });

  it('takes no field from a prototype', () => {
    const record: unknown = Object.create(aReport());

    expect(parseReport(record)).toBeInstanceOf(RecordError);
  });

  it('bounds the number of metrics and curves', () => {
    const many = Object.fromEntries(
      Array.from({ length: 129 }, (_, index) => [`m${index}`, index])
    );

    expect(parseReport(aReport({ metric: many }))).toBeInstanceOf(RecordError);
  });
});
