import { describe, expect, it } from 'vitest';

import { Curve, type IDomain } from '../../src/chart/curve';
import { baselineOf, curveOf } from '../../src/chart/reported';
import {
  type ILook,
  type IScene,
  readoutOf,
  sceneOf
} from '../../src/chart/scene';
import { aReport } from '../fixtures';

const LOOK: ILook = {
  stacked: false,
  unfolded: false,
  hidden: new Set(),
  duration_s: null,
  baseline_w: null,
  sparkline: false
};

function domain(id: string, changes: Partial<IDomain> = {}): IDomain {
  return { id, device: id, provenance: 'counter', counted: true, ...changes };
}

/** Ten seconds: 100 W of the CPU; a GPU that draws 300 W, and once 600 W. */
function aCurve(domains = [domain('cpu'), domain('gpu')]): Curve {
  const curve = new Curve(domains);
  const t_s = Array.from({ length: 11 }, (_, second) => second);
  curve.append({
    t_s,
    power_w: {
      cpu: t_s.map(() => 100),
      gpu: t_s.map(t => (t === 4 ? 600 : 300))
    },
    energy_j: t_s.map(t => 400 * t),
    gaps: []
  });
  return curve;
}

function scene(look: Partial<ILook> = {}, curve = aCurve()): IScene {
  return sceneOf(curve, 712, 160, { ...LOOK, ...look });
}

const texts = ({ labels }: IScene): string[] => labels.map(({ text }) => text);

describe('the scene of a curve', () => {
  it('has axes that end at round numbers', () => {
    const { watts, joules, time } = scene();
    expect([watts.top, joules.top, time.top]).toEqual([600, 4000, 10]);
    expect(texts(scene())).toEqual(
      expect.arrayContaining(['600 W', '300 W', '4 kJ', '2 kJ', '10 s'])
    );
  });

  it('counts in milliseconds where a run has no more', () => {
    const nothing = scene({ duration_s: 0.036 }, new Curve([domain('cpu')]));
    expect(texts(nothing).slice(0, 3)).toEqual(['0 ms', '5 ms', '10 ms']);
  });

  it('of a run in which hardly a sample fell shows the means that are known', () => {
    const [known] = aReport().domains;
    const unknown = { ...known, id: 'gpu:0', energy_j: 3, uncertainty_j: 7 };
    const report = aReport({
      duration_s: 0.036,
      energy_j: 28,
      uncertainty_j: 10,
      domains: [
        { ...known, energy_j: 25, uncertainty_j: 7, mean_power_w: 690 },
        unknown
      ],
      trace: { t_s: [0.07], power_w: { [known.id]: [68] } }
    });
    const { columns, time, labels } = scene(
      { duration_s: 0.036 },
      curveOf(report)
    );
    expect(columns).toEqual({
      t_s: [0, 0.036],
      power_w: [
        [690, 690],
        [null, null]
      ],
      energy_j: [0, 28]
    });
    expect(time.top).toBe(0.036);
    expect(labels.map(({ text }) => text)).toContain('800 W');
  });

  it('ends with the run once that has ended', () => {
    expect(scene({ duration_s: 10.4 }).time.top).toBe(10.4);
  });

  it('marks peak and mean of the domain that peaks highest', () => {
    const { peak, watts, time } = scene();
    expect(texts(scene())).toEqual(
      expect.arrayContaining(['gpu peak 600 W', 'gpu mean 330 W'])
    );
    expect(peak!.y).toBe(watts.px(600));
    expect(time.value(peak!.x)).toBeCloseTo(3.5); // the value holds from 3 to 4 s
  });

  it('marks estimates as such', () => {
    const estimate = aCurve([
      domain('gpu', { provenance: 'estimate', mean_power_w: 334 })
    ]);
    expect(texts(scene({}, estimate))).toEqual(
      expect.arrayContaining(['peak ≈ 600 W', 'mean ≈ 330 W'])
    );
  });

  it('has the mean away from where the joules end', () => {
    const { labels, plot } = scene();
    const mean = labels.find(({ text }) => text.includes('mean'))!;
    expect(mean.align).toBe('left');
    expect(mean.x - plot.left).toBeLessThan(10);
  });

  it('marks the mean that a report tells, not that of its thinned curve', () => {
    const told = aCurve([
      domain('cpu', { mean_power_w: 101 }),
      domain('gpu', { mean_power_w: 340 })
    ]);
    expect(texts(scene({}, told))).toContain('gpu mean 340 W');
    expect(texts(scene({ stacked: true }, told))).toContain('mean 441 W');
    const beyond = aCurve([domain('gpu', { mean_power_w: 5000 })]);
    expect(scene({}, beyond).levels).toEqual([]);
  });

  it('stacks the counted domains, and marks peak and mean of all together', () => {
    const stacked = scene({ stacked: true });
    expect(stacked.watts.top).toBe(800);
    const [cpu, gpu] = stacked.strokes;
    expect(cpu.down).toBe(stacked.plot.bottom);
    expect(gpu.down).toBe(cpu.lines);
    expect(gpu.lines[0][1]).toBeCloseTo(stacked.watts.px(400));
    expect(texts(stacked)).toEqual(
      expect.arrayContaining(['peak 700 W', 'mean 430 W'])
    );
  });

  it('draws what is in another domain already where it is unfolded, and never stacks it', () => {
    const inside = domain('cpu/core', { counted: false });
    const curve = new Curve([domain('cpu'), domain('gpu'), inside]);
    curve.append({
      t_s: [0, 1],
      power_w: { cpu: [9, 9], gpu: [9, 9], 'cpu/core': [5, 5] },
      energy_j: [0, 18],
      gaps: []
    });
    expect(scene({}, curve).strokes).toHaveLength(2);
    expect(scene({ unfolded: true }, curve).strokes).toHaveLength(3);
    const stacked = scene({ unfolded: true, stacked: true }, curve);
    expect(stacked.strokes).toHaveLength(2);
    expect(stacked.strokes.every(({ down }) => down !== undefined)).toBe(true);
  });

  it('leaves out what is hidden, from the axis as well', () => {
    const { strokes, watts } = scene({ hidden: new Set(['gpu']) });
    expect(strokes).toHaveLength(1);
    expect(watts.top).toBe(100);
  });

  it('dashes estimates and nothing else', () => {
    const curve = aCurve([
      domain('cpu', { provenance: 'estimate' }),
      domain('gpu')
    ]);
    expect(scene({}, curve).strokes.map(({ dashed }) => dashed)).toEqual([
      true,
      false
    ]);
  });

  it('shows the idle watts of each domain, or of all where they are stacked', () => {
    const curve = aCurve([
      domain('cpu', { baseline_w: 40 }),
      domain('gpu', { baseline_w: 60 })
    ]);
    const dotted = ({ levels, watts }: IScene): number[] =>
      levels.filter(level => level.dotted).map(({ y }) => watts.value(y));
    expect(dotted(scene({}, curve))).toEqual([
      expect.closeTo(40),
      expect.closeTo(60)
    ]);
    expect(dotted(scene({ stacked: true }, curve))).toEqual([
      expect.closeTo(100)
    ]);
    expect(dotted(scene())).toEqual([]);
  });

  it('has a blank where there is a gap', () => {
    const curve = new Curve([domain('cpu')]);
    curve.append({
      t_s: [0, 1, 5, 6],
      power_w: { cpu: [10, 10, 10, 10] },
      energy_j: [0, 10, 50, 60],
      gaps: [[1, 5]]
    });
    const found = scene({}, curve);
    const [begin_px, end_px] = found.gaps[0];
    expect(found.strokes[0].lines).toHaveLength(2);
    expect(found.strokes[0].lines[0].at(-2)).toBe(begin_px);
    expect(found.strokes[0].lines[1][0]).toBe(end_px);
  });

  it('has no more corners than pixels allow, and keeps every peak, of many points', () => {
    const curve = new Curve([domain('cpu')]);
    const t_s = Array.from({ length: 2000 }, (_, i) => i / 100);
    curve.append({
      t_s,
      power_w: { cpu: t_s.map((_, i) => (i === 777 ? 900 : i % 13)) },
      energy_j: t_s,
      gaps: []
    });
    const { strokes, watts, plot } = scene({}, curve);
    const ys = strokes[0].lines[0].filter((_, i) => i % 2 === 1);
    expect(Math.min(...ys)).toBe(watts.px(900));
    expect(ys.length).toBeLessThanOrEqual(2 * 2 * (plot.right - plot.left + 1));
  });

  it('of a sparkline is the line alone', () => {
    const { labels, levels, peak, plot } = scene({ sparkline: true });
    expect([labels, levels, peak]).toEqual([[], [], null]);
    expect([plot.left, plot.right]).toEqual([0, 712]);
  });

  it('of nothing is seconds alone', () => {
    const empty = scene({}, new Curve([]));
    expect(empty.strokes).toEqual([]);
    expect(empty.peak).toBeNull();
    expect(texts(empty).every(text => text.endsWith(' s'))).toBe(true);
  });
});

describe('the readout of a point', () => {
  it('says all together and each domain that is shown', () => {
    const curve = aCurve();
    expect(readoutOf(scene({ hidden: new Set(['cpu']) }, curve), 4)).toEqual({
      all: ['1.600 kJ', '700 W'],
      each: ['600 W']
    });
  });

  it('says of an estimate that it is one', () => {
    const curve = aCurve([
      domain('cpu', { provenance: 'estimate' }),
      domain('gpu')
    ]);
    expect(readoutOf(scene({}, curve), 1)).toEqual({
      all: ['≈ 400.0 J', '≈ 400 W'],
      each: ['≈ 100 W', '300 W']
    });
  });
});

describe('the curve of a report', () => {
  it('has joules that end at those of the report', () => {
    const { energy_j } = curveOf(aReport({ energy_j: 123 })).columns();
    expect(energy_j.at(-1)).toBeCloseTo(123);
    expect([...energy_j].sort((a, b) => a! - b!)).toEqual(energy_j);
  });

  it('has no joules where the report has none', () => {
    const { energy_j } = curveOf(aReport({ energy_j: null })).columns();
    expect(energy_j.every(joules => joules === null)).toBe(true);
  });

  it('has no line of a domain whose joules say nothing of its watts', () => {
    const [cpu] = aReport().domains;
    const gpu = { ...cpu, id: 'gpu:0', energy_j: 3, uncertainty_j: 7 };
    const watts = { [cpu.id]: [40, 40, 40], 'gpu:0': [20, 20, 20] };
    const trace = { t_s: [0, 1, 2], power_w: watts };
    const curve = curveOf(
      aReport({ domains: [cpu, gpu], trace, gaps: [], energy_j: 103 })
    );
    expect(curve.columns().power_w).toEqual([
      [40, 40, 40],
      [null, null, null]
    ]);
    const [known, unknown] = scene({}, curve).strokes;
    expect([known.lines.length, unknown.lines.length]).toEqual([1, 0]);
  });

  it('takes no word for a domain that only a prototype has', () => {
    const [cpu] = aReport().domains;
    const report = aReport({ domains: [{ ...cpu, id: 'constructor' }] });
    expect(curveOf(report).columns().power_w[0]).toEqual([null, null, null]);
  });

  it('tells the baseline where net joules do', () => {
    expect(baselineOf(aReport({ net_energy_j: 40, duration_s: 2 }))).toBe(30);
    expect(baselineOf(aReport({ net_energy_j: 0 }))).toBeNull();
    expect(baselineOf(aReport())).toBeNull();
  });
});
