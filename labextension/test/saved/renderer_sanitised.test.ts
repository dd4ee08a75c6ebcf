/**
 * What JupyterLab's own sanitiser leaves of a cell's output in a notebook that
 * is not trusted. `tests/data/result.html` is what the kernel writes;
 * `tests/unit/test_sanitised.py` holds it to be so.
 */
import { readFileSync } from 'node:fs';

import { Sanitizer } from '@jupyterlab/apputils';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync('../tests/data/result.html', 'utf8');

function parse(html: string): HTMLElement {
  const node = document.createElement('div');
  node.innerHTML = html;
  return node;
}

function sources(node: HTMLElement): string[] {
  return Array.from(node.querySelectorAll('img'), image => image.src);
}

function styles(node: HTMLElement): string[] {
  return Array.from(node.querySelectorAll('*'), child => {
    const style = child.getAttribute('style') ?? '';
    return style
      .split(';')
      .map(rule => rule.trim().replace(/:\s+/, ':'))
      .filter(rule => rule !== '' && !rule.startsWith('break-inside'))
      .join(';');
  });
}

describe("JupyterLab's sanitiser", () => {
  const whole = parse(PAGE);
  const left = parse(new Sanitizer().sanitize(PAGE));

  it('leaves every word and figure', () => {
    expect(left.textContent).toBe(whole.textContent);
    expect(left.textContent).toContain('2.7 kJ ± 8 %');
  });

  it('leaves the picture and the swatches', () => {
    expect(sources(left)).toEqual(sources(whole));
    expect(sources(left)).toHaveLength(4);
  });

  it('leaves the tables, what is folded, and the look', () => {
    expect(left.querySelectorAll('td, th').length).toBe(
      whole.querySelectorAll('td, th').length
    );
    expect(left.querySelector('details > summary')).not.toBeNull();
    expect(styles(left)).toEqual(styles(whole));
  });
});
