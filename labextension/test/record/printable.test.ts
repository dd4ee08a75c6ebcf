import { describe, expect, it } from 'vitest';

import cases from '../../../tests/data/printable_cases.json';
import { printable } from '../../src/record/printable';

describe('printable', () => {
  it.each(cases)('shows $text as Python does', ({ text, printed }) => {
    expect(printable(text)).toBe(printed);
  });
});
