import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { changeOf, type IChange } from '../model/change';
import { unreadDomains } from '../model/host';
import { isEstimate } from '../record/quantity';
import type { IReport, Provenance } from '../record/report';
import type { ISettings } from '../settings';
import { duration, percent } from '../text/format';
import { perLoop, repeatsBadge } from '../text/repeatwords';
import { metricWords } from '../text/outcomewords';
import {
  energyWords,
  peakWords,
  powerWords,
  promptOf,
  rowPerUnit
} from '../text/rowwords';
import { verbatim } from '../text/verbatim';
import {
  changeWords,
  flagWords,
  isWarning,
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
import { Figure } from './figure';
import {
  type IMark,
  Marks,
  provenanceMark,
  repeatsMark,
  replayMark
} from './marks';
import { Sparkline } from './sparkline';

/** What sensors have wrong each for itself is not worth a word below this share. */
const LEAST_REACH = 0.001;

/** One metered cell. It is drawn again only when its row is another object. */
export const RowView = React.memo(function RowView(props: {
  readonly row: IEnergyRow;
  /** How the joules of most rows came about: of those nothing is said. */
  readonly usual: Provenance | null;
  /** Whether the stage stands in the row. */
  readonly hasStage: boolean;
  readonly isOpen: boolean;
  readonly toggle: (cellId: string) => void;
  readonly compare: (cellId: string) => void;
  readonly reportOf: (cellId: string) => IReport | null;
}): React.JSX.Element {
  const { row, usual, hasStage, isOpen, toggle, compare, reportOf } = props;
  const { trans, settings, actions } = usePanel();
  const title = row.title || trans.__('(empty cell)');
  const note = statusNote(row, trans);
  const remarks = remarksOf(row, trans);
  const marks = marksOf(row, usual, trans);
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
        <span className="jg-Row-title" title={title}>
          {title}
        </span>
        {row.status === 'running' && <span className="jg-Row-running" />}
        <span className="jg-Row-space" />
        {row.duration_s !== null && (
          <Figures row={row} duration_s={row.duration_s} />
        )}
        {row.energy_j !== null && (
          <span className="jg-Row-share">
            <span className="jg-Row-shareBar" />
          </span>
        )}
        <Facts row={row} hasStage={hasStage} />
        {note !== '' && <span className="jg-Row-note">{note}</span>}
      </Button>
      {marks.length > 0 && (
        <div className="jg-Row-marks">
          <Marks marks={marks} />
        </div>
      )}
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
              compare={compare}
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
      <Figure
        className="jg-Row-energy"
        data-energy-j={row.energy_j ?? undefined}
      >
        {energyWords(row, settings.unit)}
      </Figure>
      {row.status === 'running' && <Sparkline power_w={row.recent_w} />}
      <span className="jg-Row-powerAndTime">
        <Figure className="jg-Row-power">{powerWords(row)}</Figure>
        <span className="jg-Row-duration">{duration(duration_s)}</span>
      </span>
    </span>
  );
}

/** What else is known: stage, joules per unit, peak, change against the run before, metrics. */
function Facts(props: {
  readonly row: IEnergyRow;
  readonly hasStage: boolean;
}): React.JSX.Element | null {
  const { row } = props;
  const { trans, settings } = usePanel();
  const stage = props.hasStage ? row.stage : null;
  const loops = perLoop(row, trans, settings.unit);
  const peak = peakWords(row, trans);
  const change = changeOf(row);
  const per = rowPerUnit(row, settings.unit);
  const metric = metricWords(row.metric);
  if (
    stage === null &&
    per === '' &&
    loops.length === 0 &&
    peak === '' &&
    change === null &&
    metric.length === 0
  ) {
    return null;
  }
  return (
    <span className="jg-Row-more">
      {stage !== null && (
        <span className="jg-Row-stage" title={stage}>
          {stage}
        </span>
      )}
      {per !== '' && <Figure className="jg-Row-per">{per}</Figure>}
      {loops.map((words, index) => (
        <Figure key={index} className="jg-Row-loop">
          {words}
        </Figure>
      ))}
      {row.duration_s !== null && peak !== '' && (
        <Figure className="jg-Row-peak">{peak}</Figure>
      )}
      {change !== null && (
        <span
          className="jg-Row-change"
          data-change={Math.sign(change.part)}
          title={changeHint(row, change, trans)}
        >
          {changeWords(change.part, trans)}
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
  if (row.status === 'running') {
    return `${promptOf(row)} ${title}`; // the same until it ends, and read out once
  }
  const change = changeOf(row);
  return [
    `${promptOf(row)} ${title}`,
    row.isReplayed ? replayWord(trans) : '',
    ...(row.duration_s === null
      ? []
      : [
          energyWords(row, unit),
          powerWords(row),
          peakWords(row, trans),
          duration(row.duration_s)
        ]),
    row.provenance ? provenanceWord(row.provenance, trans) : '',
    repeatsBadge(row.repeats, trans),
    ...perLoop(row, trans, unit),
    row.stage ? trans.__('stage %1', verbatim(row.stage)) : '',
    change === null ? '' : changeHint(row, change, trans),
    rowPerUnit(row, unit),
    ...metricWords(row.metric),
    statusNote(row, trans),
    ...remarksOf(row, trans)
  ]
    .filter(part => part !== '')
    .join(', ');
}

/** What is told of a row in a pill: not how its joules came about, if most did so. */
function marksOf(
  row: IEnergyRow,
  usual: Provenance | null,
  trans: TranslationBundle
): IMark[] {
  const { provenance } = row;
  return [
    row.isReplayed ? replayMark(trans) : [],
    provenance && provenance !== usual ? provenanceMark(provenance, trans) : [],
    row.repeats.length > 0 ? repeatsMark(row, trans) : []
  ].flat();
}

/** What is to be said of a row's window as a whole. */
function remarksOf(row: IEnergyRow, trans: TranslationBundle): string[] {
  return [
    unreadWords(unreadDomains(row), trans),
    ...flagsOf(row).map(flag => flagWords(flag, trans)),
    ...(row.details?.notes ?? [])
  ].filter(remark => remark !== '');
}

function flagsOf({ details }: IEnergyRow): readonly string[] {
  return details?.flags ?? [];
}

function changeHint(
  { provenance }: IEnergyRow,
  { part, reach }: IChange,
  trans: TranslationBundle
): string {
  return [
    part === 0
      ? trans.__('no clear change from the previous run')
      : trans.__('%1 from the previous run', changeWords(part, trans)),
    part !== 0 && isEstimate(provenance) ? trans.__('by the CPU model') : '',
    reach >= LEAST_REACH
      ? trans.__('by other sensors, which may disagree by %1', percent(reach))
      : ''
  ]
    .filter(words => words !== '')
    .join(', ');
}
