/** Drawing takes at most one part of so many of the time. */
const REST = 24;

const LONGEST_REST_MS = 300;

/** Has something drawn with the page's frames, and rests after a drawing that took long. */
export class Pace {
  constructor(private readonly _draw: () => void) {}

  /** Draws with the next frame; what is not urgent, once it has rested. */
  request(isUrgent: boolean): void {
    if (isUrgent) {
      clearTimeout(this._rest);
      this._rest = undefined;
    }
    if (this._frame !== undefined || this._rest !== undefined) {
      return;
    }
    const rest_ms = this._rested_ms - performance.now();
    if (rest_ms > 0 && !isUrgent) {
      this._rest = setTimeout(() => {
        this._rest = undefined;
        this.request(false);
      }, rest_ms);
      return;
    }
    this._frame = requestAnimationFrame(() => {
      this._frame = undefined;
      this._draw();
    });
  }

  /** A drawing has taken so long. */
  took(duration_ms: number): void {
    this._rested_ms =
      performance.now() + Math.min(REST * duration_ms, LONGEST_REST_MS);
  }

  dispose(): void {
    if (this._frame !== undefined) {
      cancelAnimationFrame(this._frame);
    }
    clearTimeout(this._rest);
  }

  private _frame: number | undefined;
  private _rest: ReturnType<typeof setTimeout> | undefined;
  private _rested_ms = 0;
}
