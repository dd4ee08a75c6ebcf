import { beforeEach, describe, expect, it, vi } from 'vitest';

import { PreviousRuns } from '../../src/model/previous';
import type { IReport } from '../../src/record/report';
import { sharesOf } from '../../src/record/scale';
import { aBoard, aReport } from '../fixtures';

const KEY = 'jupyter-green:previous';
let runs: PreviousRuns;

beforeEach(() => {
  sessionStorage.clear();
  runs = new PreviousRuns(sessionStorage);
});

function note(run_id: string, changes: Partial<IReport> = {}): void {
  runs.note('a', aReport({ run_id, ...changes }));
}

/** What a page that is loaded now knows. */
function reloaded(): PreviousRuns {
  return new PreviousRuns(sessionStorage);
}

describe('the run before', () => {
  it('is that of the same cell, also after a reload', () => {
    note('1', { domains: [aBoard()] });
    runs.note('b', aReport({ run_id: '2', energy_j: 7 }));
    note('3', { energy_j: 80 });

    for (const known of [runs, reloaded()]) {
      expect(known.before('3')).toEqual({
        energy_j: 100,
        uncertainty_j: 3,
        shares: sharesOf([aBoard()])
      });
      expect(known.before('1')).toBeNull();
      expect(known.before('2')).toBeNull();
    }
  });

  it('has its refined figures', () => {
    note('1');
    runs.begin('a', '2', '2026-01-02T03:04:06Z');
    note('1', { energy_j: 101 });
    note('2');

    expect(reloaded().before('2')?.energy_j).toBe(101);
  });

  it('is none that began later: an old output was brought back', () => {
    note('2', { started_at: '2026-01-02T03:05:00Z' });
    note('1', { started_at: '2026-01-02T03:04:00Z' });

    expect(runs.before('1')).toBeNull();
  });

  it('is forgotten where the energy of the notebook was cleared', () => {
    note('1');
    runs.clear();
    note('2');

    expect(runs.before('2')).toBeNull();
  });
});

describe('what is kept', () => {
  it('is read as an earlier version kept it', () => {
    const kept = [{ run: '2', energy_j: 100, uncertainty_j: 3 }];
    sessionStorage.setItem(KEY, JSON.stringify(kept));

    expect(reloaded().before('2')).toEqual({
      energy_j: 100,
      uncertainty_j: 3,
      shares: []
    });
  });

  it('is that of all notebooks of the page', () => {
    const other = new PreviousRuns(sessionStorage);
    note('1');
    note('2');
    other.note('a', aReport({ run_id: '3' }));
    other.note('a', aReport({ run_id: '4' }));

    expect(reloaded().before('2')).not.toBeNull();
    expect(reloaded().before('4')).not.toBeNull();
    expect(reloaded().before('3')).toBeNull();
  });

  it('is bounded, the oldest going first', () => {
    const kept = Array.from({ length: 2000 }, (_, n) => ({
      run: `old-${n}`,
      energy_j: 1,
      uncertainty_j: 0
    }));
    sessionStorage.setItem(KEY, JSON.stringify(kept));
    runs = reloaded();
    note('1');
    note('2');

    expect(JSON.parse(sessionStorage.getItem(KEY)!)).toHaveLength(2000);
    expect(reloaded().before('old-0')).toBeNull();
    expect(reloaded().before('old-1')).not.toBeNull();
    expect(reloaded().before('2')).not.toBeNull();
  });

  it('is written only where it is news', () => {
    note('1');
    note('2');
    const write = vi.spyOn(Storage.prototype, 'setItem');
    note('2', { energy_j: 99 });
    runs.begin('a', '2', '2026-01-02T03:04:06Z');

    expect(write).not.toHaveBeenCalled();
    write.mockRestore();
  });

  it.each([
    'not json',
    '[1]',
    '{"__proto__": 1}',
    '[{"run": "2", "energy_j": -1, "uncertainty_j": 0}]',
    '[{"run": "2", "energy_j": "<b>", "uncertainty_j": 0}]'
  ])('is nothing where the store holds %s', kept => {
    sessionStorage.setItem(KEY, kept);
    runs = reloaded();
    expect(runs.before('2')).toBeNull();

    note('1');
    note('2');
    expect(reloaded().before('2')).not.toBeNull();
  });

  it('lasts as long as the page where the store does not work', () => {
    const refuse = (): never => {
      throw new DOMException('full');
    };
    runs = new PreviousRuns({
      getItem: refuse,
      setItem: refuse,
      removeItem: refuse
    });
    note('1');
    note('2');
    note('3');

    expect(runs.before('2')).not.toBeNull();
    expect(runs.before('3')).not.toBeNull();
  });
});
