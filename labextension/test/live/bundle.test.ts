import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

it('carries no code of other packages, whose licences would have to go with it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  const told = join(folder, 'inputs.json');
  execFileSync('node_modules/.bin/esbuild', [
    'src/live/widget.ts',
    '--bundle',
    '--format=esm',
    '--log-level=error',
    `--metafile=${told}`,
    `--outfile=${join(folder, 'live.js')}`
  ]);
  const { inputs } = JSON.parse(readFileSync(told, 'utf8')) as {
    inputs: Record<string, unknown>;
  };
  rmSync(folder, { recursive: true });
  expect(Object.keys(inputs).length).toBeGreaterThan(20);
  expect(Object.keys(inputs).filter(path => !path.startsWith('src/'))).toEqual(
    []
  );
});
