import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IIntensity } from '../carbon/intensity';
import { Button } from './button';
import { usePanel } from './context';

/** What is loaded when a country is to be chosen. */
interface ITable {
  readonly INTENSITIES: readonly IIntensity[];
  readonly ATTRIBUTION: string;
}

/** Of a building, as in `schema/plugin.json`. */
const LEAST_PUE = 1;
const MOST_PUE = 10;

/** By which grams per kWh joules are told as CO2e: a country's average, or a number; and the PUE. */
export function CarbonView(props: {
  readonly close: () => void;
}): React.JSX.Element {
  const { trans, settings, actions } = usePanel();
  const { co2eCountry, co2eFactor, pue } = settings;
  const [table, setTable] = React.useState<ITable | null>(null);
  const [isLost, setIsLost] = React.useState(false);
  React.useEffect(() => {
    import(/* webpackChunkName: "carbon" */ '../carbon/grid').then(
      setTable,
      () => {
        setIsLost(true);
      }
    );
  }, []);
  return (
    <div
      className="jg-Carbon"
      role="group"
      aria-label={trans.__('CO₂e of the electricity')}
    >
      <label>
        {trans.__('Country')}
        <HTMLSelect
          value={co2eCountry}
          onChange={event => {
            actions.setCarbon({ country: event.currentTarget.value });
          }}
        >
          <option value="">{trans.__('none: by the number')}</option>
          {co2eCountry !== '' && !table && (
            <option value={co2eCountry}>{co2eCountry}</option>
          )}
          {table?.INTENSITIES.map(({ code, country, g_per_kwh, year }) => (
            <option key={code} value={code}>
              {`${country}: ${Math.round(g_per_kwh)} g/kWh (${year})`}
            </option>
          ))}
        </HTMLSelect>
      </label>
      <label>
        {trans.__('or g/kWh')}
        <input
          type="number"
          className="jp-mod-styled"
          min={0}
          max={5000}
          step="any"
          value={co2eCountry === '' && co2eFactor > 0 ? co2eFactor : ''}
          onChange={event => {
            const factor = Number(event.currentTarget.value);
            if (factor >= 0 && factor <= 5000) {
              actions.setCarbon({ factor });
            }
          }}
        />
      </label>
      <label
        title={trans.__(
          'What the building draws for each watt of its computers; 1 leaves cooling and losses out.'
        )}
      >
        {trans.__('PUE')}
        <input
          type="number"
          className="jp-mod-styled jg-Carbon-pue"
          min={LEAST_PUE}
          max={MOST_PUE}
          step="any"
          value={pue}
          onChange={event => {
            const chosen = Number(event.currentTarget.value);
            if (chosen >= LEAST_PUE && chosen <= MOST_PUE) {
              actions.setCarbon({ pue: chosen });
            }
          }}
        />
      </label>
      <p>
        {isLost
          ? trans.__('The table of countries could not be loaded.')
          : trans.__(
              'A yearly average of what the place generates, including emissions from building plants and extracting fuel; for states of the USA, direct emissions only. %1',
              table?.ATTRIBUTION ?? ''
            )}
      </p>
      <Button onClick={props.close}>{trans.__('Done')}</Button>
    </div>
  );
}
