import { nearestRow } from './geometry';
import type { IScene } from './scene';

/** The next point that an arrow key goes to is at least so far away, in pixels. */
const STEP_PX = 4;
const PAGE = 0.1;

/** Where on a chart somebody looks, by pointer or by keys: a time, or nowhere. */
export class Cursor {
  /** Listens on the chart's `node`; the chart tells what it shows, null where it shows nothing. */
  constructor(
    node: HTMLElement,
    scene: () => IScene | null,
    changed: () => void
  ) {
    node.addEventListener('pointermove', event => {
      const found = scene();
      if (found) {
        const x = event.clientX - node.getBoundingClientRect().left;
        const t_s = found.time.value(x);
        const margin_s = found.time.value(found.plot.left + STEP_PX * 2);
        const isInside = t_s >= -margin_s && t_s <= found.time.top + margin_s;
        this._t_s = isInside ? t_s : null;
        changed();
      }
    });
    node.addEventListener('pointerleave', () => {
      this._t_s = null;
      changed();
    });
    node.addEventListener('blur', () => {
      this._t_s = null;
      changed();
    });
    node.addEventListener('keydown', event => {
      const found = scene();
      const { ctrlKey, altKey, metaKey } = event;
      if (
        !found ||
        ctrlKey ||
        altKey ||
        metaKey ||
        !this._press(event.key, found)
      ) {
        return;
      }
      // The notebook has commands on these keys.
      event.preventDefault();
      event.stopPropagation();
      changed();
    });
  }

  /** The row of the curve that is looked at; -1 where none is. */
  row({ columns: { t_s } }: IScene): number {
    return this._t_s === null || t_s.length === 0
      ? -1
      : nearestRow(t_s, this._t_s);
  }

  /** Takes a key; returns whether it means something here. */
  private _press(key: string, scene: IScene): boolean {
    const { t_s } = scene.columns;
    const last = t_s.length - 1;
    if (last < 0) {
      return false;
    }
    const at = this.row(scene);
    const from_s = at < 0 ? t_s[last] : t_s[at];
    const page_s = PAGE * scene.time.top;
    const step_s = scene.time.value(scene.plot.left + STEP_PX);
    switch (key) {
      case 'ArrowRight':
      case 'ArrowUp': {
        const next = Math.max(nearestRow(t_s, from_s + step_s), at + 1);
        this._t_s = t_s[at < 0 ? last : Math.min(next, last)];
        return true;
      }
      case 'ArrowLeft':
      case 'ArrowDown': {
        const next = Math.min(nearestRow(t_s, from_s - step_s), at - 1);
        this._t_s = t_s[at < 0 ? last : Math.max(next, 0)];
        return true;
      }
      case 'PageUp':
        this._t_s = t_s[nearestRow(t_s, from_s + page_s)];
        return true;
      case 'PageDown':
        this._t_s = t_s[nearestRow(t_s, from_s - page_s)];
        return true;
      case 'Home':
        this._t_s = t_s[0];
        return true;
      case 'End':
        this._t_s = t_s[last];
        return true;
      case 'Escape':
        if (this._t_s === null) {
          return false; // the notebook's own: leave the cell
        }
        this._t_s = null;
        return true;
      default:
        return false;
    }
  }

  private _t_s: number | null = null;
}
