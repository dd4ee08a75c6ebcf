import * as React from 'react';

/** By what rows are sorted. */
export type SortKey =
  | 'notebook'
  | 'title'
  | 'stage'
  | 'energy'
  | 'duration'
  | 'power'
  | 'peak'
  | 'change'
  | 'metric';

/** The parts of the panel of which one is seen, below the summary. */
export type TabName = 'cells' | 'stages' | 'host' | 'session';

/** One run of a cell. */
export interface IRunRef {
  readonly cellId: string;
  readonly runId: string;
}

/** Two runs side by side; null is not chosen yet. */
export type Pair = readonly [first: IRunRef | null, second: IRunRef | null];

/** How the user looks at the cells of a notebook. */
export interface IViewState {
  /** Null as long as none was chosen. */
  readonly tab: TabName | null;
  readonly sort: SortKey;
  readonly isDescending: boolean;
  readonly isGrouped: boolean;
  /** What the rows that are shown have in their title or stage. */
  readonly filter: string;
  /** The one stage that is shown; undefined for all, null for cells without one. */
  readonly stage: string | null | undefined;
  /** The ids of the cells whose details are open. */
  readonly open: ReadonlySet<string>;
  /** The runs that are compared; null where none are. */
  readonly compared: Pair | null;
}

const INITIAL: IViewState = {
  tab: null,
  sort: 'notebook',
  isDescending: false,
  isGrouped: false,
  filter: '',
  stage: undefined,
  open: new Set(),
  compared: null
};

const states = new WeakMap<object, IViewState>();

/** The view of a model, which is found again when its notebook is the current one again. */
export function useViewState(
  model: object
): [IViewState, (change: Partial<IViewState>) => void] {
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  const change = React.useCallback(
    (part: Partial<IViewState>) => {
      states.set(model, { ...(states.get(model) ?? INITIAL), ...part });
      redraw();
    },
    [model]
  );
  return [states.get(model) ?? INITIAL, change];
}
