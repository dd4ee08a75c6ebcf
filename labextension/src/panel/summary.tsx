import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { DEVICES, type Device } from '../devices';
import {
  duration,
  isBelowResolution,
  markedPower,
  percent,
  wattHours
} from '../format';
import type { IEnergyTotal, ISpent } from '../tokens';
import {
  co2e,
  energyAboutIn,
  energyIn,
  energyOfSumIn,
  energySoFarIn
} from '../units';
import { deviceWord, netWords, spentSentence } from '../words';
import { usePanel } from './context';
import { ProvenanceMark, ReplayMark } from './marks';

/** The sum of the notebook's cells, what it was made of, and what was spent. */
export const Summary = React.memo(function Summary(props: {
  readonly total: IEnergyTotal;
  readonly spent: ISpent;
}): React.JSX.Element {
  const { total, spent } = props;
  const { trans, settings } = usePanel();
  const { unit, co2eFactor, pue } = settings;
  const { energy_j, uncertainty_j, provenance } = total;
  const hasFigure = total.cells > 0;
  // Of a running cell nothing is known yet beyond its joules.
  const isExact = total.isRunning && uncertainty_j === 0;
  // Joules of which no more than a bound is known have no watts.
  const isKnown =
    hasFigure && (isExact || !isBelowResolution(energy_j, uncertainty_j));
  const figure = !hasFigure
    ? '–'
    : isExact
      ? energySoFarIn(unit, energy_j, provenance)
      : energyOfSumIn(unit, energy_j, uncertainty_j, total.bounds, provenance);
  const inWattHours = figure.endsWith('Wh');
  return (
    <section
      className="jg-Total"
      aria-label={trans.__('Total of the notebook')}
      data-energy-j={hasFigure ? energy_j : undefined}
      data-running={total.isRunning || undefined}
    >
      <p className="jg-Total-energy">{figure}</p>
      <p className="jg-Total-marks">
        <span className="jg-Total-wattHours">
          {!isKnown
            ? '–'
            : inWattHours
              ? energyIn('J', energy_j, uncertainty_j, provenance)
              : wattHours(energy_j, provenance)}
        </span>
        {total.isReplayed && <ReplayMark />}
        {provenance && <ProvenanceMark provenance={provenance} />}
      </p>
      {total.isReplayed && (
        <p className="jg-Total-note">{trans.__('includes replayed figures')}</p>
      )}
      {total.isUneven && (
        <p className="jg-Total-note">{trans.__('some cells lack a sensor')}</p>
      )}
      {provenance === 'mixed' && total.estimated_j > 0 && (
        <p className="jg-Total-note jg-Total-measured">
          {trans.__(
            '%1 measured, %2 estimated',
            percent(1 - total.estimated_j / energy_j),
            percent(total.estimated_j / energy_j)
          )}
        </p>
      )}
      {total.net_energy_j !== null && (
        <p className="jg-Total-note jg-Total-net">
          {total.isRunning
            ? trans.__('net %1 above idle', '–')
            : netWords(
                {
                  provenance,
                  net_energy_j: total.net_energy_j,
                  net_uncertainty_j: total.netUncertainty_j
                },
                trans,
                unit
              )}
        </p>
      )}
      <DeviceSplit
        devices_j={total.devices_j}
        isEstimate={total.estimated_j > 0}
      />
      <dl>
        <div>
          <dt>{trans.__('Cells')}</dt>
          <dd className="jg-Total-cells">{total.cells}</dd>
        </div>
        <div>
          <dt>{trans.__('Metered')}</dt>
          <dd className="jg-Total-duration">{duration(total.duration_s)}</dd>
        </div>
        <div>
          <dt>{trans.__('Mean power')}</dt>
          <dd className="jg-Total-power">
            {markedPower(isKnown ? total.mean_power_w : null, provenance)}
          </dd>
        </div>
        {co2eFactor > 0 && hasFigure && (
          <div>
            <dt>{trans.__('CO₂e')}</dt>
            <dd className="jg-Total-co2e">
              {`≈ ${co2e(energy_j, co2eFactor, pue)}`}
              <small>
                {pue > 1
                  ? trans.__('at %1 g/kWh × PUE %2', co2eFactor, pue)
                  : trans.__('at %1 g/kWh', co2eFactor)}
              </small>
            </dd>
          </div>
        )}
      </dl>
      {spent.runs > 0 && (
        <p className="jg-Total-spent" title={spentHint(trans)}>
          {spentSentence(spent, trans, unit)}
        </p>
      )}
    </section>
  );
});

function spentHint(trans: TranslationBundle): string {
  return trans.__(
    'Above: the last run of each cell that is in the notebook now. Here: every run since the session began, with those that were repeated, failed or deleted since.'
  );
}

/** One bar: which part of the joules each kind of hardware took. */
function DeviceSplit(props: {
  readonly devices_j: Readonly<Record<Device, number>>;
  readonly isEstimate: boolean;
}): React.JSX.Element | null {
  const { devices_j, isEstimate } = props;
  const { trans, settings } = usePanel();
  const sum_j = DEVICES.reduce((sum, device) => sum + devices_j[device], 0);
  const shown = DEVICES.filter(device => devices_j[device] > 0);
  if (shown.length === 0) {
    return null;
  }
  return (
    <div className="jg-Split">
      <div className="jg-Split-bar" aria-hidden="true">
        {shown.map(device => (
          <span
            key={device}
            data-device={device}
            style={{ flexGrow: devices_j[device] / sum_j }}
          />
        ))}
      </div>
      <ul aria-label={trans.__('By hardware')}>
        {shown.map(device => (
          <li key={device} data-device={device}>
            <span className="jg-Split-key" aria-hidden="true" />
            {deviceWord(device, trans)}{' '}
            <b>{percent(devices_j[device] / sum_j)}</b>{' '}
            <span className="jg-Split-energy">
              {energyAboutIn(
                settings.unit,
                devices_j[device],
                isEstimate ? 'mixed' : null
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
