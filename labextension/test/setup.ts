/** What JupyterLab's packages expect of a browser and jsdom lacks. */
class NoDragEvent extends MouseEvent {}

Object.assign(window, {
  DragEvent: NoDragEvent,
  matchMedia: (media: string) =>
    Object.assign(new EventTarget(), { matches: false, media })
});
