import * as React from 'react';

/** So long after the last touch of wheel, key or pointer a scroll is the user's, in milliseconds. */
const TOUCH_MS = 1000;

/**
 * Keeps the running row in sight: it is scrolled to as it begins, unless the
 * user has scrolled away, and again once nothing runs or it was scrolled back to.
 *
 * @param list - The list of the rows, in a parent that scrolls.
 * @param cellId - The running cell, undefined where none runs.
 * @param isBusy - Whether cells run or wait for the kernel.
 */
export function useFollow(
  list: React.RefObject<HTMLElement>,
  cellId: string | undefined,
  isBusy: boolean
): void {
  const isAway = React.useRef(false);
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
        isAway.current = !isInSight(scroller, runningRow(scroller));
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
  React.useEffect(() => {
    if (!isBusy) {
      isAway.current = false;
    } else if (cellId !== undefined && !isAway.current) {
      const row = list.current && runningRow(list.current);
      row?.scrollIntoView({ block: 'nearest' });
    }
  }, [list, cellId, isBusy]);
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
