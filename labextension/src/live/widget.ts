/**
 * The front end of the live widget, an anywidget module: it follows the
 * kernel's messages, and the traits for what was sent before it was there.
 */
import { injectApart } from '../chart/style';
import { liveMessageIn } from '../feed/messages';
import { Run } from '../feed/run';
import type { LiveMessage } from '../record/livemessages';
import { FittedView } from '../runview/fittedview';

/** What the widget uses of an anywidget model. */
export interface IModel {
  get(trait: 'begin' | 'history' | 'end'): unknown;
  on(event: 'msg:custom', handler: (content: unknown) => void): void;
  on(
    event: 'change:history' | 'change:end' | 'comm_live_update',
    handler: () => void
  ): void;
  off(event: string, handler: (content: unknown) => void): void;
}

/** Shows the run of `model` in `el`; returns how to stop. */
function render({ model, el }: { model: IModel; el: HTMLElement }): () => void {
  let shown: { run: Run; view: FittedView } | undefined;

  const isApart = el.getRootNode() !== document;
  const leave = isApart ? injectApart(el) : undefined;

  // Every message says what a view needs to begin with.
  const join = (message: LiveMessage): { run: Run; view: FittedView } => {
    if (!shown) {
      const run = new Run(message);
      shown = { run, view: new FittedView(run) };
      el.append(shown.view.node);
    }
    return shown;
  };
  const take = (content: unknown): void => {
    const message = liveMessageIn(content);
    if (message) {
      const { run, view } = join(message);
      if (run.take(message)) {
        view.update();
      }
    }
  };
  const repair = (): void => {
    const history = liveMessageIn(model.get('history'));
    if (history?.kind === 'samples') {
      const { run, view } = join(history);
      if (run.repair(history)) {
        view.update();
      }
    }
  };

  const finish = (): void => {
    take(model.get('end'));
  };

  // ipywidgets says this of every widget whose kernel restarts or goes away.
  const lose = (): void => {
    if (shown?.run.lose()) {
      shown.view.update();
    }
  };

  take(model.get('begin'));
  repair();
  // A page that was reloaded in mid-run gets the traits when the run is over.
  finish();
  model.on('msg:custom', take);
  model.on('change:history', repair);
  model.on('change:end', finish);
  model.on('comm_live_update', lose);
  return () => {
    model.off('msg:custom', take);
    model.off('change:history', repair);
    model.off('change:end', finish);
    model.off('comm_live_update', lose);
    leave?.();
    shown?.view.dispose();
  };
}

export default { render };
