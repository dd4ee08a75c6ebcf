import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { aReport, aRow as row } from '../fixtures';
import { actions, all, click, details, one, page, show } from './page';

describe('signs and pills', () => {
  it('say what they mean', () => {
    const [cpu] = aReport().domains;
    const gpu = { ...cpu, id: 'gpu:0', energy_j: 10, uncertainty_j: 900 };
    show([
      row('a', { provenance: 'estimate' }),
      row('b', {
        energy_j: 110,
        uncertainty_j: 900,
        details: details({ domains: [cpu, gpu] })
      }),
      row('c', { uncertainty_j: 200 })
    ]);
    const hint = (id: string): string[] =>
      one(`[data-cell-id="${id}"] .jg-Row-energy`).title.split('\n');

    expect(hint('a')).toEqual([
      '≈: estimated by a model from utilisation, not measured.',
      '±: the true value is this near to the figure in 95 of 100 cases.'
    ]);
    expect(hint('b')[0]).toMatch(/^…: between these two/);
    expect(hint('c')[0]).toMatch(/^<: no more than this/);
  });

  it('stand in a row only where it differs from the summary', () => {
    show([row('a'), row('b')]);
    expect(page.node.querySelector('.jg-Row .jg-Mark')).toBeNull();
    expect(one('.jg-Total .jg-Mark').textContent).toBe('energy counter');

    show([row('a'), row('b', { provenance: 'power' })]);
    expect(one('.jg-Row .jg-Mark').textContent).toBe('energy counter');
    expect(one('.jg-Total .jg-Mark').textContent).toBe('power samples');
  });

  it('tell it to keyboard and touch by a click', () => {
    show([row('a', { provenance: 'estimate' })]);
    expect(page.node.querySelector('.jg-Mark-about')).toBeNull();
    click('.jg-Total .jg-Mark');
    expect(one('.jg-Mark-about').textContent).toBe(
      'Estimated by a model from utilisation, not measured. More'
    );
    click('.jg-Mark-about .jg-Link');
    expect(actions.help).toHaveBeenCalledExactlyOnceWith('estimated');
    click('.jg-Total .jg-Mark');
    expect(page.node.querySelector('.jg-Mark-about')).toBeNull();
  });

  it('of the total lead to what says more', () => {
    show([row('a', { provenance: 'estimate' })]);
    click('.jg-Total-energy');
    expect(actions.help).toHaveBeenCalledExactlyOnceWith('estimated');
    expect(one('.jg-Total-energy').title).toMatch(/^≈: .*\n±: /);
    expect(one('.jg-Total-power').innerHTML).toContain('≈: estimated');
  });

  it('of a domain lead to it, each to its own', () => {
    const [domain] = aReport().domains;
    const domains = [{ ...domain, flags: ['read-failed'] }];
    show([row('a', { details: details({ domains }) })]);
    click('.jg-Row-toggle');
    for (const words of all('.jg-Domain .jg-Explained')) {
      React.act(() => {
        words.click();
      });
    }
    expect(actions.help.mock.calls.flat()).toEqual([
      'plus-or-minus',
      'energy-counter',
      'read-failed'
    ]);
  });

  it('tell how often a statement was run, and what one loop took', () => {
    const repeats = {
      repeats: 7,
      loops: 1000,
      mean_j: 0.0123,
      stdev_j: 0.0005,
      interval_j: 0.0004,
      mean_duration_s: 0.002
    };
    show([row('a', { repeats: [repeats] })]);

    expect(one('[data-repeats]').textContent).toBe('7 runs × 1000 loops');
    expect(one('.jg-Row-loop').textContent).toBe('12.3 ± 0.4 mJ per loop');
    click('[data-repeats]');
    expect(one('.jg-Mark-about').textContent).toContain(
      'the joules of the row are those of all of it'
    );
  });
});
