import { element, setText } from '../chart/dom';
import {
  type IExplained,
  type OpenHelp,
  replayExplained
} from '../text/explained';
import { replayWord, type Translator } from '../text/words';
import { Figure } from './figure';
import { explain } from './signs';

/** What stands above the curve: the figures, what the run is, how it stands, and the buttons. */
export class Head {
  readonly node = element('div', 'jpg-head');
  // The piece of area that stands for the joules in the chart.
  readonly energy = new Figure(element('i'));
  readonly power = new Figure();
  readonly time = new Figure();

  constructor(options: Head.IOptions) {
    const { label, isReplayed, buttons, trans, help } = options;
    this._trans = trans;
    this._help = help;
    const title = element('span');
    if (isReplayed) {
      const replay = element('b', 'jpg-replay', replayWord(trans));
      explain(replay, [replayExplained(trans)], trans, help);
      title.append(replay);
    }
    const name = element('span', 'jpg-label', label ?? '');
    title.append(name, this._status);
    const about = element('span', 'jpg-about');
    about.append(title, this._sensors);
    const tools = element('span', 'jpg-buttons');
    tools.append(...buttons);
    this.node.append(
      ...[this.energy, this.power, this.time].map(({ node }) => node),
      about,
      tools
    );
  }

  /** Says how the run stands, in one word for the style sheet and in words; `hint` says it on hover. */
  setStatus(status: string, words: string, hint = ''): void {
    this._status.dataset.status = status;
    this._status.title = hint;
    setText(this._status, words);
  }

  /** Says how the total comes about, and what that means. */
  setSensors(words: string, meanings: readonly IExplained[]): void {
    if (this._sensors.textContent !== words) {
      setText(this._sensors, words);
      explain(this._sensors, meanings, this._trans, this._help);
    }
  }

  private readonly _trans: Translator;
  private readonly _help: OpenHelp | undefined;
  private readonly _status = element('span', 'jpg-status');
  private readonly _sensors = element('span', 'jpg-muted');
}

/** A namespace for Head statics. */
export namespace Head {
  /** The options of a head. */
  export interface IOptions {
    readonly label: string | null;
    readonly isReplayed: boolean;
    readonly buttons: readonly HTMLElement[];
    readonly trans: Translator;
    /** Opens the page of help. */
    readonly help?: OpenHelp;
  }
}

/** A button that is on or off. */
export function toggleButton(
  text: string,
  attribute: 'aria-pressed' | 'aria-expanded',
  isOn: boolean,
  changed: (isOn: boolean) => void
): HTMLButtonElement {
  const node = element('button', '', text);
  node.type = 'button';
  node.setAttribute(attribute, String(isOn));
  node.addEventListener('click', () => {
    const next = node.getAttribute(attribute) !== 'true';
    node.setAttribute(attribute, String(next));
    changed(next);
  });
  return node;
}
