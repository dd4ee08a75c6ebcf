import { expect, it, vi } from 'vitest';

import { openNotebooks } from '../../src/app/opennotebooks';
import type { EnergyModel } from '../../src/model/model';

it('two views of one notebook are one', () => {
  const activate = vi.fn();
  const view = (id: string, path: string): [never, EnergyModel] => [
    { id, context: { path } } as never,
    { id } as unknown as EnergyModel
  ];
  const found = openNotebooks(
    new Map([
      view('1', 'RTC:work/a.ipynb'),
      view('2', 'work/b.ipynb'),
      view('3', 'RTC:work/a.ipynb')
    ]),
    activate
  );

  expect(found.map(({ name }) => name)).toEqual(['a.ipynb', 'b.ipynb']);
  found[0].activate();
  expect(activate.mock.calls).toEqual([['1']]);
});
