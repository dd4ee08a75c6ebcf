/**
 * Readers for JSON that comes from outside: each checks one kind of value and
 * either returns it with its type or throws a `RecordError` that names the
 * place. They read own properties only and never assign by an outside key, so
 * that a key such as `__proto__` is a key like any other.
 */

import { printable } from './printable';

/** What no joules, watts or seconds are above; their squares and products stay finite. */
const MOST = 1e18;
/** What no figure but 0 is below. */
const LEAST = 1e-18;

/** A record that does not fit. The message says where and why. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/** A record of a later version, which may well be right. */
export class NewerRecord extends RecordError {}

/** Checks a value of a record. */
export type Reader<T> = (value: unknown) => T;

/**
 * What is wrong with a value. The readers around it put its place before it on
 * the way out: a notebook holds millions of values that fit, none of which
 * shall cost a path.
 */
class Misfit extends Error {
  path = '';
}

/**
 * A string whose length, in code points, lies within the limits, as it can be
 * shown: see `printable`.
 */
export function text(limits: {
  minLength?: number;
  maxLength: number;
}): Reader<string> {
  const { minLength = 0, maxLength } = limits;
  return value => {
    if (typeof value !== 'string') {
      throw mismatch('a string', value);
    }
    // A code point has one or two UTF-16 units: count only where it matters.
    const units = value.length;
    const isClear =
      units > 2 * maxLength ||
      units < minLength ||
      (units <= maxLength && units >= 2 * minLength);
    const length = isClear ? units : Array.from(value).length;
    if (length < minLength || length > maxLength) {
      throw new Misfit(
        `has ${length} characters, expected ${minLength} to ${maxLength}`
      );
    }
    return printable(value);
  };
}

/** A time with its zone, RFC 3339. */
export const time: Reader<string> = value => {
  if (typeof value !== 'string' || !isTime(value)) {
    throw mismatch('a time such as 2026-01-31T12:00:00Z', value);
  }
  return value;
};

/** A finite number of any size. */
export const anyNumber: Reader<number> = value => {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw mismatch('a finite number', value);
  }
  return value;
};

/** A figure within limits if some are given; it is 0 or at least `LEAST` in size. */
export function number(
  limits: { minimum?: number; above?: number; maximum?: number } = {}
): Reader<number> {
  const { minimum = -MOST, above = -Infinity, maximum = MOST } = limits;
  return value => {
    const found = anyNumber(value);
    if (found < minimum || found <= above || isTiny(found)) {
      throw new Misfit(`is ${found}, which is too small`);
    }
    if (found > maximum) {
      throw new Misfit(`is ${found}, which is too large`);
    }
    return found;
  };
}

/** A whole number that is not negative. */
export const count: Reader<number> = value => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw mismatch('a whole number', value);
  }
  return value as number;
};

/** A boolean. */
export const boolean: Reader<boolean> = value => {
  if (typeof value !== 'boolean') {
    throw mismatch('true or false', value);
  }
  return value;
};

/** One of the given strings. */
export function oneOf<T extends string>(...choices: readonly T[]): Reader<T> {
  return value => {
    const choice = choices.find(candidate => candidate === value);
    if (choice === undefined) {
      throw mismatch(`one of ${choices.join(', ')}`, value);
    }
    return choice;
  };
}

/** What `reader` reads, or null. */
export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return value => (value === null ? null : reader(value));
}

/** A list of at most `maxItems` items. */
export function list<T>(
  item: Reader<T>,
  maxItems: number
): Reader<readonly T[]> {
  return value => {
    if (!Array.isArray(value)) {
      throw mismatch('a list', value);
    }
    if (value.length > maxItems) {
      throw new Misfit(
        `has ${value.length} items, expected at most ${maxItems}`
      );
    }
    return readItems(item, value);
  };
}

/**
 * A list of at most `maxItems` finite numbers, which may be null where a
 * `filler` says so. A notebook holds millions of them: what fits is not copied.
 */
export function numbers(maxItems: number): Reader<readonly number[]>;
export function numbers(
  maxItems: number,
  filler: null
): Reader<readonly (number | null)[]>;
export function numbers(
  maxItems: number,
  filler?: null
): Reader<readonly (number | null)[]> {
  const slow = list(filler === null ? nullable(number()) : number(), maxItems);
  return value => {
    const fits =
      Array.isArray(value) &&
      value.length <= maxItems &&
      value.every(
        item =>
          (typeof item === 'number' &&
            Math.abs(item) <= MOST &&
            !isTiny(item)) ||
          (item === null && filler === null)
      );
    return fits ? (value as number[]) : slow(value); // which says what is wrong
  };
}

/** A list of exactly two items. */
export function pair<T>(item: Reader<T>): Reader<readonly [T, T]> {
  return value => {
    if (!Array.isArray(value) || value.length !== 2) {
      throw mismatch('a list of two', value);
    }
    return readItems(item, value) as [T, T];
  };
}

/**
 * An object with any keys, at most `maxProperties` of them, each a text of at
 * most `maxLength` characters that is read like any other.
 */
export function dictionary<T>(
  item: Reader<T>,
  maxProperties: number,
  maxLength: number
): Reader<Readonly<Record<string, T>>> {
  const name = text({ maxLength });
  return value => {
    const entries = Object.entries(plainObject(value));
    if (entries.length > maxProperties) {
      throw new Misfit(
        `has ${entries.length} keys, expected at most ${maxProperties}`
      );
    }
    // Object.fromEntries defines own properties; `__proto__` sets no prototype.
    return Object.fromEntries(
      entries.map(([key, entry]) => [
        readField(name, key, '(name)'),
        readField(item, entry, printable(key))
      ])
    );
  };
}

/** An object that has all of these fields. Others are left out. */
export function object<T extends object>(fields: {
  readonly [K in keyof T]: Reader<T[K]>;
}): Reader<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return value => {
    const source = plainObject(value);
    const read: Partial<T> = {};
    for (const name of names) {
      if (!Object.hasOwn(source, name)) {
        throw within(new Misfit('is absent'), `.${name}`);
      }
      read[name] = readField(fields[name], source[name], name);
    }
    return read as T;
  };
}

/** An object that may have these fields. Absent ones stay absent, others are left out. */
export function partial<T extends object>(fields: {
  readonly [K in keyof T]-?: Reader<Exclude<T[K], undefined>>;
}): Reader<Partial<T>> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return value => {
    const source = plainObject(value);
    const read: Partial<T> = {};
    for (const name of names) {
      if (Object.hasOwn(source, name)) {
        read[name] = readField(fields[name], source[name], name);
      }
    }
    return read;
  };
}

/** What `reader` reads, where `check` finds nothing wrong with the whole. */
export function checked<T>(
  reader: Reader<T>,
  check: (value: T) => { place: string; message: string } | undefined
): Reader<T> {
  return value => {
    const read = reader(value);
    const wrong = check(read);
    if (wrong) {
      throw within(new Misfit(wrong.message), wrong.place);
    }
    return read;
  };
}

/** What two readers read from the same object. */
export function both<A extends object, B extends object>(
  one: Reader<A>,
  other: Reader<B>
): Reader<A & B> {
  return value => ({ ...one(value), ...other(value) });
}

/** Returns what `reader` reads, or the error that says why it could not. */
export function attempt<T>(
  reader: Reader<T>,
  value: unknown,
  path: string
): T | RecordError {
  try {
    return reader(value);
  } catch (error) {
    if (error instanceof Misfit) {
      return new RecordError(`${path}${error.path} ${error.message}`);
    }
    throw error;
  }
}

function readItems<T>(item: Reader<T>, values: readonly unknown[]): T[] {
  let index = 0;
  try {
    const read: T[] = [];
    for (; index < values.length; index++) {
      read.push(item(values[index]));
    }
    return read;
  } catch (error) {
    throw within(error, `[${index}]`);
  }
}

function readField<T>(field: Reader<T>, value: unknown, name: string): T {
  try {
    return field(value);
  } catch (error) {
    throw within(error, `.${name}`);
  }
}

/** The error, seen from the record that holds the value. */
function within(error: unknown, place: string): unknown {
  if (error instanceof Misfit) {
    error.path = place + error.path;
  }
  return error;
}

function isTiny(value: number): boolean {
  return value !== 0 && Math.abs(value) < LEAST;
}

/** The form of a time; the schema and the Python package have the same pattern. */
const TIME =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$/;

function isTime(text: string): boolean {
  if (text.length > 40 || !TIME.test(text)) {
    return false;
  }
  // A day that its month does not have is read as one of the next month, or not at all.
  const day = text.slice(0, 10);
  const noon = new Date(`${day}T12:00:00Z`);
  return (
    !day.startsWith('0000') &&
    !Number.isNaN(noon.getTime()) &&
    noon.toISOString().startsWith(day)
  );
}

function plainObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mismatch('an object', value);
  }
  return value as Record<string, unknown>;
}

function mismatch(expected: string, value: unknown): Misfit {
  return new Misfit(`is ${describe(value)}, expected ${expected}`);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) {
    return 'a list';
  }
  switch (typeof value) {
    case 'string':
      return value.length <= 40
        ? JSON.stringify(printable(value))
        : 'a long string';
    case 'number':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'null' : 'an object';
    default:
      return typeof value;
  }
}
