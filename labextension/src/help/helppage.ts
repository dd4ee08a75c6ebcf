import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { PanelLayout, Widget } from '@lumino/widgets';

import text from '../../../docs/figures.md';
import { injectStyle } from '../chart/style';
import { energyIcon } from '../icons';
import { findTopic, selfContained, topicOf } from './topics';

const ID = 'jupyter-green-help';
const MARKDOWN = 'text/markdown';
const STYLE = `
.jg-Help{min-height:260px;overflow:auto;background:var(--jp-layout-color1)}
.jg-Help>.jp-RenderedMarkdown{box-sizing:border-box;max-width:60em;padding:8px 24px 60vh}
.jg-Help .jp-RenderedMarkdown table{display:table;margin:0 0 1em}
.jg-Help .jp-RenderedMarkdown :is(th,td){text-align:left;vertical-align:top}
.jg-Help .jp-InternalAnchorLink{display:none}
.jg-Help-topic{outline:2px solid var(--jp-brand-color1);outline-offset:2px}
`;

/** How the page is shown. */
export interface IHelpOptions {
  readonly shell: JupyterFrontEnd.IShell;
  readonly rendermime: IRenderMimeRegistry;
  readonly label: string;
  /** Where it begins; empty for its top. */
  readonly topic: string;
}

/** `docs/figures.md`, as JupyterLab shows Markdown. */
export class HelpPage extends Widget {
  constructor(rendermime: IRenderMimeRegistry) {
    super();
    this.addClass('jg-Help');
    injectStyle('jg-help-style', STYLE);
    const layout = new PanelLayout();
    const renderer = rendermime.createRenderer(MARKDOWN);
    layout.addWidget(renderer);
    this.layout = layout;
    this._rendered = renderer.renderModel(
      rendermime.createModel({ data: { [MARKDOWN]: selfContained(text) } })
    );
    this.node.addEventListener('click', event => {
      const link = (event.target as HTMLElement).closest('a[href^="#"]');
      if (link) {
        event.preventDefault();
        void this.goTo(topicOf(link.getAttribute('href')!));
      }
    });
  }

  /** Scrolls to a topic, marks it and gives it the focus, so that reading goes on there. */
  async goTo(topic: string): Promise<void> {
    await this._rendered;
    const place = findTopic(this.node, topic);
    this._place?.classList.remove('jg-Help-topic');
    this._place = place;
    if (place) {
      place.classList.add('jg-Help-topic');
      place.tabIndex = -1;
      place.focus({ preventScroll: true });
      place.scrollIntoView({ block: 'start' });
    }
  }

  private readonly _rendered: Promise<void>;
  private _place: HTMLElement | null = null;
}

/** Shows the page beside what is there, once however often it is asked for. */
export async function showHelp(options: IHelpOptions): Promise<void> {
  const { shell, rendermime, label, topic } = options;
  if (!shown || shown.isDisposed) {
    shown = new MainAreaWidget({ content: new HelpPage(rendermime) });
    shown.id = ID;
    shown.title.label = label;
    shown.title.icon = energyIcon;
    shown.title.closable = true;
    shown.content.node.setAttribute('role', 'region');
    shown.content.node.setAttribute('aria-label', label);
    shell.add(shown, 'main', { mode: 'split-right' });
    if (!shown.isAttached) {
      shell.add(shown, 'down'); // Notebook 7 has room for one document
    }
  }
  shell.activateById(ID);
  await shown.content.goTo(topic);
}

let shown: MainAreaWidget<HelpPage> | undefined;
