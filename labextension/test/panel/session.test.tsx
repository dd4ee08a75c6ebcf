import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import { totalOf } from '../../src/model/total';
import type { IEnergyModel, IEnergyRow, IOpenNotebook } from '../../src/tokens';
import { aRow as row } from '../fixtures';
import { NOTHING_SPENT, all, click, one, page, show } from './page';

describe('several notebooks', () => {
  function aNotebook(
    path: string,
    rows: readonly IEnergyRow[],
    changed = new Signal<IEnergyModel, void>({} as IEnergyModel)
  ): IOpenNotebook & { activate: () => void } {
    return {
      path,
      name: path,
      activate: vi.fn(),
      model: {
        rows,
        total: totalOf(rows),
        spent: {
          ...NOTHING_SPENT,
          runs: rows.length,
          energy_j: 100,
          bounds: { low_j: 100, high_j: 100 }
        },
        watch: vi.fn(),
        unwatch: vi.fn(),
        changed,
        isDisposed: false
      } as unknown as IEnergyModel
    };
  }

  it('are added up, watched while they are seen, and gone to', () => {
    const other = aNotebook('b.ipynb', [row('c', { energy_j: 300 })]);
    const notebooks = [aNotebook('a.ipynb', [row('a')]), other];
    show([row('a')], { notebooks: notebooks.slice(0, 1) });
    expect(page.node.querySelector('[data-tab="session"]')).toBeNull();

    show([row('a')], { notebooks });
    click('[data-tab="session"]');
    expect(one('.jg-Session-energy').textContent).toBe('400 ± 4 J');
    expect(
      all('.jg-Session .jg-Stage').map(({ textContent }) => textContent)
    ).toEqual(['a.ipynb1 cell100 ± 3 J25 %', 'b.ipynb1 cell300 ± 3 J75 %']);
    expect(one('.jg-Session').textContent).toContain(
      'Spent in this session: 200.0 J in 2 runs'
    );
    click('[data-stage="b.ipynb"] .jg-Stage');
    expect(other.activate).toHaveBeenCalledOnce();

    expect(other.model.watch).toHaveBeenCalledOnce();
    show([row('a')], { notebooks: [...notebooks] });
    expect(other.model.watch).toHaveBeenCalledOnce();
    click('[data-tab="cells"]');
    expect(other.model.unwatch).toHaveBeenCalledOnce();
  });

  it('stand below the hint in one where nothing was metered', () => {
    const notebooks = [
      aNotebook('a.ipynb', []),
      aNotebook('b.ipynb', [row('c')])
    ];
    show([], { notebooks });

    expect(one('.jg-Session-energy').textContent).toBe('100 ± 3 J');
    expect(one('[data-hint="nothing-metered"]')).toBeTruthy();
  });
});
