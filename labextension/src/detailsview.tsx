import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { energy, isBelowResolution, markedPower } from './format';
import type { IDomainReport } from './report';
import type { RowDetails } from './tokens';
import {
  conditionsWords,
  domainFlag,
  netWords,
  oldBaseline,
  provenanceWord,
  sentence,
  shareSentence
} from './words';

/** What a report says beyond its total: net energy, the kernel's own part, each domain. */
export function DetailsView(props: {
  readonly details: RowDetails;
  /** What is to be said of the window as a whole. */
  readonly remarks: readonly string[];
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { details, trans } = props;
  const sentences = [
    netWords(details, trans),
    oldBaseline(details, trans),
    shareSentence(details, trans),
    ...props.remarks
  ]
    .filter(remark => remark !== '')
    .map(sentence);
  return (
    <div className="jg-Details">
      {sentences.map((text, index) => (
        <p key={index}>{text}</p>
      ))}
      <ul>
        {details.domains.map((domain, index) => (
          <DomainView key={index} domain={domain} trans={trans} />
        ))}
      </ul>
    </div>
  );
}

function DomainView(props: {
  readonly domain: IDomainReport;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { domain, trans } = props;
  const { energy_j, uncertainty_j, mean_power_w, provenance } = domain;
  const isKnown = !isBelowResolution(energy_j, uncertainty_j);
  return (
    <li className="jg-Domain" data-domain={domain.id}>
      <span className="jg-Domain-id">{domain.id}</span>
      <span className="jg-Domain-energy">
        {energy(energy_j, uncertainty_j, provenance)}
      </span>
      <span className="jg-Domain-power">
        {markedPower(isKnown ? mean_power_w : null, provenance)}
      </span>
      <span className="jg-Domain-about">{about(domain, trans).join('; ')}</span>
    </li>
  );
}

/** What a domain is, how it was measured, and what is to be said about that. */
function about(domain: IDomainReport, trans: TranslationBundle): string[] {
  const { integrated_power_j, flags } = domain;
  return [
    domain.device,
    provenanceWord(domain.provenance, trans),
    ...flags.map(flag => domainFlag(flag, trans)),
    domain.counted ? '' : trans.__('not in the total'),
    conditionsWords(domain.conditions ?? {}, trans),
    integrated_power_j === undefined
      ? ''
      : trans.__(
          '%1 by its reported power',
          energy(integrated_power_j, null, null)
        ),
    flags.includes('replayed') ? '' : (domain.note ?? '')
  ].filter(part => part !== '');
}
