import { describe, expect, it } from 'vitest';

import { Curve } from '../../src/chart/curve';
import { MAX_MARKS, stretchAround, withMarks } from '../../src/chart/marks';
import { curveOf } from '../../src/chart/reported';
import { sceneOf } from '../../src/chart/scene';
import { aReport } from '../fixtures';

const MARKS = [
  { t_s: 2, text: 'epoch 1' },
  { t_s: 4.5, text: 'epoch 2' }
];
const COLUMNS = { t_s: [0, 2, 4, 6], energy_j: [0, 20, 40, 60] };

describe('the joules between two marks', () => {
  it('are those from the mark before to the mark behind', () => {
    expect(stretchAround(MARKS, COLUMNS, 3)).toEqual({
      from: 'epoch 1',
      to: 'epoch 2',
      energy_j: 25
    });
  });

  it('begin with the run and end with it', () => {
    expect(stretchAround(MARKS, COLUMNS, 1)).toEqual({
      from: null,
      to: 'epoch 1',
      energy_j: 20
    });
    expect(stretchAround(MARKS, COLUMNS, 5)).toEqual({
      from: 'epoch 2',
      to: null,
      energy_j: 15
    });
  });

  it('are not told where there are no marks, or no joules', () => {
    expect(stretchAround([], COLUMNS, 3)).toBeNull();
    const unknown = { t_s: [0, 2, 4, 6], energy_j: [null, null, null, null] };
    expect(stretchAround(MARKS, unknown, 3)!.energy_j).toBeNull();
  });
});

describe('the marks of a run', () => {
  it('come once, in the order of time, and are not too many', () => {
    const [first, second] = MARKS;
    expect(withMarks([second], [first, second])).toEqual(MARKS);
    const many = Array.from({ length: 200 }, (_, k) => ({ t_s: k, text: '' }));
    expect(withMarks([], many)).toHaveLength(MAX_MARKS);
  });

  it('are ticks on the time axis, of a run that goes on and of its report', () => {
    const live = new Curve(aReport().domains);
    const samples = { t_s: [1], power_w: {}, energy_j: [1], gaps: [] };
    live.append({ ...samples, marks: [{ t_s: 0.5, text: 'begun' }] });
    live.append({ ...samples, t_s: [2], marks: [{ t_s: 1.5, text: 'on' }] });
    const look = {
      stacked: false,
      unfolded: false,
      hidden: new Set<string>(),
      duration_s: 2,
      baseline_w: null,
      sparkline: false
    };
    const ticks = (curve: Curve): number[] => {
      const { time, ticks } = sceneOf(curve, 712, 120, look);
      return ticks.map(x => time.value(x));
    };
    expect(ticks(live)).toEqual([0.5, 1.5]);
    const report = aReport({ marks: [{ t_s: 1, text: 'half' }] });
    expect(ticks(curveOf(report))).toEqual([1]);
  });
});
