import type { Kernel } from '@jupyterlab/services';
import { describe, expect, it } from 'vitest';

import { message, publish, report, eachModelled } from './setup';

const given = eachModelled();

describe('a kernel that goes away', () => {
  it.each(['restarting', 'autorestarting', 'dead', 'terminating'] as const)(
    '(%s) marks the running cell and counts nothing for it',
    status => {
      given.addCell('a');
      given.addCell('b', undefined, [report('b')]);
      given.session.send(message('samples', 'a'));
      given.session.statusChanged.emit(status);

      expect(given.rows()).toEqual([
        ['a', 'restarted', null],
        ['b', 'ok', 100]
      ]);
      expect(given.model.total).toMatchObject({
        energy_j: 100,
        isRunning: false
      });
    }
  );

  it('may still send a report, which no document will hold: not counted', () => {
    given.addCell('a');
    given.session.send(message('samples', 'a'));
    given.session.statusChanged.emit('restarting');
    given.session.send(message('end', 'a', { seq: 9 }));
    expect(given.rows()).toEqual([['a', 'restarted', null]]);

    given.model.forget('a'); // it is going to run again, and the old kernel still talks
    given.session.send(message('end', 'a', { seq: 9 }));
    expect(given.rows()).toEqual([]);
  });

  it('counts where another page has put the report into the document', () => {
    const cell = given.addCell('a');
    given.session.send(message('samples', 'a'));
    given.session.statusChanged.emit('restarting');
    publish(cell, report('a', { status: 'interrupted' }));

    expect(given.rows()).toEqual([['a', 'interrupted', 100]]);
    expect(given.model.total.energy_j).toBe(100);
  });

  it('leaves alone what has ended', () => {
    given.addCell('a');
    given.session.send(message('end', 'a'));
    given.session.statusChanged.emit('restarting');

    expect(given.rows()).toEqual([['a', 'ok', 100]]);
  });

  it('is also one that another kernel takes the place of', () => {
    given.addCell('a');
    given.session.send(message('samples', 'a'));
    const kernel = {} as Kernel.IKernelConnection;
    given.session.kernelChanged.emit({
      name: 'kernel',
      oldValue: null,
      newValue: kernel
    });
    expect(given.rows()).toEqual([['a', 'running', 5]]);

    given.session.kernelChanged.emit({
      name: 'kernel',
      oldValue: kernel,
      newValue: null
    });
    expect(given.rows()).toEqual([['a', 'restarted', null]]);
  });

  it('lets the cell be metered again', () => {
    given.addCell('a');
    given.session.send(message('samples', 'a'));
    given.session.statusChanged.emit('restarting');
    given.session.send(message('begin', 'a', { run_id: 'second' }));

    expect(given.rows()).toEqual([['a', 'running', null]]);
  });
});
