import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { asSvg, type IColours } from '../../src/export/picture';
import { totalOf } from '../../src/model/total';
import { DEFAULT_SETTINGS, type ISettings } from '../../src/settings';
import type { IEnergyRow } from '../../src/tokens';
import { aBoard, aReport, aRow } from '../fixtures';

const trans = nullTranslator.load('jupyter_green');

const COLOURS: IColours = {
  ground: '#fff',
  text: '#000',
  quiet: '#666',
  bar: '#00f',
  estimate: '#f80',
  cpu: '#111',
  dram: '#222',
  gpu: '#333',
  other: '#444',
  font: 'serif'
};

/** The picture of these rows, parsed. */
function picture(
  rows: readonly IEnergyRow[],
  settings: Partial<ISettings> = {}
): Document {
  const svg = asSvg(
    {
      name: 'a "book" & more',
      rows,
      total: totalOf(rows),
      settings: { ...DEFAULT_SETTINGS, ...settings },
      trans
    },
    COLOURS
  );
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
  expect(parsed.querySelector('parsererror')).toBeNull();
  return parsed;
}

function texts(parsed: Document): string[] {
  return [...parsed.querySelectorAll('text')].map(
    ({ textContent }) => textContent
  );
}

function bars(parsed: Document, fill: string): number[] {
  return [...parsed.querySelectorAll(`rect[fill="${fill}"]`)].map(bar =>
    Number(bar.getAttribute('width'))
  );
}

describe('a picture', () => {
  it('shows what the panel does: total, hardware, stages and cells', () => {
    const [cpu] = aReport().domains;
    const details = {
      ...aReport(),
      net_energy_j: 60,
      net_uncertainty_j: 4,
      domains: [
        { ...cpu, energy_j: 75 },
        { ...cpu, id: 'gpu:0', energy_j: 25, provenance: 'estimate' as const }
      ]
    };
    const parsed = picture(
      [
        aRow('a', { stage: 'training', provenance: 'mixed', details }),
        aRow('b', { stage: 'data', energy_j: 50, details, status: 'error' }),
        aRow('c', { energy_j: null, duration_s: null, status: 'unreadable' })
      ],
      { co2eFactor: 380 }
    );

    expect(texts(parsed)).toEqual([
      'a "book" & more',
      '≈ 150 ± 4 J',
      '≈ 41.7 mWh · partly estimated · 2 cells · ≈ 37.5 W mean · 4.00 s',
      '67 % measured, 33 % estimated',
      'net ≈ 120 ± 7 J above idle',
      'CO₂e ≈ 15.8 mg at 380 g/kWh × PUE 1.0',
      'CPU 75 % 150 J',
      'GPU 25 % ≈ 50.0 J',
      'Stages',
      'data',
      '50 ± 3 J',
      'training',
      '≈ 100 ± 3 J',
      'Cells',
      '[3] work("a")',
      '≈ 100 ± 3 J',
      '[3] work("b")',
      '50 ± 3 J · ended with an error'
    ]);
    expect(bars(parsed, '#111')).toEqual([532, 11]);
    expect(bars(parsed, '#333')).toEqual([176, 11]);
    const [whole_px] = bars(parsed, 'url(#estimate)');
    expect(bars(parsed, '#00f')).toEqual([whole_px / 2, whole_px / 2]);
    expect(parsed.querySelector('pattern#estimate')).not.toBeNull();
  });

  it('compares stages by their readings, and gives cells with their scale', () => {
    const details = aReport({ domains: [aBoard()] });
    const bound = { energy_j: 0.118, uncertainty_j: 0.144 };
    const found = texts(
      picture([
        aRow('a', { stage: 'training', details }),
        aRow('b', { stage: 'data', ...bound, parts: [aBoard(bound)] })
      ])
    );

    expect(found.slice(found.indexOf('Stages'))).toEqual([
      'Stages',
      'data',
      '< 270 mJ',
      'training',
      '100 ± 3 J',
      'Compared by the readings alone: an error that the sensors share cancels out.',
      'Cells',
      '[3] work("a")',
      '100 J ± 6 %',
      '[3] work("b")',
      '< 280 mJ'
    ]);
  });

  it('says REPLAY where figures were played back', () => {
    const [, , about, remark] = texts(
      picture([aRow('a', { isReplayed: true })])
    );

    expect(about).toContain('REPLAY');
    expect(remark).toBe('includes replayed figures');
  });

  it('of many cells has the greatest, in order, and the sum of the others', () => {
    const rows = Array.from({ length: 1000 }, (_, n) =>
      aRow(`n${n}`, { energy_j: n % 2 === 0 ? 10 + n : 1 })
    );
    const parsed = picture(rows);
    const found = texts(parsed);

    expect(found.filter(text => text.startsWith('[3]'))).toEqual(
      rows
        .filter((row, n) => n >= 952 && row.energy_j! > 1)
        .map(({ title }) => `[3] ${title}`)
    );
    expect(found.at(-2)).toBe('976 others');
    const others_j = rows.reduce(
      (sum_j, { energy_j }, n) =>
        sum_j + (n >= 952 && energy_j! > 1 ? 0 : energy_j!),
      0
    );
    expect(found.at(-1)).toBe(`${(others_j / 1000).toFixed(1)} ± 1.5 kJ`);
    const height = Number(parsed.documentElement.getAttribute('height'));
    expect(height).toBeLessThan(1000);
  });

  it('is one of a notebook where nothing was metered, too', () => {
    expect(texts(picture([]))[1]).toBe('–');
  });

  it('is XML whatever the titles are', () => {
    const parsed = picture([
      aRow('a', { title: '</text><script>1</script>\u0001' })
    ]);

    expect(parsed.querySelector('script')).toBeNull();
    expect(texts(parsed)).toContain('[3] </text><script>1</script> ');
  });
});
