import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { unreadDomains } from '../model/host';
import type { IReport } from '../record/report';
import { duration, markedPower } from '../text/format';
import { energyWords, powerWords, promptOf } from '../text/rowwords';
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
import { changeOf } from './order';
import { Sparkline } from './sparkline';

/** One metered cell. It is drawn again only when its row is another object. */
export const RowView = React.memo(function RowView(props: {
  readonly row: IEnergyRow;
  readonly isOpen: boolean;
  readonly toggle: (cellId: string) => void;
  readonly reportOf: (cellId: string) => IReport | null;
}): React.JSX.Element {
  const { row, isOpen, toggle, reportOf } = props;
  const { trans, settings, actions } = usePanel();
  const isRunning = row.status === 'running';
  const prompt = promptOf(row);
  const title = row.title || trans.__('(empty cell)');
  const joules = energyWords(row, settings.unit);
  const hasFigures = row.duration_s !== null;
  const watts = powerWords(row);
  const peak =
    row.peakPower_w === null
      ? ''
      : trans.__('peak %1', markedPower(row.peakPower_w, row.provenance));
  const change = changeOf(row);
  const metric = Object.entries(row.metric).map(([name, value]) =>
    metricWords(name, value)
  );
  const note = statusNote(row, trans);
  const unread = unreadDomains(row);
  const flags = row.details?.flags ?? [];
  const remarks = [
    unreadWords(unread, trans),
    ...flags.map(flag => flagWords(flag, trans))
  ].filter(remark => remark !== '');
  const isUnusual =
    unread.length > 0 || flags.some(flag => isWarning(flag, trans));
  const spoken = [
    `${prompt} ${title}`,
    row.isReplayed ? replayWord(trans) : '',
    ...(row.duration_s === null
      ? []
      : [joules, duration(row.duration_s), watts, peak]),
    row.provenance ? provenanceWord(row.provenance, trans) : '',
    row.stage ? trans.__('stage %1', verbatim(row.stage)) : '',
    change === null ? '' : changeHint(change, trans),
    ...metric,
    note,
    ...remarks
  ].filter(part => part !== '');
  const Caret = isOpen ? caretDownIcon : caretRightIcon;
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
        aria-label={spoken.join(', ')}
        title={trans.__('Go to the cell')}
        onClick={() => {
          actions.reveal(row.cellId);
        }}
      >
        <span className="jg-Row-prompt">{prompt}</span>
        <span className="jg-Row-title">{title}</span>
        {isRunning && <span className="jg-Row-running" />}
        {row.isReplayed && <ReplayMark />}
        {row.provenance && <ProvenanceMark provenance={row.provenance} />}
        <span className="jg-Row-space" />
        {row.duration_s !== null && (
          <span className="jg-Row-figures">
            <span
              className="jg-Row-energy"
              data-energy-j={row.energy_j ?? undefined}
            >
              {joules}
            </span>
            {isRunning && <Sparkline power_w={row.recent_w} />}
            <span className="jg-Row-duration">{duration(row.duration_s)}</span>
            <span className="jg-Row-power">{watts}</span>
          </span>
        )}
        {row.energy_j !== null && (
          <span className="jg-Row-share">
            <span className="jg-Row-shareBar" />
          </span>
        )}
        {(row.stage !== null ||
          peak !== '' ||
          change !== null ||
          metric.length > 0) && (
          <span className="jg-Row-more">
            {row.stage !== null && (
              <span className="jg-Row-stage">{row.stage}</span>
            )}
            {hasFigures && peak !== '' && (
              <span className="jg-Row-peak">{peak}</span>
            )}
            {change !== null && (
              <span
                className="jg-Row-change"
                data-change={Math.sign(change)}
                title={changeHint(change, trans)}
              >
                {changeWords(change)}
              </span>
            )}
            {metric.map(words => (
              <span key={words} className="jg-Row-metric">
                {words}
              </span>
            ))}
          </span>
        )}
        {note !== '' && <span className="jg-Row-note">{note}</span>}
      </Button>
      {row.details && (
        <>
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

function changeHint(change: number, trans: TranslationBundle): string {
  return change === 0
    ? trans.__('no clear change against the run before')
    : trans.__('%1 against the run before', changeWords(change));
}
