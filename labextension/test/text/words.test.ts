import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import cases from '../../../tests/data/word_cases.json';
import type { IDomainReport, IShare } from '../../src/record/report';
import {
  changeWords,
  conditionsWords,
  oldBaseline,
  flagWords,
  shareSentence
} from '../../src/text/words';
import { aReport } from '../fixtures';

const trans = nullTranslator.load('jupyter_green');

describe('the words', () => {
  it('for a flag that is not known are the flag', () => {
    expect(flagWords('brand-new', trans)).toBe('brand-new');
  });

  it.each([
    [0, 'no clear change'],
    [-0.182, '−18 %'],
    [-0.994, '−99 %'],
    [-0.9996, '< −99 %'],
    [1.5, '+150 %']
  ])('for a change of %d never say that nothing was used', (change, text) => {
    expect(changeWords(change, trans)).toBe(text);
  });

  it.each(cases.conditions)(
    'for conditions are those of Python: $text',
    ({ conditions, text }) => {
      expect(conditionsWords(conditions, trans)).toBe(text);
    }
  );

  it.each(cases.share)(
    'for a share are those of Python: $text',
    ({ share, domains, text }) => {
      const [domain] = aReport().domains;
      const details = {
        share: share as unknown as IShare,
        domains: domains.map(
          changes => ({ ...domain, ...changes }) as IDomainReport
        )
      };

      expect(shareSentence(details, trans)).toBe(text);
    }
  );

  it.each(cases.baseline)(
    'for a baseline of $baseline_at are those of Python',
    ({ text, ...times }) => {
      expect(oldBaseline({ ...times, net_energy_j: 5 }, trans)).toBe(text);
      expect(oldBaseline({ ...times, net_energy_j: null }, trans)).toBe('');
    }
  );
});
