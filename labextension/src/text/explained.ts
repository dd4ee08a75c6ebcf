/**
 * What signs and pills say, in one sentence each, and which page of the
 * documentation says more. Every place that shows a sign takes its sentence here.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Provenance } from '../record/report';
import { flagWords, sentence } from './words';

/** What translates a text. */
type Translator = Pick<TranslationBundle, '__'>;

/** A page of the documentation, by its file's name. */
export type DocsPage =
  'estimate' | 'hardware' | 'output' | 'repeats' | 'report' | 'uncertainty';

/** A sentence, and where there is more. */
export interface IExplained {
  readonly sentence: string;
  readonly page: DocsPage;
}

/** What the signs in a figure mean, in their order there. */
export function signsIn(figure: string, trans: Translator): IExplained[] {
  const { estimate, factor, halfWidth, bound, range } = signs(trans);
  const found: (readonly [place: number, meaning: IExplained])[] = [
    [figure.indexOf('≈'), estimate],
    [figure.indexOf('<'), bound],
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
  return hintOf(signsIn(figure, trans), trans);
}

/** Sentences as a hint, with the pages that say more. */
export function hintOf(
  explained: readonly IExplained[],
  trans: Translator
): string {
  if (explained.length === 0) {
    return '';
  }
  const pages = [...new Set(explained.map(({ page }) => `docs/${page}.md`))];
  return [
    ...explained.map(({ sentence }) => sentence),
    trans.__('More: %1', pages.join(', '))
  ].join('\n');
}

/** What a provenance means. */
export function provenanceExplained(
  provenance: Provenance,
  trans: Translator
): IExplained {
  return {
    counter: {
      sentence: trans.__('Measured by a hardware energy counter.'),
      page: 'hardware'
    },
    power: {
      sentence: trans.__('Measured: power samples, added up over time.'),
      page: 'hardware'
    },
    estimate: {
      sentence: trans.__(
        'Estimated by a model from utilisation, not measured.'
      ),
      page: 'estimate'
    },
    mixed: {
      sentence: trans.__('Partly measured, partly estimated by a model.'),
      page: 'estimate'
    }
  }[provenance] as IExplained;
}

/** What the watermark of a recording means. */
export function replayExplained(trans: Translator): IExplained {
  return {
    sentence: trans.__(
      'Played back from a recording, not measured on this machine.'
    ),
    page: 'hardware'
  };
}

/** What a flag means, and where all of them are listed. */
export function flagExplained(
  flag: string,
  trans: TranslationBundle
): IExplained {
  return { sentence: sentence(flagWords(flag, trans)), page: 'report' };
}

/** What the badge of repeated runs means. */
export function repeatsExplained(trans: Translator): IExplained {
  return {
    sentence: trans.__(
      'Run again and again to find the joules of one loop; the joules of the row are those of all of it, the loops before the measured ones included.'
    ),
    page: 'repeats'
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
  Record<'estimate' | 'factor' | 'halfWidth' | 'bound' | 'range', IExplained>
>;

const signsOf = new WeakMap<Translator, ISigns>();

function translated(trans: Translator): ISigns {
  return {
    estimate: {
      sentence: trans.__(
        '≈: estimated by a model from utilisation, not measured.'
      ),
      page: 'estimate'
    },
    halfWidth: {
      sentence: trans.__(
        '±: the true value is this near to the figure in 95 of 100 cases.'
      ),
      page: 'uncertainty'
    },
    factor: {
      sentence: trans.__(
        '×: the true value is between these many times the figure in 95 of 100 cases.'
      ),
      page: 'uncertainty'
    },
    bound: {
      sentence: trans.__(
        '<: no more than this; it took too short for the sensor to tell more.'
      ),
      page: 'uncertainty'
    },
    range: {
      sentence: trans.__(
        '…: between these two; a part of it took too short for its sensor to tell more.'
      ),
      page: 'uncertainty'
    }
  };
}
