import { MimeModel } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';
import { beforeEach, describe, expect, it } from 'vitest';

import { LazyRenderer } from '../../src/app/lazyrenderer';
import { REPORT_MIME_TYPE } from '../../src/record/bundle';
import { placeOf } from '../../src/saved/place';

/** Shows a text. */
class Plain extends Widget implements IRenderMime.IRenderer {
  renderModel({ data }: IRenderMime.IMimeModel): Promise<void> {
    this.node.textContent = data['text/plain'] as string;
    return Promise.resolve();
  }
}

const model = (text: string): MimeModel =>
  new MimeModel({ data: { 'text/plain': text } });

describe('a renderer that is loaded with its first output', () => {
  let loads = 0;
  let arrive: () => void;
  let inner: Plain;
  let renderer: LazyRenderer;

  beforeEach(() => {
    loads = 0;
    inner = new Plain();
    renderer = new LazyRenderer({
      load: () => {
        loads += 1;
        return new Promise(resolve => {
          arrive = () => {
            resolve(inner);
          };
        });
      },
      place: model => placeOf(model, 'automatic')
    });
  });

  it('loads nothing before there is something to show', () => {
    expect(loads).toBe(0);
  });

  it('shows the text of the output until then, and the view from then on', async () => {
    const done = renderer.renderModel(
      new MimeModel({
        data: {
          'text/plain': 'energy: 5 J',
          [REPORT_MIME_TYPE]: { duration_s: 3, domains: [{}, {}, {}] }
        }
      })
    );
    const place = renderer.node.firstElementChild as HTMLElement;
    expect(place.textContent).toBe('energy: 5 J');
    expect(place.className).toBe('jg-Place');
    arrive();
    await done;
    expect([...renderer.node.children]).toEqual([inner.node]);
    expect(inner.parent).toBe(renderer);
  });

  it('ends with the newest of several outputs, loaded once', async () => {
    const done = ['one', 'two'].map(text => renderer.renderModel(model(text)));
    arrive();
    await Promise.all(done);
    await renderer.renderModel(model('three'));
    expect(renderer.node.textContent).toBe('three');
    expect(loads).toBe(1);
  });

  it('leaves nothing behind where the output is gone by then', async () => {
    const done = renderer.renderModel(model('one'));
    renderer.dispose();
    arrive();
    await done;
    expect(inner.isDisposed).toBe(true);
  });

  it('takes its view with it', async () => {
    const done = renderer.renderModel(model('one'));
    arrive();
    await done;
    renderer.dispose();
    expect(inner.isDisposed).toBe(true);
  });
});

describe('the place of a report', () => {
  it.each([null, 5, {}, { domains: 'many' }])(
    'has room for a record that does not fit: %j',
    record => {
      const place = placeOf(
        new MimeModel({ data: { [REPORT_MIME_TYPE]: record } }),
        'automatic'
      );
      expect(place.textContent).toBe('');
      expect(place.className).toBe('');
    }
  );

  it('is one line for a cell that keeps one line', () => {
    const place = placeOf(
      new MimeModel({
        data: { 'text/plain': '5 J', [REPORT_MIME_TYPE]: { domains: [] } },
        metadata: { [REPORT_MIME_TYPE]: { compact: true } }
      }),
      'automatic'
    );
    expect(place.textContent).toBe('5 J');
    expect(place.className).toBe('');
  });
});
