import { type Translator, UNTRANSLATED } from '../text/words';
import type { Curve } from './curve';
import { element } from './dom';
import { draw } from './draw';
import { Pace } from './pace';
import { Readout } from './readout';
import { type ILook, type IScene, sceneOf } from './scene';
import { CHART_STYLE, injectStyle } from './style';
import { type ITheme, onThemeChange, readTheme } from './theme';
import { Visibility } from './visibility';

const HEIGHT_PX = 160;
const SPARKLINE_PX = 32;
/** The curve is drawn again when its newest point has moved so far, in pixels. */
const MOVED_PX = 0.5;
/** How long drawing one corner of a line takes where there is no graphics card, in milliseconds. */
const CORNER_MS = 0.0006;

/** How a chart is made. */
export interface IChartOptions {
  /** In pixels, or that which the style sheet gives it. */
  readonly height?: number | 'styled';
  /** Without axes, marks and cursor. */
  readonly sparkline?: boolean;
  /** Translates what it says; English if not given. */
  readonly trans?: Translator;
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
    const trans = (this._trans = options.trans ?? UNTRANSLATED);
    this._curve = curve;
    this._look = {
      stacked: false,
      unfolded: false,
      hidden: new Set(),
      duration_s: null,
      baseline_w: null,
      sparkline
    };
    this._height = options.height ?? (sparkline ? SPARKLINE_PX : HEIGHT_PX);
    if (this._height !== 'styled') {
      this.node.style.height = `${this._height}px`;
    }
    this.node.append(this._canvas);
    this.name(trans.__('Watts and joules over time'));
    if (sparkline) {
      this._canvas.setAttribute('role', 'img');
    } else {
      const scene = (): IScene | null => this._scene ?? null;
      this._readout = new Readout(this._canvas, curve, scene, trans);
      this.node.append(...this._readout.nodes);
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
    this._pace.request(this._isStale);
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
    this._pace.dispose();
    this._resized.disconnect();
    this._visibility.dispose();
    this._stopTheme();
    this.node.remove();
  }

  /** Draws anew with the next frame, whatever was drawn before. */
  private _renew(): void {
    this._isStale = true;
    this.update();
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
      curve.domains !== this._drawn
    );
  }

  private _draw(): void {
    const width = this.node.clientWidth;
    const height =
      this._height === 'styled' ? this.node.clientHeight : this._height;
    const ctx = width > 0 && height > 0 ? this._canvas.getContext('2d') : null;
    if (!ctx) {
      return;
    }
    const begin_ms = performance.now();
    const ratio = window.devicePixelRatio || 1;
    const [columns, rows] = [width * ratio, height * ratio].map(Math.round);
    if (this._canvas.width !== columns || this._canvas.height !== rows) {
      this._canvas.width = columns;
      this._canvas.height = rows;
    }
    this._theme ??= readTheme(this.node);
    this._scene = sceneOf(this._curve, width, height, this._look, this._trans);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    this._drawn = this._curve.domains;
    draw(ctx, this._scene, this._theme, !this._look.stacked);
    this._isStale = false;
    this._readout?.update();
    // The canvas is filled in after this: its corners tell how long that takes.
    const corners_ms = CORNER_MS * cornersOf(this._scene);
    this._pace.took(performance.now() - begin_ms + corners_ms);
  }

  private readonly _curve: Curve;
  private readonly _trans: Translator;
  private readonly _look: { -readonly [K in keyof ILook]: ILook[K] };
  private readonly _height: number | 'styled';
  private readonly _canvas = element('canvas');
  private readonly _readout: Readout | undefined;
  private readonly _pace = new Pace(() => {
    if (this._visibility.isVisible && (this._isStale || this._hasMoved())) {
      this._draw();
    }
  });
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
  private _scene: IScene | undefined;
  private _drawn: Curve['domains'] | undefined;
  private _theme: ITheme | undefined;
  private _isStale = true;
}

function cornersOf({ strokes, energy }: IScene): number {
  return strokes
    .flatMap(({ lines }) => lines)
    .reduce((sum, line) => sum + line.length / 2, energy.length / 2);
}
