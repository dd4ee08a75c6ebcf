import * as React from 'react';
import { describe, expect, it } from 'vitest';

import type { IReport } from '../../src/record/report';
import { aReport, aRow as row } from '../fixtures';
import { all, click, details, one, page, show } from './page';

describe('comparing', () => {
  const runs: Readonly<Record<string, readonly IReport[]>> = {
    a: [
      aReport({ run_id: 'a2', execution_count: 5, energy_j: 80 }),
      aReport({ run_id: 'a1', execution_count: 3 })
    ],
    b: [aReport({ run_id: 'b1', execution_count: 4, energy_j: 99 })]
  };

  function open(cellId: string): void {
    Object.assign(page.model, { runsOf: (id: string) => runs[id] ?? [] });
    show(['a', 'b'].map(id => row(id, { details: details() })));
    click(`[data-cell-id="${cellId}"] .jg-Row-toggle`);
    const [compare] = all('.jg-Details-actions button').filter(
      ({ textContent }) => textContent === 'Compare'
    );
    React.act(() => {
      compare.click();
    });
  }

  it('puts the newest run of a cell beside the one before', () => {
    open('a');

    expect(one('.jg-Compare-change').textContent).toBe(
      '−20 % (95 %: −24 % to −16 %)'
    );
    expect(one('.jg-Compare').textContent).toContain(
      '80 ± 3 J after 100 ± 3 J, 2.00 s after 2.00 s'
    );
    expect(page.node.querySelectorAll('.jg-Overlay path')).toHaveLength(2);
  });

  it('takes a run of another cell', () => {
    open('b');
    expect(one('.jg-Compare-hint').textContent).toContain('Choose two runs');

    const [, second] =
      page.node.querySelectorAll<HTMLSelectElement>('.jg-Compare select');
    expect(document.activeElement).toBe(second);
    React.act(() => {
      second.value = '1'; // the earlier run of the other cell
      second.dispatchEvent(new Event('change', { bubbles: true }));
    });
    expect(one('.jg-Compare-change').textContent).toBe(
      'no clear change (95 %: −3.2 % to +5.4 %)'
    );

    click('.jg-Compare-head button');
    expect(page.node.querySelector('.jg-Compare')).toBeNull();
    expect(document.activeElement).toBe(one('[data-tab="cells"]'));
  });
});
