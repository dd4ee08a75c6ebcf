/**
 * What the flags of reports mean: the sentence of each and its short form, and how
 * serious it is. Made from `jupyter_green/flags.py` by
 * `scripts/flags.py`: edit it there.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

/** Whether a flag calls for a look, or is a note. */
export type FlagSeverity = 'warning' | 'note';

/** What a flag means. */
export interface IFlag {
  /** To stand after a domain's name, or alone. */
  readonly sentence: string;
  readonly severity: FlagSeverity;
}

/** What is said of figures that were played back. */
export function replayedIn(trans: Pick<TranslationBundle, '__'>): string {
  return trans.__('replayed, not measured');
}

/**
 * The names of the flags that are told in a single line below a chart, with what
 * stands there, the warnings first. The widget, which has no room for sentences, needs no others.
 */
export function shortFlagsIn(
  trans: Pick<TranslationBundle, '__'>
): readonly (readonly [name: string, short: string])[] {
  return [
    ['no-answer', trans.__('did not answer for a while')],
    ['lost', trans.__('could not be read at the end')],
    ['throttled', trans.__('throttled: too hot, or its supply too weak')],
    ['not-synchronised', trans.__('GPU not synchronised')],
    ['budget-spent', trans.__('over its budget')],
    ['budget-stopped', trans.__('stopped at its budget')],
    ['shared', trans.__('shared with other processes')],
    ['power-limit-changed', trans.__('its power limit was changed meanwhile')],
    ['gpus-hidden', trans.__('GPUs hidden from this program are not counted')],
    ['other-meters', trans.__('other programs metered this machine too')],
    ['host-busy', trans.__('other programs used most of the CPU')],
    [
      'origin-unclear',
      trans.__("not known who started some of the CPU's work")
    ],
    [
      'earlier-work',
      trans.__('the work was that of earlier threads or processes')
    ]
  ];
}

/** All flags by their names. */
export function flagsIn(
  trans: Pick<TranslationBundle, '__'>
): Readonly<Record<string, IFlag>> {
  return {
    wrapped: {
      sentence: trans.__('its counter wrapped'),
      severity: 'note'
    },
    'wraps-missed': {
      sentence: trans.__(
        'its counter may have wrapped more often than was seen; the interval says by how much'
      ),
      severity: 'warning'
    },
    'counter-restarted': {
      sentence: trans.__(
        'its counter restarted; the gap is filled with the last known power'
      ),
      severity: 'warning'
    },
    'jump-rejected': {
      sentence: trans.__('an impossible jump was left out'),
      severity: 'warning'
    },
    'read-failed': {
      sentence: trans.__('some reads failed'),
      severity: 'warning'
    },
    'no-answer': {
      sentence: trans.__('the driver did not answer for a while'),
      severity: 'warning'
    },
    lost: {
      sentence: trans.__(
        'could not be read at the end; its joules stop at the last reading'
      ),
      severity: 'warning'
    },
    'edge-extrapolated': {
      sentence: trans.__(
        'no reading near an edge; the last known power was carried over'
      ),
      severity: 'note'
    },
    'below-resolution': {
      sentence: trans.__('too short for the sensor to resolve'),
      severity: 'note'
    },
    'counter-power-disagree': {
      sentence: trans.__('counter and reported power differ by more than 5 %'),
      severity: 'warning'
    },
    'counter-stands-still': {
      sentence: trans.__(
        'its counter stands still; the reported power was integrated'
      ),
      severity: 'warning'
    },
    'counter-of-module': {
      sentence: trans.__(
        "its counter may be the whole module's, CPU included; the GPU's power was integrated"
      ),
      severity: 'note'
    },
    shared: {
      sentence: trans.__('other processes used it too'),
      severity: 'note'
    },
    throttled: {
      sentence: trans.__(
        'was throttled: too hot, or its power supply too weak'
      ),
      severity: 'warning'
    },
    'power-limit-changed': {
      sentence: trans.__('its power limit was changed meanwhile'),
      severity: 'note'
    },
    'whole-board': {
      sentence: trans.__(
        'covers the whole board; NVML reports no energy for a part of it'
      ),
      severity: 'note'
    },
    'device-order': {
      sentence: trans.__('CUDA may number the GPUs differently'),
      severity: 'note'
    },
    'firmware-model': {
      sentence: trans.__("computed by the chip's own energy model"),
      severity: 'note'
    },
    'gpus-hidden': {
      sentence: trans.__(
        'GPUs that are hidden from this program are not counted'
      ),
      severity: 'note'
    },
    replayed: {
      sentence: trans.__('replayed, not measured'),
      severity: 'warning'
    },
    'other-meters': {
      sentence: trans.__(
        'other programs metered this machine too; their reports hold the same joules'
      ),
      severity: 'note'
    },
    'host-busy': {
      sentence: trans.__('other programs used most of the CPU'),
      severity: 'note'
    },
    'origin-unclear': {
      sentence: trans.__(
        "some of the CPU's work may be this kernel's or not: nothing shows who started it"
      ),
      severity: 'note'
    },
    'earlier-work': {
      sentence: trans.__(
        "threads or processes that were there before did nearly all of this kernel's work"
      ),
      severity: 'note'
    },
    'not-synchronised': {
      sentence: trans.__(
        'GPU not synchronised: some of its work may be counted elsewhere'
      ),
      severity: 'warning'
    },
    'budget-spent': {
      sentence: trans.__('it used more than its budget'),
      severity: 'warning'
    },
    'budget-stopped': {
      sentence: trans.__('it was interrupted when its budget was spent'),
      severity: 'warning'
    },
    'host-lost': {
      sentence: trans.__(
        'a host or a program was not metered to its end: the joules are at least these'
      ),
      severity: 'warning'
    },
    'sensors-differ': {
      sentence: trans.__('not all parts had the same sensors'),
      severity: 'warning'
    },
    'first-run': {
      sentence: trans.__('the first run stands out and is not in the mean'),
      severity: 'note'
    },
    drift: {
      sentence: trans.__('the energy drifts from run to run'),
      severity: 'warning'
    }
  };
}
