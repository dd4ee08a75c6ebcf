/** The cells that were handed to the kernel, which takes one after the other. */
export class Queue {
  /** A cell waits for the kernel. */
  add(cellId: string): void {
    this._hasBegun.set(cellId, false);
  }

  /** The run of a cell was heard of. */
  begin(cellId: string): void {
    if (this._hasBegun.has(cellId)) {
      this._hasBegun.set(cellId, true);
    }
  }

  /** A cell was executed. Returns the one whose turn it is now. */
  remove(cellId: string): string | undefined {
    this._hasBegun.delete(cellId);
    return this._first;
  }

  /** The kernel is gone. Returns the cells that it had. */
  clear(): string[] {
    const cellIds = [...this._hasBegun.keys()];
    this._hasBegun.clear();
    return cellIds;
  }

  /** How a cell stands whose run has not been heard of yet; null for any other. */
  standing(cellId: string): 'queued' | 'running' | null {
    if (this._hasBegun.get(cellId) !== false) {
      return null;
    }
    return cellId === this._first ? 'running' : 'queued';
  }

  private get _first(): string | undefined {
    const [first] = this._hasBegun.keys();
    return first;
  }

  private readonly _hasBegun = new Map<string, boolean>();
}
