/** What is so near to the screen is drawn already: nobody scrolls to an old picture. */
const NEARBY: IntersectionObserverInit & { scrollMargin: string } = {
  rootMargin: '400px',
  scrollMargin: '400px' // that of the notebook, which scrolls within the page
};

/** Knows whether somebody can see a node: its page is shown, and it is on the screen or nearly. */
export class Visibility {
  /** Calls back when the node comes into sight. */
  constructor(node: HTMLElement, shown: () => void) {
    this._changed = () => {
      if (this.isVisible) {
        shown();
      }
    };
    document.addEventListener('visibilitychange', this._changed);
    if (typeof IntersectionObserver === 'function') {
      this._observer = new IntersectionObserver(entries => {
        this._isOnScreen = entries[entries.length - 1].isIntersecting;
        this._changed();
      }, NEARBY);
      this._observer.observe(node);
    }
  }

  /** Unknown is taken for visible: what is made is looked at first. */
  get isVisible(): boolean {
    return this._isOnScreen && !document.hidden;
  }

  dispose(): void {
    this._observer?.disconnect();
    document.removeEventListener('visibilitychange', this._changed);
  }

  private _isOnScreen = true;
  private readonly _changed: () => void;
  private readonly _observer: IntersectionObserver | undefined;
}
