import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Provenance } from '../record/report';
import {
  hintOf,
  type IExplained,
  provenanceExplained,
  repeatsExplained,
  replayExplained
} from '../text/explained';
import { perLoop, repeatsBadge } from '../text/repeatwords';
import { provenanceWord, replayWord } from '../text/words';
import type { IEnergyRow } from '../tokens';
import { Button } from './button';
import { usePanel } from './context';

/** A word or two about figures, and what it means. */
export interface IMark {
  readonly kind: 'provenance' | 'replay' | 'repeats';
  /** For the style sheet: which of its kind. */
  readonly value: string;
  readonly words: string;
  readonly about: readonly string[];
  readonly explained: IExplained;
}

/** Says that figures were played back. */
export function replayMark(trans: TranslationBundle): IMark {
  return {
    kind: 'replay',
    value: 'true',
    words: replayWord(trans),
    about: [],
    explained: replayExplained(trans)
  };
}

/** Says how joules came about. */
export function provenanceMark(
  provenance: Provenance,
  trans: TranslationBundle
): IMark {
  return {
    kind: 'provenance',
    value: provenance,
    words: provenanceWord(provenance, trans),
    about: [],
    explained: provenanceExplained(provenance, trans)
  };
}

/** Says how often something was run, and what one loop took. */
export function repeatsMark(row: IEnergyRow, trans: TranslationBundle): IMark {
  return {
    kind: 'repeats',
    value: String(row.repeats.length),
    words: repeatsBadge(row.repeats, trans),
    about: perLoop(row, trans, 'auto'),
    explained: repeatsExplained(trans)
  };
}

/** Marks in a line. A click, or the pointer that rests on one, tells what it means. */
export function Marks(props: {
  readonly marks: readonly IMark[];
}): React.JSX.Element {
  const { marks } = props;
  const { trans, actions } = usePanel();
  const [open, setOpen] = React.useState('');
  const shown = marks.find(({ kind }) => kind === open);
  return (
    <>
      {marks.map(mark => {
        const { kind, value, words } = mark;
        return (
          <Button
            key={kind}
            className="jg-Mark"
            {...{ [`data-${kind}`]: value }}
            title={hintOf([mark.explained])}
            aria-expanded={open === kind}
            onClick={() => {
              setOpen(open === kind ? '' : kind);
            }}
          >
            {words}
          </Button>
        );
      })}
      {shown && (
        <p className="jg-Mark-about" role="note">
          {[...shown.about, hintOf([shown.explained])].join('\n')}{' '}
          <button
            type="button"
            className="jg-Link"
            onClick={() => {
              actions.help(shown.explained.topic);
            }}
          >
            {trans.__('More')}
          </button>
        </p>
      )}
    </>
  );
}
