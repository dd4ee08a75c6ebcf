import { Curve } from '../chart/curve';
import { samplesOf } from '../chart/reported';
import type { IMissing, IReport } from '../record/report';
import type { INow, IRun } from '../runview/run';
import type { IHead, ISamplesMessage, Message } from './messages';

/**
 * One metered run, put together from numbered messages: some may be lost, and
 * the history may hold them again.
 */
export class Run implements IRun {
  readonly curve: Curve;

  /** Joins a run at any of its messages. */
  constructor(head: IHead) {
    this._head = head;
    this.curve = new Curve(head.domains);
  }

  get head(): IHead {
    return this._head;
  }

  get now(): INow | null {
    return this._now;
  }

  get report(): IReport | null {
    return this._report;
  }

  get missing(): readonly IMissing[] {
    return this._report?.missing ?? this._missing;
  }

  get failure(): string {
    return this._failure;
  }

  /** Takes a message in; returns whether it brought anything new. */
  take(message: Message): boolean {
    if (message.run_id !== this._head.run_id || message.seq <= this._seq) {
      return false;
    }
    if (message.seq > this._seq + 1) {
      this._lost = message.seq - 1;
    }
    this._seq = message.seq;
    this._adopt(message);
    if (message.kind === 'begin') {
      this._missing = message.missing;
    } else if (message.kind === 'samples') {
      this.curve.append(message);
      this._now = joined(this._now, message.now);
    } else if (message.report) {
      this._report = message.report;
      if (this.curve.length === 0) {
        // A page that was reloaded gets no more than the report.
        this.curve.append(samplesOf(message.report));
      }
    } else {
      this._failure = message.error ?? 'there is no report';
    }
    return true;
  }

  /** Takes all points so far where messages were lost; returns whether anything changed. */
  repair(history: ISamplesMessage): boolean {
    const isLater = history.seq > this._seq;
    if (history.run_id !== this._head.run_id || (this._lost < 0 && !isLater)) {
      return false;
    }
    if (isLater) {
      this._adopt(history);
    }
    this.curve.reset(history);
    if (history.seq >= this._lost) {
      this._lost = -1;
    }
    if (isLater) {
      this._seq = history.seq;
      this._now = joined(this._now, history.now);
    }
    return true;
  }

  /** Takes other domains, as a restarted sampler may have found. */
  private _adopt(head: IHead): void {
    const before = this._head.domains;
    if (
      head.domains.length !== before.length ||
      head.domains.some(({ id }, index) => id !== before[index].id)
    ) {
      this._head = head;
      this.curve.adopt(head.domains);
    }
  }

  private _head: IHead;
  private _now: INow | null = null;
  private _report: IReport | null = null;
  private _missing: readonly IMissing[] = [];
  private _failure = '';
  /** The number of the newest message. */
  private _seq = -1;
  /** The number of the newest message that was lost; -1 where none is. */
  private _lost = -1;
}

/** The newest figures, with what is told of devices only when it has changed. */
function joined(before: INow | null, now: INow): INow {
  return {
    ...now,
    domains: Object.fromEntries(
      Object.entries(now.domains).map(([id, figures]) => {
        const { conditions, others } = before?.domains[id] ?? {};
        return [id, { conditions, others, ...figures! }];
      })
    )
  };
}
