import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { IReport } from '../../src/record/report';
import { parseReport } from '../../src/record/savedreport';
import { totalOf } from '../../src/runview/figures';
import { signsIn } from '../../src/text/explained';
import { atLeast } from '../../src/text/format';
import { coverageWords, hostCells } from '../../src/text/hostlines';
import { UNTRANSLATED } from '../../src/text/words';

const CASES = join(__dirname, '../../../tests/data/host_cases.json');

interface ICases {
  readonly record: unknown;
  readonly joules: string;
  readonly coverage: string;
  readonly hosts: readonly (readonly string[])[];
}

const cases = JSON.parse(readFileSync(CASES, 'utf-8')) as ICases;
const report = parseReport(cases.record) as IReport;

describe('a report of several hosts', () => {
  it('says of each what the Python package says', () => {
    expect(hostCells(report, UNTRANSLATED)).toEqual(cases.hosts);
    const total = totalOf(report, UNTRANSLATED);
    expect(total.replace('≥', 'at least')).toBe(cases.joules);
    const coverage = coverageWords(report, UNTRANSLATED);
    expect(`${coverage.replace('of', 'Of')}.`).toBe(cases.coverage);
  });

  it('says nothing of a single host', () => {
    expect(hostCells({ ...report, hosts: undefined }, UNTRANSLATED)).toEqual(
      []
    );
    const alone = { domains: [], ranks: 1 };
    expect(coverageWords(alone, UNTRANSLATED)).toBe('of 1 rank');
  });
});

describe('joules of which a part is not known', () => {
  it('are at least what is known', () => {
    expect(atLeast('200.0 ± 1.4 J')).toBe('≥ 200.0 ± 1.4 J');
    expect(atLeast('≈ 217 J … 1.6 kJ')).toBe('≥ ≈ 217 J');
    expect(atLeast('< 880 mJ')).toBe('–');
    expect(atLeast('–')).toBe('–');
    const [meaning] = signsIn('≥ 200 J', UNTRANSLATED);
    expect(meaning.topic).toBe('host-lost');
  });
});
