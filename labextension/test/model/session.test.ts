import { expect, it } from 'vitest';

import { SpentRuns } from '../../src/model/spent';
import { sessionOf } from '../../src/model/session';
import type { IEnergyRow } from '../../src/tokens';
import { aReport, aRow } from '../fixtures';

const at = (time: string): string => `2026-01-02T${time}Z`;

function notebook(
  ...rows: readonly IEnergyRow[]
): Parameters<typeof sessionOf>[0][number] {
  return { rows, spent: new SpentRuns(sessionStorage).total };
}

it('notebooks add up', () => {
  const { total, copies, isOverlapping } = sessionOf([
    notebook(aRow('a', { startedAt: at('10:00:00') })),
    notebook(aRow('b', { startedAt: at('10:00:05'), uncertainty_j: 4 }))
  ]);

  expect([total.cells, total.energy_j, total.uncertainty_j]).toEqual([
    2, 200, 5
  ]);
  expect([copies, isOverlapping]).toEqual([0, false]);
});

it('a run that two notebooks hold, as copies do, counts once', () => {
  const row = aRow('a', { startedAt: at('10:00:00') });
  const { total, copies, isOverlapping } = sessionOf([
    notebook(row),
    notebook({ ...row }, aRow('b', { startedAt: at('11:00:00') }))
  ]);

  expect([total.energy_j, copies, isOverlapping]).toEqual([200, 1, false]);
});

it('runs of two notebooks at the same time are told', () => {
  const long = aRow('a', { startedAt: at('10:00:00'), duration_s: 60 });
  const short = aRow('b', { startedAt: at('10:00:30') });

  expect(sessionOf([notebook(long), notebook(short)]).isOverlapping).toBe(true);
  expect(sessionOf([notebook(long, short)]).isOverlapping).toBe(false);
});

it('what was spent adds up, since the first of it', () => {
  const spent = ['10:00:00', '09:00:00'].map((time, index) => {
    const runs = new SpentRuns(sessionStorage);
    runs.add('a', aReport({ run_id: `r${index}`, started_at: at(time) }));
    return { rows: [], spent: runs.total };
  });
  const total = sessionOf(spent).spent;

  expect([total.runs, total.energy_j, total.since]).toEqual([
    2,
    200,
    at('09:00:00')
  ]);
});
