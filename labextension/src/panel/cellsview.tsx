import {
  caretDownIcon,
  caretUpIcon,
  HTMLSelect
} from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { totalOf } from '../model/total';
import type { Provenance } from '../record/report';
import { percent } from '../text/format';
import { readingOf } from '../text/totalwords';
import { unitOfParts } from '../text/units';
import { verbatim } from '../text/verbatim';
import type { IEnergyModel, IEnergyRow } from '../tokens';
import { Button } from './button';
import { CompareView, runsOf } from './compareview';
import { usePanel } from './context';
import { aroundRunning, BATCH, drawnStretches, type IStretch } from './drawn';
import { Figure } from './figure';
import { useFollow } from './follow';
import { arranged } from './order';
import { RowView } from './rowview';
import type { IViewState, SortKey } from './state';

/** So many cells need no tools to find one. */
const FEW_ROWS = 3;

/**
 * The metered cells. Shares are drawn by the style sheet from the total that
 * stands on the list, so that a growing total touches no row; three digits of
 * it are finer than a bar can show, and change seldom.
 */
export function CellsView(props: {
  readonly model: IEnergyModel;
  readonly rows: readonly IEnergyRow[];
  readonly total_j: number;
  /** That of the total: a row tells its own only where it is another. */
  readonly provenance: Provenance | null;
  readonly view: IViewState;
  readonly change: (part: Partial<IViewState>) => void;
}): React.JSX.Element {
  const { model, rows, total_j, provenance, view, change } = props;
  const { trans, settings } = usePanel();
  const { sort, isDescending, isGrouped, filter, stage, open, compared } = view;
  const shown = React.useMemo(
    () => arranged(rows, { sort, isDescending, isGrouped, filter, stage }),
    [rows, sort, isDescending, isGrouped, filter, stage]
  );
  const [limit, setLimit] = React.useState(BATCH);
  const openNow = React.useRef(open);
  openNow.current = open;
  const toggle = React.useCallback(
    (cellId: string) => {
      const next = new Set(openNow.current);
      if (!next.delete(cellId)) {
        next.add(cellId);
      }
      change({ open: next });
    },
    [change]
  );
  const reportOf = React.useCallback(
    (cellId: string) => model.reportOf(cellId),
    [model]
  );
  const compare = React.useCallback(
    (cellId: string) => {
      const runs = runsOf(model, cellId).map(report => ({
        cellId,
        runId: report.run_id
      }));
      // From the run before to the newest; where there is no run before, to another cell's.
      change({
        compared: runs.length > 1 ? [runs[1], runs[0]] : [runs[0], null]
      });
    },
    [model, change]
  );
  const isNarrowed = filter !== '' || stage !== undefined;
  const list = React.useRef<HTMLOListElement>(null);
  const running = shown.findIndex(({ status }) => status === 'running');
  const [around, setAround] = React.useState<IStretch | null>(null);
  const nowAround = aroundRunning(around, running, limit);
  if (nowAround !== around) {
    setAround(nowAround);
  }
  const stretches = drawnStretches(limit, nowAround, shown.length);
  useFollow(
    list,
    shown.at(running === -1 ? shown.length : running)?.cellId,
    rows
      .filter(({ status }) => status === 'running' || status === 'queued')
      .map(row => row.cellId)
  );
  return (
    <>
      {compared && (
        <CompareView
          model={model}
          rows={rows}
          pair={compared}
          choose={pair => {
            change({ compared: pair });
          }}
        />
      )}
      {(rows.length > FEW_ROWS || isNarrowed || sort !== 'notebook') && (
        <Tools rows={rows} view={view} change={change} />
      )}
      {isNarrowed && (
        <p className="jg-Narrowed">
          {trans._n(
            '%1 of %2 cells',
            '%1 of %2 cells',
            shown.length,
            rows.length
          )}
          {stage !== undefined &&
            ` · ${trans.__('stage %1', stage === null ? trans.__('untagged') : verbatim(stage))}`}
          <Button
            onClick={() => {
              change({ filter: '', stage: undefined });
            }}
          >
            {trans.__('Show all')}
          </Button>
        </p>
      )}
      <ol
        ref={list}
        className="jg-Rows"
        data-compact={settings.compactRows || undefined}
        aria-label={trans.__('Metered cells')}
        style={
          {
            '--jg-total-j': Number(total_j.toPrecision(3))
          } as React.CSSProperties
        }
        onKeyDown={event => {
          if (event.key === 'End') {
            setLimit(Math.max(limit, shown.length));
          }
          moveFocus(event);
        }}
      >
        {stretches.map(({ begin, end }, n) => (
          <React.Fragment key={n}>
            {shown.slice(begin, end).map((row, index) => (
              <React.Fragment key={row.cellId}>
                {isGrouped &&
                  (begin + index === 0 ||
                    shown[begin + index - 1].stage !== row.stage) && (
                    <Subtotal
                      stage={row.stage}
                      rows={shown.filter(({ stage }) => stage === row.stage)}
                      total_j={total_j}
                    />
                  )}
                <RowView
                  row={row}
                  usual={provenance}
                  hasStage={!isGrouped}
                  compare={compare}
                  isOpen={open.has(row.cellId)}
                  toggle={toggle}
                  reportOf={reportOf}
                />
              </React.Fragment>
            ))}
            {(stretches.at(n + 1)?.begin ?? shown.length) > end && (
              <More
                count={(stretches.at(n + 1)?.begin ?? shown.length) - end}
                show={() => {
                  if (n === 0) {
                    setLimit(end + BATCH);
                  } else {
                    setAround({ begin, end: end + BATCH });
                  }
                }}
              />
            )}
          </React.Fragment>
        ))}
      </ol>
    </>
  );
}

/** The name of a stage above its cells, with their sum. */
function Subtotal(props: {
  readonly stage: string | null;
  readonly rows: readonly IEnergyRow[];
  readonly total_j: number;
}): React.JSX.Element {
  const { stage, rows, total_j } = props;
  const { trans, settings } = usePanel();
  const total = totalOf(rows);
  return (
    <li className="jg-Rows-stage">
      <span className="jg-Rows-stageName">{stage ?? trans.__('untagged')}</span>
      {total.cells > 0 && (
        <>
          <Figure className="jg-Rows-stageEnergy">
            {readingOf(total, unitOfParts(settings.unit, total_j))}
          </Figure>
          <span>{percent(total_j > 0 ? total.energy_j / total_j : 0)}</span>
        </>
      )}
    </li>
  );
}

/** Draws more rows as soon as it comes near the part that is seen. */
function More(props: {
  readonly count: number;
  readonly show: () => void;
}): React.JSX.Element {
  const { count, show } = props;
  const { trans } = usePanel();
  const node = React.useRef<HTMLLIElement>(null);
  React.useEffect(() => {
    const observer = new IntersectionObserver(
      entries => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) {
          show();
        }
      },
      { rootMargin: '400px' }
    );
    observer.observe(node.current!);
    return () => {
      observer.disconnect();
    };
  }, [show]);
  return (
    <li ref={node} className="jg-Rows-more">
      <Button onClick={show}>
        {trans._n('%1 more cell', '%1 more cells', count)}
      </Button>
    </li>
  );
}

/** How rows are found: by a text, in an order, in groups. */
function Tools(props: {
  readonly rows: readonly IEnergyRow[];
  readonly view: IViewState;
  readonly change: (part: Partial<IViewState>) => void;
}): React.JSX.Element {
  const { rows, view, change } = props;
  const { trans } = usePanel();
  const Direction = view.isDescending ? caretDownIcon : caretUpIcon;
  const direction = view.isDescending
    ? trans.__('Descending')
    : trans.__('Ascending');
  return (
    <div className="jg-Tools" role="group" aria-label={trans.__('Find cells')}>
      <input
        type="search"
        className="jp-mod-styled jg-Tools-filter"
        placeholder={trans.__('Filter by text or stage')}
        aria-label={trans.__('Filter by text or stage')}
        value={view.filter}
        onChange={event => {
          change({ filter: event.currentTarget.value });
        }}
      />
      <HTMLSelect
        className="jg-Tools-sort"
        aria-label={trans.__('Sort by')}
        value={view.sort}
        onChange={event => {
          const sort = event.currentTarget.value as SortKey;
          // Of quantities the greatest come first.
          change({
            sort,
            isDescending: !['notebook', 'title', 'stage'].includes(sort)
          });
        }}
      >
        {sortKeys(rows, trans).map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </HTMLSelect>
      <Button
        className="jg-IconButton jg-Tools-direction"
        aria-label={direction}
        title={direction}
        onClick={() => {
          change({ isDescending: !view.isDescending });
        }}
      >
        <Direction.react tag="span" />
      </Button>
      <label className="jg-Tools-group">
        <input
          type="checkbox"
          checked={view.isGrouped}
          onChange={() => {
            change({ isGrouped: !view.isGrouped });
          }}
        />
        {trans.__('by stage')}
      </label>
    </div>
  );
}

function sortKeys(
  rows: readonly IEnergyRow[],
  trans: TranslationBundle
): (readonly [SortKey, string])[] {
  const keys: (readonly [SortKey, string])[] = [
    ['notebook', trans.__('Notebook order')],
    ['energy', trans.__('Energy')],
    ['duration', trans.__('Duration')],
    ['power', trans.__('Mean power')],
    ['peak', trans.__('Peak power')],
    ['change', trans.__('Change')],
    ['title', trans.__('Name')],
    ['stage', trans.__('Stage')]
  ];
  return rows.some(({ metric }) => Object.keys(metric).length > 0)
    ? [...keys, ['metric', trans.__('Metric')]]
    : keys;
}

/** Up, Down, Home and End walk through the rows. */
function moveFocus(event: React.KeyboardEvent<HTMLElement>): void {
  if (event.target instanceof HTMLSelectElement) {
    return;
  }
  const buttons = Array.from(
    event.currentTarget.querySelectorAll<HTMLElement>('.jg-Row-button')
  );
  const row = document.activeElement?.closest('.jg-Row');
  const here = buttons.findIndex(button => button.parentElement === row);
  const there = {
    ArrowUp: Math.max(here - 1, 0),
    ArrowDown: Math.min(here + 1, buttons.length - 1),
    Home: 0,
    End: buttons.length - 1
  }[event.key];
  if (here !== -1 && there !== undefined) {
    event.preventDefault();
    buttons[there].focus();
  }
}
