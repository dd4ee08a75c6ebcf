import { beforeEach, describe, expect, it, vi } from 'vitest';

import { SpentRuns } from '../../src/model/spent';
import { aReport } from '../fixtures';

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

  it('adds the uncertainty of one model up as it is', () => {
    const estimate = { provenance: 'estimate' as const, uncertainty_j: 10 };
    spent.add('a', aReport({ run_id: '1', ...estimate }));
    spent.add('b', aReport({ run_id: '2', ...estimate }));

    expect(spent.total).toMatchObject({ uncertainty_j: 20, isEstimate: true });
  });

  it('is a lower bound where a kernel took a run with it', () => {
    spent.addLost('a', '1', 40, false);

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
