import { describe, expect, it } from 'vitest';

import { asCsv, asJson, asLine, asMarkdown } from '../../src/export/text';
import { totalOf } from '../../src/model/total';
import { aBoard, aReport, aRow } from '../fixtures';

const rows = [
  aRow('a', {
    title: 'fit, "quick"',
    stage: 'training',
    metric: { acc: 0.9 },
    scaleRange: { low: 0.5, high: 2 }
  }),
  aRow('b', {
    title: '=HYPERLINK("http://x")',
    status: 'unreadable',
    energy_j: null,
    uncertainty_j: null,
    duration_s: null,
    power_w: null,
    provenance: null
  })
];

describe('CSV', () => {
  it('has a line for each cell and a column for each metric', () => {
    const [head, first] = asCsv(rows).split('\r\n');

    expect(head).toBe(
      'cell_id,execution_count,title,stage,status,started_at,energy_j,' +
        'uncertainty_j,scale_low,scale_high,net_energy_j,net_uncertainty_j,duration_s,' +
        'mean_power_w,peak_power_w,provenance,flags,acc'
    );
    expect(first).toBe(
      'a,3,"fit, ""quick""",training,ok,,100,3,0.5,2,,,2,50,,counter,,0.9'
    );
  });

  it('holds no formula', () => {
    expect(asCsv(rows).split('\r\n')[2]).toBe(
      `b,3,"'=HYPERLINK(""http://x"")",,unreadable,,,,,,,,,,,,,`
    );
  });

  it('keeps a negative number a number', () => {
    expect(asCsv([aRow('a', { metric: { loss: -2 } })])).toMatch(/,-2\r\n$/);
  });
});

it('JSON holds the reports as they are', () => {
  const reports = [aReport(), aReport({ domains: [aBoard()] })];
  expect(JSON.parse(asJson(reports))).toEqual(reports);
});

describe('Markdown', () => {
  it('is a table with the total', () => {
    const scaled = { ...totalOf(rows), scaleRange: { low: 0.94, high: 1.06 } };
    const lines = asMarkdown(rows, scaled, 'auto').split('\n');

    expect(lines[2]).toBe(
      '| [3] fit, "quick" | training | 100 J, × ½ to 2 | 2.00 s | 50 W | counter |'
    );
    expect(lines[4]).toBe(
      '| Total |  | 100 J ± 6 % | 2.00 s | 50 W | counter |'
    );
  });

  it('lets no title break out of its field', () => {
    const [, , line] = asMarkdown(
      [aRow('a', { title: 'a | <img src=x>\n`b` [x](y)' })],
      totalOf([]),
      'auto'
    ).split('\n');

    expect(line).toContain('a \\| \\<img src=x\\> \\`b\\` \\[x\\](y)');
  });
});

it('a row is one line of text', () => {
  expect(asLine(rows[0], 'Wh')).toBe(
    '[3] fit, "quick"\t28 mWh, × ½ to 2\t2.00 s\t50 W\ttraining\tcounter'
  );
});
