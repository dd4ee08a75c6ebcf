import * as React from 'react';

import { stagesOf } from '../model/bystage';
import { reachOf } from '../record/scale';
import { percent } from '../text/format';
import { readingOf } from '../text/totalwords';
import { unitOfParts } from '../text/units';
import { byReadingsHint } from '../text/words';
import type { IEnergyRow } from '../tokens';
import { Button } from './button';
import { usePanel } from './context';
import { Figure } from './figure';

/** Joules by stage, as bars. A click shows the cells of a stage alone. */
export const StagesView = React.memo(function StagesView(props: {
  readonly rows: readonly IEnergyRow[];
  readonly chosen: string | null | undefined;
  readonly choose: (stage: string | null | undefined) => void;
}): React.JSX.Element {
  const { rows, chosen, choose } = props;
  const { trans, settings } = usePanel();
  const stages = stagesOf(rows);
  const sum_j = stages.reduce((sum, { total }) => sum + total.energy_j, 0);
  const most_j = Math.max(...stages.map(({ total }) => total.energy_j), 1e-12);
  const unit = unitOfParts(settings.unit, sum_j);
  const hasScale = rows.some(({ scaleRange }) => reachOf(scaleRange) > 0);
  return (
    <>
      <ul className="jg-Stages">
        {stages.map(({ name, total }) => {
          const { cells, energy_j } = total;
          const share = percent(sum_j > 0 ? energy_j / sum_j : 0);
          const isChosen = chosen === name;
          return (
            <li key={name ?? ''} data-stage={name ?? undefined}>
              <Button
                className="jg-Stage"
                aria-pressed={isChosen}
                title={
                  isChosen
                    ? trans.__('Show all cells')
                    : trans.__('Show only these cells')
                }
                onClick={() => {
                  choose(isChosen ? undefined : name);
                }}
              >
                <span className="jg-Stage-name">
                  {name ?? trans.__('untagged')}
                </span>
                <span className="jg-Stage-cells">
                  {trans._n('%1 cell', '%1 cells', cells)}
                </span>
                <Figure className="jg-Stage-energy">
                  {readingOf(total, unit)}
                </Figure>
                <span className="jg-Stage-share">{share}</span>
                <span className="jg-Stage-track" aria-hidden="true">
                  <span style={{ width: `${(100 * energy_j) / most_j}%` }} />
                </span>
              </Button>
            </li>
          );
        })}
      </ul>
      {hasScale && <p className="jg-Stages-note">{byReadingsHint(trans)}</p>}
    </>
  );
});
