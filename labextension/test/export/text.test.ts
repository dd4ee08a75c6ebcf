import { describe, expect, it } from 'vitest';

import manifest from '../../package.json';
import { intensityOf } from '../../src/carbon/grid';
import { asJson } from '../../src/export/envelope';
import { asCsv, asLine, asMarkdown } from '../../src/export/text';
import { SpentRuns } from '../../src/model/spent';
import { totalOf } from '../../src/model/total';
import { DEFAULT_SETTINGS } from '../../src/settings';
import { aBoard, aReport, aRow } from '../fixtures';

const rows = [
  aRow('a', {
    title: 'fit, "quick"',
    stage: 'training',
    metric: { acc: 0.9 },
    per: { count: 400, unit: 'token' },
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
        'uncertainty_j,scale_low,scale_high,' +
        'cpu_energy_j,dram_energy_j,gpu_energy_j,other_energy_j,net_energy_j,net_uncertainty_j,' +
        'per_count,per_unit,energy_per_unit_j,uncertainty_per_unit_j,' +
        'mean_power_w,peak_power_w,duration_s,provenance,flags,acc'
    );
    expect(first).toBe(
      'a,3,"fit, ""quick""",training,ok,,100,3,0.5,2,,,,,,,400,token,0.25,0.0075,50,,2,counter,,0.9'
    );
  });

  it('has a column for each kind of hardware', () => {
    const part = { uncertainty_j: 1, provenance: 'counter' } as const;
    const parts = [
      { ...part, id: 'cpu:0/package', energy_j: 10, counted: true },
      { ...part, id: 'cpu:1/package', energy_j: 20, counted: true },
      { ...part, id: 'cpu:0/core', energy_j: 5, counted: false },
      { ...part, id: 'gpu:0', energy_j: 70, counted: true }
    ];
    const [head, line] = asCsv([aRow('a', { parts })])
      .split('\r\n')
      .map(text => text.split(','));
    const column = (name: string): string => line[head.indexOf(name)];
    expect(
      ['cpu', 'dram', 'gpu', 'other'].map(kind => column(`${kind}_energy_j`))
    ).toEqual(['30', '', '70', '']);
  });

  it('holds no formula', () => {
    expect(asCsv(rows).split('\r\n')[2]).toBe(
      `b,3,"'=HYPERLINK(""http://x"")",,unreadable,,,,,,,,,,,,,,,,,,,,,`
    );
  });

  it('keeps a negative number a number', () => {
    expect(asCsv([aRow('a', { metric: { loss: -2 } })])).toMatch(/,-2\r\n$/);
  });
});

describe('JSON', () => {
  const reports = [aReport(), aReport({ domains: [aBoard()] })];
  const contents = {
    name: 'demo',
    total: totalOf([aRow('a'), aRow('b')]),
    spent: new SpentRuns(sessionStorage).total,
    reports,
    settings: DEFAULT_SETTINGS
  };

  function readBack(json: string): Record<string, unknown> {
    return JSON.parse(json) as Record<string, unknown>;
  }

  it('holds the reports as they are, their sum, and what made them', () => {
    const read = readBack(asJson(contents, new Date(0)));

    expect(read.reports).toEqual(reports);
    expect(read).toMatchObject({
      schema: 'jupyter-green.export.v1',
      notebook: 'demo',
      exported_at: '1970-01-01T00:00:00.000Z',
      versions: {
        extension: manifest.version,
        meters: ['0.1.0'],
        reports: 'jupyter-green.report.v1'
      },
      total: { cells: 2, energy_j: 200, provenance: 'counter' },
      spent: { since: null, runs: 0 },
      co2e: null
    });
  });

  it('says of a state of the USA that its figure is a direct one', () => {
    expect(intensityOf('US-CA')).toMatchObject({
      country: 'California, USA (direct)',
      source: 'EPA eGRID2023, direct emissions only'
    });
  });

  it('tells CO2e with what it rests on', () => {
    const intensity = intensityOf('DEU')!;
    const settings = { ...DEFAULT_SETTINGS, co2eCountry: 'DEU', intensity };
    const { co2e } = readBack(asJson({ ...contents, settings }));

    expect(co2e).toEqual({
      mass_g: (200 / 3.6e6) * intensity.g_per_kwh,
      g_per_kwh: intensity.g_per_kwh,
      pue: 1,
      country: 'Germany',
      year: 2025,
      source: 'Ember 2026'
    });
  });
});

describe('Markdown', () => {
  it('is a table with the total', () => {
    const scaled = { ...totalOf(rows), scaleRange: { low: 0.94, high: 1.06 } };
    const lines = asMarkdown(rows, scaled, 'auto').split('\n');

    expect(lines[2]).toBe(
      '| [3] fit, "quick" | training | 100 J, × ½ to 2 | 50 W | 2.00 s | counter | 250 mJ/token, × ½ to 2, acc 0.9 |'
    );
    expect(lines[4]).toBe(
      '| Total |  | 100 J ± 6 % | 50 W | 2.00 s | counter |  |'
    );
    expect(asMarkdown([aRow('a')], scaled, 'auto')).not.toContain('Achieved');
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
    '[3] fit, "quick"\t28 mWh, × ½ to 2\t50 W\t2.00 s\ttraining\tcounter\t' +
      '69 µWh/token, × ½ to 2, acc 0.9'
  );
});
