import * as React from 'react';

import type { Provenance } from '../record/report';
import {
  provenanceHint,
  provenanceWord,
  replayWord,
  flagWords
} from '../text/words';
import { usePanel } from './context';

/** Says that figures were played back. */
export function ReplayMark(): React.JSX.Element {
  const { trans } = usePanel();
  return (
    <span
      className="jg-Mark"
      data-replay="true"
      title={flagWords('replayed', trans)}
    >
      {replayWord(trans)}
    </span>
  );
}

/** Says in one word how joules came about, and in a sentence on hover. */
export function ProvenanceMark(props: {
  readonly provenance: Provenance;
}): React.JSX.Element {
  const { provenance } = props;
  const { trans } = usePanel();
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
