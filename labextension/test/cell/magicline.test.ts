import { describe, expect, it } from 'vitest';

import {
  edited,
  findMagicLine,
  metered,
  staged,
  stageOf,
  unmetered
} from '../../src/cell/magicline';

/** The cases of `test_magic_line.py` in the Python package. */
describe('findMagicLine', () => {
  it.each([
    ['%%energy\nx', [0, '', true]],
    ['%%energy --label a b\nx', [0, '--label a b', true]],
    ['%%energy', [0, '', true]],
    ['# why\n\n%%energy -q\nx', [2, '-q', true]],
    ['%%time\n%%energy\nx', [1, '', false]],
    ['%%energyx\nx', null],
    ['x = 1\n%%energy', null],
    [' %%energy\nx', null],
    ['', null]
  ])('in %j finds %j', (source, found) => {
    const line = findMagicLine(source);

    expect(line && [line.number, line.flags, line.isFirst]).toEqual(found);
  });

  it.each([
    ['-r 3', true],
    ['-qn5', true],
    ["--label '-r' x", true], // as Python's `shlex` has it
    ['--label never', false],
    ["--label 'open", false]
  ])('of %%energy %s tells that it is repeated: %s', (flags, isRepeated) => {
    expect(findMagicLine(`%%energy ${flags}\nx`)?.isRepeated).toBe(isRepeated);
  });
});

describe('stageOf', () => {
  it.each([
    ['x', undefined],
    ['%%energy\nx', null],
    ['%%energy --stage training\nx', 'training'],
    ['%%energy -q --stage=data --label a', 'data'],
    ["%%energy --stage 'my stage'", 'my stage'],
    ['%%energy --stage "a \\"b\\""', 'a "b"'],
    ['%%energy --st data', 'data'],
    ['%%energy --stage', null],
    ['%%energy --stage -q', null],
    ["%%energy --stage 'open", null],
    ['# a\n%%time\n%%energy --stage data\n', 'data'],
    ['%%energy --stage training -q --stage data', 'data + training'],
    ['%%energy --stage Inference --stage zoo', 'deployment + zoo'],
    ["%%energy --stage ''", null]
  ])('of %j is %j', (source, stage) => {
    expect(stageOf(source)).toBe(stage);
  });
});

describe('metered and unmetered', () => {
  it.each([
    ['x', '%%energy\nx'],
    ['', '%%energy'],
    ['%%time\nx', '%%energy\n%%time\nx'],
    ['# a\nx', '%%energy\n# a\nx']
  ])('put the line before %j, and take it away', (plain, withLine) => {
    const put = metered(plain)!;
    expect(edited(plain, put)).toBe(withLine);
    expect(metered(withLine)).toBeNull();

    const taken = unmetered(withLine)!;
    expect(edited(withLine, taken)).toBe(plain);
    expect(unmetered(plain)).toBeNull();
  });

  it.each([
    ['# why\n%%energy -q\nx', '# why\nx'],
    ['%%time\n%%energy', '%%time'],
    ['%%energy -r 3\nx', 'x']
  ])('of %j leaves %j', (source, rest) => {
    expect(edited(source, unmetered(source)!)).toBe(rest);
  });
});

describe('staged', () => {
  it.each([
    ['x', 'data', '%%energy --stage data\nx'],
    ['%%energy\nx', 'data', '%%energy --stage data\nx'],
    ['%%energy -q  \nx', 'data', '%%energy -q --stage data  \nx'],
    ['%%energy --stage data\nx', 'training', '%%energy --stage training\nx'],
    ['%%energy --stage=data -q', 'a b', "%%energy --stage 'a b' -q"],
    ['%%energy --stage x --label a', null, '%%energy --label a'],
    ['%%energy --label a --stage x\ny', null, '%%energy --label a\ny'],
    ['%%energy --stage\ny', 'data', '%%energy --stage data\ny'],
    ["%%energy --stage 'it'\ny", "it's", `%%energy --stage 'it'"'"'s'\ny`],
    ['x', 'data + a b', "%%energy --stage data --stage 'a b'\nx"],
    [
      '%%energy --stage data\nx',
      'data + training',
      '%%energy --stage data --stage training\nx'
    ],
    [
      '%%energy -o --stage a -q --stage=b --label c\nx',
      'data',
      '%%energy -o --stage data -q --label c\nx'
    ],
    ['%%energy --stage a -q --stage b\nx', null, '%%energy -q\nx'],
    ['%%energy --stage a --stage b', null, '%%energy'],
    [
      '# a\n%%time\n%%energy\nx',
      'data',
      '# a\n%%time\n%%energy --stage data\nx'
    ]
  ])('%j with stage %j is %j', (source, stage, result) => {
    const after = edited(source, staged(source, stage)!);

    expect(after).toBe(result);
    expect(stageOf(after)).toBe(stage);
  });

  it.each([
    ['x', null],
    ['%%energy\nx', null],
    ['%%energy --stage data\nx', 'data'],
    ['%%energy --stage training --stage data\nx', 'data + training'],
    ["%%energy --label 'open\nx", 'data']
  ])('has nothing to do for %j and %j', (source, stage) => {
    expect(staged(source, stage)).toBeNull();
  });

  it('lets no line break into the cell', () => {
    expect(edited('x', staged('x', 'a\nimport os')!)).toBe(
      "%%energy --stage 'a import os'\nx"
    );
  });
});
