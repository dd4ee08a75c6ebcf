import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Chart } from '../chart/chart';
import { domainColours } from '../chart/palette';
import { curveOf } from '../chart/reported';
import { STAGES } from '../record/stages';
import type { IDomainReport, IReport } from '../record/report';
import type { EnergyUnit } from '../settings';
import {
  flagExplained,
  figureHint,
  type IExplained,
  provenanceExplained,
  signsIn
} from '../text/explained';
import { energy, meanPower } from '../text/format';
import { scaleOfDomain } from '../record/scale';
import { coverageWords, hostCells } from '../text/hostlines';
import { energyIn } from '../text/units';
import {
  conditionsWords,
  domainUncertainties,
  flagWords,
  netWords,
  oldBaseline,
  provenanceWord,
  sentence,
  shareSentence,
  uncertaintySentence
} from '../text/words';
import type { IEnergyRow, RowDetails } from '../tokens';
import { Button } from './button';
import { usePanel } from './context';
import { Explained, ExplainedFigure } from './explained';

/**
 * What a report says beyond its total: the curve, net energy, the kernel's own
 * part, each domain; and the stage, to be set.
 */
export function DetailsView(props: {
  readonly row: IEnergyRow;
  readonly details: RowDetails;
  readonly report: IReport | null;
  /** Puts the cell's run beside another. */
  readonly compare: (cellId: string) => void;
  /** What is to be said of the window as a whole. */
  readonly remarks: readonly string[];
}): React.JSX.Element {
  const { row, details, report, compare } = props;
  const { trans, actions, settings } = usePanel();
  const sentences = [
    uncertaintySentence(
      row.uncertainty_j,
      row.scaleRange,
      trans,
      settings.unit
    ),
    netWords(details, row.scaleRange, trans, settings.unit),
    oldBaseline(details, trans),
    shareSentence(details, trans),
    coverageWords(details, trans),
    ...props.remarks
  ]
    .filter(remark => remark !== '')
    .map(sentence);
  const hosts = hostCells(details, trans).map(([name, joules, time]) =>
    trans.__('%1: %2, %3', name, joules, time)
  );
  const colours = domainColours(details.domains);
  return (
    <div className="jg-Details">
      {report && report.trace.t_s.length > 1 && <CurveView report={report} />}
      {[...sentences, ...hosts].map((text, index) => (
        <p key={index} title={figureHint(text, trans) || undefined}>
          {text}
        </p>
      ))}
      <ul>
        {details.domains.map((domain, index) => (
          <DomainView key={index} domain={domain} colour={colours[index]} />
        ))}
      </ul>
      <div className="jg-Details-actions">
        <StageChoice row={row} />
        {row.energy_j !== null && row.status !== 'running' && (
          <Button
            onClick={() => {
              compare(row.cellId);
            }}
          >
            {trans.__('Compare')}
          </Button>
        )}
        <Button
          onClick={() => {
            actions.copyRow(row.cellId);
          }}
        >
          {trans.__('Copy')}
        </Button>
      </div>
    </div>
  );
}

/** The interactive curve of a report. */
function CurveView(props: { readonly report: IReport }): React.JSX.Element {
  const { report } = props;
  const { trans } = usePanel();
  const host = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const chart = new Chart(curveOf(report), { trans });
    chart.finish(report.duration_s);
    host.current?.append(chart.node);
    return () => {
      chart.dispose();
    };
    // The figures of a run are refined, its curve stays.
  }, [report.run_id]);
  return <div ref={host} className="jg-Details-chart" />;
}

/** The stage of a cell, to be chosen among those that have a name. */
function StageChoice(props: { readonly row: IEnergyRow }): React.JSX.Element {
  const { cellId, stage } = props.row;
  const { trans, actions } = usePanel();
  const names =
    stage === null || STAGES.includes(stage) ? STAGES : [...STAGES, stage];
  return (
    <label className="jg-Details-stage">
      {trans.__('Stage')}
      <HTMLSelect
        value={stage ?? ''}
        onChange={event => {
          actions.setStage(cellId, event.currentTarget.value || null);
        }}
      >
        <option value="">{trans.__('untagged')}</option>
        {names.map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </HTMLSelect>
    </label>
  );
}

function DomainView(props: {
  readonly domain: IDomainReport;
  /** That of its line. */
  readonly colour: string;
}): React.JSX.Element {
  const { domain, colour } = props;
  const { trans, settings } = usePanel();
  const { energy_j, uncertainty_j, provenance } = domain;
  const scale = scaleOfDomain(domain);
  return (
    <li className="jg-Domain" data-domain={domain.id}>
      <span className="jg-Domain-id">
        <span
          className="jg-Domain-key"
          style={{ background: colour }}
          aria-hidden="true"
        />
        {domain.id}
      </span>
      <ExplainedFigure className="jg-Domain-energy">
        {energyIn(settings.unit, energy_j, uncertainty_j, provenance, scale)}
      </ExplainedFigure>
      <ExplainedFigure className="jg-Domain-power">
        {meanPower(domain, scale)}
      </ExplainedFigure>
      <span className="jg-Domain-about">
        {about(domain, trans, settings.unit).map(
          ({ words, meanings }, index) => (
            <React.Fragment key={index}>
              {index > 0 && '; '}
              <Explained meanings={meanings}>{words}</Explained>
            </React.Fragment>
          )
        )}
      </span>
    </li>
  );
}

/** A part of what is said about a domain, and what it means. */
interface IAbout {
  readonly words: string;
  readonly meanings: readonly IExplained[];
}

/** What a domain is, how it was measured, and what is to be said about that. */
function about(
  domain: IDomainReport,
  trans: TranslationBundle,
  unit: EnergyUnit
): IAbout[] {
  const { integrated_power_j, flags, provenance } = domain;
  const plain = (words: string): IAbout => ({
    words,
    meanings: signsIn(words, trans)
  });
  return [
    { words: domain.device, meanings: [] },
    {
      words: provenanceWord(provenance, trans),
      meanings: [provenanceExplained(provenance, trans)]
    },
    ...flags.map(flag => ({
      words: flagWords(flag, trans),
      meanings: [flagExplained(flag, trans)]
    })),
    plain(domain.counted ? '' : trans.__('not in the total')),
    plain(domainUncertainties(domain, trans, unit)),
    plain(conditionsWords(domain.conditions ?? {}, trans)),
    plain(
      integrated_power_j === undefined
        ? ''
        : trans.__(
            '%1 from its reported power',
            energy(integrated_power_j, null, null)
          )
    ),
    {
      words: flags.includes('replayed') ? '' : (domain.note ?? ''),
      meanings: []
    }
  ].filter(({ words }) => words !== '');
}
