import { isEstimate } from '../record/quantity';
import { duration, energySoFar } from '../text/format';
import type { Translator } from '../text/words';
import { Cursor } from './cursor';
import type { Curve } from './curve';
import { element } from './dom';
import { stretchAround } from './marks';
import { type IScene, readoutOf } from './scene';

/**
 * Says what the curve was at the point where somebody looks: beside a line for
 * those who see it, as a slider's value for screen readers and keyboards, which
 * know how to read points with one.
 */
export class Readout {
  /** What is put over the canvas. */
  readonly nodes: readonly HTMLElement[];

  /** `scene` returns what the canvas shows. */
  constructor(
    canvas: HTMLCanvasElement,
    curve: Curve,
    scene: () => IScene | null,
    private readonly _trans: Translator
  ) {
    this._canvas = canvas;
    this._curve = curve;
    this._scene = scene;
    canvas.tabIndex = 0;
    canvas.dataset.lmSuppressShortcuts = 'true'; // JupyterLab has commands on the arrow keys
    canvas.setAttribute('role', 'slider');
    canvas.setAttribute('aria-valuemin', '0');
    this._box.setAttribute('aria-hidden', 'true'); // the slider's value says it
    this._line.hidden = this._box.hidden = true;
    this.nodes = [this._line, this._box];
    this._cursor = new Cursor(canvas, scene, () => {
      this.update(true);
    });
    this._setValue(0, _trans.__('no point chosen: arrow keys choose one'));
  }

  /** Shows the point in the scene as it now is. */
  update(isByUser = false): void {
    const scene = this._scene();
    const row = scene ? this._cursor.row(scene) : -1;
    this._line.hidden = this._box.hidden = row < 0;
    if (!scene || row < 0) {
      return;
    }
    const t_s = scene.columns.t_s[row];
    const x = scene.time.px(t_s);
    const { all, each } = readoutOf(scene, row);
    const words = [...all, this._trans.__('at %1', duration(t_s))].join(' · ');
    const parts = scene.shown.map((index, place) => {
      const part = element('span', '', ` ${each[place]}`);
      const swatch = element('i');
      swatch.style.background = scene.rows[index].colour;
      part.prepend(swatch, scene.rows[index].name);
      return part;
    });
    const between = this._between(scene, t_s);
    const marks = between ? [element('b', 'jpg-between', between)] : [];
    this._box.replaceChildren(element('b', '', words), ...marks, ...parts);
    this._line.style.transform = `translateX(${x}px)`;
    const isLeft = x < (scene.plot.left + scene.plot.right) / 2;
    this._box.dataset.side = isLeft ? 'right' : 'left';
    if (isByUser) {
      const spoken = parts.map(({ textContent }) => textContent);
      const said = between ? [words, between] : [words];
      this._setValue(t_s, [...said, ...spoken].join(', '));
    }
  }

  /** The marks of the program's own around a time, and the joules between them; or empty. */
  private _between({ rows, columns }: IScene, t_s: number): string {
    const stretch = stretchAround(this._curve.marks, columns, t_s);
    if (!stretch || stretch.energy_j === null) {
      return '';
    }
    const { from, to, energy_j } = stretch;
    const isGuess = rows.some(row => row.counted && isEstimate(row.provenance));
    const joules = energySoFar(energy_j, isGuess ? 'mixed' : null);
    return `${from ?? this._trans.__('begin')} → ${to ?? this._trans.__('end')}: ${joules}`;
  }

  private _setValue(t_s: number, text: string): void {
    const canvas = this._canvas;
    canvas.setAttribute('aria-valuemax', this._curve.end_s.toFixed(1));
    canvas.setAttribute('aria-valuenow', t_s.toFixed(1));
    canvas.setAttribute('aria-valuetext', text);
  }

  private readonly _canvas: HTMLCanvasElement;
  private readonly _curve: Curve;
  private readonly _scene: () => IScene | null;
  private readonly _line = element('div', 'jpg-cursor');
  private readonly _box = element('div', 'jpg-readout');
  private readonly _cursor: Cursor;
}
