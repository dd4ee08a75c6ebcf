import { readFileSync } from 'node:fs';

import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { findTopic, selfContained, topicOf } from '../../src/help/topics';
import {
  flagExplained,
  provenanceExplained,
  repeatsExplained,
  replayExplained,
  signsIn
} from '../../src/text/explained';
import { flagsIn } from '../../src/text/flags';

const trans = nullTranslator.load('jupyter_green');
const markdown = readFileSync('../docs/figures.md', 'utf-8');

describe('the page of help', () => {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    topicOf(text)
  );
  const flags = [...markdown.matchAll(/^\| `([\w-]+)` \|/gm)].map(
    ([, flag]) => flag
  );

  it('has all that anything refers to', () => {
    const signs = ['≈ 1 J', '1 ± 1 J', '< 1 J', '1 J … 2 J', '1 J, × ½ to 2'];
    const topics = [
      ...signs.flatMap(sign => signsIn(sign, trans)),
      ...(['counter', 'power', 'estimate', 'mixed'] as const).map(each =>
        provenanceExplained(each, trans)
      ),
      replayExplained(trans),
      repeatsExplained(trans)
    ].map(({ topic }) => topic);
    expect(topics).toHaveLength(signs.length + 6);
    expect(headings).toEqual(expect.arrayContaining([...topics, 'signs']));
  });

  it('has all flags', () => {
    const known = Object.keys(flagsIn(trans));
    expect(known.map(flag => flagExplained(flag, trans).topic)).toEqual(known);
    expect([...new Set(flags)].sort()).toEqual(known.sort());
  });

  it('links to nothing but itself', () => {
    const page = selfContained(markdown);
    expect(page).toContain('`docs/uncertainty.md`');
    expect([...page.matchAll(/\]\(([^)]*)\)/g)].map(([, to]) => to)).toEqual([
      '#factor'
    ]);
  });
});

describe('a topic', () => {
  const page = document.createElement('div');
  page.innerHTML =
    '<h2>Signs</h2><h3>Plus or minus¶</h3><table><tr><td><code>read-failed</code></td><td>signs</td></tr></table>';

  it.each([
    ['plus-or-minus', 'H3'],
    ['read-failed', 'TD'],
    ['signs', 'H2'],
    ['nothing', undefined]
  ])('%s is found', (topic, tag) => {
    expect(findTopic(page, topic)?.tagName).toBe(tag);
  });
});
