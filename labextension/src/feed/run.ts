import { Curve, type IDomain } from '../chart/curve';
import { samplesOf } from '../chart/reported';
import { hostOf } from '../record/device';
import type {
  ILiveHead,
  INow,
  ISamplesMessage,
  LiveMessage
} from '../record/livemessages';
import type { IMissing, IReport } from '../record/report';
import { RecordError } from '../record/validation';
import { curvesOf, type ISoFar, soFarOf } from './sofar';

/** What a run is about: what all its messages say, and its report. */
export interface IRunHead extends Omit<
  ILiveHead,
  'schema' | 'kind' | 'seq' | 'domains'
> {
  readonly domains: readonly IDomain[];
}

/**
 * One metered run. It is put together from numbered messages, of which some may
 * be lost or come again, or made from the report that it has left.
 */
export class Run {
  readonly curve: Curve;

  /** Joins a run at any of its messages. */
  constructor(head: IRunHead) {
    this._head = head;
    this.curve = new Curve(head.domains);
  }

  /** The run that has left a report; its domains may be told with more than it says of them. */
  static ofReport(
    report: IReport,
    domains: readonly IDomain[] = report.domains
  ): Run {
    const run = new Run({ ...report, domains });
    run.replaceReport(report, domains);
    return run;
  }

  get head(): IRunHead {
    return this._head;
  }

  /** The newest figures; null before the first samples. */
  get now(): INow | null {
    return this._now;
  }

  /** Whose its joules are until now. */
  get soFar(): ISoFar {
    return soFarOf(this._head.domains, this._now);
  }

  /** Whether a sensor is read, here or on another host. */
  get isMetered(): boolean {
    return (this._report ?? this.curve).domains.length > 0;
  }

  /** The report; null until the run has ended. */
  get report(): IReport | null {
    return this._report;
  }

  /** The sensors that cannot be read; null for a reader that joined in mid-run. */
  get missing(): readonly IMissing[] | null {
    return this._report?.missing ?? this._missing;
  }

  /** Why there will be no report; empty where there will. */
  get failure(): string {
    return this._failure;
  }

  /** Whether the run has told its end. */
  get isOver(): boolean {
    return this._report !== null || this._failure !== '';
  }

  /** Whether its begin was not heard, so that it was going on before. */
  get isJoined(): boolean {
    return this._missing === null;
  }

  /** Whether its kernel went away before it had told its end. */
  get isLost(): boolean {
    return this._isLost;
  }

  /** Whether its kernel died, though nobody asked it to end. */
  get hasDied(): boolean {
    return this._hasDied;
  }

  /** Takes a message in; returns whether it brought anything new. */
  take(message: LiveMessage): boolean {
    if (message.run_id !== this._head.run_id || message.seq <= this._seq) {
      return false;
    }
    if (message.seq > this._seq + 1) {
      this._missed = message.seq - 1;
    }
    this._seq = message.seq;
    this._isLost = false;
    this._adopt(message);
    switch (message.kind) {
      case 'begin':
        this._missing = message.missing;
        break;
      case 'samples':
        this._take(message.now);
        this.curve.append(message);
        break;
      case 'end':
        this._end(message.report, message.error);
    }
    return true;
  }

  /** Takes all points so far where messages were missed; returns whether anything changed. */
  repair(history: ISamplesMessage): boolean {
    const isLater = history.seq > this._seq;
    if (
      history.run_id !== this._head.run_id ||
      (this._missed < 0 && !isLater)
    ) {
      return false;
    }
    if (isLater) {
      this._adopt(history);
    }
    if (isLater) {
      this._seq = history.seq;
      this._take(history.now);
    }
    this.curve.reset(history);
    if (history.seq >= this._missed) {
      this._missed = -1;
    }
    return true;
  }

  /** Takes a report with its own curve in place of all that is known. */
  replaceReport(report: IReport, domains: readonly IDomain[]): void {
    this._head = { ...report, domains };
    this.curve.adopt(domains);
    this.curve.reset(samplesOf(report));
    this._report = report;
  }

  /** Its kernel is gone. Returns whether the run was going on. */
  lose(): boolean {
    const wasGoingOn = !this._isLost && !this.isOver;
    this._isLost ||= wasGoingOn;
    return wasGoingOn;
  }

  /** Its kernel died: what it has told until then is all that it will. */
  die(): void {
    this._hasDied = true;
  }

  private _end(report: IReport | RecordError | null, error?: string): void {
    if (report === null || report instanceof RecordError) {
      // One that can be read is not given up for one that cannot.
      this._failure = this._report
        ? ''
        : (report?.message ?? error) || 'no report could be made';
      return;
    }
    this._report = report;
    this._failure = '';
    if (report.domains.some(({ id }) => hostOf(id))) {
      // Of several: while it went on, the curve had one line for each other host.
      this.replaceReport(report, report.domains);
      return;
    }
    if (this.curve.length === 0) {
      // A page that was reloaded gets no more than the report.
      this.curve.append(samplesOf(report));
    }
  }

  /** Takes other domains, as a restarted sampler may have found. */
  private _adopt(head: IRunHead): void {
    if (shapeOf(head) !== shapeOf(this._head)) {
      this._head = head;
      this._fitCurve();
    }
  }

  private _take(now: INow): void {
    this._now = joined(this._now, now);
    if (now.elsewhere) {
      this._fitCurve();
    }
  }

  /** Has the curve hold each domain here and each other host. */
  private _fitCurve(): void {
    this.curve.adopt(curvesOf(this._head.domains, this._now));
  }

  private _head: IRunHead;
  private _now: INow | null = null;
  private _report: IReport | null = null;
  private _missing: readonly IMissing[] | null = null;
  private _failure = '';
  private _isLost = false;
  private _hasDied = false;
  /** The number of the newest message. */
  private _seq = -1;
  /** The number of the newest message that was missed; -1 where none is. */
  private _missed = -1;
}

/** What the domains of a run are and how they are measured. */
function shapeOf({ provenance, domains }: IRunHead): string {
  const each = domains.map(({ id, provenance, counted }) => [
    id,
    provenance,
    counted
  ]);
  return [provenance, ...each].join();
}

/** The newest figures, with what is told of devices and of other hosts more rarely. */
function joined(before: INow | null, now: INow): INow {
  return {
    elsewhere: before?.elsewhere,
    ...now,
    domains: Object.fromEntries(
      Object.entries(now.domains).map(([id, figures]) => {
        const { conditions, others } = before?.domains[id] ?? {};
        return [id, { conditions, others, ...figures! }];
      })
    )
  };
}
