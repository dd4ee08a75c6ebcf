/*! Contains uPlot 1.6, Copyright (c) 2022 Leon Sorokin, MIT licence. */
import uPlot from 'uplot';

import { duration, energySoFar, power } from '../format';
import { axisLabel, ceiling, spanOf, timeLabel, timeStep } from './axes';
import type { Curve, IDomain } from './curve';
import { element } from './dom';
import { domainColour, ENERGY_COLOUR } from './palette';
import { CHART_STYLE, injectStyle } from './style';
import { type ITheme, onThemeChange, readTheme, reducesMotion } from './theme';

const HEIGHT_PX = 160;
const MARK_PX = 80;
const AXIS_PX = 58;
const FILL = '28';

/**
 * Draws a curve: watts of each domain on the left axis, joules so far as an
 * area on the right axis, over seconds. An estimate's line is dashed.
 */
export class Chart {
  readonly node = element('div', 'jpg-chart');

  constructor(curve: Curve) {
    injectStyle('jpg-chart-style', CHART_STYLE);
    this._curve = curve;
    this.node.setAttribute('role', 'img');
    this.node.setAttribute('aria-label', 'Watts and joules over time');
    this.node.append(this._readout);
    this._resized.observe(this.node);
    this._stopTheme = onThemeChange(() => {
      this._theme = readTheme(this.node);
      this._plot?.redraw(false);
    });
  }

  /** Draws what the curve now holds, with the page's next frame. */
  update(): void {
    this._frame ??= requestAnimationFrame(() => {
      this._frame = undefined;
      this._plot?.setData(this._data());
      this._showReadout();
    });
  }

  dispose(): void {
    if (this._frame !== undefined) {
      cancelAnimationFrame(this._frame);
    }
    this._resized.disconnect();
    this._stopTheme();
    this._plot?.destroy();
    this.node.remove();
  }

  /** Takes the width of the chart's container; the first one makes the plot. */
  private _resize(): void {
    const width = this.node.clientWidth;
    if (width === 0) {
      return;
    }
    if (this._plot) {
      this._plot.setSize({ width, height: HEIGHT_PX });
    } else {
      this._theme = readTheme(this.node);
      this._plot = new uPlot(this._options(width), this._data(), this.node);
    }
  }

  private _data(): uPlot.AlignedData {
    return this._curve.columns();
  }

  private _options(width: number): uPlot.Options {
    return {
      width,
      height: HEIGHT_PX,
      padding: [10, 0, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: {
          time: false,
          range: () => [0, spanOf(this._curve.end_s, reducesMotion())]
        },
        W: { range: (_, __, max) => [0, ceiling(max)] },
        J: { range: (_, __, max) => [0, ceiling(max)] }
      },
      axes: [
        this._axis({
          scale: 'x',
          size: 26,
          splits: (plot, _, __, max) => {
            const step_s = timeStep(max, plot.width / MARK_PX);
            const marks = Math.floor(max / step_s) + 1;
            return Array.from({ length: marks }, (_, mark) => mark * step_s);
          },
          values: (_, splits) =>
            splits.map(t_s => timeLabel(t_s, splits[1] ?? 1))
        }),
        this._axis({ ...quantity('W'), side: 3, grid: { show: true } }),
        this._axis({ ...quantity('J'), side: 1 })
      ],
      series: [
        {},
        {
          scale: 'J',
          stroke: ENERGY_COLOUR,
          fill: ENERGY_COLOUR + FILL,
          width: 2.5,
          points: { show: false }
        },
        ...this._curve.domains.map(lineOf)
      ],
      hooks: {
        drawClear: [
          plot => {
            drawGaps(plot, this._curve, this._theme!.grid);
          }
        ],
        setCursor: [
          () => {
            this._showReadout();
          }
        ]
      }
    };
  }

  private _axis(axis: uPlot.Axis): uPlot.Axis {
    return {
      stroke: () => this._theme!.text,
      font: `11px ${this._theme!.fontFamily}`,
      gap: 6,
      ...axis,
      ticks: { show: false },
      grid: {
        show: false,
        stroke: () => this._theme!.grid,
        width: 1,
        ...axis.grid
      }
    };
  }

  /** Says what the curve was where the pointer is. */
  private _showReadout(): void {
    const row = this._plot?.cursor.idx;
    this._readout.textContent = row == null ? '' : this._readoutAt(row);
  }

  private _readoutAt(row: number): string {
    const [t_s, energy_j, ...power_w] = this._plot!.data;
    const { domains } = this._curve;
    const counted = domains.flatMap(({ counted }, index) =>
      counted ? [power_w[index][row]] : []
    );
    const known = counted.filter(value => value != null);
    const isEstimate = domains.some(
      ({ counted, provenance }) => counted && provenance === 'estimate'
    );
    const watts = known.length ? known.reduce((sum, w) => sum + w, 0) : null;
    return [
      `at ${duration(t_s[row])}`,
      (isEstimate ? '≈ ' : '') + power(watts),
      energySoFar(energy_j[row] ?? null, isEstimate ? 'estimate' : null)
    ].join(' · ');
  }

  private readonly _curve: Curve;
  private readonly _readout = element('div', 'jpg-readout');
  private readonly _resized = new ResizeObserver(() => {
    this._resize();
  });
  private readonly _stopTheme: () => void;
  private _plot: uPlot | undefined;
  private _theme: ITheme | undefined;
  private _frame: number | undefined;
}

/** An axis of watts or joules: bottom, middle and top. */
function quantity(unit: 'W' | 'J'): uPlot.Axis {
  return {
    scale: unit,
    size: AXIS_PX,
    splits: (_, __, ___, max) => [0, max / 2, max],
    values: (_, splits) =>
      splits.map(value => axisLabel(value, splits[2], unit))
  };
}

function lineOf(domain: IDomain, index: number): uPlot.Series {
  return {
    scale: 'W',
    stroke: domainColour(index),
    width: domain.counted ? 2 : 1,
    dash: domain.provenance === 'estimate' ? [7, 4] : undefined,
    // A value holds from the sample before up to its own.
    paths: uPlot.paths.stepped!({ align: -1 }),
    points: { show: false }
  };
}

function drawGaps(plot: uPlot, curve: Curve, colour: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colour;
  ctx.globalAlpha = 0.5;
  for (const [begin_s, end_s] of curve.gaps) {
    const left = plot.valToPos(begin_s, 'x', true);
    ctx.fillRect(
      left,
      bbox.top,
      plot.valToPos(end_s, 'x', true) - left,
      bbox.height
    );
  }
  ctx.restore();
}
