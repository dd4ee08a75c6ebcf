import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { afterEach, describe, expect, it } from 'vitest';

import rooms from '../rooms.config.mjs';

let folder = '';

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The names of the rules that a tree of these files breaks. */
async function broken(files: Record<string, string>): Promise<string[]> {
  folder = mkdtempSync(join(tmpdir(), 'rooms-'));
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, 'src', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const { output } = await cruise(['src'], {
    baseDir: folder,
    ruleSet: { forbidden: rooms.forbidden },
    validate: true,
    tsPreCompilationDeps: true
  });
  const { violations } = (output as ICruiseResult).summary;
  return [...new Set(violations.map(({ rule }) => rule.name))].sort();
}

const VALUE = 'export const value = 1; export type Value = number;';

describe('the check of rooms', () => {
  it('lets a file import the floors below and its own room', async () => {
    const names = await broken({
      'record/a.ts': VALUE,
      'model/b.ts': "export { value } from '../record/a';",
      'model/c.ts': "export { value } from './b';",
      'index.ts': "import './model/c';"
    });
    expect(names).toEqual([]);
  });

  it.each([
    ['of a value', "import { value } from '../app/b'; export default value;"],
    [
      'of a type',
      "import type { Value } from '../app/b'; export let a: Value;"
    ],
    ['at run time', "export const a = import('../app/b');"]
  ])('sees an import upward, %s', async (_, text) => {
    expect(await broken({ 'record/a.ts': text, 'app/b.ts': VALUE })).toEqual([
      'upward-from-record'
    ]);
  });

  it('sees an import from a room of the same floor', async () => {
    const names = await broken({
      'panel/a.ts': "export { value } from '../export/b';",
      'export/b.ts': VALUE
    });
    expect(names).toEqual(['upward-from-saved']);
  });

  it('sees a circle of types within a room', async () => {
    const names = await broken({
      'text/a.ts': "import type { B } from './b'; export type A = B | null;",
      'text/b.ts': "import type { A } from './a'; export type B = A[];"
    });
    expect(names).toEqual(['no-circle']);
  });

  it('sees a file that stands in no room', async () => {
    expect(await broken({ 'helpers.ts': "import 'react';" })).toEqual([
      'known-room'
    ]);
  });
});
