import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { IModel } from '../../src/live/widget';
import { begin } from '../live_messages';

beforeEach(() => {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe = (): void => undefined;
      unobserve = (): void => undefined;
      disconnect = (): void => undefined;
    }
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A model that has begun a run. */
const MODEL: IModel = {
  get: trait => (trait === 'begin' ? begin() : {}),
  on: () => undefined,
  off: () => undefined
};

it('has its styles in a shadow tree, where those of the page do not reach', async () => {
  const { default: widget } = await import('../../src/live/widget');
  const inPage = document.createElement('div');
  document.body.append(inPage);
  const inShadow = document.createElement('div');
  document.createElement('div').attachShadow({ mode: 'open' }).append(inShadow);
  const stops = [inPage, inShadow].map(el =>
    widget.render({ model: MODEL, el })
  );
  expect(inPage.querySelectorAll('style')).toHaveLength(0);
  const styles = [...inShadow.querySelectorAll('style')];
  expect(styles.map(style => style.id).sort()).toEqual([
    'jpg-chart-style',
    'jpg-run-style'
  ]);
  stops.forEach(stop => {
    stop();
  });
});
