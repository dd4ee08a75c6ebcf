import { describe, expect, it } from 'vitest';

import {
  aroundRunning,
  BATCH,
  drawnStretches,
  type IStretch
} from '../../src/panel/drawn';

describe('the rows that are drawn', () => {
  it('are the first ones where nothing runs further down', () => {
    expect(aroundRunning(null, -1, BATCH)).toBeNull();
    expect(aroundRunning(null, 10, BATCH)).toBeNull();
    expect(drawnStretches(BATCH, null, 1000)).toEqual([{ begin: 0, end: 60 }]);
    expect(drawnStretches(BATCH, null, 7)).toEqual([{ begin: 0, end: 7 }]);
  });

  it('are also those around a row that runs far down', () => {
    const around = aroundRunning(null, 500, BATCH);
    expect(drawnStretches(BATCH, around, 1000)).toEqual([
      { begin: 0, end: 60 },
      { begin: 470, end: 531 }
    ]);
    expect(drawnStretches(BATCH, around, 510)[1]).toEqual({
      begin: 470,
      end: 510
    });
  });

  it('join where the first ones reach the others', () => {
    const around = aroundRunning(null, 70, BATCH);
    expect(drawnStretches(BATCH, around, 1000)).toEqual([
      { begin: 0, end: 101 }
    ]);
    expect(drawnStretches(300, around, 1000)).toEqual([{ begin: 0, end: 300 }]);
  });

  it('stay and grow while rows run one after the other', () => {
    let around: IStretch | null = null;
    for (let running = 500; running < 700; running++) {
      const next = aroundRunning(around, running, BATCH);
      expect(next!.begin).toBe(470);
      expect(next!.end).toBeGreaterThan(running);
      expect(next!.end).toBeGreaterThanOrEqual(around?.end ?? 0);
      around = next;
    }
    expect(aroundRunning(around, -1, BATCH)).toBe(around); // it has ended
    expect(aroundRunning(around, 10, BATCH)).toBe(around);
    expect(aroundRunning(around, 950, BATCH)!.begin).toBe(920);
  });
});
