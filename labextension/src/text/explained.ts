/**
 * What signs and pills say, in one sentence each, and where the page of help says
 * more. Every place that shows a sign takes its sentence here.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Provenance } from '../record/report';
import { flagWords, sentence } from './words';

/** What translates a text. */
type Translator = Pick<TranslationBundle, '__'>;

/** A sentence, and the part of `docs/figures.md` that says more: a heading or a flag. */
export interface IExplained {
  readonly sentence: string;
  readonly topic: string;
}

/** Opens the page of help at a topic. */
export type OpenHelp = (topic: string) => void;

/** What the signs in a figure mean, in their order there. */
export function signsIn(figure: string, trans: Translator): IExplained[] {
  const { estimate, factor, halfWidth, bound, range, least } = signs(trans);
  const found: (readonly [place: number, meaning: IExplained])[] = [
    [figure.indexOf('≈'), estimate],
    [figure.indexOf('<'), bound],
    [figure.indexOf('≥'), least],
    [figure.indexOf(' … '), range],
    [figure.indexOf('±'), halfWidth],
    [figure.search(/, × [½\d]/), factor]
  ];
  return found
    .filter(([place]) => place >= 0)
    .sort(([a], [b]) => a - b)
    .map(([, meaning]) => meaning);
}

/** The sentences for a figure, one a line; empty where it has no sign. */
export function figureHint(figure: string, trans: Translator): string {
  return hintOf(signsIn(figure, trans));
}

/** Sentences as a hint. */
export function hintOf(explained: readonly IExplained[]): string {
  return explained.map(({ sentence }) => sentence).join('\n');
}

/** What a provenance means. */
export function provenanceExplained(
  provenance: Provenance,
  trans: Translator
): IExplained {
  return {
    counter: {
      sentence: trans.__('Measured by a hardware energy counter.'),
      topic: 'energy-counter'
    },
    power: {
      sentence: trans.__('Measured: power samples, added up over time.'),
      topic: 'power-samples'
    },
    estimate: {
      sentence: trans.__(
        'Estimated by a model from utilisation, not measured.'
      ),
      topic: 'estimated'
    },
    mixed: {
      sentence: trans.__('Partly measured, partly estimated by a model.'),
      topic: 'partly-estimated'
    }
  }[provenance];
}

/** What the watermark of a recording means. */
export function replayExplained(trans: Translator): IExplained {
  return {
    sentence: trans.__(
      'Played back from a recording, not measured on this machine.'
    ),
    topic: 'replay'
  };
}

/** What a flag means. */
export function flagExplained(
  flag: string,
  trans: TranslationBundle
): IExplained {
  return { sentence: sentence(flagWords(flag, trans)), topic: flag };
}

/** What the badge of repeated runs means. */
export function repeatsExplained(trans: Translator): IExplained {
  return {
    sentence: trans.__(
      'Run again and again to find the joules of one loop; the joules of the row are those of all of it, the loops before the measured ones included.'
    ),
    topic: 'runs-and-loops'
  };
}

/** The sentences of all signs. Live figures ask for them ten times a second. */
function signs(trans: Translator): ISigns {
  let known = signsOf.get(trans);
  if (!known) {
    known = translated(trans);
    signsOf.set(trans, known);
  }
  return known;
}

type ISigns = Readonly<
  Record<
    'estimate' | 'factor' | 'halfWidth' | 'bound' | 'range' | 'least',
    IExplained
  >
>;

const signsOf = new WeakMap<Translator, ISigns>();

function translated(trans: Translator): ISigns {
  return {
    estimate: {
      sentence: trans.__(
        '≈: estimated by a model from utilisation, not measured.'
      ),
      topic: 'estimated'
    },
    halfWidth: {
      sentence: trans.__(
        '±: the true value is this near to the figure in 95 of 100 cases.'
      ),
      topic: 'plus-or-minus'
    },
    factor: {
      sentence: trans.__(
        '×: the true value is between these many times the figure in 95 of 100 cases.'
      ),
      topic: 'factor'
    },
    least: {
      sentence: trans.__(
        '≥: at least this; a host or a program was not metered to its end.'
      ),
      topic: 'host-lost'
    },
    bound: {
      sentence: trans.__(
        '<: no more than this; it took too short for the sensor to tell more.'
      ),
      topic: 'less-than'
    },
    range: {
      sentence: trans.__(
        '…: between these two; a part of it took too short for its sensor to tell more.'
      ),
      topic: 'between-two'
    }
  };
}
