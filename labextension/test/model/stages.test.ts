import { expect, it } from 'vitest';

import { stagesOf } from '../../src/model/stages';
import { aRow } from '../fixtures';

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
    stages.map(({ name, cells, energy_j, isEstimate }) => [
      name,
      cells,
      energy_j,
      isEstimate
    ])
  ).toEqual([
    ['data', 1, 4, false],
    ['training', 2, 80, true],
    ['plots', 1, 2, false],
    ['__proto__', 1, 6, false],
    [null, 1, 1, false]
  ]);
});
