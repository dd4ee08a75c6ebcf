import { describe, expect, it } from 'vitest';

import cases from '../../../tests/data/word_cases.json';
import type { Provenance } from '../../src/record/report';
import { scaleOfTotal } from '../../src/record/scale';
import {
  countWords,
  metricFigure,
  metricWords,
  perUnitWords
} from '../../src/text/outcomewords';
import { aReport, aScale } from '../fixtures';

describe('what was achieved', () => {
  it.each(cases.metric)('reads as in Python: $text', ({ value, text }) => {
    expect(metricFigure(value)).toBe(text);
  });

  it.each(cases.per)(
    'has joules per unit as in Python: $text',
    ({ per, text, count, provenance, scale, ...figures }) => {
      const [domain] = aReport().domains;
      const report = aReport({
        ...figures,
        per,
        provenance: provenance as Provenance,
        domains: [
          {
            ...domain,
            ...figures,
            scale: scale ? aScale(scale, 'some') : undefined
          }
        ]
      });

      expect(perUnitWords(report, scaleOfTotal(report))).toBe(text);
      expect(per && countWords(per)).toBe(per && count);
    }
  );

  it('has joules per unit in the unit that the user chose', () => {
    const per = { count: 1000, unit: 'image' };
    expect(perUnitWords(aReport({ per }), undefined, 'Wh')).toBe(
      '27.8 ± 0.8 µWh/image'
    );
    expect(perUnitWords(aReport({ per, energy_j: null }))).toBe('');
  });

  it('is short, whatever it is called', () => {
    const long = 'x'.repeat(100);
    const per = { count: 2, unit: long };
    expect(perUnitWords(aReport({ per })).length).toBeLessThan(80);
    expect(metricWords({ [long]: 1 })[0].length).toBeLessThan(70);
  });
});
