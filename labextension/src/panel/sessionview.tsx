import * as React from 'react';

import { sessionOf } from '../model/session';
import { percent } from '../text/format';
import { joulesOf, readingOf } from '../text/totalwords';
import { unitOfParts } from '../text/units';
import { sentence, spentSentence } from '../text/words';
import type { IOpenNotebook } from '../tokens';
import { Button } from './button';
import { usePanel } from './context';
import { ExplainedFigure } from './explained';

/** The open notebooks, each once, and what they took together. */
export function SessionView(props: {
  readonly notebooks: readonly IOpenNotebook[];
}): React.JSX.Element {
  const { notebooks } = props;
  const { trans, settings } = usePanel();
  useWatched(notebooks);
  const { total, spent, copies, isOverlapping } = sessionOf(
    notebooks.map(({ model }) => model)
  );
  const most_j = Math.max(
    ...notebooks.map(({ model }) => model.total.energy_j),
    1e-12
  );
  const remarks = [
    copies > 0
      ? trans._n(
          '%1 cell is in more than one notebook, and counts once',
          '%1 cells are in more than one notebook, and count once',
          copies
        )
      : '',
    isOverlapping
      ? trans.__(
          'cells of two notebooks ran at the same time: both hold the joules of the whole machine, so some count twice'
        )
      : ''
  ].filter(words => words !== '');
  const unit = unitOfParts(settings.unit, total.energy_j);
  return (
    <div className="jg-Session">
      <p>
        <ExplainedFigure className="jg-Session-energy">
          {total.cells === 0
            ? '–'
            : joulesOf(total, settings.unit, total.scaleRange)}
        </ExplainedFigure>{' '}
        {trans._n(
          'in %1 open notebook',
          'in %1 open notebooks',
          notebooks.length
        )}
      </p>
      <ul className="jg-Stages">
        {notebooks.map(({ path, name, model, activate }) => {
          const { energy_j, cells } = model.total;
          return (
            <li key={path} data-stage={name}>
              <Button
                className="jg-Stage"
                title={trans.__('Go to %1', path)}
                onClick={activate}
              >
                <span className="jg-Stage-name">{name}</span>
                <span className="jg-Stage-cells">
                  {trans._n('%1 cell', '%1 cells', cells)}
                </span>
                <span className="jg-Stage-energy">
                  {cells === 0 ? '–' : readingOf(model.total, unit)}
                </span>
                <span className="jg-Stage-share">
                  {total.energy_j > 0 ? percent(energy_j / total.energy_j) : ''}
                </span>
                <span className="jg-Stage-track" aria-hidden="true">
                  <span style={{ width: `${(100 * energy_j) / most_j}%` }} />
                </span>
              </Button>
            </li>
          );
        })}
      </ul>
      {remarks.map(words => (
        <p key={words} className="jg-Session-remark">
          {sentence(words)}
        </p>
      ))}
      {spent.runs > 0 && <p>{spentSentence(spent, trans, settings.unit)}</p>}
    </div>
  );
}

/** Keeps the models of notebooks up to date while they are shown. */
function useWatched(notebooks: readonly IOpenNotebook[]): void {
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  const models = useSame(notebooks.map(({ model }) => model));
  React.useEffect(() => {
    const watcher = {};
    for (const model of models) {
      model.changed.connect(redraw);
      model.watch(watcher);
    }
    return () => {
      for (const model of models) {
        if (!model.isDisposed) {
          model.changed.disconnect(redraw);
          model.unwatch(watcher);
        }
      }
    };
  }, [models]);
}

/** The list of before where the new one holds the same. */
function useSame<T>(list: readonly T[]): readonly T[] {
  const last = React.useRef(list);
  if (
    last.current.length !== list.length ||
    last.current.some((item, index) => item !== list[index])
  ) {
    last.current = list;
  }
  return last.current;
}
