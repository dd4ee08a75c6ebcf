import type { KernelMessage } from '@jupyterlab/services';
import { describe, expect, it } from 'vitest';

import { liveContent, parseLiveMessage } from '../../src/record/livemessages';
import { LIVE_MIME_TYPE } from '../../src/record/bundle';
import { RecordError } from '../../src/record/validation';
import { aMessage, aReport } from '../fixtures';

function kernelMessage(type: string, content: unknown): KernelMessage.IMessage {
  return { header: { msg_type: type }, content } as KernelMessage.IMessage;
}

describe('liveContent', () => {
  const content = aMessage('begin');

  it('finds the content of a custom message by its schema', () => {
    const data = { method: 'custom', content };

    expect(liveContent(kernelMessage('comm_msg', { data }))).toBe(content);
  });

  it.each(['display_data', 'update_display_data'])(
    'finds it in the metadata of %s',
    type => {
      const metadata = { [LIVE_MIME_TYPE]: content };

      expect(liveContent(kernelMessage(type, { data: {}, metadata }))).toBe(
        content
      );
    }
  );

  it.each([
    ['a place', 'display_data', { data: { [LIVE_MIME_TYPE]: content } }],
    ['other metadata', 'display_data', { metadata: { [LIVE_MIME_TYPE]: 7 } }],
    ['no metadata', 'update_display_data', { metadata: null }],
    ['another message type', 'stream', { data: { method: 'custom', content } }],
    ['another method', 'comm_msg', { data: { method: 'update', content } }],
    ['another schema', 'comm_msg', { data: { method: 'custom', content: {} } }],
    ['no content', 'comm_msg', { data: { method: 'custom' } }],
    ['null', 'comm_msg', { data: null }],
    ['no data', 'comm_msg', {}]
  ])('passes over %s', (_, type, body) => {
    expect(liveContent(kernelMessage(type, body))).toBeNull();
  });
});

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
    const domains = [{ id: 'cpu' }, { id: 'gpu:0', flags: ['replayed'] }];

    expect(parseLiveMessage(aMessage('begin', { domains }))).toMatchObject({
      domains: [{}, { flags: ['replayed'] }]
    });
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
    ['flags', aMessage('begin', { domains: [{ flags: 'replayed' }] })],
    ['now', aMessage('samples', { now: null })],
    ['energy_j', aMessage('samples', { now: { t_s: 0, power_w: 1 } })]
  ])('says that %s is wrong', (field, content) => {
    const error = parseLiveMessage(content);

    expect(error).toBeInstanceOf(RecordError);
    expect((error as RecordError).message).toContain(field);
  });

  it('hands on an end whose report is broken, with the reason', () => {
    const message = parseLiveMessage(aMessage('end', { report: {} }));

    expect(message).toMatchObject({
      kind: 'end',
      report: new RecordError('report.schema is absent')
    });
  });
});
