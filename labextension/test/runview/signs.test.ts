import { nullTranslator } from '@jupyterlab/translation';
import { expect, it, vi } from 'vitest';

import { Figure } from '../../src/runview/figure';
import { explainSigns } from '../../src/runview/signs';

const trans = nullTranslator.load('jupyter_green');

function aView(html = '', help?: (topic: string) => void): HTMLElement {
  const view = document.createElement('div');
  explainSigns(view, trans, help);
  view.innerHTML = html;
  return view;
}

function hover(node: Element): HTMLElement {
  node.dispatchEvent(new Event('pointerover', { bubbles: true }));
  return node as HTMLElement;
}

it('the signs of a figure are explained on hover, as they are then', () => {
  const view = aView();
  const figure = new Figure();
  view.append(figure.node);
  const [number] = figure.node.children as unknown as HTMLElement[];

  figure.show('≈ 12.3 ± 0.4 J', 'energy');
  hover(figure.node.querySelector('small')!);
  expect(number.title).toMatch(
    /^≈: estimated.*\n±: .*\nMore: docs\/figures.md$/
  );

  figure.show('12.30 J', 'energy');
  hover(figure.node.querySelector('small')!);
  expect(number.title).toBe('');
});

it('a hint that is there stays', () => {
  const view = aView('<i title="mine">≈ 5 J</i>');
  expect(hover(view.firstElementChild!).title).toBe('mine');
});

it('where there is a page of help, a click leads to the first sign', () => {
  const help = vi.fn();
  const view = aView('<b>12.3 ± 0.4 J</b><b>5.00 J</b>', help);
  const [vague, exact] = [...view.children].map(hover);
  expect(vague.title).toMatch(/^±: .*\nClick for more.$/);

  exact.click();
  expect(help).not.toHaveBeenCalled();
  vague.click();
  expect(help).toHaveBeenCalledExactlyOnceWith('plus-or-minus');
});

it('what has a click of its own keeps it', () => {
  const help = vi.fn();
  const view = aView('<button><b>≈ 5 J</b></button>', help);
  const figure = hover(view.querySelector('b')!);
  figure.click();
  expect(figure.title).toMatch(/^≈: estimated.*measured.$/);
  expect(help).not.toHaveBeenCalled();
});

it('a line is explained without the name that it begins with', () => {
  const view = aView(
    '<details class="jpg-line"><summary><span></span></summary></details>'
  );
  const line = view.querySelector('span')!;
  line.textContent = 'x < y: 12.3 ± 0.4 J · 10.0 W mean · 1.20 s · measured';
  expect(hover(line).title).toMatch(/^±: [^<]*$/);
});
