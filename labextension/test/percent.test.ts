/**
 * The translation call takes `%%` for a percent sign, and `%1` for a parameter:
 * a magic in it would be shown as another one.
 */
import { readdirSync, readFileSync } from 'node:fs';

import { nullTranslator } from '@jupyterlab/translation';
import * as ts from 'typescript';
import { describe, expect, it } from 'vitest';

import { verbatim } from '../src/text/verbatim';

const trans = nullTranslator.load('jupyter_green');

/** The texts that the sources have translated, with the file of each. */
function translated(): [file: string, text: string][] {
  const found: [string, string][] = [];
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' });
  for (const file of sources.filter(name => /\.tsx?$/.test(name))) {
    const visit = (node: ts.Node): void => {
      if (
        ts.isCallExpression(node) &&
        ts.isPropertyAccessExpression(node.expression) &&
        /^_[_np]+$/.test(node.expression.name.text)
      ) {
        for (const part of node.arguments) {
          if (ts.isStringLiteralLike(part)) {
            found.push([file, part.text]);
          }
        }
      }
      ts.forEachChild(node, visit);
    };
    const text = readFileSync(`src/${file}`, 'utf8');
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022));
  }
  return found;
}

/** The texts of a settings schema, all of which JupyterLab has translated. */
function textsOf(value: unknown): string[] {
  return typeof value === 'string'
    ? [value]
    : Object.values(value ?? {}).flatMap(textsOf);
}

/** A text with its parameters in their places. */
function shown(text: string): string {
  const names = Array.from({ length: 9 }, (_, index) => `%${index + 1}`);
  return trans.__(text, ...names);
}

describe('a percent sign in a text that is translated', () => {
  it('is shown as it stands there', () => {
    const texts = translated();
    expect(texts.length).toBeGreaterThan(150);
    expect(texts.filter(([, text]) => shown(text) !== text)).toEqual([]);
  });

  it('is shown as it stands in the settings', () => {
    for (const name of readdirSync('schema')) {
      const schema = JSON.parse(
        readFileSync(`schema/${name}`, 'utf8')
      ) as object;
      const texts = textsOf(schema);
      expect(texts.filter(text => trans.__(text) !== text)).toEqual([]);
    }
  });

  it.each(['%%energy', '%d %% done', '100%%', '%% %% %%', '50 % %1'])(
    'is shown as it stands in a parameter: %j',
    text => {
      expect(trans.__('stage %1', verbatim(text))).toBe(`stage ${text}`);
      expect(trans.__('Details of %1.', verbatim(text))).toBe(
        `Details of ${text}.`
      );
    }
  );
});
