import { describe, expect, it } from 'vitest';

import { changeOf } from '../../src/model/change';
import type { IDomainReport } from '../../src/record/report';
import { sharesOf } from '../../src/record/scale';
import type { ITaken } from '../../src/tokens';
import { aBoard, anEstimate, aReport, aRow, aScale } from '../fixtures';

/** What a run of this domain took. */
function taken(domain: IDomainReport): ITaken {
  const { energy_j, uncertainty_j } = domain;
  return { energy_j, uncertainty_j, shares: sharesOf([domain]) };
}

/** The change from a run of one domain to a run of another. */
function change(
  before: IDomainReport,
  now: IDomainReport
): ReturnType<typeof changeOf> {
  const { energy_j, uncertainty_j } = now;
  return changeOf(
    aRow('a', {
      energy_j,
      uncertainty_j,
      previous: taken(before),
      details: aReport({ domains: [now] })
    })
  );
}

describe('the change from the run before', () => {
  it('is clear of what the two readings do not know, or 0', () => {
    expect(change(aBoard(), aBoard({ energy_j: 110 }))?.part).toBeCloseTo(0.1);
    expect(change(aBoard(), aBoard({ energy_j: 104 }))?.part).toBe(0);
  });

  it('is that of the readings where a board or a model is the same', () => {
    const [before, now] = [anEstimate(), anEstimate({ energy_j: 90 })];

    expect(change(before, now)?.part).toBeCloseTo(-0.1);
    expect(change(before, now)?.reach).toBeCloseTo(0, 9);
  });

  it('counts what two boards have wrong each for itself', () => {
    const other = { scale: aScale(1.06, 'board B') };
    const found = change(aBoard(), aBoard({ energy_j: 108, ...other }));

    expect(found?.reach).toBeCloseTo(Math.hypot(0.06, 0.06), 9);
    expect(found?.part).toBe(0);
    expect(
      change(aBoard(), aBoard({ energy_j: 150, ...other }))?.part
    ).toBeCloseTo(0.5);
    expect(
      change(aBoard(), aBoard({ energy_j: 50, ...other }))?.part
    ).toBeCloseTo(-0.5);
  });

  it('is not told of joules that are none', () => {
    const none = { energy_j: 0, uncertainty_j: 0 };

    expect(change(aBoard(none), aBoard())).toEqual({ part: 0, reach: 0 });
    expect(change(aBoard(), aBoard(none))).toEqual({ part: 0, reach: 0 });
  });

  it('is none of a cell that did not end well, or ran for the first time', () => {
    const previous = taken(aBoard());

    expect(changeOf(aRow('a'))).toBeNull();
    expect(changeOf(aRow('a', { previous, status: 'error' }))).toBeNull();
    expect(changeOf(aRow('a', { previous, energy_j: null }))).toBeNull();
  });
});
