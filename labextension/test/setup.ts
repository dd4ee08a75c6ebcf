/** What JupyterLab's packages expect of a browser and jsdom lacks. */
class NoDragEvent extends MouseEvent {}

/** Where nothing is laid out, nothing changes its size or comes into sight. */
class NoObserver {
  observe(): void {
    /* Nothing ever happens. */
  }

  unobserve(): void {
    /* It was not looked at. */
  }

  disconnect(): void {
    /* It was not connected. */
  }
}

Object.assign(Element.prototype, {
  scrollIntoView: () => {
    /* There is nothing to scroll. */
  }
});

Object.assign(window, {
  DragEvent: NoDragEvent,
  IntersectionObserver: NoObserver,
  ResizeObserver: NoObserver,
  matchMedia: (media: string) =>
    Object.assign(new EventTarget(), { matches: false, media })
});
