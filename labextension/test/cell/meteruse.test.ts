import { describe, expect, it } from 'vitest';

import {
  installsPackages,
  isMeterNotFound,
  loadsMeter,
  usesMeter
} from '../../src/cell/meteruse';

describe('code that needs the meter', () => {
  it.each([
    '%%energy\nx',
    '# title\n%%time\n%%energy --label fit\nx',
    '%energy f(x)',
    'x = 1\n  %energy f(x)',
    'report = %energy -o f(x)',
    '%green on'
  ])('is %j', source => {
    expect(usesMeter(source)).toBe(true);
  });

  it.each([
    '',
    'x % energy',
    'text = "%energy"',
    '# %energy f(x)',
    '%greenhouse',
    '%load_ext jupyter_green'
  ])('is not %j', source => {
    expect(usesMeter(source)).toBe(false);
  });
});

it('a line that loads the meter is known wherever it stands', () => {
  expect(loadsMeter('import time\n%load_ext jupyter_green')).toBe(true);
  expect(loadsMeter('%reload_ext jupyter_green')).toBe(true);
  expect(loadsMeter('# %load_ext jupyter_green')).toBe(false);
  expect(loadsMeter('%load_ext jupyter_greenhouse')).toBe(false);
});

it('cells that may bring the package are known', () => {
  expect(installsPackages('%pip install jupyter-green')).toBe(true);
  expect(installsPackages('x = 1\n!uv pip install ".[lab]"')).toBe(true);
  expect(installsPackages('install(pip)')).toBe(false);
});

it('a magic that is not found is told from other errors', () => {
  const isNotFound = (errorValue: string, errorName = 'UsageError'): boolean =>
    isMeterNotFound({ errorName, errorValue });
  expect(isNotFound('Cell magic `%%energy` not found.')).toBe(true);
  expect(isNotFound('Line magic function `%green` not found.')).toBe(true);
  expect(
    isNotFound(
      'Cell magic `%%energy` not found (But line magic `%energy` exists).'
    )
  ).toBe(true);
  expect(isNotFound('Cell magic `%%timing` not found.')).toBe(false);
  expect(isNotFound('Cell magic `%%energy` not found.', 'KeyError')).toBe(
    false
  );
});
