/**
 * What the flags of reports mean: what each is about, its sentence and its short
 * form, and how serious it is. Made from `jupyter_green/flags.py` by
 * `scripts/flags.py`: edit it there.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

/** What a flag is about: a domain, a window, a sum of windows, runs of the same code. */
export type FlagScope = 'domain' | 'window' | 'sum' | 'repeats';

/** Whether a flag calls for a look, or is a note. */
export type FlagSeverity = 'warning' | 'note';

/** What a flag means. */
export interface IFlag {
  readonly scope: readonly FlagScope[];
  /** To stand after a domain's name, or alone. */
  readonly sentence: string;
  /** For a single line below a chart; empty where the flag is not shown there. */
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
      sentence: trans.__('its counter wrapped'),
      short: '',
      severity: 'note'
    },
    'wraps-missed': {
      scope: ['domain'],
      sentence: trans.__(
        'its counter may have wrapped more often than was seen; the interval says by how much'
      ),
      short: '',
      severity: 'warning'
    },
    'counter-restarted': {
      scope: ['domain'],
      sentence: trans.__(
        'its counter restarted; the gap is filled with the last known power'
      ),
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
    'no-answer': {
      scope: ['domain'],
      sentence: trans.__('the driver did not answer for a while'),
      short: trans.__('did not answer for a while'),
      severity: 'warning'
    },
    lost: {
      scope: ['domain'],
      sentence: trans.__(
        'could not be read at the end; its joules stop at the last reading'
      ),
      short: trans.__('could not be read at the end'),
      severity: 'warning'
    },
    'edge-extrapolated': {
      scope: ['domain'],
      sentence: trans.__(
        'no reading near an edge; the last known power was carried over'
      ),
      short: '',
      severity: 'note'
    },
    'below-resolution': {
      scope: ['domain'],
      sentence: trans.__('too short for the sensor to resolve'),
      short: '',
      severity: 'note'
    },
    'counter-power-disagree': {
      scope: ['domain'],
      sentence: trans.__('counter and reported power differ by more than 5 %'),
      short: '',
      severity: 'warning'
    },
    'counter-stands-still': {
      scope: ['domain'],
      sentence: trans.__(
        'its counter stands still; the reported power was integrated'
      ),
      short: '',
      severity: 'warning'
    },
    'counter-of-module': {
      scope: ['domain'],
      sentence: trans.__(
        "its counter may be the whole module's, CPU included; the GPU's power was integrated"
      ),
      short: '',
      severity: 'note'
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
        'covers the whole board; NVML reports no energy for a part of it'
      ),
      short: '',
      severity: 'note'
    },
    'device-order': {
      scope: ['domain'],
      sentence: trans.__('CUDA may number the GPUs differently'),
      short: '',
      severity: 'note'
    },
    'firmware-model': {
      scope: ['domain'],
      sentence: trans.__("computed by the chip's own energy model"),
      short: '',
      severity: 'note'
    },
    'gpus-hidden': {
      scope: ['window'],
      sentence: trans.__(
        'GPUs that are hidden from this program are not counted'
      ),
      short: trans.__('GPUs hidden from this program are not counted'),
      severity: 'note'
    },
    replayed: {
      scope: ['domain', 'window'],
      sentence: trans.__('replayed, not measured'),
      short: '',
      severity: 'warning'
    },
    'other-meters': {
      scope: ['window'],
      sentence: trans.__(
        'other programs metered this machine too; their reports hold the same joules'
      ),
      short: trans.__('other programs metered this machine too'),
      severity: 'note'
    },
    'host-busy': {
      scope: ['window'],
      sentence: trans.__('other programs used most of the CPU'),
      short: trans.__('other programs used most of the CPU'),
      severity: 'note'
    },
    'origin-unclear': {
      scope: ['window'],
      sentence: trans.__(
        "some of the CPU's work may be this kernel's or not: nothing shows who started it"
      ),
      short: trans.__("not known who started some of the CPU's work"),
      severity: 'note'
    },
    'earlier-work': {
      scope: ['window'],
      sentence: trans.__(
        "threads or processes that were there before did nearly all of this kernel's work"
      ),
      short: trans.__('the work was that of earlier threads or processes'),
      severity: 'note'
    },
    'not-synchronised': {
      scope: ['window'],
      sentence: trans.__(
        'GPU not synchronised: some of its work may be counted elsewhere'
      ),
      short: trans.__('GPU not synchronised'),
      severity: 'warning'
    },
    'sensors-differ': {
      scope: ['sum', 'repeats'],
      sentence: trans.__('not all parts had the same sensors'),
      short: '',
      severity: 'warning'
    },
    'first-run': {
      scope: ['repeats'],
      sentence: trans.__('the first run stands out and is not in the mean'),
      short: '',
      severity: 'note'
    },
    drift: {
      scope: ['repeats'],
      sentence: trans.__('the energy drifts from run to run'),
      short: '',
      severity: 'warning'
    }
  };
}
