import type { KernelMessage } from '@jupyterlab/services';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { contentsOf, liveMessageIn } from '../../src/feed/messages';
import { LIVE_MIME_TYPE } from '../../src/record/bundle';
import { aMessage } from '../fixtures';

afterEach(() => {
  vi.restoreAllMocks();
});

/** The kinds of the live messages in a kernel's message. */
function kinds(type: string, content: unknown): unknown[] {
  const message = {
    header: { msg_type: type },
    content
  } as KernelMessage.IMessage;
  return contentsOf(message).flatMap(({ content, isHistory }) => {
    const live = liveMessageIn(content);
    return live ? [isHistory ? 'history' : live.kind] : [];
  });
}

describe('the live messages in what a kernel sends', () => {
  const content = aMessage('begin');

  it('are custom messages with our schema', () => {
    expect(kinds('comm_msg', { data: { method: 'custom', content } })).toEqual([
      'begin'
    ]);
  });

  it.each(['display_data', 'update_display_data'])(
    'stand in the metadata of %s',
    type => {
      const metadata = { [LIVE_MIME_TYPE]: content };

      expect(kinds(type, { data: {}, metadata })).toEqual(['begin']);
    }
  );

  it('are traits of our widgets', () => {
    const traits = {
      begin: content,
      history: aMessage('samples'),
      end: aMessage('end')
    };
    const state = { ...traits, end: {} };
    const states = { a: null, b: { state: null }, c: { state: traits } };

    expect(kinds('comm_open', { data: { state } })).toEqual([
      'begin',
      'history'
    ]);
    expect(kinds('comm_msg', { data: { method: 'update', state } })).toEqual([
      'begin',
      'history'
    ]);
    expect(
      kinds('comm_msg', { data: { method: 'update_states', states } })
    ).toEqual(['begin', 'history', 'end']);
  });

  it.each([
    ['a place', 'display_data', { data: { [LIVE_MIME_TYPE]: content } }],
    ['other metadata', 'display_data', { metadata: { [LIVE_MIME_TYPE]: 7 } }],
    ['no metadata', 'update_display_data', { metadata: null }],
    ['another message type', 'stream', { data: { method: 'custom', content } }],
    ['another method', 'comm_msg', { data: { method: 'update', content } }],
    ['another schema', 'comm_msg', { data: { method: 'custom', content: {} } }],
    ['no content', 'comm_msg', { data: { method: 'custom' } }],
    ['another comm', 'comm_open', { data: { lease_s: 60 } }],
    ['no states', 'comm_msg', { data: { method: 'update_states' } }],
    ['null', 'comm_msg', { data: null }],
    ['no data', 'comm_msg', {}]
  ])('are not in %s', (_, type, body) => {
    expect(kinds(type, body)).toEqual([]);
  });

  it('are told of where they cannot be read', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);

    expect(liveMessageIn(aMessage('samples', { now: null }))).toBeNull();
    expect(warn).toHaveBeenCalledWith(
      'jupyter-green: a live message was ignored: ' +
        'live message.now is null, expected an object'
    );
  });
});
