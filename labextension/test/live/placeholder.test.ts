import type { ISessionContext } from '@jupyterlab/apputils';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, expect, it, vi } from 'vitest';

import { LiveFeed } from '../../src/feed/livefeed';
import { Placeholder } from '../../src/live/placeholder';
import { LIVE_MIME_TYPE } from '../../src/record/bundle';
import { Settings } from '../../src/settings';
import { begin, samples } from '../live_messages';
import { TestSession } from '../session';

const trans = nullTranslator.load('jupyter_green');
const session = new TestSession();
const help = vi.fn();
const feed = new LiveFeed({ session });

afterEach(() => {
  feed.dispose();
});

it('the signs of live figures are explained on hover', async () => {
  const place = new Placeholder(
    feed,
    Object.assign(session, {
      isReady: true,
      ready: Promise.resolve()
    }) as unknown as ISessionContext,
    new Settings(),
    trans,
    help
  );
  const provenance = 'estimate';
  const domains = begin().domains.map(domain => ({ ...domain, provenance }));
  session.send({ ...begin(), provenance, domains });
  session.send({ ...samples(30), provenance, domains });
  const data = { [LIVE_MIME_TYPE]: { run_id: 'run-1' } };
  await place.renderModel({ data } as unknown as IRenderMime.IMimeModel);

  const figure = [...place.node.querySelectorAll('b')].find(({ textContent }) =>
    textContent.startsWith('≈')
  )!;
  figure.dispatchEvent(new Event('pointerover', { bubbles: true }));

  expect(figure.title).toMatch(/^≈: estimated/);
  figure.click();
  expect(help).toHaveBeenCalledExactlyOnceWith('estimated');
});
