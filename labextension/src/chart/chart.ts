import { duration } from '../text/format';
import { Cursor } from './cursor';
import type { Curve } from './curve';
import { element } from './dom';
import { draw } from './draw';
import { domainColour } from './palette';
import { type ILook, type IScene, readoutOf, sceneOf } from './scene';
import { CHART_STYLE, injectStyle } from './style';
import { type ITheme, onThemeChange, readTheme } from './theme';
import { Visibility } from './visibility';

const HEIGHT_PX = 160;
const SPARKLINE_PX = 32;
/** The curve is drawn again when its newest point has moved so far, in pixels. */
const MOVED_PX = 0.5;
/** How long drawing one corner of a line takes where there is no graphics card, in milliseconds. */
const CORNER_MS = 0.0006;
/** Drawing takes at most one part of so many of the time. */
const REST = 24;

const LONGEST_REST_MS = 300;

export interface IChartOptions {
  /** In pixels. */
  readonly height?: number;
  /** Without axes, marks and cursor. */
  readonly sparkline?: boolean;
}

/**
 * Draws a curve: watts of each domain on the left axis, joules so far on the
 * right axis, over seconds. An estimate's line is dashed. A pointer or the arrow
 * keys read out a point.
 */
export class Chart {
  readonly node = element('div', 'jpg-chart');

  constructor(curve: Curve, options: IChartOptions = {}) {
    injectStyle('jpg-chart-style', CHART_STYLE);
    const sparkline = options.sparkline ?? false;
    this._curve = curve;
    this._look = {
      stacked: false,
      hidden: new Set(),
      duration_s: null,
      baseline_w: null,
      sparkline
    };
    this._height = options.height ?? (sparkline ? SPARKLINE_PX : HEIGHT_PX);
    this.node.style.height = `${this._height}px`;
    this.node.append(this._canvas);
    if (sparkline) {
      this._canvas.setAttribute('role', 'img');
      this._canvas.setAttribute('aria-label', 'Watts and joules over time');
    } else {
      this._makeReadable();
    }
    this._visibility = new Visibility(this.node, () => {
      this._renew();
    });
    this._resized.observe(this.node);
    this._stopTheme = onThemeChange(() => {
      this._theme = undefined;
      this._renew();
    });
  }

  /** Draws what the curve now holds, with the page's next frame. */
  update(): void {
    if (this._frame !== undefined || this._rest !== undefined) {
      return;
    }
    const rest_ms = this._rested_ms - performance.now();
    if (rest_ms > 0 && !this._isStale) {
      this._rest = setTimeout(() => {
        this._rest = undefined;
        this.update();
      }, rest_ms);
      return;
    }
    this._frame = requestAnimationFrame(() => {
      this._frame = undefined;
      if (this._visibility.isVisible && (this._isStale || this._hasMoved())) {
        this._draw();
      }
    });
  }

  /** Changes how the curve is shown. */
  show(look: Partial<Omit<ILook, 'sparkline'>>): void {
    Object.assign(this._look, look);
    this._renew();
  }

  /** The run has ended, and the time axis with it. */
  finish(duration_s: number): void {
    this.show({ duration_s });
  }

  /** What a screen reader calls the chart. */
  name(text: string): void {
    this._canvas.setAttribute('aria-label', text);
  }

  dispose(): void {
    if (this._frame !== undefined) {
      cancelAnimationFrame(this._frame);
    }
    clearTimeout(this._rest);
    this._resized.disconnect();
    this._visibility.dispose();
    this._stopTheme();
    this.node.remove();
  }

  /** Draws anew with the next frame, whatever was drawn before. */
  private _renew(): void {
    this._isStale = true;
    clearTimeout(this._rest);
    this._rest = undefined;
    this.update();
  }

  /** A slider over time is what screen readers and keyboards know how to read points with. */
  private _makeReadable(): void {
    const canvas = this._canvas;
    canvas.tabIndex = 0;
    canvas.dataset.lmSuppressShortcuts = 'true'; // JupyterLab has commands on the arrow keys
    canvas.setAttribute('role', 'slider');
    canvas.setAttribute('aria-label', 'Watts and joules over time');
    canvas.setAttribute('aria-valuemin', '0');
    this._readout.setAttribute('aria-hidden', 'true'); // the slider's value says it
    this._line.hidden = this._readout.hidden = true;
    this.node.append(this._line, this._readout);
    this._cursor = new Cursor(
      canvas,
      () => this._scene ?? null,
      () => {
        this._showReadout(true);
      }
    );
    this._showValue(0, 'no point chosen: arrow keys choose one');
  }

  /** Whether the newest point has come far enough to be seen moving. */
  private _hasMoved(): boolean {
    const { _scene: scene, _curve: curve } = this;
    if (!scene) {
      return true;
    }
    const moved_s = curve.end_s - (scene.columns.t_s.at(-1) ?? 0);
    return (
      Math.abs(scene.time.px(moved_s) - scene.plot.left) >= MOVED_PX ||
      curve.domains.length > scene.columns.power_w.length
    );
  }

  private _draw(): void {
    const width = this.node.clientWidth;
    const ctx = width > 0 ? this._canvas.getContext('2d') : null;
    if (!ctx) {
      return;
    }
    const begin_ms = performance.now();
    const ratio = window.devicePixelRatio || 1;
    const [columns, rows] = [width * ratio, this._height * ratio].map(
      Math.round
    );
    if (this._canvas.width !== columns || this._canvas.height !== rows) {
      this._canvas.width = columns;
      this._canvas.height = rows;
    }
    this._theme ??= readTheme(this.node);
    this._scene = sceneOf(this._curve, width, this._height, this._look);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, this._height);
    draw(ctx, this._scene, this._theme, !this._look.stacked);
    this._isStale = false;
    this._showReadout(false);
    // The canvas is filled in after this: its corners tell how long that takes.
    const now_ms = performance.now();
    const took_ms = now_ms - begin_ms + CORNER_MS * cornersOf(this._scene);
    this._rested_ms = now_ms + Math.min(REST * took_ms, LONGEST_REST_MS);
  }

  /** Says what the curve was where somebody looks. */
  private _showReadout(isByUser: boolean): void {
    const scene = this._scene;
    const row = scene && this._cursor ? this._cursor.row(scene) : -1;
    this._line.hidden = this._readout.hidden = row < 0;
    if (!scene || row < 0) {
      return;
    }
    const t_s = scene.columns.t_s[row];
    const x = scene.time.px(t_s);
    const { all, each } = readoutOf(this._curve, scene, row);
    const words = [`at ${duration(t_s)}`, ...all].join(' · ');
    const parts = scene.shown.map((index, place) => {
      const part = element('span', '', ` ${each[place]}`);
      const swatch = element('i');
      swatch.style.background = domainColour(index);
      part.prepend(swatch, this._curve.domains[index].id);
      return part;
    });
    this._readout.replaceChildren(element('b', '', words), ...parts);
    this._line.style.transform = `translateX(${x}px)`;
    const isLeft = x < (scene.plot.left + scene.plot.right) / 2;
    this._readout.dataset.side = isLeft ? 'right' : 'left';
    if (isByUser) {
      const spoken = parts.map(({ textContent }) => textContent);
      this._showValue(t_s, [words, ...spoken].join(', '));
    }
  }

  private _showValue(t_s: number, text: string): void {
    const canvas = this._canvas;
    canvas.setAttribute('aria-valuemax', this._curve.end_s.toFixed(1));
    canvas.setAttribute('aria-valuenow', t_s.toFixed(1));
    canvas.setAttribute('aria-valuetext', text);
  }

  private readonly _curve: Curve;
  private readonly _look: { -readonly [K in keyof ILook]: ILook[K] };
  private readonly _height: number;
  private readonly _canvas = element('canvas');
  private readonly _line = element('div', 'jpg-cursor');
  private readonly _readout = element('div', 'jpg-readout');
  private readonly _visibility: Visibility;
  private readonly _resized = new ResizeObserver(() => {
    // The size is known and nothing is painted yet: so the first frame is whole.
    if (this._visibility.isVisible) {
      this._draw();
    } else {
      this._isStale = true;
    }
  });
  private readonly _stopTheme: () => void;
  private _cursor: Cursor | undefined;
  private _scene: IScene | undefined;
  private _theme: ITheme | undefined;
  private _isStale = true;
  private _frame: number | undefined;
  private _rest: ReturnType<typeof setTimeout> | undefined;
  private _rested_ms = 0;
}

function cornersOf({ strokes, energy }: IScene): number {
  return strokes
    .flatMap(({ lines }) => lines)
    .reduce((sum, line) => sum + line.length / 2, energy.length / 2);
}
