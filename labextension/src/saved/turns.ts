import type { IAwareness } from '@jupyter/ydoc';

/** Long enough for the notebook to put the output where it belongs by itself. */
const DELAY_MS = 500;

/** Long enough for what one client writes to reach the others. */
const TURN_MS = 2000;

/**
 * The turns in which the clients of a document write: one after another, so
 * that the first one writes and the others find it written.
 */
export class Turns {
  /** `awareness` knows who has the document open, where it may be open to several. */
  constructor(
    private readonly _awareness?: Pick<IAwareness, 'clientID' | 'getStates'>
  ) {}

  /** Whether something waits for its turn. */
  has(key: string): boolean {
    return this._pending.has(key);
  }

  /** Does something after the clients whose turn is before, and once for what was asked twice. */
  schedule(key: string, act: () => void): void {
    clearTimeout(this._pending.get(key));
    const timer = setTimeout(
      () => {
        this._pending.delete(key);
        act();
      },
      DELAY_MS + TURN_MS * this._turn
    );
    this._pending.set(key, timer);
  }

  dispose(): void {
    this._pending.forEach(clearTimeout);
  }

  /**
   * When this client's turn is; 0 where the document is not shared. A page that
   * was just opened may not know of the others yet: the fraction still makes it
   * unlikely that it takes their turn.
   */
  private get _turn(): number {
    if (!this._awareness) {
      return 0;
    }
    const { clientID } = this._awareness;
    const ids = [...this._awareness.getStates().keys()];
    return ids.filter(id => id <= clientID).length + clientID / 2 ** 32;
  }

  private readonly _pending = new Map<string, ReturnType<typeof setTimeout>>();
}
