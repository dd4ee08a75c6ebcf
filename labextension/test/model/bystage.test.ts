import { expect, it } from 'vitest';

import { stagesOf } from '../../src/model/bystage';
import { readingOf } from '../../src/text/totalwords';
import { aBoard, aReport, aRow } from '../fixtures';

it('adds cells up by stage, in the order of a project, the untagged last', () => {
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
    ['plots', 1, 2, 'counter'],
    ['__proto__', 1, 6, 'counter'],
    [null, 1, 1, 'counter']
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
