import { describe, expect, it } from 'vitest';

import { parseLiveMessage } from '../../src/record/livemessages';
import { RecordError } from '../../src/record/validation';
import { aMessage, aReport } from '../fixtures';
import { aPart, otherHost } from '../live_messages';

const cpu = { id: 'cpu', device: '', provenance: 'counter', counted: true };

describe('parseLiveMessage', () => {
  it('reads the three kinds', () => {
    expect(parseLiveMessage(aMessage('begin'))).toMatchObject({
      kind: 'begin',
      run_id: 'run-1',
      missing: []
    });
    expect(parseLiveMessage(aMessage('samples'))).toMatchObject({
      kind: 'samples',
      now: { t_s: 0.1, power_w: 50, energy_j: 5 }
    });
    expect(parseLiveMessage(aMessage('end'))).toMatchObject({
      kind: 'end',
      report: aReport()
    });
  });

  it('reads the flags of domains, which may be absent', () => {
    const domains = [cpu, { ...cpu, id: 'gpu:0', flags: ['replayed'] }];

    expect(parseLiveMessage(aMessage('begin', { domains }))).toMatchObject({
      domains
    });
  });

  it('reads what the figures of domains have wrong in common', () => {
    const scale = { factor: 1.06, group: 'board A' };
    const [known, wrong] = [scale, { ...scale, factor: 0.5 }].map(scale =>
      parseLiveMessage(aMessage('begin', { domains: [{ ...cpu, scale }] }))
    );

    expect(known).toMatchObject({ domains: [{ scale }] });
    expect(wrong).toBeInstanceOf(RecordError);
    expect((wrong as RecordError).message).toContain('domains[0].scale.factor');
  });

  it('takes figures that are not known', () => {
    const now = { t_s: 0.1, power_w: null, energy_j: null, domains: {} };

    expect(parseLiveMessage(aMessage('samples', { now }))).toMatchObject({
      now: { power_w: null, energy_j: null }
    });
  });

  it.each([
    ['kind', aMessage('begin', { kind: 'pause' })],
    ['kind', aMessage('begin', { kind: undefined })],
    ['seq', aMessage('samples', { seq: -1 })],
    ['run_id', aMessage('samples', { run_id: 7 })],
    ['domains', aMessage('begin', { domains: 1 })],
    ['flags', aMessage('begin', { domains: [{ ...cpu, flags: 'replayed' }] })],
    ['provenance', aMessage('begin', { domains: [{ ...cpu, provenance: 1 }] })],
    ['t_s', aMessage('samples', { t_s: [0, 'soon'] })],
    ['power_w', aMessage('samples', { power_w: { cpu: 7 } })],
    ['gaps', aMessage('samples', { gaps: [[1]] })],
    ['now', aMessage('samples', { now: null })],
    ['energy_j', aMessage('samples', { now: { t_s: 0, power_w: 1 } })]
  ])('says that %s is wrong', (field, content) => {
    const error = parseLiveMessage(content);

    expect(error).toBeInstanceOf(RecordError);
    expect((error as RecordError).message).toContain(field);
  });

  it.each([null, undefined, 7, {}, { schema: 'other', kind: 'begin' }])(
    'passes over %s',
    content => {
      expect(parseLiveMessage(content)).toBeNull();
    }
  );

  it('reads the figures of domains, and what is news of their devices', () => {
    const domains = {
      cpu: { power_w: 5, energy_j: null },
      'gpu:0': {
        power_w: null,
        energy_j: 3,
        t_s: 0.1,
        conditions: { temperature_c: 71 },
        others: 2
      }
    };
    const now = {
      t_s: 0.1,
      power_w: 5,
      energy_j: 3,
      peak_power_w: 9,
      domains
    };

    expect(parseLiveMessage(aMessage('samples', { now }))).toMatchObject({
      now
    });
  });

  it('reads what other hosts have used, and refuses what cannot be', () => {
    const part = aPart('host-2/cpu');
    const host = otherHost({ lost: true });
    const read = (changes: object): unknown => {
      const hosts = [{ ...host, ...changes }];
      const elsewhere = { own_name: 'host-1', at_least: true, hosts };
      const { now } = aMessage('samples') as unknown as { now: object };
      return parseLiveMessage(
        aMessage('samples', { now: { ...now, elsewhere } })
      );
    };
    const scale = { factor: 1.06, group: 'board A' };
    for (const known of [
      {},
      { parts: [{ ...part, scale }] },
      { parts: [], power_w: null, t_s: null }
    ]) {
      expect(read(known)).toMatchObject({
        now: { elsewhere: { at_least: true, hosts: [{ ...host, ...known }] } }
      });
    }
    for (const wrong of [
      { parts: [{ ...part, energy_j: -1 }] },
      { name: 7 },
      { lost: null }
    ]) {
      expect(read(wrong)).toBeInstanceOf(RecordError);
    }
  });

  it('keeps the report as it was sent, beside what is read of it', () => {
    const record = { ...aReport(), later: 'a field of a later version' };
    const message = parseLiveMessage(aMessage('end', { report: record }));

    expect(message).toMatchObject({ record });
    expect(message).not.toHaveProperty(['report', 'later']);
  });

  it('hands on an end whose report is broken, with the reason', () => {
    const message = parseLiveMessage(aMessage('end', { report: {} }));

    expect(message).toMatchObject({
      kind: 'end',
      report: new RecordError('report.schema is absent')
    });
  });
});
