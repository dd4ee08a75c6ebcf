/**
 * Readers for JSON that comes from outside: each checks one kind of value and
 * either returns it with its type or throws a `RecordError` that names the
 * place. They read own properties only and never assign by an outside key, so
 * that a key such as `__proto__` is a key like any other.
 */

/** A record that does not fit. The message says where and why. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/** Checks `value`, which stands at `path` of a record. */
export type Reader<T> = (value: unknown, path: string) => T;

/** A string whose length, in code points, lies within the limits. */
export function text(limits: {
  minLength?: number;
  maxLength: number;
}): Reader<string> {
  const { minLength = 0, maxLength } = limits;
  return (value, path) => {
    if (typeof value !== 'string') {
      throw mismatch(path, 'a string', value);
    }
    // A code point has at most two UTF-16 units: count only where it matters.
    const length =
      value.length > 2 * maxLength ? value.length : Array.from(value).length;
    if (length < minLength || length > maxLength) {
      throw new RecordError(
        `${path} has ${length} characters, expected ${minLength} to ${maxLength}`
      );
    }
    return value;
  };
}

/** A finite number, within limits if some are given. */
export function number(
  limits: { minimum?: number; above?: number; maximum?: number } = {}
): Reader<number> {
  const { minimum = -Infinity, above = -Infinity, maximum = Infinity } = limits;
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw mismatch(path, 'a finite number', value);
    }
    if (value < minimum || value <= above) {
      throw new RecordError(`${path} is ${value}, which is too small`);
    }
    if (value > maximum) {
      throw new RecordError(`${path} is ${value}, which is too large`);
    }
    return value;
  };
}

/** A whole number that is not negative. */
export const count: Reader<number> = (value, path) => {
  if (!Number.isInteger(value) || (value as number) < 0) {
    throw mismatch(path, 'a whole number', value);
  }
  return value as number;
};

/** A boolean. */
export const boolean: Reader<boolean> = (value, path) => {
  if (typeof value !== 'boolean') {
    throw mismatch(path, 'true or false', value);
  }
  return value;
};

/** One of the given strings. */
export function oneOf<T extends string>(...choices: readonly T[]): Reader<T> {
  return (value, path) => {
    const choice = choices.find(candidate => candidate === value);
    if (choice === undefined) {
      throw mismatch(path, `one of ${choices.join(', ')}`, value);
    }
    return choice;
  };
}

/** What `reader` reads, or null. */
export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : reader(value, path));
}

/** A list of at most `maxItems` items. */
export function list<T>(
  item: Reader<T>,
  maxItems: number
): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) {
      throw mismatch(path, 'a list', value);
    }
    if (value.length > maxItems) {
      throw new RecordError(
        `${path} has ${value.length} items, expected at most ${maxItems}`
      );
    }
    return value.map((entry, index) => item(entry, `${path}[${index}]`));
  };
}

/** A list of exactly two items. */
export function pair<T>(item: Reader<T>): Reader<readonly [T, T]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) {
      throw mismatch(path, 'a list of two', value);
    }
    return [item(value[0], `${path}[0]`), item(value[1], `${path}[1]`)];
  };
}

/** An object with any keys, at most `maxProperties` of them. */
export function dictionary<T>(
  item: Reader<T>,
  maxProperties: number
): Reader<Readonly<Record<string, T>>> {
  return (value, path) => {
    const entries = Object.entries(plainObject(value, path));
    if (entries.length > maxProperties) {
      throw new RecordError(
        `${path} has ${entries.length} keys, expected at most ${maxProperties}`
      );
    }
    // Object.fromEntries defines own properties; `__proto__` sets no prototype.
    return Object.fromEntries(
      entries.map(([key, entry]) => [key, item(entry, `${path}.${key}`)])
    );
  };
}

/** An object that has all of these fields. Others are left out. */
export function object<T extends object>(fields: {
  readonly [K in keyof T]: Reader<T[K]>;
}): Reader<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, path) => {
    const source = plainObject(value, path);
    return Object.fromEntries(
      names.map(name => {
        if (!Object.hasOwn(source, name)) {
          throw new RecordError(`${path}.${name} is absent`);
        }
        return [name, fields[name](source[name], `${path}.${name}`)];
      })
    ) as T;
  };
}

/** An object that may have these fields. Absent ones stay absent, others are left out. */
export function partial<T extends object>(fields: {
  readonly [K in keyof T]-?: Reader<Exclude<T[K], undefined>>;
}): Reader<Partial<T>> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, path) => {
    const source = plainObject(value, path);
    return Object.fromEntries(
      names
        .filter(name => Object.hasOwn(source, name))
        .map(name => [name, fields[name](source[name], `${path}.${name}`)])
    ) as Partial<T>;
  };
}

/** What two readers read from the same object. */
export function both<A extends object, B extends object>(
  one: Reader<A>,
  other: Reader<B>
): Reader<A & B> {
  return (value, path) => ({ ...one(value, path), ...other(value, path) });
}

/** Returns what `reader` reads, or the error that says why it could not. */
export function attempt<T>(
  reader: Reader<T>,
  value: unknown,
  path: string
): T | RecordError {
  try {
    return reader(value, path);
  } catch (error) {
    if (error instanceof RecordError) {
      return error;
    }
    throw error;
  }
}

function plainObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mismatch(path, 'an object', value);
  }
  return value as Record<string, unknown>;
}

function mismatch(path: string, expected: string, value: unknown): RecordError {
  return new RecordError(`${path} is ${describe(value)}, expected ${expected}`);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) {
    return 'a list';
  }
  switch (typeof value) {
    case 'string':
      return value.length <= 40 ? JSON.stringify(value) : 'a long string';
    case 'number':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'null' : 'an object';
    default:
      return typeof value;
  }
}
