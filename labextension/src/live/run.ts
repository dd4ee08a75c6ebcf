import { Curve } from '../chart/curve';
import type { IReport } from '../report';
import type { IHead, INow, ISamplesMessage, Message } from './messages';

/**
 * One metered run, put together from numbered messages: some may be lost, and
 * the history may hold them again.
 */
export class Run {
  readonly curve: Curve;

  /** Joins a run at any of its messages. */
  constructor(readonly head: IHead) {
    this.curve = new Curve(head.domains);
  }

  /** The newest figures; null before the first samples. */
  get now(): INow | null {
    return this._now;
  }

  /** The report; null until the run has ended. */
  get report(): IReport | null {
    return this._report;
  }

  /** Takes a message in; returns whether it brought anything new. */
  take(message: Message): boolean {
    if (message.run_id !== this.head.run_id || message.seq <= this._seq) {
      return false;
    }
    if (message.seq > this._seq + 1) {
      this._lost = message.seq - 1;
    }
    this._seq = message.seq;
    if (message.kind === 'samples') {
      this.curve.append(message);
      this._now = message.now;
    } else if (message.kind === 'end') {
      this._report = message.report;
    }
    return true;
  }

  /** Takes all points so far where messages were lost; returns whether anything changed. */
  repair(history: ISamplesMessage): boolean {
    const isLater = history.seq > this._seq;
    if (history.run_id !== this.head.run_id || (this._lost < 0 && !isLater)) {
      return false;
    }
    this.curve.reset(history);
    if (history.seq >= this._lost) {
      this._lost = -1;
    }
    if (isLater) {
      this._seq = history.seq;
      this._now = history.now;
    }
    return true;
  }

  private _now: INow | null = null;
  private _report: IReport | null = null;
  /** The number of the newest message. */
  private _seq = -1;
  /** The number of the newest message that was lost; -1 where none is. */
  private _lost = -1;
}
