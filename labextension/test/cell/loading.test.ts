import { expect, it } from 'vitest';

import { hasMeter, loadMeter } from '../../src/cell/loading';
import { TestKernel } from '../kernel';

const ALONE = { hasLoadLine: false, isForAllCells: false };

it('the meter is loaded without a trace, and a failure holds up nothing', async () => {
  const kernel = new TestKernel();
  const outcome = loadMeter(kernel.connection, ALONE);
  expect(kernel.requests).toHaveLength(1); // at once

  expect(await outcome).toEqual({ kind: 'loaded' });
  expect(kernel.requests[0]).toMatchObject({
    silent: true,
    store_history: false,
    stop_on_error: false
  });
});

it('IPython is told of it only where no line of the notebook loads it too', async () => {
  const kernel = new TestKernel();
  await loadMeter(kernel.connection, ALONE);
  await loadMeter(kernel.connection, { ...ALONE, hasLoadLine: true });

  expect(
    kernel.requests.map(({ code }) => code.includes('loaded.add'))
  ).toEqual([true, false]);
});

it('a package that is not there, and one that fails, are told apart', async () => {
  const kernel = new TestKernel();
  kernel.isInstalled = false;
  expect(await loadMeter(kernel.connection, ALONE)).toEqual({
    kind: 'missing'
  });

  const evalue = 'libfoo.so: cannot open';
  kernel.replies.push({ status: 'error', ename: 'ImportError', evalue });
  expect(await loadMeter(kernel.connection, ALONE)).toEqual({
    kind: 'failed',
    reason: `ImportError: ${evalue}`
  });
});

it('a request that was dropped behind a failing cell is sent again', async () => {
  const kernel = new TestKernel();
  kernel.replies.push({ status: 'aborted' }, { status: 'aborted' });

  expect(await loadMeter(kernel.connection, ALONE)).toEqual({ kind: 'loaded' });
  expect(kernel.requests).toHaveLength(3);
});

it('a kernel is asked for the meter without running anything in it', async () => {
  const kernel = new TestKernel();
  expect(await hasMeter(kernel.connection)).toBe(false);
  kernel.isLoaded = true;
  expect(await hasMeter(kernel.connection)).toBe(true);
  expect(kernel.requests).toEqual([]);
});
