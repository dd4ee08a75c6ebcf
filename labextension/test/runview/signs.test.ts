import { nullTranslator } from '@jupyterlab/translation';
import { expect, it } from 'vitest';

import { Figure } from '../../src/runview/figure';
import { explainSigns } from '../../src/runview/signs';

const trans = nullTranslator.load('jupyter_green');

function hover(node: Element): void {
  node.dispatchEvent(new Event('pointerover', { bubbles: true }));
}

it('the signs of a figure are explained on hover, as they are then', () => {
  const view = document.createElement('div');
  explainSigns(view, trans);
  const figure = new Figure();
  view.append(figure.node);
  const [number] = figure.node.children as unknown as HTMLElement[];

  figure.show('≈ 12.3 ± 0.4 J', 'energy');
  hover(figure.node.querySelector('small')!);
  expect(number.title).toMatch(/^≈: estimated.*\n±: /);

  figure.show('12.30 J', 'energy');
  hover(figure.node.querySelector('small')!);
  expect(number.title).toBe('');
});

it('a hint that is there stays', () => {
  const view = document.createElement('div');
  explainSigns(view, trans);
  view.innerHTML = '<i title="mine">≈ 5 J</i>';
  hover(view.firstElementChild!);

  expect((view.firstElementChild as HTMLElement).title).toBe('mine');
});
