import * as React from 'react';

import { energyIcon } from '../icons';
import { Button } from './button';
import { usePanel } from './context';
import { CopyableCode } from './copyable';

/** What stands in the panel while no notebook is open. */
export function NoNotebook(): React.JSX.Element {
  const { trans } = usePanel();
  return (
    <div className="jg-Hint" data-hint="no-notebook">
      <energyIcon.react tag="span" className="jg-Hint-icon" />
      <p>{trans.__('Open a notebook to see how much energy its cells use.')}</p>
    </div>
  );
}

/** What to do in a notebook where nothing has been metered yet. */
export function HowToBegin(): React.JSX.Element {
  const { trans, actions } = usePanel();
  return (
    <div className="jg-Hint" data-hint="nothing-metered">
      <energyIcon.react tag="span" className="jg-Hint-icon" />
      <p>{trans.__('No cell of this notebook has been metered yet.')}</p>
      <ol>
        <li>
          {trans.__('Make this the first line of a cell:')}
          <CopyableCode code="%%energy" />
          {trans.__(
            'The button does so for the selected cell, and loads the meter in the kernel; so does the leaf above the notebook.'
          )}
          <Button
            onClick={() => {
              actions.meterCell();
            }}
          >
            {trans.__('Toggle metering')}
          </Button>
        </li>
        <li>{trans.__('Run the cell.')}</li>
      </ol>
    </div>
  );
}
