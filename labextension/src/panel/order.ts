/** Which rows are shown, and in which order. */
import { changeOf } from '../model/change';
import { compareStages } from '../record/stages';
import type { IEnergyRow } from '../tokens';
import type { IViewState, SortKey } from './state';

type Value = number | string | null;

const VALUES: Readonly<
  Record<Exclude<SortKey, 'notebook'>, (row: IEnergyRow) => Value>
> = {
  title: row => row.title.toLocaleLowerCase(),
  stage: row => row.stage,
  energy: row => row.energy_j,
  duration: row => row.duration_s,
  power: row => row.power_w,
  peak: row => row.peakPower_w,
  change: row => changeOf(row)?.part ?? null,
  metric: row => Object.values(row.metric).at(0) ?? null
};

/** The rows of a view. Rows without a value stand at the end, whatever the direction. */
export function arranged(
  rows: readonly IEnergyRow[],
  view: Pick<
    IViewState,
    'sort' | 'isDescending' | 'isGrouped' | 'filter' | 'stage'
  >
): readonly IEnergyRow[] {
  const wanted = view.filter.trim().toLocaleLowerCase();
  const shown = rows.filter(
    row =>
      (view.stage === undefined || isFor(row, view.stage)) &&
      (wanted === '' ||
        `${row.title}\n${row.stage ?? ''}`.toLocaleLowerCase().includes(wanted))
  );
  const sign = view.isDescending ? -1 : 1;
  if (view.sort !== 'notebook') {
    const value = VALUES[view.sort];
    shown.sort((a, b) => compare(value(a), value(b), sign));
  } else if (view.isDescending) {
    shown.reverse();
  }
  if (view.isGrouped) {
    shown.sort((a, b) => compareStages(a.stage, b.stage));
  }
  return shown;
}

/** Whether some of a row's joules are for a stage. */
function isFor(row: IEnergyRow, wanted: string | null): boolean {
  return (
    row.stage === wanted ||
    (wanted !== null && row.blocks.some(({ stage }) => stage === wanted))
  );
}

function compare(a: Value, b: Value, sign: number): number {
  if (a === null || b === null) {
    return Number(a === null) - Number(b === null);
  }
  return sign * (a < b ? -1 : a > b ? 1 : 0);
}
