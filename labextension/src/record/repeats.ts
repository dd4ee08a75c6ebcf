/**
 * The result of a statement or a cell that was run several times, schema
 * `jupyter-green.repeats.v1`: joules per loop, and the report of all that it took.
 */
import { type IReport } from './report';
import { report } from './reportreader';
import {
  attempt,
  count,
  nullable,
  number,
  object,
  oneOf,
  type Reader,
  type RecordError
} from './validation';

/** What was run how often, and what one loop took; null is not known. */
export interface IRepeats {
  /** How many runs were measured. */
  readonly repeats: number | null;
  /** How many loops each run had. */
  readonly loops: number | null;
  /** Joules per loop: the mean over the runs. */
  readonly mean_j: number | null;
  readonly stdev_j: number | null;
  /** Half-width of the mean's 95 % interval. */
  readonly interval_j: number | null;
  readonly mean_duration_s: number | null;
}

/** The record that stands in an output. */
export interface IRepeatsRecord extends IRepeats {
  readonly schema: 'jupyter-green.repeats.v1';
  /**
   * The report of the whole of it, the loops before the measured ones included;
   * null in a cell that is metered itself, whose report holds it.
   */
  readonly report: IReport | null;
}

const quantity = nullable(number({ minimum: 0 }));

const repeats: Reader<IRepeatsRecord> = object<IRepeatsRecord>({
  schema: oneOf('jupyter-green.repeats.v1'),
  report: nullable(report),
  repeats: nullable(count),
  loops: nullable(count),
  mean_j: nullable(number()),
  stdev_j: quantity,
  interval_j: quantity,
  mean_duration_s: quantity
});

/** Returns the record that `value` holds, or the error that says what is wrong. */
export function parseRepeats(value: unknown): IRepeatsRecord | RecordError {
  return attempt(repeats, value, 'repeats');
}
