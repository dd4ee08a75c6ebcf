import { expect, it } from 'vitest';

import { stagesOf } from '../../src/model/bystage';
import { readingOf } from '../../src/text/totalwords';
import { aBoard, aReport, aRow } from '../fixtures';
import cases from '../../../tests/data/stage_cases.json';

interface IWindow {
  readonly stage: string | null;
  readonly from_s: number;
  readonly to_s: number;
  readonly energy_j: number;
  readonly uncertainty_j: number;
}

function spanOf({ from_s, to_s }: IWindow): {
  startedAt: string;
  duration_s: number;
} {
  const startedAt = new Date(1e12 + 1000 * from_s).toISOString();
  return { startedAt, duration_s: to_s - from_s };
}

it.each(cases.cases)('as the table in Python: $name', ({ cells, rows }) => {
  const stages = stagesOf(
    cells.map(({ blocks, ...cell }, index) =>
      aRow(`cell-${index}`, {
        ...cell,
        ...spanOf(cell),
        blocks: blocks.map(block => ({ ...block, ...spanOf(block) }))
      })
    )
  );

  expect(stages.map(({ name }) => name)).toEqual(
    rows.map(({ stage }) => stage)
  );
  stages.forEach(({ total }, index) => {
    const { energy_j, uncertainty_j, duration_s } = rows[index];
    expect(total.energy_j).toBeCloseTo(energy_j, 4);
    expect(total.uncertainty_j).toBeCloseTo(uncertainty_j, 4);
    expect(total.duration_s).toBeCloseTo(duration_s, 4);
  });
});

it('adds cells up by stage, in the order of a project, what has none last', () => {
  const stages = stagesOf([
    aRow('a', { energy_j: 1 }),
    aRow('b', { stage: 'plots', energy_j: 2 }),
    aRow('c', { stage: 'training', energy_j: 30, provenance: 'estimate' }),
    aRow('d', { stage: 'data', energy_j: 4 }),
    aRow('e', { stage: 'training', energy_j: 50 }),
    aRow('f', { stage: '__proto__', energy_j: 6 }),
    aRow('g', { stage: 'evaluation', energy_j: null })
  ]);

  expect(
    stages.map(({ name, total }) => [
      name,
      total.cells,
      total.energy_j,
      total.provenance
    ])
  ).toEqual([
    ['data', 1, 4, 'counter'],
    ['training', 2, 80, 'mixed'],
    ['__proto__', 1, 6, 'counter'],
    ['plots', 1, 2, 'counter'],
    [null, 1, 1, 'counter']
  ]);
});

it('says at least of a stage whose cell was not metered to its end', () => {
  const block = {
    ...spanOf({
      stage: 'data',
      from_s: 1,
      to_s: 2,
      energy_j: 0,
      uncertainty_j: 0
    }),
    stage: 'data',
    energy_j: 10,
    uncertainty_j: 1
  };
  const lost = aRow('a', {
    ...spanOf({ ...block, from_s: 0, to_s: 9 }),
    stage: 'training',
    energy_j: 100,
    isAtLeast: true,
    blocks: [block]
  });

  expect(
    stagesOf([lost]).map(({ name, total }) => [name, total.isAtLeast])
  ).toEqual([
    ['data', false],
    ['training', true]
  ]);
});

it('keeps the bounds of its cells bounds, and gives the readings alone', () => {
  const bound = { energy_j: 0.118, uncertainty_j: 0.144 };
  const details = aReport({ domains: [aBoard()] });
  const stages = stagesOf([
    aRow('a', { stage: 'data', ...bound }),
    aRow('b', { stage: 'modeling', ...bound }),
    aRow('c', { stage: 'modeling', ...bound }),
    aRow('d', { stage: 'training', details }),
    aRow('e', { stage: 'training', details })
  ]);

  expect(stages.map(({ total }) => readingOf(total, 'auto'))).toEqual([
    '< 270 mJ',
    '< 530 mJ',
    '200 ± 4 J'
  ]);
});
