import type { DomainProvenance } from '../report';

/** A domain as the chart and its legend know it. */
export interface IDomain {
  readonly id: string;
  readonly device: string;
  readonly provenance: DomainProvenance;
  /** Whether the domain is in the total. */
  readonly counted: boolean;
  /** What always holds for its figures. */
  readonly flags?: readonly string[];
}

/** Points of a curve, in time order. A value is null where nothing is known. */
export interface ISamples {
  /** Seconds since the window's begin. */
  readonly t_s: readonly number[];
  /** Watts by domain, each drawn from the point before up to its own. */
  readonly power_w: Readonly<
    Partial<Record<string, readonly (number | null)[]>>
  >;
  /** Joules of all counted domains since the begin. */
  readonly energy_j: readonly (number | null)[];
  /** Stretches without samples, in seconds since the begin. */
  readonly gaps: readonly Gap[];
}

export type Gap = readonly [begin_s: number, end_s: number];

/** A value to draw: null breaks the line, undefined lets it pass. */
export type Value = number | null | undefined;

/** The curve is thinned when it has more points than this. */
export const MAX_POINTS = 2000;
export const MAX_GAPS = 64;

interface IPoint {
  readonly t_s: number;
  /** Watts, in the order of the domains. */
  readonly power_w: readonly (number | null)[];
  readonly energy_j: number | null;
}

/** The curve of one run: watts of each domain and joules, bounded in size. */
export class Curve {
  constructor(readonly domains: readonly IDomain[]) {}

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

  /** Adds what is later than the last point. */
  append(samples: ISamples): void {
    const end_s = this._points.at(-1)?.t_s ?? -Infinity;
    const later = this._pointsOf(samples).filter(point => point.t_s > end_s);
    this._points = thin(this._points.concat(later));
    this._gaps = widest([
      ...this._gaps,
      ...samples.gaps.filter(([begin_s]) => begin_s >= end_s)
    ]);
  }

  /** Replaces everything up to the end of `history` by it; what is later stays. */
  reset(history: ISamples): void {
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

  /**
   * The curve as columns of one length: seconds, joules, then the watts of each
   * domain. In the middle of each gap stands a row that breaks the lines of watts.
   */
  columns(): [t_s: number[], energy_j: Value[], ...power_w: Value[][]] {
    const t_s: number[] = [];
    const energy_j: Value[] = [];
    const power_w: Value[][] = this.domains.map(() => []);
    let gap = 0;
    for (const point of this._points) {
      for (; gap < this._gaps.length; gap++) {
        const [begin_s, end_s] = this._gaps[gap];
        const middle_s = (begin_s + end_s) / 2;
        if (middle_s >= point.t_s) {
          break;
        }
        t_s.push(middle_s);
        energy_j.push(undefined);
        power_w.forEach(column => column.push(null));
      }
      t_s.push(point.t_s);
      energy_j.push(point.energy_j);
      power_w.forEach((column, domain) => column.push(point.power_w[domain]));
    }
    // The first sample has no power yet: the second one's reaches back to it.
    for (const column of power_w.filter(({ length }) => length > 1)) {
      column[0] ??= column[1];
    }
    return [t_s, energy_j, ...power_w];
  }

  private _pointsOf(samples: ISamples): IPoint[] {
    return samples.t_s.map((t_s, index) => ({
      t_s,
      power_w: this.domains.map(
        ({ id }) => samples.power_w[id]?.[index] ?? null
      ),
      energy_j: samples.energy_j[index] ?? null
    }));
  }

  private _points: IPoint[] = [];
  private _gaps: Gap[] = [];
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
