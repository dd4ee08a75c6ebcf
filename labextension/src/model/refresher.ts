/** The shortest time between two refreshes. */
const REFRESH_INTERVAL_MS = 100;

/** Says when to refresh: while somebody watches, and not too often. */
export class Refresher {
  constructor(private readonly _refresh: () => void) {}

  get isActive(): boolean {
    return this._watchers.size > 0;
  }

  watch(watcher: object): void {
    const wasActive = this.isActive;
    this._watchers.add(watcher);
    if (!wasActive) {
      this._refresh();
    }
  }

  unwatch(watcher: object): void {
    this._watchers.delete(watcher);
    if (!this.isActive) {
      this.cancel();
    }
  }

  /** Refreshes soon, if somebody watches. */
  schedule(): void {
    if (this.isActive) {
      // At once where it has rested, so that the panel is drawn in one frame with the live view.
      const rest_ms = this._refreshed_ms + REFRESH_INTERVAL_MS - Date.now();
      this._timer ??= setTimeout(
        () => {
          this._refresh();
        },
        Math.max(0, rest_ms)
      );
    }
  }

  /** What was scheduled is being done now. */
  begin(): void {
    this.cancel();
    this._refreshed_ms = Date.now();
  }

  /** Takes back what was scheduled. */
  cancel(): void {
    clearTimeout(this._timer);
    this._timer = undefined;
  }

  private readonly _watchers = new Set<object>();
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _refreshed_ms = 0;
}
