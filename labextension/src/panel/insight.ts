import * as React from 'react';

/** What is worth its while only as long as somebody looks. */
export interface IWatched {
  watch(watcher: object): void;
  unwatch(watcher: object): void;
}

/** Watches something as long as a node is on the screen and its page is not in the background. */
export function useWhileInSight(
  node: React.RefObject<HTMLElement>,
  watched: IWatched
): void {
  React.useEffect(() => {
    const watcher = {};
    let isOnScreen = true;
    const update = (): void => {
      if (isOnScreen && !document.hidden) {
        watched.watch(watcher);
      } else {
        watched.unwatch(watcher);
      }
    };
    const observer = new IntersectionObserver(entries => {
      isOnScreen = entries[entries.length - 1].isIntersecting;
      update();
    });
    observer.observe(node.current!);
    document.addEventListener('visibilitychange', update);
    update();
    return () => {
      document.removeEventListener('visibilitychange', update);
      observer.disconnect();
      watched.unwatch(watcher);
    };
  }, [watched]);
}
