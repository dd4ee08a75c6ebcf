import type { Gap, ILiveDomain, ISamples } from '../record/livemessages';
import type { IMark } from '../record/report';
import { sum, type Value } from './geometry';
import { withMarks } from './marks';

/** A domain as the chart and its legend know it. */
export interface IDomain extends ILiveDomain {
  /** Its mean over the whole run; absent or null until that is known. */
  readonly mean_power_w?: number | null;
}

/** The curve is thinned when it has more points than this. */
export const MAX_POINTS = 2000;
export const MAX_GAPS = 64;

interface IPoint {
  readonly t_s: number;
  /** Watts, in the order of the domains. */
  readonly power_w: readonly Value[];
  readonly energy_j: Value;
}

/** Points of a curve, with the ticks of the program's own that came with them. */
export interface IMarkedSamples extends ISamples {
  readonly marks?: readonly IMark[];
}

/** A curve's points as columns of one length. */
export interface IColumns {
  readonly t_s: readonly number[];
  readonly energy_j: readonly Value[];
  /** Watts of each domain; null in gaps. */
  readonly power_w: readonly (readonly Value[])[];
}

/** The curve of one run: watts of each domain and joules, bounded in size. */
export class Curve {
  constructor(domains: readonly IDomain[]) {
    this._domains = domains;
  }

  get domains(): readonly IDomain[] {
    return this._domains;
  }

  /** The number of points. */
  get length(): number {
    return this._points.length;
  }

  get gaps(): readonly Gap[] {
    return this._gaps;
  }

  /** The time of the last point, in seconds since the begin; 0 without points. */
  get end_s(): number {
    return this._points.at(-1)?.t_s ?? 0;
  }

  /** Ticks of the program's own. */
  get marks(): readonly IMark[] {
    return this._marks;
  }

  /** Takes other domains: those that it has had keep their watts. */
  adopt(domains: readonly IDomain[]): void {
    const places = domains.map(({ id }) =>
      this._domains.findIndex(domain => domain.id === id)
    );
    this._points = this._points.map(point => ({
      ...point,
      power_w: places.map(place => point.power_w[place] ?? null)
    }));
    this._domains = domains;
  }

  /** Adds what is later than the last point. */
  append(samples: IMarkedSamples): void {
    this._marks = withMarks(this._marks, samples.marks ?? []);
    const end_s = this._points.at(-1)?.t_s ?? -Infinity;
    const later = this._pointsOf(samples).filter(point => point.t_s > end_s);
    this._points = thin(this._points.concat(later));
    this._gaps = widest([
      ...this._gaps,
      ...samples.gaps.filter(([begin_s]) => begin_s >= end_s)
    ]);
  }

  /** Replaces everything up to the end of `history` by it; what is later stays. */
  reset(history: IMarkedSamples): void {
    this._marks = withMarks(this._marks, history.marks ?? []);
    const end_s = history.t_s.at(-1);
    if (end_s === undefined) {
      return;
    }
    const later = this._points.filter(point => point.t_s > end_s);
    this._points = thin(this._pointsOf(history).concat(later));
    this._gaps = widest([
      ...history.gaps,
      ...this._gaps.filter(([begin_s]) => begin_s >= end_s)
    ]);
  }

  /** The points as columns. Where a gap lies before a point, its watts are not known. */
  columns(): IColumns {
    const points = this._points;
    const t_s = points.map(point => point.t_s);
    const power_w = this._domains.map((_, domain) =>
      points.map(point => point.power_w[domain])
    );
    // The first sample has no power yet: the second one's reaches back to it.
    for (const column of power_w) {
      if (column.length > 1) {
        column[0] ??= column[1];
      }
    }
    let gap = 0;
    for (let row = 1; row < t_s.length && gap < this._gaps.length; row++) {
      const middle_s = (t_s[row - 1] + t_s[row]) / 2;
      while (gap < this._gaps.length && this._gaps[gap][1] < middle_s) {
        gap++;
      }
      if (gap < this._gaps.length && this._gaps[gap][0] <= middle_s) {
        power_w.forEach(column => (column[row] = null));
      }
    }
    return { t_s, energy_j: points.map(point => point.energy_j), power_w };
  }

  private _pointsOf(samples: ISamples): IPoint[] {
    const columns = this._domains.map(({ id }) => samples.power_w[id]);
    return samples.t_s.map((t_s, index) => ({
      t_s,
      power_w: columns.map(column => column?.[index] ?? null),
      energy_j: samples.energy_j[index] ?? null
    }));
  }

  private _domains: readonly IDomain[];
  private _points: IPoint[] = [];
  private _gaps: Gap[] = [];
  private _marks: readonly IMark[] = [];
}

/** The watts of all counted domains together. */
export function countedPower(curve: Curve, columns: IColumns): Value[] {
  return sum(
    columns.power_w.filter((_, index) => curve.domains[index].counted)
  );
}

/** The watts of all counted domains in so many equal stretches of time, of each the highest. */
export function peaksOf(curve: Curve, stretches: number): number[] {
  const columns = curve.columns();
  const begin_s = columns.t_s[0] ?? 0;
  const stretch_s = (curve.end_s - begin_s) / (stretches - 1);
  const peaks: number[] = [];
  countedPower(curve, columns).forEach((power_w, row) => {
    if (power_w !== null) {
      const place = Math.floor((columns.t_s[row] - begin_s) / stretch_s) || 0;
      peaks[place] = Math.max(peaks[place] ?? 0, power_w);
    }
  });
  return Object.values(peaks); // those without a sample are left out
}

/**
 * Leaves half of the points where there are more than allowed: the ends, and
 * of each of many equal stretches of time the points of most and least power.
 */
function thin(points: IPoint[]): IPoint[] {
  if (points.length <= MAX_POINTS) {
    return points;
  }
  const begin_s = points[0].t_s;
  const stretch_s = (points.at(-1)!.t_s - begin_s) / (MAX_POINTS / 4 - 1);
  const kept = new Set([points[0], points.at(-1)!]);
  const stretches = new Map<number, { most: IPoint; least: IPoint }>();
  for (const point of points) {
    const stretch = Math.floor((point.t_s - begin_s) / stretch_s);
    const found = stretches.get(stretch);
    if (!found) {
      stretches.set(stretch, { most: point, least: point });
    } else if (total_w(point) > total_w(found.most)) {
      found.most = point;
    } else if (total_w(point) < total_w(found.least)) {
      found.least = point;
    }
  }
  for (const { most, least } of stretches.values()) {
    kept.add(most).add(least);
  }
  return points.filter(point => kept.has(point));
}

function total_w(point: IPoint): number {
  return point.power_w.reduce<number>(
    (sum, power_w) => sum + (power_w ?? 0),
    0
  );
}

function widest(gaps: Gap[]): Gap[] {
  if (gaps.length <= MAX_GAPS) {
    return gaps;
  }
  const width_s = ([begin_s, end_s]: Gap): number => end_s - begin_s;
  return [...gaps]
    .sort((a, b) => width_s(b) - width_s(a))
    .slice(0, MAX_GAPS)
    .sort(([a], [b]) => a - b);
}
