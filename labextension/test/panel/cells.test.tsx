import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { aRow as row } from '../fixtures';
import {
  actions,
  all,
  click,
  details,
  enter,
  one,
  page,
  show,
  titles
} from './page';

describe('the cells', () => {
  const five = [
    row('a', { title: 'load', stage: 'data', energy_j: 5 }),
    row('b', { title: 'fit', stage: 'training', energy_j: 100 }),
    row('c', { title: 'tune', stage: 'training', energy_j: 30 }),
    row('d', { title: 'plot', energy_j: 1 }),
    row('e', { title: 'Trace', energy_j: null, duration_s: null })
  ];

  it('are sorted by a column, those without a value last', () => {
    show(five);
    expect(titles()).toEqual(['load', 'fit', 'tune', 'plot', 'Trace']);

    enter('.jg-Tools-sort select', 'energy');
    expect(titles()).toEqual(['fit', 'tune', 'load', 'plot', 'Trace']);
    click('.jg-Tools-direction');
    expect(titles()).toEqual(['plot', 'load', 'tune', 'fit', 'Trace']);
  });

  it('are filtered by text or stage, and all shown again', () => {
    show(five);
    enter('.jg-Tools-filter', 'TRA');
    expect(titles()).toEqual(['fit', 'tune', 'Trace']);

    click('.jg-Narrowed button');
    expect(titles()).toHaveLength(5);
  });

  it('are grouped by stage', () => {
    show(five);
    click('.jg-Tools-group input');

    expect(
      all('.jg-Rows-stage, .jg-Row-title').map(({ textContent }) => textContent)
    ).toEqual([
      ...['data5 ± 3 J3.7 %', 'load', 'training130 ± 4 J96 %', 'fit', 'tune'],
      ...['untagged< 4.0 J0.74 %', 'plot', 'Trace']
    ]);
    expect(page.node.querySelector('.jg-Row-stage')).toBeNull();
  });

  it('of one stage are shown by a click on its bar', () => {
    show(five);
    click('[data-tab="stages"]');
    click('[data-stage="training"] .jg-Stage');
    expect(titles()).toEqual(['fit', 'tune']);
    click('[data-tab="stages"]');
    expect(one('[data-stage="training"] .jg-Stage').ariaPressed).toBe('true');

    click('[data-stage="training"] .jg-Stage');
    click('[data-tab="cells"]');
    expect(titles()).toHaveLength(5);
  });

  it('keep the view of their notebook', () => {
    show(five);
    enter('.jg-Tools-filter', 'fit');
    show(null);
    show(five);

    expect(titles()).toEqual(['fit']);
  });

  it('are not all drawn at once where there are many', () => {
    vi.stubGlobal(
      'IntersectionObserver',
      class {
        observe = vi.fn();
        disconnect = vi.fn();
      }
    );
    show(Array.from({ length: 200 }, (_, n) => row(`n${n}`)));
    expect(titles().length).toBeLessThan(100);

    click('.jg-Rows-more button');
    expect(titles().length).toBeGreaterThan(100);
    vi.unstubAllGlobals();
  });

  it('are drawn around one that runs far down, and what is between them on demand', () => {
    vi.stubGlobal(
      'IntersectionObserver',
      class {
        observe = vi.fn();
        disconnect = vi.fn();
      }
    );
    vi.stubGlobal(
      'ResizeObserver',
      class {
        observe = vi.fn();
        disconnect = vi.fn();
      }
    );
    const many = (running: number) =>
      Array.from({ length: 400 }, (_, n) =>
        row(`n${n}`, n === running ? { status: 'running' } : {})
      );
    show(many(300));
    expect(titles()).toContain('work("n300")');
    expect(titles()).not.toContain('work("n200")');
    expect(titles().length).toBeLessThan(130);

    show(many(-1)); // it has ended, and stays in sight
    expect(titles()).toContain('work("n300")');

    expect(all('.jg-Rows-more').map(({ textContent }) => textContent)).toEqual([
      '210 more cells',
      '69 more cells'
    ]);
    React.act(() => {
      all('.jg-Rows-more button')[0].click();
    });
    expect(titles()).toContain('work("n100")');
    expect(titles()).not.toContain('work("n200")');
    vi.unstubAllGlobals();
  });

  it('are all shown that come after the End key was pressed', () => {
    show([row('a'), row('b')]);
    one('[data-cell-id="a"] .jg-Row-button').focus();
    React.act(() => {
      document.activeElement?.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'End', bubbles: true })
      );
    });
    show([row('a'), row('b'), row('c')]);
    expect(titles()).toHaveLength(3);
  });

  it.each([
    [100, 3, 122, 3, '−18 %', '-1'],
    [100, 3, 98, 3, 'no clear change', '0'],
    [100, 3, 80, 1, '+25 %', '1']
  ])(
    'with %d ± %d J after %d ± %d J read %s',
    (energy_j, uncertainty_j, before_j, unsure_j, words, sign) => {
      const previous = {
        energy_j: before_j,
        uncertainty_j: unsure_j,
        shares: []
      };
      show([row('a', { energy_j, uncertainty_j, previous })]);

      expect(one('.jg-Row-change').textContent).toBe(words);
      expect(one('.jg-Row-change').dataset.change).toBe(sign);
    }
  );

  it('tell stage, joules per unit, peak and metric', () => {
    show([
      row('a', {
        stage: 'training',
        peakPower_w: 70,
        metric: { accuracy: 0.91319 },
        per: { count: 1000, unit: 'token' }
      })
    ]);

    expect(one('.jg-Row-more').textContent).toBe(
      'training100 ± 3 mJ/tokenpeak 70.0 Waccuracy 0.9132'
    );
    expect(one('.jg-Row-button').getAttribute('aria-label')).toContain(
      '100 ± 3 mJ/token, accuracy 0.9132'
    );
  });

  it('that wait say so, and have no figures', () => {
    show([
      row('a', {
        status: 'queued',
        energy_j: null,
        duration_s: null,
        provenance: null
      }),
      row('b')
    ]);

    expect(one('[data-cell-id="a"]').textContent).toBe('[*]work("a")queued');
  });

  it('that run have a sparkline', () => {
    show([row('a', { status: 'running', recent_w: [0, 50, 100] })]);

    expect(one('.jg-Sparkline polyline').getAttribute('points')).toBe(
      '0.0,19.0 48.0,10.0 96.0,1.0'
    );
  });

  it('that have ended are announced, once', () => {
    show([row('a', { status: 'running' })]);
    expect(one('[aria-live]').textContent).toBe('');
    show([row('a')]);

    expect(one('[aria-live]').textContent).toBe('work("a"): 100 ± 3 J');
  });

  it('get a stage from their details', () => {
    show([row('a', { stage: 'mine', details: details() })]);
    click('.jg-Row-toggle');
    enter('.jg-Details-stage select', 'training');
    enter('.jg-Details-stage select', '');

    expect(actions.setStage.mock.calls).toEqual([
      ['a', 'training'],
      ['a', null]
    ]);
  });
});
