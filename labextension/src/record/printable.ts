/**
 * Texts from outside, fit for a page: of devices, drivers, files and users.
 * `printable.py` in the Python package follows the same rule.
 */

const BREAKS = /[\t-\r\u0085\u2028\u2029]+/g;
/** Controls, those of the writing direction, and surrogates that are not in a pair. */
const UNFIT =
  // eslint-disable-next-line no-control-regex
  /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Surrogate}]/gu;
const REPLACEMENT = '\ufffd';

/** A text as one line: breaks become a space, what cannot be shown U+FFFD. */
export function printable(text: string): string {
  return text.replace(BREAKS, ' ').replace(UNFIT, REPLACEMENT);
}
