/**
 * Where a curve lies on the screen: scales, steps, stacks, and no more points
 * than there are pixels. Nothing here draws.
 */

/** A value to draw: null where nothing is known. */
export type Value = number | null;

/** Places in pixels: x and y in turn. One unbroken line. */
export type Line = number[];

/** A lower step is not drawn: nobody sees it. In pixels. */
const LEAST_PX = 0.2;

/** From values, 0 to `top`, to pixels, `begin_px` to `end_px`, which may run backwards. */
export class Scale {
  constructor(
    readonly top: number,
    readonly begin_px: number,
    readonly end_px: number
  ) {}

  px(value: number): number {
    return this.begin_px + (value / this.top) * (this.end_px - this.begin_px);
  }

  value(px: number): number {
    return ((px - this.begin_px) / (this.end_px - this.begin_px)) * this.top;
  }
}

/**
 * The rows that are worth drawing: all, where there are at most two to a pixel;
 * else those of the most and the least in each column of pixels, in their order.
 * A row without a value stays where what it leaves open, back to the row before,
 * reaches into another column: a narrower break nobody sees.
 */
export function decimate(
  x_px: readonly number[],
  values: readonly Value[]
): number[] {
  const kept: number[] = [];
  let column = NaN;
  let least = -1;
  let most = -1;
  const flush = (): void => {
    if (least >= 0) {
      kept.push(Math.min(least, most));
      if (least !== most) {
        kept.push(Math.max(least, most));
      }
    }
    least = most = -1;
  };
  values.forEach((value, row) => {
    const at = Math.floor(x_px[row]);
    const isNew = at !== column;
    if (isNew) {
      flush();
      column = at;
    }
    if (value === null) {
      if (isNew) {
        kept.push(row);
      }
    } else if (least < 0) {
      least = most = row;
    } else if (value < values[least]!) {
      least = row;
    } else if (value > values[most]!) {
      most = row;
    }
  });
  flush();
  return kept;
}

/**
 * The steps of a line: each value holds from the row before up to its own. A row
 * without a value ends a line.
 */
export function steps(
  rows: readonly number[],
  x_px: readonly number[],
  values: readonly Value[],
  scale: Scale
): Line[] {
  const lines: Line[] = [];
  let line: Line | undefined;
  let before = rows[0];
  for (const row of rows) {
    const value = values[row];
    if (value === null) {
      line = undefined;
    } else if (row > 0) {
      const y = scale.px(value);
      // From the row drawn before, or where none was, from the one before it.
      const begin = x_px[row === before ? row - 1 : before];
      if (!line) {
        lines.push((line = [begin, y, x_px[row], y]));
      } else if (Math.abs(y - line[line.length - 1]) < LEAST_PX) {
        line[line.length - 2] = x_px[row];
      } else {
        line.push(begin, y, x_px[row], y);
      }
    }
    before = row;
  }
  return lines;
}

/** A line straight from one known value to the next, with the last one of each column of pixels. */
export function slope(
  x_px: readonly number[],
  values: readonly Value[],
  scale: Scale
): Line {
  const line: Line = [];
  let column = NaN;
  values.forEach((value, row) => {
    if (value === null) {
      return;
    }
    const at = Math.floor(x_px[row]);
    if (at === column) {
      line.length -= 2;
    }
    column = at;
    line.push(x_px[row], scale.px(value));
  });
  return line;
}

/**
 * Columns put on top of each other: the upper edge of each. One that is not
 * known somewhere has no height there; where none is known there are no edges.
 */
export function stack(columns: readonly (readonly Value[])[]): Value[][] {
  const edge: Value[] = (columns[0] ?? []).map((_, row) =>
    columns.some(column => column[row] !== null) ? 0 : null
  );
  return columns.map(column => {
    column.forEach((value, row) => {
      if (value !== null) {
        edge[row]! += value;
      }
    });
    return edge.slice();
  });
}

/** The sum of columns, null where nothing is known. */
export function sum(columns: readonly (readonly Value[])[]): Value[] {
  return stack(columns).at(-1) ?? [];
}

/** The row of the highest value; -1 without one. */
export function peakRow(values: readonly Value[]): number {
  let peak = -1;
  values.forEach((value, row) => {
    if (value !== null && (peak < 0 || value > values[peak]!)) {
      peak = row;
    }
  });
  return peak;
}

/** The mean over time of a value that holds from the row before up to its own. */
export function meanOf(
  t_s: readonly number[],
  values: readonly Value[]
): number | null {
  let area = 0;
  let known_s = 0;
  for (let row = 1; row < values.length; row++) {
    const value = values[row];
    if (value !== null) {
      const dt_s = t_s[row] - t_s[row - 1];
      area += value * dt_s;
      known_s += dt_s;
    }
  }
  return known_s > 0 ? area / known_s : null;
}

/** The row whose time is nearest; `t_s` is in order and not empty. */
export function nearestRow(t_s: readonly number[], at_s: number): number {
  let low = 0;
  let high = t_s.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (t_s[middle] < at_s) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return at_s - t_s[low] <= t_s[high] - at_s ? low : high;
}
