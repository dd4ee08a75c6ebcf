/**
 * The front end of the live widget, an anywidget module: it follows the
 * kernel's messages, and the traits for what was sent before it was there.
 */
import { RunView } from '../runview/runview';
import { isMessage, type Message } from './messages';
import { Run } from './run';

/** What the widget uses of an anywidget model. */
export interface IModel {
  get(trait: 'begin' | 'history' | 'end'): unknown;
  on(event: 'msg:custom', handler: (content: unknown) => void): void;
  on(event: 'change:history' | 'comm_live_update', handler: () => void): void;
  off(event: string, handler: (content: unknown) => void): void;
}

/** Shows the run of `model` in `el`; returns how to stop. */
function render({ model, el }: { model: IModel; el: HTMLElement }): () => void {
  let shown: { run: Run; view: RunView } | undefined;

  // Every message says what a view needs to begin with.
  const join = (message: Message): { run: Run; view: RunView } => {
    if (!shown) {
      const run = new Run(message);
      shown = { run, view: new RunView(run) };
      el.append(shown.view.node);
    }
    return shown;
  };
  const take = (content: unknown): void => {
    if (isMessage(content)) {
      const { run, view } = join(content);
      if (run.take(content)) {
        view.update();
      }
    }
  };
  const repair = (): void => {
    const history = model.get('history');
    if (isMessage(history) && history.kind === 'samples') {
      const { run, view } = join(history);
      if (run.repair(history)) {
        view.update();
      }
    }
  };

  // ipywidgets says this of every widget whose kernel restarts or goes away.
  const lose = (): void => {
    shown?.view.lose();
  };

  take(model.get('begin'));
  repair();
  // A page that was reloaded in mid-run gets the traits when the run is over.
  take(model.get('end'));
  model.on('msg:custom', take);
  model.on('change:history', repair);
  model.on('comm_live_update', lose);
  return () => {
    model.off('msg:custom', take);
    model.off('change:history', repair);
    model.off('comm_live_update', lose);
    shown?.view.dispose();
  };
}

export default { render };
