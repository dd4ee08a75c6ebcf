import type { ISessionContext } from '@jupyterlab/apputils';
import { beforeEach, describe, expect, it } from 'vitest';

import { SessionBuffer } from '../../src/cell/sessionbuffer';
import { TestSession } from '../session';

describe('a session whose messages are held back', () => {
  let session: TestSession;
  let buffer: SessionBuffer;
  let heard: string[];

  beforeEach(() => {
    session = new TestSession();
    buffer = new SessionBuffer(session as unknown as ISessionContext);
    heard = [];
    buffer.iopubMessage.connect((_, { header }) => {
      heard.push(header.msg_type);
    });
  });

  it('hands them on in their order, once', () => {
    session.publish('status', {});
    session.publish('display_data', {});
    expect(heard).toEqual([]);
    buffer.release();
    expect(heard).toEqual(['status', 'display_data']);
    buffer.release();
    session.publish('comm_msg', {});
    expect(heard).toEqual(['status', 'display_data', 'comm_msg']);
  });

  it('forgets them with its notebook', () => {
    session.publish('status', {});
    buffer.dispose();
    buffer.release();
    session.publish('status', {});
    expect(heard).toEqual([]);
  });

  it('is the session in all else', () => {
    expect(buffer.session).toBe(session.session);
    expect(buffer.statusChanged).toBe(session.statusChanged);
    expect(buffer.kernelChanged).toBe(session.kernelChanged);
  });
});
