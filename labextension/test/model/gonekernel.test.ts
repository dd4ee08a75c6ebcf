import type { Kernel } from '@jupyterlab/services';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  message,
  publish,
  report,
  type IModelled,
  modelled,
  rowsOf
} from './setup';

let session: IModelled['session'];
let feed: IModelled['feed'];
let model: IModelled['model'];
let addCell: IModelled['addCell'];
const watcher = {};

beforeEach(() => {
  ({ session, feed, model, addCell } = modelled(watcher));
});

afterEach(() => {
  model.dispose();
  feed.dispose();
  vi.restoreAllMocks();
});

function rows(): unknown[] {
  return rowsOf(model);
}

describe('a kernel that goes away', () => {
  it.each(['restarting', 'autorestarting', 'dead', 'terminating'] as const)(
    '(%s) marks the running cell and counts nothing for it',
    status => {
      addCell('a');
      addCell('b', undefined, [report('b')]);
      session.send(message('samples', 'a'));
      session.statusChanged.emit(status);

      expect(rows()).toEqual([
        ['a', 'restarted', null],
        ['b', 'ok', 100]
      ]);
      expect(model.total).toMatchObject({ energy_j: 100, isRunning: false });
    }
  );

  it('may still send a report, which no document will hold: not counted', () => {
    addCell('a');
    session.send(message('samples', 'a'));
    session.statusChanged.emit('restarting');
    session.send(message('end', 'a', { seq: 9 }));
    expect(rows()).toEqual([['a', 'restarted', null]]);

    model.forget('a'); // it is going to run again, and the old kernel still talks
    session.send(message('end', 'a', { seq: 9 }));
    expect(rows()).toEqual([]);
  });

  it('counts where another page has put the report into the document', () => {
    const cell = addCell('a');
    session.send(message('samples', 'a'));
    session.statusChanged.emit('restarting');
    publish(cell, report('a', { status: 'interrupted' }));

    expect(rows()).toEqual([['a', 'interrupted', 100]]);
    expect(model.total.energy_j).toBe(100);
  });

  it('leaves alone what has ended', () => {
    addCell('a');
    session.send(message('end', 'a'));
    session.statusChanged.emit('restarting');

    expect(rows()).toEqual([['a', 'ok', 100]]);
  });

  it('is also one that another kernel takes the place of', () => {
    addCell('a');
    session.send(message('samples', 'a'));
    const kernel = {} as Kernel.IKernelConnection;
    session.kernelChanged.emit({
      name: 'kernel',
      oldValue: null,
      newValue: kernel
    });
    expect(rows()).toEqual([['a', 'running', 5]]);

    session.kernelChanged.emit({
      name: 'kernel',
      oldValue: kernel,
      newValue: null
    });
    expect(rows()).toEqual([['a', 'restarted', null]]);
  });

  it('lets the cell be metered again', () => {
    addCell('a');
    session.send(message('samples', 'a'));
    session.statusChanged.emit('restarting');
    session.send(message('begin', 'a', { run_id: 'second' }));

    expect(rows()).toEqual([['a', 'running', null]]);
  });
});
