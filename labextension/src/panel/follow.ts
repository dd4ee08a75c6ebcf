import * as React from 'react';

/** So long after the last touch of wheel, key or pointer a scroll is the user's, in milliseconds. */
const TOUCH_MS = 1000;

/**
 * Keeps the running row in sight: it is scrolled to as it begins and as it grows.
 * Where the user has scrolled away, the cells that ran or waited then are left
 * alone until their row was scrolled back to; those that are run later are not.
 *
 * @param list - The list of the rows, in a parent that scrolls.
 * @param cellId - The running cell, undefined where none runs.
 * @param busy - The ids of the cells that run or wait for the kernel.
 */
export function useFollow(
  list: React.RefObject<HTMLElement>,
  cellId: string | undefined,
  busy: readonly string[]
): void {
  const busyNow = React.useRef(busy);
  busyNow.current = busy;
  const left = React.useRef<readonly string[]>([]);
  React.useEffect(() => {
    const scroller = list.current?.parentElement;
    if (!scroller) {
      return;
    }
    let touched_ms = -Infinity;
    const onTouch = (): void => {
      touched_ms = performance.now();
    };
    const onScroll = (): void => {
      if (performance.now() - touched_ms < TOUCH_MS) {
        const isLeft = !isInSight(scroller, runningRow(scroller));
        left.current = isLeft ? busyNow.current : [];
      }
    };
    const touches = ['wheel', 'touchmove', 'pointerdown', 'keydown'];
    touches.forEach(type => {
      scroller.addEventListener(type, onTouch, { passive: true });
    });
    scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      touches.forEach(type => {
        scroller.removeEventListener(type, onTouch);
      });
      scroller.removeEventListener('scroll', onScroll);
    };
  }, [list]);
  const isIdle = busy.length === 0;
  React.useEffect(() => {
    if (isIdle) {
      left.current = []; // the same cell, run again, is followed as well
    }
  }, [isIdle]);
  React.useEffect(() => {
    const row = list.current && runningRow(list.current);
    if (cellId === undefined || !row) {
      return;
    }
    const follow = (): void => {
      if (!left.current.includes(cellId)) {
        row.scrollIntoView({ block: 'nearest' });
      }
    };
    follow();
    const grown = new ResizeObserver(follow);
    grown.observe(row);
    return () => {
      grown.disconnect();
    };
  }, [list, cellId]);
}

function runningRow(within: HTMLElement): HTMLElement | null {
  return within.querySelector<HTMLElement>('.jg-Row[data-status="running"]');
}

/** Whether any of a row is seen; one that is not there is not away either. */
function isInSight(scroller: HTMLElement, row: HTMLElement | null): boolean {
  if (!row) {
    return true;
  }
  const [frame, box] = [scroller, row].map(node =>
    node.getBoundingClientRect()
  );
  return box.bottom > frame.top && box.top < frame.bottom;
}
