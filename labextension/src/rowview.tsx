import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { boundsOfRow, unreadDomains } from './counted';
import { DetailsView } from './detailsview';
import { duration, energyOfSum, energySoFar, markedPower } from './format';
import type { Provenance } from './report';
import type { IEnergyRow } from './tokens';
import {
  provenanceHint,
  provenanceWord,
  replayWord,
  reportFlag,
  sentence,
  statusNote,
  unreadWords
} from './words';

/** What holds for most windows on a shared machine, so that it calls for no look. */
const USUAL_FLAGS = ['host-busy', 'other-meters'];

/** One metered cell. It is drawn again only when its row is another object. */
export const RowView = React.memo(function RowView(props: {
  readonly row: IEnergyRow;
  readonly trans: TranslationBundle;
  readonly reveal: (cellId: string) => void;
}): React.JSX.Element {
  const { row, trans, reveal } = props;
  const [isOpen, setIsOpen] = React.useState(false);
  const isRunning = row.status === 'running';
  const prompt = isRunning ? '*' : (row.executionCount ?? ' ');
  const title = row.title || trans.__('(empty cell)');
  const joules = isRunning
    ? energySoFar(row.energy_j, row.provenance)
    : energyOfSum(
        row.energy_j,
        row.uncertainty_j,
        boundsOfRow(row),
        row.provenance
      );
  const hasFigures = row.duration_s !== null;
  const note = statusNote(row, trans);
  const origin = row.provenance ? provenanceWord(row.provenance, trans) : '';
  const replay = row.isReplayed ? replayWord(trans) : '';
  const unread = unreadDomains(row);
  const flags = row.details?.flags ?? [];
  const remarks = [
    unreadWords(unread, trans),
    ...flags.map(flag => reportFlag(flag, trans))
  ].filter(remark => remark !== '');
  const isUnusual =
    unread.length > 0 || flags.some(flag => !USUAL_FLAGS.includes(flag));
  const figures = hasFigures
    ? [
        joules,
        duration(row.duration_s),
        markedPower(row.power_w, row.provenance)
      ]
    : [];
  return (
    <li
      className="jg-Row"
      data-cell-id={row.cellId}
      data-status={row.status}
      data-provenance={row.provenance ?? undefined}
      style={{ '--jg-energy-j': row.energy_j ?? 0 } as React.CSSProperties}
    >
      <button
        type="button"
        className="jg-Row-button"
        aria-label={[
          `[${prompt}] ${title}`,
          replay,
          ...figures,
          origin,
          note,
          ...remarks
        ]
          .filter(part => part !== '')
          .join(', ')}
        title={trans.__('Go to the cell')}
        onClick={() => {
          reveal(row.cellId);
        }}
      >
        <span className="jg-Row-prompt">{`[${prompt}]`}</span>
        <span className="jg-Row-title">{title}</span>
        {isRunning && <span className="jg-Row-pulse" />}
        {replay !== '' && <ReplayMark trans={trans} />}
        {row.provenance && (
          <ProvenanceMark provenance={row.provenance} trans={trans} />
        )}
        {hasFigures && (
          <span className="jg-Row-figures">
            <span
              className="jg-Row-energy"
              data-energy-j={row.energy_j ?? undefined}
            >
              {joules}
            </span>
            <span className="jg-Row-duration">{duration(row.duration_s)}</span>
            <span className="jg-Row-power">
              {markedPower(row.power_w, row.provenance)}
            </span>
          </span>
        )}
        {row.energy_j !== null && (
          <span className="jg-Row-share">
            <span className="jg-Row-shareBar" />
          </span>
        )}
        {note !== '' && <span className="jg-Row-note">{note}</span>}
      </button>
      {row.details && (
        <details
          className="jg-Row-details"
          open={isOpen}
          data-remarks={isUnusual || undefined}
        >
          <summary
            aria-label={trans.__('Details of %1', title)}
            title={[trans.__('Details'), ...remarks.map(sentence)].join('\n')}
            onClick={event => {
              event.preventDefault();
              setIsOpen(!isOpen);
            }}
          />
          {isOpen && (
            <DetailsView
              details={row.details}
              remarks={remarks}
              trans={trans}
            />
          )}
        </details>
      )}
    </li>
  );
});

/** Says that figures were played back. */
export function ReplayMark(props: {
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { trans } = props;
  return (
    <span
      className="jg-Mark"
      data-replay="true"
      title={reportFlag('replayed', trans)}
    >
      {replayWord(trans)}
    </span>
  );
}

/** Says in one word how joules came about, and in a sentence on hover. */
export function ProvenanceMark(props: {
  readonly provenance: Provenance;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { provenance, trans } = props;
  return (
    <span
      className="jg-Mark"
      data-provenance={provenance}
      title={provenanceHint(provenance, trans)}
    >
      {provenanceWord(provenance, trans)}
    </span>
  );
}
