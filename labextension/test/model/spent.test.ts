import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Run } from '../../src/feed/run';
import { SpentRuns } from '../../src/model/spent';
import type { IReport } from '../../src/record/report';
import { EXACT } from '../../src/record/scale';
import { aBoard, aReport, aScale } from '../fixtures';
import { begin, samples } from '../live_messages';

let spent: SpentRuns;

beforeEach(() => {
  sessionStorage.clear();
  spent = new SpentRuns(sessionStorage);
  spent.follow('one');
});

describe('what was spent', () => {
  it('is every run, with those that were repeated or failed', () => {
    spent.add('a', aReport({ run_id: '1' }));
    spent.add('a', aReport({ run_id: '2', status: 'error' }));
    spent.add('b', aReport({ run_id: '3', uncertainty_j: 4 }));

    expect(spent.total).toMatchObject({
      runs: 3,
      repeated: 1,
      failed: 1,
      energy_j: 300,
      isAtLeast: false,
      isEstimate: false
    });
    expect(spent.total.uncertainty_j).toBeCloseTo(Math.hypot(3, 3, 4));
  });

  it('takes a refined report in place of the earlier one', () => {
    spent.add('a', aReport({ run_id: '1' }));
    spent.add('a', aReport({ run_id: '1', energy_j: 101 }));

    expect(spent.total).toMatchObject({ runs: 1, energy_j: 101 });
  });

  it('knows what was used between its runs, where each tells of the time before', () => {
    const run = (run_id: string, second: number, energy_j?: number): IReport =>
      aReport({
        run_id,
        started_at: `2026-01-02T03:04:0${second}Z`,
        ...(energy_j === undefined
          ? {}
          : { before: { duration_s: 2, energy_j, uncertainty_j: 0.3 } })
      });
    spent.add('a', run('1', 1, 1000)); // before the first run is no time between
    expect(spent.total.between).toBeNull();

    spent.add('b', run('2', 5));
    expect(spent.total.between).toBeNull();
    spent.refine(run('2', 5, 20));
    spent.add('a', run('3', 9, 30));
    const known = { energy_j: 50, duration_s: 4 };
    expect(spent.total.between).toMatchObject(known);
    expect(spent.total.between?.uncertainty_j).toBeCloseTo(0.3 * Math.SQRT2);
    const again = new SpentRuns(sessionStorage);
    again.follow('one');
    expect(again.total.between).toMatchObject(known);

    // Two seconds after the end of the last one, or so: something else was metered.
    spent.add('a', { ...run('4', 9, 30), started_at: '2026-01-02T03:04:15Z' });
    expect(spent.total.between).toBeNull();
  });

  it('counts blocks within a run of their cell once', () => {
    const at = (second: string): string => `2026-01-02T03:04:${second}Z`;
    const block = { energy_j: 30, duration_s: 0.5 };
    spent.add('a', aReport({ ...block, run_id: 'in', started_at: at('05.5') }));
    expect(spent.total).toMatchObject({ runs: 1, energy_j: 30 });

    spent.add('a', aReport({ run_id: 'all', started_at: at('05') }));
    spent.add('b', aReport({ ...block, run_id: 'b', started_at: at('05.5') }));
    expect(spent.total).toMatchObject({ runs: 2, repeated: 0, energy_j: 130 });
  });

  it('has what its runs have wrong in common, also after a reload', () => {
    const other = aBoard({ scale: aScale(1.06, 'board B') });
    spent.add('a', aReport({ run_id: '1', domains: [aBoard()] }));
    spent.add('b', aReport({ run_id: '2', domains: [aBoard()] }));
    expect(spent.total.scaleRange.high).toBeCloseTo(1.06, 9);

    spent.add('b', aReport({ run_id: '3', domains: [other] }));
    spent.add('b', aReport({ run_id: '4' }));
    const again = new SpentRuns(sessionStorage);
    again.follow('one');
    expect(again.total.scaleRange.high).toBeCloseTo(
      1 + Math.hypot(12, 6) / 400,
      9
    );
  });

  it('of runs that are only bounds is a bound', () => {
    const bound = { energy_j: 0.1, uncertainty_j: 0.1, domains: [] };
    spent.add('a', aReport({ run_id: '1', ...bound }));
    spent.add('a', aReport({ run_id: '2', ...bound }));

    expect(spent.total.uncertainty_j).toBeCloseTo(0.2, 9);
    expect(spent.total.bounds).toEqual({ low_j: 0, high_j: 0.4 });
  });

  it('is read as an earlier version kept it', () => {
    const kept = {
      run: '1',
      cell: 'a',
      status: 'ok',
      energy_j: 100,
      uncertainty_j: 3,
      estimated_j: 0,
      isEstimate: false
    };
    sessionStorage.setItem('jupyter-green:runs:two', JSON.stringify([kept]));
    spent.follow('two');

    expect(spent.total).toMatchObject({
      energy_j: 100,
      bounds: { low_j: 97, high_j: 103 },
      scaleRange: EXACT
    });
  });

  it('is a lower bound where a kernel took a run with it', () => {
    const run = new Run(begin());
    run.take(samples(4));
    spent.addLost('a', run);

    expect(spent.total).toMatchObject({
      runs: 1,
      failed: 1,
      energy_j: 40,
      isAtLeast: true
    });
  });

  it('lasts over a reload of the page, for each session by itself', () => {
    spent.add('a', aReport({ run_id: '1' }));
    const again = new SpentRuns(sessionStorage);
    again.follow('one');
    expect(again.total).toEqual(spent.total);

    again.follow('two');
    expect(again.total.runs).toBe(0);
    again.follow(null); // the kernel was shut down: what was spent stays
    again.follow('one');
    expect(again.total.runs).toBe(1);
  });

  it('is forgotten on request', () => {
    spent.add('a', aReport());
    spent.clear();

    expect(spent.total.runs).toBe(0);
    expect(sessionStorage).toHaveLength(0);
  });

  it.each(['not json', '[1]', '{"__proto__": 1}', '[{"run": "1"}]'])(
    'ignores a store that holds %s',
    kept => {
      sessionStorage.setItem('jupyter-green:runs:three', kept);
      spent.follow('three');

      expect(spent.total.runs).toBe(0);
    }
  );

  it('lives without a store that works', () => {
    const refuse = vi.fn(() => {
      throw new DOMException('full');
    });
    const poor = new SpentRuns({
      getItem: refuse,
      setItem: refuse,
      removeItem: refuse
    });
    poor.follow('one');
    poor.add('a', aReport());

    expect(poor.total.runs).toBe(1);
    expect(refuse).toHaveBeenCalled();
  });
});
