import { element } from '../chart/dom';
import type { IHandover } from './handover';

/** The result is said aloud when it has stood for so long: the widget gives way to it first. */
const SPEAK_AFTER_MS = 600;

/** Tells a screen reader the result of a run, once; figures that change all the time it does not. */
export class Announcer {
  readonly node = element('span', 'jpg-hidden');

  constructor(private readonly _handover: IHandover) {
    this.node.setAttribute('role', 'status');
  }

  /** Says a result, or a refined one in its place. */
  announce(text: string): void {
    clearTimeout(this._timer);
    if (this._handover.isUnspoken) {
      this._timer = setTimeout(() => {
        this._handover.isUnspoken = false;
        this.node.textContent = text;
      }, SPEAK_AFTER_MS);
    }
  }

  dispose(): void {
    clearTimeout(this._timer);
  }

  private _timer: ReturnType<typeof setTimeout> | undefined;
}
