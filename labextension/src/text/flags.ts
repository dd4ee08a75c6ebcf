/**
 * What the flags of reports mean: what each is said of, in words and in a short
 * form, and how serious it is.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

/** What a flag is said of: a domain, a window as a whole, or a sum of windows. */
export type FlagScope = 'domain' | 'window' | 'sum';

/** Whether a flag calls for a look, or holds for most windows. */
export type FlagSeverity = 'warning' | 'note';

/** What a flag means. */
export interface IFlag {
  readonly scope: readonly FlagScope[];
  /** In words, to stand by themselves or among others. */
  readonly sentence: string;
  /** For the line below a chart, of a domain after its id; empty where it is not said there. */
  readonly short: string;
  readonly severity: FlagSeverity;
}

/** All flags by their names. */
export function flagsIn(
  trans: Pick<TranslationBundle, '__'>
): Readonly<Record<string, IFlag>> {
  return {
    wrapped: {
      scope: ['domain'],
      sentence: trans.__('counter wrapped'),
      short: '',
      severity: 'note'
    },
    'counter-restarted': {
      scope: ['domain'],
      sentence: trans.__('counter restarted: the power was carried over'),
      short: '',
      severity: 'warning'
    },
    'jump-rejected': {
      scope: ['domain'],
      sentence: trans.__('an impossible jump was left out'),
      short: '',
      severity: 'warning'
    },
    'read-failed': {
      scope: ['domain'],
      sentence: trans.__('some reads failed'),
      short: '',
      severity: 'warning'
    },
    lost: {
      scope: ['domain'],
      sentence: trans.__(
        'not read any more at the end, the joules are those up to then'
      ),
      short: trans.__('not read any more at the end'),
      severity: 'warning'
    },
    'no-answer': {
      scope: ['domain'],
      sentence: trans.__('the driver did not answer for a while'),
      short: trans.__('did not answer for a while'),
      severity: 'warning'
    },
    'edge-extrapolated': {
      scope: ['domain'],
      sentence: trans.__('edge extrapolated'),
      short: '',
      severity: 'note'
    },
    'below-resolution': {
      scope: ['domain'],
      sentence: trans.__('shorter than the sensor resolves'),
      short: '',
      severity: 'note'
    },
    'counter-power-disagree': {
      scope: ['domain'],
      sentence: trans.__('counter and reported power differ by more than 5 %'),
      short: '',
      severity: 'warning'
    },
    shared: {
      scope: ['domain'],
      sentence: trans.__('other processes used it too'),
      short: trans.__('shared with other processes'),
      severity: 'note'
    },
    'whole-board': {
      scope: ['domain'],
      sentence: trans.__(
        'the whole board: a part of it has no figure of its own'
      ),
      short: '',
      severity: 'note'
    },
    'device-order': {
      scope: ['domain'],
      sentence: trans.__('CUDA may count the GPUs in another order'),
      short: '',
      severity: 'note'
    },
    'firmware-model': {
      scope: ['domain'],
      sentence: trans.__("counted by the chip's own energy model"),
      short: '',
      severity: 'note'
    },
    replayed: {
      scope: ['domain', 'window'],
      sentence: trans.__('replayed, nothing was measured'),
      short: '',
      severity: 'warning'
    },
    'other-meters': {
      scope: ['window'],
      sentence: trans.__(
        'other programs metered this machine meanwhile: the same joules are in their reports too'
      ),
      short: trans.__('other programs metered this machine too'),
      severity: 'note'
    },
    'host-busy': {
      scope: ['window'],
      sentence: trans.__("most of the processor's time was other programs'"),
      short: trans.__("most of the processor's time was other programs'"),
      severity: 'note'
    },
    'not-synchronised': {
      scope: ['window'],
      sentence: trans.__(
        "a framework could not wait for its GPU's work: some of it may be counted elsewhere"
      ),
      short: trans.__('a GPU could not be waited for'),
      severity: 'warning'
    },
    'sensors-differ': {
      scope: ['sum'],
      sentence: trans.__('some cells lack a sensor'),
      short: '',
      severity: 'warning'
    }
  };
}
