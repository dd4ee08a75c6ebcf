import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { IDomain } from '../../src/chart/curve';
import { domainColours } from '../../src/chart/palette';
import { foldedWords, rowsOf } from '../../src/chart/rows';

const CASES = join(__dirname, '../../../tests/data/colour_cases.json');

function domain(id: string, counted = true): IDomain {
  return { id, device: `the ${id}`, provenance: 'counter', counted };
}

const BOARDS = Array.from({ length: 8 }, (_, k) => domain(`gpu:${k}`));
const PACKAGES = [domain('cpu:0/package'), domain('cpu:1/package')];

const ids = (domains: IDomain[], isUnfolded = false): string[] =>
  rowsOf(domains, isUnfolded).map(({ id }) => id);

describe('the rows of a legend', () => {
  it('are the members of the total; what lies inside them is folded away', () => {
    const domains = [
      domain('psys', false),
      domain('cpu:0/core', false),
      ...PACKAGES,
      domain('gpu:0'),
      domain('gpu:0/memory', false)
    ];
    expect(ids(domains)).toEqual(['cpu:0/package', 'cpu:1/package', 'gpu:0']);
    expect(foldedWords(domains)).toBe('3 not added to the total');
    const all = rowsOf(domains, true);
    expect(all.map(({ id, place }) => [id, place])).toEqual([
      ['cpu:0/package', ''],
      ['cpu:0/core', 'inside cpu:0/package'],
      ['cpu:1/package', ''],
      ['gpu:0', ''],
      ['gpu:0/memory', 'inside gpu:0'],
      ['psys', 'not in the total']
    ]);
  });

  it('are kinds of hardware where there are more than six members', () => {
    const domains = [...PACKAGES, ...BOARDS, domain('gpu:0/memory', false)];
    const [cpu, gpu] = rowsOf(domains, false);
    expect([cpu.id, cpu.domains.length]).toEqual(['CPU', 2]);
    expect([gpu.id, gpu.domains.length]).toEqual(['GPU', 8]);
    expect(gpu.device).toBe('');
    expect(foldedWords(domains)).toBe('each of 10, 1 not added to the total');
    expect(ids(domains, true)).toHaveLength(11);
    expect(ids(domains.slice(0, 6))).toHaveLength(6);
  });

  it('are those of this host, and one for each other host, while a cell runs on a cluster', () => {
    const hosts = [domain('host-2'), domain('host-3')];
    const few = rowsOf([PACKAGES[0], ...hosts], false);
    expect(few.map(({ id }) => id)).toEqual([
      'cpu:0/package',
      'host-2',
      'host-3'
    ]);
    expect(new Set(few.map(({ colour }) => colour)).size).toBe(3);
    const many = rowsOf([...PACKAGES, ...BOARDS, ...hosts], false);
    expect(many.map(({ id }) => id)).toEqual([
      'CPU',
      'GPU',
      'host-2',
      'host-3'
    ]);
    expect(many.at(-1)!.places).toEqual([11]);
    expect(ids(hosts)).toEqual(['host-2', 'host-3']);
  });

  it('are hosts where several have more than six members together', () => {
    const on = (host: string): IDomain[] =>
      [...PACKAGES, ...BOARDS].map(each => ({
        ...each,
        id: `${host}/${each.id}`
      }));
    const rows = rowsOf([...on('host-1'), ...on('gpu-node')], false);
    expect(rows.map(({ id, alike }) => [id, alike])).toEqual([
      ['host-1', 1],
      ['gpu-node', 1]
    ]);
    expect(rows[0].domains).toHaveLength(10);
    expect(new Set(rows.map(({ colour }) => colour)).size).toBe(2);
    const hosts = Array.from({ length: 12 }, (_, k) => domain(`host-${k}`));
    expect(ids(hosts)).toEqual(hosts.map(({ id }) => id));
    const both = [...on('a'), domain('a/gpu:0/memory', false)];
    const inside = rowsOf(both, true).filter(({ counted }) => !counted);
    expect(inside[0].place).toBe('inside a/gpu:0');
  });

  it('say that some of a kind are estimated', () => {
    const guess = { ...domain('gpu:9'), provenance: 'estimate' } as const;
    expect(rowsOf([...BOARDS, guess], false)[0].provenance).toBe('mixed');
  });

  it('are nothing where there is no sensor', () => {
    expect(rowsOf([], false)).toEqual([]);
    expect(foldedWords([])).toBe('');
  });
});

describe('the colours', () => {
  it('are those of the static picture', () => {
    const cases = JSON.parse(readFileSync(CASES, 'utf-8')) as {
      domains: [string, boolean][];
      colours: string[];
    }[];
    for (const { domains, colours } of cases) {
      const shown = domains.map(([id, counted]) => ({ id, counted }));
      expect(domainColours(shown)).toEqual(colours);
    }
  });

  it('never come twice', () => {
    const many = Array.from({ length: 32 }, (_, k) => [
      domain(`cpu:${k}/package`),
      domain(`cpu:${k}/dram`, k % 2 === 0),
      domain(`gpu:${k}`),
      domain(`board-${k}`)
    ]).flat();
    expect(new Set(domainColours(many)).size).toBe(128);
  });
});
