import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import {
  energyOfSum,
  energySoFar,
  isBelowResolution,
  markedPower,
  wattHours
} from './format';
import { HowToBegin, NoNotebook } from './hints';
import type { IMissing } from './report';
import { ProvenanceMark, ReplayMark, RowView } from './rowview';
import type { IEnergyModel, IEnergyRow, IEnergyTotal } from './tokens';
import { netWords } from './words';

/** The panel's content. */
export function EnergyView(props: {
  readonly model: IEnergyModel | null;
  readonly trans: TranslationBundle;
  readonly reveal: (cellId: string) => void;
}): React.JSX.Element {
  const { model, trans, reveal } = props;
  return (
    <>
      <header className="jg-Panel-header">
        <h2>{trans.__('Energy')}</h2>
      </header>
      {model === null ? (
        <NoNotebook trans={trans} />
      ) : model.rows.length === 0 ? (
        <HowToBegin trans={trans} />
      ) : (
        <>
          <TotalView total={model.total} trans={trans} />
          <RowsView
            rows={model.rows}
            total_j={model.total.energy_j}
            trans={trans}
            reveal={reveal}
          />
        </>
      )}
      {model !== null && model.missing.length > 0 && (
        <MissingView missing={model.missing} trans={trans} />
      )}
    </>
  );
}

function TotalView(props: {
  readonly total: IEnergyTotal;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { total, trans } = props;
  const { energy_j, uncertainty_j, provenance } = total;
  const hasFigure = total.cells > 0;
  // Of a running cell nothing is known yet beyond its joules.
  const isExact = total.isRunning && uncertainty_j === 0;
  // Joules of which no more than a bound is known have no watts.
  const isKnown =
    hasFigure && (isExact || !isBelowResolution(energy_j, uncertainty_j));
  return (
    <section
      className="jg-Total"
      aria-label={trans.__('Total of the notebook')}
      data-energy-j={hasFigure ? energy_j : undefined}
      data-running={total.isRunning || undefined}
    >
      <p className="jg-Total-energy">
        {!hasFigure
          ? '–'
          : isExact
            ? energySoFar(energy_j, provenance)
            : energyOfSum(energy_j, uncertainty_j, total.bounds, provenance)}
        {total.isReplayed && <ReplayMark trans={trans} />}
        {provenance && <ProvenanceMark provenance={provenance} trans={trans} />}
      </p>
      {total.isReplayed && (
        <p className="jg-Total-note">{trans.__('includes replayed figures')}</p>
      )}
      {total.isUneven && (
        <p className="jg-Total-note">{trans.__('some cells lack a sensor')}</p>
      )}
      {total.net_energy_j !== null && (
        <p className="jg-Total-net">
          {total.isRunning
            ? trans.__('net %1 above idle', '–')
            : netWords(
                {
                  provenance,
                  net_energy_j: total.net_energy_j,
                  net_uncertainty_j: total.netUncertainty_j
                },
                trans
              )}
        </p>
      )}
      <dl>
        <div>
          <dt>{trans.__('Watt-hours')}</dt>
          <dd className="jg-Total-wattHours">
            {isKnown ? wattHours(energy_j, provenance) : '–'}
          </dd>
        </div>
        <div>
          <dt>{trans.__('Mean power')}</dt>
          <dd className="jg-Total-power">
            {markedPower(isKnown ? total.mean_power_w : null, provenance)}
          </dd>
        </div>
        <div>
          <dt>{trans.__('Cells')}</dt>
          <dd className="jg-Total-cells">{total.cells}</dd>
        </div>
      </dl>
    </section>
  );
}

/**
 * The metered cells. Shares are drawn by the style sheet from the total that
 * stands on the list, so that a growing total touches no row; three digits of
 * it are finer than a bar can show, and change seldom.
 */
function RowsView(props: {
  readonly rows: readonly IEnergyRow[];
  readonly total_j: number;
  readonly trans: TranslationBundle;
  readonly reveal: (cellId: string) => void;
}): React.JSX.Element {
  const { rows, total_j, trans, reveal } = props;
  return (
    <ol
      className="jg-Rows"
      aria-label={trans.__('Metered cells')}
      style={
        {
          '--jg-total-j': Number(total_j.toPrecision(3))
        } as React.CSSProperties
      }
      onKeyDown={moveFocus}
    >
      {rows.map(row => (
        <RowView key={row.cellId} row={row} trans={trans} reveal={reveal} />
      ))}
    </ol>
  );
}

function MissingView(props: {
  readonly missing: readonly IMissing[];
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { missing, trans } = props;
  return (
    <details className="jg-Missing">
      <summary>
        {trans._n(
          '%1 sensor cannot be read',
          '%1 sensors cannot be read',
          missing.length
        )}
      </summary>
      <dl>
        {missing.map(({ id, reason, remedy }, index) => (
          <div key={index} data-sensor={id}>
            <dt>{id}</dt>
            <dd>{reason}</dd>
            {remedy !== '' && <dd className="jg-Missing-remedy">{remedy}</dd>}
          </div>
        ))}
      </dl>
    </details>
  );
}

/** Up, Down, Home and End walk through the rows. */
function moveFocus(event: React.KeyboardEvent<HTMLElement>): void {
  const buttons = Array.from(event.currentTarget.querySelectorAll('button'));
  const here = buttons.findIndex(button => button === document.activeElement);
  const there = {
    ArrowUp: Math.max(here - 1, 0),
    ArrowDown: Math.min(here + 1, buttons.length - 1),
    Home: 0,
    End: buttons.length - 1
  }[event.key];
  if (there !== undefined) {
    event.preventDefault();
    buttons[there].focus();
  }
}
