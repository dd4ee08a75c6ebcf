import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { changeOf, type IChange } from '../model/change';
import { unreadDomains } from '../model/host';
import { isEstimate } from '../record/quantity';
import type { IReport } from '../record/report';
import type { ISettings } from '../settings';
import { duration, percent } from '../text/format';
import { energyWords, peakWords, powerWords, promptOf } from '../text/rowwords';
import { verbatim } from '../text/verbatim';
import {
  changeWords,
  flagWords,
  isWarning,
  metricWords,
  provenanceWord,
  replayWord,
  sentence,
  statusNote,
  unreadWords
} from '../text/words';
import type { IEnergyRow } from '../tokens';
import { Button } from './button';
import { usePanel } from './context';
import { DetailsView } from './detailsview';
import { ProvenanceMark, ReplayMark } from './marks';
import { Sparkline } from './sparkline';

/** What sensors have wrong each for itself is not worth a word below this share. */
const LEAST_REACH = 0.001;

/** One metered cell. It is drawn again only when its row is another object. */
export const RowView = React.memo(function RowView(props: {
  readonly row: IEnergyRow;
  readonly isOpen: boolean;
  readonly toggle: (cellId: string) => void;
  readonly reportOf: (cellId: string) => IReport | null;
}): React.JSX.Element {
  const { row, isOpen, toggle, reportOf } = props;
  const { trans, settings, actions } = usePanel();
  const title = row.title || trans.__('(empty cell)');
  const note = statusNote(row, trans);
  const remarks = remarksOf(row, trans);
  return (
    <li
      className="jg-Row"
      data-cell-id={row.cellId}
      data-status={row.status}
      data-provenance={row.provenance ?? undefined}
      style={{ '--jg-energy-j': row.energy_j ?? 0 } as React.CSSProperties}
    >
      <Button
        className="jg-Row-button"
        aria-label={spoken(row, title, trans, settings)}
        title={trans.__('Go to the cell')}
        onClick={() => {
          actions.reveal(row.cellId);
        }}
      >
        <span className="jg-Row-prompt">{promptOf(row)}</span>
        <span className="jg-Row-title">{title}</span>
        {row.status === 'running' && <span className="jg-Row-running" />}
        {row.isReplayed && <ReplayMark />}
        {row.provenance && <ProvenanceMark provenance={row.provenance} />}
        <span className="jg-Row-space" />
        {row.duration_s !== null && (
          <Figures row={row} duration_s={row.duration_s} />
        )}
        {row.energy_j !== null && (
          <span className="jg-Row-share">
            <span className="jg-Row-shareBar" />
          </span>
        )}
        <Facts row={row} />
        {note !== '' && <span className="jg-Row-note">{note}</span>}
      </Button>
      {row.details && (
        <>
          <DetailsToggle
            row={row}
            title={title}
            remarks={remarks}
            isOpen={isOpen}
            toggle={toggle}
          />
          {isOpen && (
            <DetailsView
              row={row}
              details={row.details}
              report={reportOf(row.cellId)}
              remarks={remarks}
            />
          )}
        </>
      )}
    </li>
  );
});

/** Joules, time and watts, of a running cell with their curve. */
function Figures(props: {
  readonly row: IEnergyRow;
  readonly duration_s: number;
}): React.JSX.Element {
  const { row, duration_s } = props;
  const { settings } = usePanel();
  return (
    <span className="jg-Row-figures">
      <span className="jg-Row-energy" data-energy-j={row.energy_j ?? undefined}>
        {energyWords(row, settings.unit)}
      </span>
      {row.status === 'running' && <Sparkline power_w={row.recent_w} />}
      <span className="jg-Row-duration">{duration(duration_s)}</span>
      <span className="jg-Row-power">{powerWords(row)}</span>
    </span>
  );
}

/** What else is known: stage, peak, change against the run before, metrics. */
function Facts(props: { readonly row: IEnergyRow }): React.JSX.Element | null {
  const { row } = props;
  const { trans } = usePanel();
  const peak = peakWords(row, trans);
  const change = changeOf(row);
  const metric = metricsOf(row);
  if (
    row.stage === null &&
    peak === '' &&
    change === null &&
    metric.length === 0
  ) {
    return null;
  }
  return (
    <span className="jg-Row-more">
      {row.stage !== null && <span className="jg-Row-stage">{row.stage}</span>}
      {row.duration_s !== null && peak !== '' && (
        <span className="jg-Row-peak">{peak}</span>
      )}
      {change !== null && (
        <span
          className="jg-Row-change"
          data-change={Math.sign(change.part)}
          title={changeHint(row, change, trans)}
        >
          {changeWords(change.part)}
        </span>
      )}
      {metric.map(words => (
        <span key={words} className="jg-Row-metric">
          {words}
        </span>
      ))}
    </span>
  );
}

/** The button that unfolds the details, and says in a hint what is remarked there. */
function DetailsToggle(props: {
  readonly row: IEnergyRow;
  readonly title: string;
  readonly remarks: readonly string[];
  readonly isOpen: boolean;
  readonly toggle: (cellId: string) => void;
}): React.JSX.Element {
  const { row, title, remarks, isOpen, toggle } = props;
  const { trans } = usePanel();
  const isUnusual =
    unreadDomains(row).length > 0 ||
    flagsOf(row).some(flag => isWarning(flag, trans));
  const Caret = isOpen ? caretDownIcon : caretRightIcon;
  return (
    <Button
      className="jg-Row-toggle"
      aria-expanded={isOpen}
      aria-label={trans.__('Details of %1', verbatim(title))}
      title={[trans.__('Details'), ...remarks.map(sentence)].join('\n')}
      data-remarks={isUnusual || undefined}
      onClick={() => {
        toggle(row.cellId);
      }}
    >
      <Caret.react tag="span" />
    </Button>
  );
}

/** The row as a screen reader says it. */
function spoken(
  row: IEnergyRow,
  title: string,
  trans: TranslationBundle,
  { unit }: ISettings
): string {
  const change = changeOf(row);
  return [
    `${promptOf(row)} ${title}`,
    row.isReplayed ? replayWord(trans) : '',
    ...(row.duration_s === null
      ? []
      : [
          energyWords(row, unit),
          duration(row.duration_s),
          powerWords(row),
          peakWords(row, trans)
        ]),
    row.provenance ? provenanceWord(row.provenance, trans) : '',
    row.stage ? trans.__('stage %1', verbatim(row.stage)) : '',
    change === null ? '' : changeHint(row, change, trans),
    ...metricsOf(row),
    statusNote(row, trans),
    ...remarksOf(row, trans)
  ]
    .filter(part => part !== '')
    .join(', ');
}

/** What is to be said of a row's window as a whole. */
function remarksOf(row: IEnergyRow, trans: TranslationBundle): string[] {
  return [
    unreadWords(unreadDomains(row), trans),
    ...flagsOf(row).map(flag => flagWords(flag, trans))
  ].filter(remark => remark !== '');
}

function flagsOf({ details }: IEnergyRow): readonly string[] {
  return details?.flags ?? [];
}

function metricsOf({ metric }: IEnergyRow): string[] {
  return Object.entries(metric).map(([name, value]) =>
    metricWords(name, value)
  );
}

function changeHint(
  { provenance }: IEnergyRow,
  { part, reach }: IChange,
  trans: TranslationBundle
): string {
  return [
    part === 0
      ? trans.__('no clear change from the previous run')
      : trans.__('%1 from the previous run', changeWords(part)),
    part !== 0 && isEstimate(provenance) ? trans.__('by the CPU model') : '',
    reach >= LEAST_REACH
      ? trans.__('by other sensors, which may disagree by %1', percent(reach))
      : ''
  ]
    .filter(words => words !== '')
    .join(', ');
}
