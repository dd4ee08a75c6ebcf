import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { aReport, aRow as row } from '../fixtures';
import { actions, all, click, one, page, show } from './page';

describe('the host', () => {
  it('says why no baseline was measured, at its button', async () => {
    actions.measureBaseline.mockRejectedValue(new Error('Canceled future'));
    show([row('a')], { host: { domains: aReport().domains } });
    click('[data-tab="host"]');
    await React.act(async () => {
      one('.jg-Baseline button').click();
      await Promise.resolve();
    });

    expect(one('.jg-Baseline-answer').textContent).toBe(
      'Not measured: Canceled future.'
    );
    expect((one('.jg-Baseline button') as HTMLButtonElement).disabled).toBe(
      false
    );
  });

  it('tells sensors, and each command of a remedy by itself', () => {
    const remedy = 'Load it: `modprobe x` (see `man`). Or ask: `sudo y`.';
    show([row('a')], {
      host: {
        domains: aReport().domains,
        missing: [{ id: 'gpu:0', reason: 'no driver', remedy }],
        hasOtherMeters: true,
        baselineAt: new Date(Date.now() - 12.2 * 60e3).toISOString()
      }
    });
    click('[data-tab="host"]');

    expect(one('.jg-Sensor').textContent).toBe(
      'cpu:0/packageenergy counter, every 1.00 msa processor · rapl'
    );
    expect(
      all('.jg-Missing code').map(({ textContent }) => textContent)
    ).toEqual(['modprobe x', 'sudo y']);
    expect(one('.jg-Host-others').textContent).toContain(
      'Other programs metered this machine'
    );
    expect(page.node.querySelector('.jg-Baseline p')?.textContent).toBe(
      'Idle baseline measured 12 min ago.'
    );
  });

  it('measures the baseline and says what came of it', async () => {
    actions.measureBaseline.mockResolvedValue('idle: 40 W');
    show([row('a')], { host: { domains: aReport().domains } });
    click('[data-tab="host"]');
    await React.act(async () => {
      one('.jg-Baseline button').click();
      await Promise.resolve();
    });

    expect(one('.jg-Baseline-answer').textContent).toBe('Idle: 40 W.');
    expect((one('.jg-Baseline button') as HTMLButtonElement).disabled).toBe(
      false
    );
  });
});
