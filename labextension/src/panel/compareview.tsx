import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { curveOf } from '../chart/reported';
import { ratioBetween, takenOf } from '../model/change';
import type { IReport } from '../record/report';
import { EXACT } from '../record/scale';
import { ratioWords } from '../text/comparewords';
import { duration } from '../text/format';
import { promptOf } from '../text/rowwords';
import { energyIn } from '../text/units';
import { byReadingsHint } from '../text/words';
import type { IEnergyModel, IEnergyRow } from '../tokens';
import { Button } from './button';
import { usePanel } from './context';
import { Overlay } from './overlay';
import type { IRunRef, Pair } from './state';

const SIDES = ['first', 'second'] as const;

/** Two runs, of one cell or of two: their curves over each other, and the change. */
export function CompareView(props: {
  readonly model: IEnergyModel;
  readonly rows: readonly IEnergyRow[];
  readonly pair: Pair;
  readonly choose: (pair: Pair | null) => void;
}): React.JSX.Element {
  const { model, rows, pair, choose } = props;
  const { trans } = usePanel();
  const node = React.useRef<HTMLElement>(null);
  React.useEffect(() => {
    node.current?.scrollIntoView({ block: 'nearest' });
    const empty = pair.findIndex(ref => ref === null);
    node.current?.querySelectorAll('select')[Math.max(empty, 0)]?.focus();
    // When it opens: a choice in it moves nothing.
  }, []);
  const reports = pair.map(ref => ref && reportOf(model, ref));
  return (
    <section
      ref={node}
      className="jg-Compare"
      aria-label={trans.__('Compare two runs')}
    >
      <div className="jg-Compare-head">
        <h3>{trans.__('Compare')}</h3>
        <Button
          className="jg-IconButton"
          aria-label={trans.__('Compare no more')}
          title={trans.__('Compare no more')}
          onClick={event => {
            // The focus would be lost with what had it.
            event.currentTarget
              .closest('.jg-TabContent')
              ?.parentElement?.querySelector<HTMLElement>(
                '.jg-Tab[tabindex="0"]'
              )
              ?.focus();
            choose(null);
          }}
        >
          <closeIcon.react tag="span" />
        </Button>
      </div>
      {SIDES.map((side, index) => (
        <RunChoice
          key={side}
          side={side}
          model={model}
          rows={rows}
          chosen={pair[index]}
          choose={ref => {
            choose(index === 0 ? [ref, pair[1]] : [pair[0], ref]);
          }}
        />
      ))}
      <Difference reports={reports} />
    </section>
  );
}

/** A run, to be chosen among those of all cells. */
function RunChoice(props: {
  readonly side: (typeof SIDES)[number];
  readonly model: IEnergyModel;
  readonly rows: readonly IEnergyRow[];
  readonly chosen: IRunRef | null;
  readonly choose: (ref: IRunRef | null) => void;
}): React.JSX.Element {
  const { side, model, rows, chosen, choose } = props;
  const { trans, settings } = usePanel();
  const refs: IRunRef[] = [];
  const groups = rows.map(row => (
    <optgroup key={row.cellId} label={`${promptOf(row)} ${row.title}`}>
      {runsOf(model, row.cellId).map(report => {
        refs.push({ cellId: row.cellId, runId: report.run_id });
        return (
          <option key={report.run_id} value={refs.length - 1}>
            {runWords(row, report, settings.unit)}
          </option>
        );
      })}
    </optgroup>
  ));
  const place = refs.findIndex(
    ref => ref.cellId === chosen?.cellId && ref.runId === chosen.runId
  );
  return (
    <label className="jg-Compare-run" data-side={side}>
      <span className="jg-Compare-key" aria-hidden="true" />
      <HTMLSelect
        aria-label={
          side === 'first' ? trans.__('First run') : trans.__('Second run')
        }
        value={place}
        onChange={event => {
          choose(refs.at(Number(event.currentTarget.value)) ?? null);
        }}
      >
        {place === -1 && <option value={-1}>{trans.__('Choose a run')}</option>}
        {groups}
      </HTMLSelect>
    </label>
  );
}

/** The change from the first run to the second, and both curves. */
function Difference(props: {
  readonly reports: readonly (IReport | null)[];
}): React.JSX.Element {
  const { trans, settings } = usePanel();
  const [first, second] = props.reports;
  if (!first || !second) {
    return (
      <p className="jg-Compare-hint">
        {trans.__('Choose two runs, of one cell or of two.')}
      </p>
    );
  }
  const figures = [second, first].map(report =>
    energyIn(
      settings.unit,
      report.energy_j,
      report.uncertainty_j,
      report.provenance,
      EXACT
    )
  );
  return (
    <>
      <p className="jg-Compare-change" role="status">
        {changeOf(first, second, trans)}
      </p>
      <p>
        {trans.__('%1 after %2', ...figures)}
        {', '}
        {trans.__(
          '%1 after %2',
          duration(second.duration_s),
          duration(first.duration_s)
        )}
      </p>
      <Overlay
        label={trans.__('Watts of both runs over time')}
        curves={[curveOf(first), curveOf(second)]}
      />
      <p className="jg-Compare-hint">{byReadingsHint(trans)}</p>
    </>
  );
}

function changeOf(
  first: IReport,
  second: IReport,
  trans: TranslationBundle
): string {
  const [before, now] = [takenOf(first), takenOf(second)];
  const ratio = before && now && ratioBetween(now, before);
  return ratio
    ? ratioWords(ratio, trans)
    : trans.__('cannot be compared: one has no joules');
}

/** A run as a choice: when it was, and what it took. */
function runWords(
  row: IEnergyRow,
  report: IReport,
  unit: Parameters<typeof energyIn>[0]
): string {
  const { started_at, energy_j, uncertainty_j, provenance } = report;
  return [
    promptOf({ ...row, executionCount: report.execution_count }),
    row.title,
    new Date(started_at).toLocaleTimeString(),
    energyIn(unit, energy_j, uncertainty_j, provenance, EXACT)
  ].join(' · ');
}

/** The runs of a cell that can be compared, the newest first. */
export function runsOf(
  model: IEnergyModel,
  cellId: string
): readonly IReport[] {
  return model.runsOf(cellId).filter(({ energy_j }) => energy_j !== null);
}

function reportOf(
  model: IEnergyModel,
  { cellId, runId }: IRunRef
): IReport | null {
  return model.runsOf(cellId).find(({ run_id }) => run_id === runId) ?? null;
}
