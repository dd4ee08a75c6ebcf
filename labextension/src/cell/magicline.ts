/**
 * The `%%energy` line of a cell: where it stands, what its flags say, and how
 * it is put in, changed and taken away. The rules are those of `magic_line.py`
 * in the Python package; every function is one of the text alone.
 */

import { printable } from '../record/printable';
import { stageText, tagsOf } from '../record/stages';

/** The magic of a metered cell. */
export const MAGIC = '%%energy';

/** How a word begins that asks for loops or repeats. */
const REPEATS = /^-[qo]*[nr]/;

/** What a shell takes as one word without quotation marks. */
const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/** An `%%energy` line. It may stand below other cell magics and comments. */
export interface IMagicLine {
  /** The number of the line, from 0. */
  readonly number: number;
  /** All that follows the magic's name. */
  readonly flags: string;
  /** Whether no other cell magic stands above it. */
  readonly isFirst: boolean;
  /** Whether it asks for loops or repeats. */
  readonly isRepeated: boolean;
}

/** A change of a text: what stands from `start` to `end` becomes `text`. */
export interface IEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A word of the flags: its value, and where it stands. */
interface IWord {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Returns the `%%energy` line among the magics at the top of a cell. */
export function findMagicLine(source: string): IMagicLine | null {
  let isFirst = true;
  for (const [number, line] of source.split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) {
      continue;
    }
    if (!line.startsWith('%%')) {
      return null;
    }
    if (text === MAGIC || text.startsWith(`${MAGIC} `)) {
      const flags = text.slice(MAGIC.length + 1);
      return { number, flags, isFirst, isRepeated: isRepeated(flags) };
    }
    isFirst = false;
  }
  return null;
}

/** The first line of a cell's code, the line of our own magic left out. */
export function firstLine(source: string): string {
  const own = findMagicLine(source)?.number;
  const line = source
    .split('\n')
    .find((candidate, index) => candidate.trim() !== '' && index !== own);
  return printable(line?.trim() ?? '');
}

/** Returns the stages that a cell's `%%energy` line tells; undefined without such a line. */
export function stageOf(source: string): string | null | undefined {
  const line = findMagicLine(source);
  if (!line) {
    return undefined;
  }
  const words = splitWords(line.flags);
  return words ? stageIn(findStages(words)) : null;
}

/** Returns the edit that makes a cell a metered one, or null where it is one. */
export function metered(source: string): IEdit | null {
  return findMagicLine(source)
    ? null
    : { start: 0, end: 0, text: source === '' ? MAGIC : `${MAGIC}\n` };
}

/** Returns the edit that takes the `%%energy` line away, or null where there is none. */
export function unmetered(source: string): IEdit | null {
  const line = findMagicLine(source);
  if (!line) {
    return null;
  }
  const { start, end } = place(source, line);
  // The last line of a cell has no line break after it.
  return end < source.length
    ? { start, end: end + 1, text: '' }
    : { start: Math.max(0, start - 1), end, text: '' };
}

/**
 * Returns the edit that sets the stages of a cell, or takes them away where
 * there are none. Null where nothing is to be done, or the flags cannot be read.
 */
export function staged(source: string, stage: string | null): IEdit | null {
  const wanted = tagsOf(stage)
    .map(tag => `--stage ${quoted(tag)}`)
    .join(' ');
  const line = findMagicLine(source);
  if (!line) {
    return wanted === ''
      ? null
      : { start: 0, end: 0, text: `${MAGIC} ${wanted}\n` };
  }
  const words = splitWords(line.flags);
  if (!words) {
    return null;
  }
  const { start, end } = place(source, line);
  const found = findStages(words);
  const first = found.at(0);
  const others = found.slice(1);
  if (!first) {
    const at = start + source.slice(start, end).trimEnd().length;
    return wanted === '' ? null : { start: at, end: at, text: ` ${wanted}` };
  }
  if (stageIn(found) === stage && stage !== null) {
    return null;
  }
  const flags =
    start + source.slice(start, end).indexOf(MAGIC) + MAGIC.length + 1;
  // What is taken away goes with the space before it.
  const from = flags + first.start - (wanted === '' ? 1 : 0);
  const last = others.at(-1) ?? first;
  let text = wanted;
  let at = first.end;
  for (const flag of others) {
    text += line.flags.slice(at, flag.start - 1);
    at = flag.end;
  }
  return { start: from, end: flags + last.end, text };
}

/** The text after an edit. */
export function edited(source: string, { start, end, text }: IEdit): string {
  return source.slice(0, start) + text + source.slice(end);
}

/** Where the line stands in the text, without its line break. */
function place(
  source: string,
  { number }: IMagicLine
): { start: number; end: number } {
  let start = 0;
  for (let line = 0; line < number; line++) {
    start = source.indexOf('\n', start) + 1;
  }
  const end = source.indexOf('\n', start);
  return { start, end: end === -1 ? source.length : end };
}

function isRepeated(flags: string): boolean {
  return splitWords(flags)?.some(({ value }) => REPEATS.test(value)) ?? false;
}

/** A `--stage` flag: its value, undefined where it lacks one, and where it stands. */
interface IStageFlag {
  readonly value: string | undefined;
  readonly start: number;
  readonly end: number;
}

function stageIn(flags: readonly IStageFlag[]): string | null {
  return stageText(flags.flatMap(({ value }) => value ?? []));
}

/**
 * The `--stage` flags with their values, which may follow in the same word.
 * Python's argument parser takes an abbreviation too.
 */
function findStages(words: readonly IWord[]): IStageFlag[] {
  const found: IStageFlag[] = [];
  for (const [index, { value, start, end }] of words.entries()) {
    const [name] = value.split('=', 1);
    if (!name.startsWith('--s') || !'--stage'.startsWith(name)) {
      continue;
    }
    const next = words.at(index + 1);
    found.push(
      value.includes('=')
        ? { value: value.slice(name.length + 1), start, end }
        : next && !next.value.startsWith('-')
          ? { value: next.value, start, end: next.end }
          : { value: undefined, start, end }
    );
  }
  return found;
}

/**
 * Splits flags into words as a POSIX shell does, as Python's `shlex.split`;
 * null where a quotation mark is left open.
 */
function splitWords(flags: string): IWord[] | null {
  const words: IWord[] = [];
  let at = 0;
  for (;;) {
    while (at < flags.length && /\s/.test(flags[at])) {
      at++;
    }
    if (at === flags.length) {
      return words;
    }
    const start = at;
    let value = '';
    while (at < flags.length && !/\s/.test(flags[at])) {
      const character = flags[at++];
      if (character === "'" || character === '"') {
        const close = closing(flags, at, character);
        if (close === -1) {
          return null;
        }
        const inside = flags.slice(at, close);
        value +=
          character === '"' ? inside.replace(/\\(["\\])/g, '$1') : inside;
        at = close + 1;
      } else if (character === '\\') {
        if (at === flags.length) {
          return null;
        }
        value += flags[at++];
      } else {
        value += character;
      }
    }
    words.push({ value, start, end: at });
  }
}

/** Where the quotation that is open at `at` closes, or -1. */
function closing(text: string, at: number, mark: string): number {
  for (let end = at; end < text.length; end++) {
    if (text[end] === '\\' && mark === '"') {
      end++;
    } else if (text[end] === mark) {
      return end;
    }
  }
  return -1;
}

/** A value as one word, without line breaks. */
function quoted(value: string): string {
  const line = value.replace(/\s+/g, ' ').trim();
  return PLAIN_WORD.test(line) ? line : `'${line.replace(/'/g, `'"'"'`)}'`;
}
