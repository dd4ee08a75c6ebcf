import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IStatusBar } from '@jupyterlab/statusbar';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { addToStatusBar } from '../../src/app/statusbaritem';

const ITEM = { item: {} } as IStatusBar.IItem;

/** A page, with a status bar or without. */
function page(statusBar: unknown): JupyterFrontEnd {
  const resolveOptionalService = () => Promise.resolve(statusBar);
  return { resolveOptionalService } as unknown as JupyterFrontEnd;
}

beforeEach(() => {
  // The real one takes seconds to load, and is asked for its token alone.
  vi.doMock('@jupyterlab/statusbar', () => ({ IStatusBar: {} }));
});

afterEach(() => {
  vi.doUnmock('@jupyterlab/statusbar');
  vi.resetModules();
});

test('the item is in the status bar of a page that has one', async () => {
  const items: unknown[] = [];
  const registerStatusItem = (...item: unknown[]) => items.push(item);
  await addToStatusBar(page({ registerStatusItem }), 'id', ITEM);
  expect(items).toEqual([['id', ITEM]]);
});

test('a page without a status bar is left alone', async () => {
  await expect(addToStatusBar(page(null), 'id', ITEM)).resolves.toBeUndefined();
});

test('a page without its module is left alone', async () => {
  vi.doMock('@jupyterlab/statusbar', () => {
    throw new Error("Shared module doesn't exist in shared scope");
  });
  const { addToStatusBar } = await import('../../src/app/statusbaritem');
  await expect(
    addToStatusBar(page(undefined), 'id', ITEM)
  ).resolves.toBeUndefined();
});

test('nothing needs the module of the status bar to load', () => {
  const sources = join(import.meta.dirname, '../../src');
  const needing = (readdirSync(sources, { recursive: true }) as string[])
    .filter(name => /\.tsx?$/.test(name))
    .filter(name =>
      /^import (?!type).*'@jupyterlab\/statusbar'/m.test(
        readFileSync(join(sources, name), 'utf8')
      )
    );
  expect(needing).toEqual([]);
});
