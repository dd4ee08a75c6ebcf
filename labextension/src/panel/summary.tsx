import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { duration, meanPower } from '../text/format';
import {
  counterSentence,
  deviceParts,
  type IDevicePart,
  totalWords
} from '../text/totalwords';
import { spentSentence } from '../text/words';
import type { IEnergyTotal, ISpent } from '../tokens';
import { CarbonView } from './carbonview';
import { usePanel } from './context';
import { ExplainedFigure } from './explained';
import { Marks, provenanceMark, replayMark } from './marks';

/** The sum of the notebook's cells, what it was made of, and what was spent. */
export const Summary = React.memo(function Summary(props: {
  readonly total: IEnergyTotal;
  readonly spent: ISpent;
}): React.JSX.Element {
  const { total, spent } = props;
  const { trans, settings } = usePanel();
  const { provenance } = total;
  const counter = counterSentence(spent, trans, settings.unit);
  const link = React.useRef<HTMLButtonElement>(null);
  const [isChoosing, setIsChoosing] = React.useState(false);
  const { figure, otherUnit, remarks, battery, co2e } = totalWords(
    total,
    trans,
    settings
  );
  return (
    <section
      className="jg-Total"
      aria-label={trans.__('Total of the notebook')}
      data-energy-j={total.cells > 0 ? total.energy_j : undefined}
      data-running={total.isRunning || undefined}
    >
      <p
        className="jg-Total-figure"
        style={{ '--jg-letters': figure.length } as React.CSSProperties}
      >
        <ExplainedFigure className="jg-Total-energy">{figure}</ExplainedFigure>
      </p>
      <div className="jg-Total-marks">
        <ExplainedFigure className="jg-Total-wattHours">
          {otherUnit}
        </ExplainedFigure>
        <Marks
          marks={[
            total.isReplayed ? replayMark(trans) : [],
            provenance ? provenanceMark(provenance, trans) : []
          ].flat()}
        />
      </div>
      {remarks.map(([name, words]) => (
        <p key={name} className={`jg-Total-note jg-Total-${name}`}>
          {words}
        </p>
      ))}
      <DeviceSplit parts={deviceParts(total, trans, settings)} />
      <dl>
        <div>
          <dt>{trans.__('Cells')}</dt>
          <dd className="jg-Total-cells">{total.cells}</dd>
        </div>
        <div>
          <dt>{trans.__('Mean power')}</dt>
          <dd className="jg-Total-power">
            <ExplainedFigure>
              {meanPower(total, total.scaleRange)}
            </ExplainedFigure>
          </dd>
        </div>
        <div>
          <dt>{trans.__('Metered')}</dt>
          <dd className="jg-Total-duration">{duration(total.duration_s)}</dd>
        </div>
        {battery !== '' && (
          <div>
            <dt>{trans.__('Full laptop battery')}</dt>
            <dd className="jg-Total-battery">
              <ExplainedFigure>{battery}</ExplainedFigure>
              <small>{trans.__('of 50 Wh')}</small>
            </dd>
          </div>
        )}
        <div>
          <dt>{trans.__('CO₂e')}</dt>
          {co2e && (
            <dd className="jg-Total-co2e">
              <ExplainedFigure>{co2e.figure}</ExplainedFigure>
              <small>{co2e.factor}</small>
            </dd>
          )}
          <dd>
            <button
              ref={link}
              type="button"
              className="jg-Link"
              aria-expanded={isChoosing}
              onClick={() => {
                setIsChoosing(!isChoosing);
              }}
            >
              {co2e
                ? trans.__('another country…')
                : trans.__('choose a country…')}
            </button>
          </dd>
        </div>
      </dl>
      {isChoosing && (
        <CarbonView
          close={() => {
            link.current?.focus();
            setIsChoosing(false);
          }}
        />
      )}
      {spent.runs > 0 && (
        <p className="jg-Total-spent" title={spentHint(trans)}>
          {spentSentence(spent, trans, settings.unit)}
        </p>
      )}
      {counter !== '' && (
        <p className="jg-Total-counter" title={counterHint(trans)}>
          {counter}
        </p>
      )}
    </section>
  );
});

function counterHint(trans: TranslationBundle): string {
  return trans.__(
    "What the sensors' counters say from the begin of the first run to the end of the last one: all runs, and what the machine used between them, by whomever."
  );
}

function spentHint(trans: TranslationBundle): string {
  return trans.__(
    'Above: the last run of each cell in the notebook now. Here: every run since the session began or this tab joined it, including repeated and failed runs and runs of deleted cells.'
  );
}

/** One bar: which part of the joules each kind of hardware took. */
function DeviceSplit(props: {
  readonly parts: readonly IDevicePart[];
}): React.JSX.Element | null {
  const { parts } = props;
  const { trans } = usePanel();
  if (parts.length === 0) {
    return null;
  }
  return (
    <div className="jg-Split">
      <div className="jg-Split-bar" aria-hidden="true">
        {parts.map(({ device, share }) => (
          <span key={device} data-device={device} style={{ flexGrow: share }} />
        ))}
      </div>
      <ul aria-label={trans.__('By hardware')}>
        {parts.map(({ device, name, percent, energy }) => (
          <li key={device} data-device={device}>
            <span className="jg-Split-key" aria-hidden="true" />
            {name} <b>{percent}</b>{' '}
            <ExplainedFigure className="jg-Split-energy">
              {energy}
            </ExplainedFigure>
          </li>
        ))}
      </ul>
    </div>
  );
}
