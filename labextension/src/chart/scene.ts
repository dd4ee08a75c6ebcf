/** What a chart shows, in pixels and words: everything but the drawing. */
import { isEstimate } from '../record/quantity';
import {
  energySoFar,
  estimatedPower,
  markedPower,
  power
} from '../text/format';
import { type Translator, UNTRANSLATED } from '../text/words';
import {
  axisLabel,
  ceiling,
  energyCeiling,
  spanOf,
  timeLabel,
  timeStep
} from './axes';
import type { Curve, IColumns } from './curve';
import {
  decimate,
  type Line,
  meanOf,
  peakRow,
  Scale,
  slope,
  stack,
  steps,
  sum,
  type Value
} from './geometry';
import { columnsOf, type IRow, rowsOf } from './rows';

/** How a curve is to be shown. */
export interface ILook {
  /** Whether the members of the total stand on top of each other. */
  readonly stacked: boolean;
  /** Whether each domain has a row, and so a line, of its own. */
  readonly unfolded: boolean;
  /** The ids of the rows that are not shown. */
  readonly hidden: ReadonlySet<string>;
  /** Where the time axis ends; null while the run goes on. */
  readonly duration_s: number | null;
  /** Idle watts of all counted domains, where those of each are not known. */
  readonly baseline_w: number | null;
  /** Whether there is room for axes and marks. */
  readonly sparkline: boolean;
}

export interface IBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface ILabel {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly align: CanvasTextAlign;
  /** Whether it lies on the curve. */
  readonly isMark?: boolean;
  /** What it says where there is no room. */
  readonly short?: string;
}

export interface IStroke {
  readonly lines: readonly Line[];
  readonly colour: string;
  readonly width: number;
  readonly dashed: boolean;
  /** Where an area reaches down to: the lines of the domain below, or the axis. */
  readonly down?: readonly Line[] | number;
}

/** A level across the plot, such as the idle baseline. */
export interface ILevel {
  readonly y: number;
  /** That of the page's text where absent. */
  readonly colour?: string;
  readonly dotted: boolean;
}

export interface IScene {
  readonly plot: IBox;
  readonly time: Scale;
  readonly watts: Scale;
  readonly joules: Scale;
  /** What has a line. */
  readonly rows: readonly IRow[];
  /** The watts of the rows. */
  readonly columns: IColumns;
  /** Indices of the rows that are shown. */
  readonly shown: readonly number[];
  readonly grid: readonly number[];
  /** Where marks of the program's own stand on the time axis. */
  readonly ticks: readonly number[];
  readonly labels: readonly ILabel[];
  readonly gaps: readonly (readonly [begin_px: number, end_px: number])[];
  readonly energy: Line;
  readonly strokes: readonly IStroke[];
  readonly levels: readonly ILevel[];
  readonly peak: { readonly x: number; readonly y: number } | null;
}

const AXIS_PX = 56;
const BOTTOM_PX = 20;
const TOP_PX = 14;
const MARK_PX = 80;
const LABEL_PX = 7;

/** Lays a curve out on `width` times `height` pixels. */
export function sceneOf(
  curve: Curve,
  width: number,
  height: number,
  look: ILook,
  trans: Translator = UNTRANSLATED
): IScene {
  const plot = look.sparkline
    ? { left: 0, top: 2, right: width, bottom: height - 1 }
    : {
        left: AXIS_PX,
        top: TOP_PX,
        right: Math.max(width - AXIS_PX, AXIS_PX + 1),
        bottom: height - BOTTOM_PX
      };
  const rows = rowsOf(curve.domains, look.unfolded, trans);
  const columns = columnsOf(curve.columns(), rows);
  const visible = rows.flatMap(({ id }, index) =>
    look.hidden.has(id) ? [] : [index]
  );
  const counted = visible.filter(index => rows[index].counted);
  const stacked = look.stacked && counted.length > 1;
  // What lies inside a member has no place on top of it.
  const shown = stacked ? counted : visible;
  const edges = stacked ? stack(counted.map(of(columns.power_w))) : [];
  const rising = stacked ? edges : shown.map(of(columns.power_w));
  const levels_w = baselines(rows, counted, stacked, look);

  const end_s = Math.max(curve.end_s, 0);
  const span_s = look.duration_s ?? spanOf(end_s);
  const time = new Scale(span_s || 1, plot.left, plot.right);
  const most_w = Math.max(
    highest(rising),
    ...levels_w.map(({ power_w }) => power_w)
  );
  const watts = new Scale(ceiling(most_w), plot.bottom, plot.top);
  const most_j = highest([columns.energy_j]);
  const joules = new Scale(energyCeiling(most_j), plot.bottom, plot.top);
  const x_px = columns.t_s.map(t_s => time.px(t_s));

  const strokes: IStroke[] = [];
  const drawn = stacked ? decimate(x_px, edges.at(-1)!) : [];
  let below: readonly Line[] | number = plot.bottom;
  shown.forEach((index, place) => {
    const { provenance, counted: isCounted, colour } = rows[index];
    const values = rising[place];
    const lines = steps(
      stacked ? drawn : decimate(x_px, values),
      x_px,
      values,
      watts
    );
    strokes.push({
      lines,
      colour,
      width: look.sparkline ? 1.25 : isCounted && !stacked ? 2 : 1.25,
      dashed: isEstimate(provenance),
      ...(stacked && { down: below })
    });
    if (stacked) {
      below = lines;
    }
  });

  const marks = look.sparkline
    ? { labels: [], levels: [], peak: null }
    : marksOf(stacked, counted, { rows, columns, plot, time, watts }, trans);
  return {
    plot,
    time,
    watts,
    joules,
    rows,
    columns,
    shown,
    ticks: look.sparkline
      ? []
      : curve.marks
          .filter(({ t_s }) => t_s <= time.top)
          .map(({ t_s }) => time.px(t_s)),
    grid: look.sparkline ? [] : [plot.top, (plot.top + plot.bottom) / 2],
    labels: look.sparkline
      ? []
      : [
          ...timeLabels(plot, time),
          ...levelLabels(plot, most_w, watts, 'W', {
            x: plot.left - LABEL_PX,
            align: 'right'
          }),
          ...levelLabels(plot, most_j, joules, 'J', {
            x: plot.right + LABEL_PX,
            align: 'left'
          }),
          ...marks.labels
        ],
    gaps: curve.gaps.map(([begin_s, end_s]) => [
      time.px(begin_s),
      time.px(end_s)
    ]),
    energy: slope(x_px, columns.energy_j, joules),
    strokes,
    levels: [
      ...levels_w.map(({ power_w, colour }) => ({
        y: watts.px(power_w),
        colour,
        dotted: true
      })),
      ...marks.levels
    ],
    peak: marks.peak
  };
}

/** What the curve was at one of its points, in words: all together, then each row that is shown. */
export function readoutOf(
  { columns, rows, shown }: Pick<IScene, 'columns' | 'rows' | 'shown'>,
  point: number
): { readonly all: readonly string[]; readonly each: readonly string[] } {
  const counted = rows.flatMap((row, index) => (row.counted ? [index] : []));
  const isEstimated = counted.some(index => isEstimate(rows[index].provenance));
  const provenance = isEstimated ? 'mixed' : null;
  const total_w = sum(counted.map(index => [columns.power_w[index][point]])).at(
    0
  );
  return {
    all: [
      energySoFar(columns.energy_j[point], provenance),
      markedPower(total_w ?? null, provenance)
    ],
    each: shown.map(index =>
      markedPower(columns.power_w[index][point], rows[index].provenance)
    )
  };
}

interface ILaidOut {
  readonly rows: readonly IRow[];
  readonly columns: IColumns;
  readonly plot: IBox;
  readonly time: Scale;
  readonly watts: Scale;
}

/**
 * Peak and mean: of all together where they are drawn as one, else of the
 * domain with the highest peak.
 */
function marksOf(
  stacked: boolean,
  counted: readonly number[],
  { rows, columns, plot, time, watts }: ILaidOut,
  trans: Translator
): Pick<IScene, 'labels' | 'levels' | 'peak'> {
  const { t_s, power_w } = columns;
  const peakOf = (index: number): number =>
    power_w[index][peakRow(power_w[index])] ?? -1;
  const [first] = [...counted].sort((a, b) => peakOf(b) - peakOf(a));
  const values = stacked ? sum(counted.map(of(power_w))) : power_w[first];
  const row = counted.length ? peakRow(values) : -1;
  const meant = stacked ? counted : [first];
  const mean_w =
    row > 0 ? (toldMean(meant.map(of(rows))) ?? meanOf(t_s, values)) : null;
  if (mean_w === null) {
    return { labels: [], levels: [], peak: null };
  }
  const isAlone = stacked || counted.length === 1;
  const name = isAlone ? '' : rows[first].name;
  const colour = isAlone ? undefined : rows[first].colour;
  const x = (time.px(t_s[row - 1]) + time.px(t_s[row])) / 2;
  const y = watts.px(values[row]!);
  const isLeft = x < (plot.left + plot.right) / 2;
  const isGuess = meant.some(index => isEstimate(rows[index].provenance));
  const said = isGuess ? estimatedPower : power;
  const mean_px = watts.px(mean_w);
  const labels: ILabel[] = [
    {
      x: x + (isLeft ? LABEL_PX : -LABEL_PX),
      y: y - LABEL_PX,
      text: name
        ? trans.__('%1 peak %2', name, said(values[row]))
        : trans.__('peak %1', said(values[row])),
      short: said(values[row]),
      align: isLeft ? 'left' : 'right',
      isMark: true
    }
  ];
  if (mean_px - y > 2 * LABEL_PX) {
    labels.push({
      x: plot.left + LABEL_PX, // the joules end at the right, often as high
      y: mean_px - LABEL_PX,
      text: name
        ? trans.__('%1 mean %2', name, said(mean_w))
        : trans.__('mean %1', said(mean_w)),
      short: said(mean_w),
      align: 'left',
      isMark: true
    });
  }
  return {
    labels,
    // That of a short run may lie above all that was drawn.
    levels: mean_w > watts.top ? [] : [{ y: mean_px, colour, dotted: false }],
    peak: { x, y }
  };
}

/** The mean watts of rows together as a report tells them; null where it does not. */
function toldMean(rows: readonly IRow[]): number | null {
  return rows.reduce<number | null>(
    (sum_w, { mean_power_w }) =>
      sum_w === null || mean_power_w === null ? null : sum_w + mean_power_w,
    0
  );
}

/** The idle watts to draw: of all together where they are drawn as one, else of each. */
function baselines(
  rows: readonly IRow[],
  counted: readonly number[],
  stacked: boolean,
  { hidden, baseline_w, sparkline }: ILook
): { power_w: number; colour?: string }[] {
  if (sparkline) {
    return [];
  }
  const each = counted.flatMap(index => {
    const { baseline_w: power_w, colour } = rows[index];
    return power_w === null ? [] : [{ power_w, colour }];
  });
  if (!stacked && (each.length > 0 || counted.length > 1)) {
    return each;
  }
  if (each.length > 0 && each.length === counted.length) {
    return [{ power_w: each.reduce((sum, { power_w }) => sum + power_w, 0) }];
  }
  const isWhole = !rows.some(({ id, counted }) => counted && hidden.has(id));
  return baseline_w !== null && isWhole ? [{ power_w: baseline_w }] : [];
}

function timeLabels(plot: IBox, time: Scale): ILabel[] {
  const step_s = timeStep(time.top, (plot.right - plot.left) / MARK_PX);
  return Array.from(
    { length: Math.floor(time.top / step_s + 1e-9) + 1 },
    (_, mark): ILabel => ({
      x: time.px(mark * step_s),
      y: plot.bottom + 11,
      text: timeLabel(mark * step_s, step_s),
      align: 'center'
    })
  );
}

/** Bottom, middle and top of an axis that stands at `x`; none where nothing is drawn on it. */
function levelLabels(
  { top, bottom }: IBox,
  highest: number,
  scale: Scale,
  unit: string,
  place: Pick<ILabel, 'x' | 'align'>
): ILabel[] {
  return (highest > 0 ? [0, 0.5, 1] : []).map(share => ({
    ...place,
    y: bottom - share * (bottom - top),
    text: axisLabel(share * scale.top, scale.top, unit)
  }));
}

function highest(columns: readonly (readonly Value[])[]): number {
  let most = 0;
  for (const column of columns) {
    for (const value of column) {
      if (value !== null && value > most) {
        most = value;
      }
    }
  }
  return most;
}

function of<T>(columns: readonly T[]): (index: number) => T {
  return index => columns[index];
}
