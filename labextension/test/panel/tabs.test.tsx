import * as React from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { aReport, aRow as row } from '../fixtures';
import { all, one, show } from './page';

describe('the parts below the summary', () => {
  it('are tabs, which the arrow keys walk through', () => {
    show([row('a')], { host: { domains: aReport().domains } });
    const selected = (): string[] =>
      all('[aria-selected="true"]').map(({ dataset }) => dataset.tab!);
    expect(selected()).toEqual(['cells']);
    expect(one('[role="tabpanel"]').dataset.content).toBe('cells');

    for (const [key, name] of [
      ['ArrowRight', 'stages'],
      ['ArrowRight', 'host'],
      ['ArrowRight', 'cells'],
      ['ArrowLeft', 'host'],
      ['Home', 'cells'],
      ['End', 'host']
    ]) {
      one('[aria-selected="true"]').focus();
      React.act(() => {
        document.activeElement?.dispatchEvent(
          new KeyboardEvent('keydown', { key, bubbles: true })
        );
      });
      expect(selected()).toEqual([name]);
      expect((document.activeElement as HTMLElement).dataset.tab).toBe(name);
      expect(one('.jg-Total')).toBeTruthy();
    }
  });

  it('begin with the host where no sensor was read', () => {
    const missing = [{ id: 'nvml', reason: 'no driver', remedy: '' }];
    show([row('a', { energy_j: null, duration_s: 1 })], { host: { missing } });

    expect(one('[role="tabpanel"]').dataset.content).toBe('host');
  });

  describe('the running row', () => {
    const scrolled = vi.fn();
    const seen = { bottom: 10, top: 0 };
    beforeEach(() => {
      vi.spyOn(Element.prototype, 'scrollIntoView').mockImplementation(
        function (this: Element) {
          scrolled((this as HTMLElement).dataset.cellId);
        }
      );
    });

    /** Scrolls the rows with the wheel; the running row is in sight then or not. */
    function wheel(isInSight: boolean): void {
      const top = isInSight ? seen : { bottom: 900, top: 890 };
      vi.spyOn(
        one('[data-status="running"]'),
        'getBoundingClientRect'
      ).mockReturnValue(top as DOMRect);
      const scroller = one('[role="tabpanel"]');
      vi.spyOn(scroller, 'getBoundingClientRect').mockReturnValue({
        bottom: 500,
        top: 0
      } as DOMRect);
      scroller.dispatchEvent(new Event('wheel'));
      scroller.dispatchEvent(new Event('scroll'));
    }

    const run = (...running: string[]): void => {
      show(
        ['a', 'b', 'c'].map(id =>
          row(id, {
            status:
              running[0] === id
                ? 'running'
                : running.includes(id)
                  ? 'queued'
                  : 'ok'
          })
        )
      );
    };

    it('is scrolled to as it begins, once', () => {
      run('b', 'c');
      run('b', 'c');
      expect(scrolled.mock.calls).toEqual([['b']]);
      run('c');
      expect(scrolled.mock.calls).toEqual([['b'], ['c']]);
    });

    it('is not scrolled to once the user has scrolled away', () => {
      run('a', 'b', 'c');
      wheel(false);
      scrolled.mockClear();
      run('b', 'c');
      expect(scrolled).not.toHaveBeenCalled();

      wheel(true);
      run('c');
      expect(scrolled.mock.calls).toEqual([['c']]);
    });

    it('is scrolled to where it was not asked for yet when the user scrolled away', () => {
      run('a', 'b');
      wheel(false);
      scrolled.mockClear();
      run('c'); // before the panel has seen that nothing ran
      expect(scrolled.mock.calls).toEqual([['c']]);
    });

    it('is kept in sight as it grows', () => {
      let grow = (): void => undefined;
      vi.stubGlobal(
        'ResizeObserver',
        class extends window.ResizeObserver {
          constructor(callback: () => void) {
            super(callback);
            grow = callback;
          }
        }
      );
      run('b');
      grow();
      expect(scrolled.mock.calls).toEqual([['b'], ['b']]);
      wheel(false);
      grow();
      expect(scrolled).toHaveBeenCalledTimes(2);
      vi.unstubAllGlobals();
    });

    it('is scrolled to again when all has ended', () => {
      run('a');
      wheel(false);
      run();
      scrolled.mockClear();
      run('b');
      expect(scrolled.mock.calls).toEqual([['b']]);
    });
  });
});
