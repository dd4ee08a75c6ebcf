/** The words for what a row says with a mark. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Provenance } from './report';
import type { IEnergyRow } from './tokens';

/** What a provenance means, as a sentence. */
export function provenanceHint(
  provenance: Provenance,
  trans: TranslationBundle
): string {
  switch (provenance) {
    case 'counter':
      return trans.__('Measured by a hardware energy counter');
    case 'power':
      return trans.__('Measured: power samples, integrated over time');
    case 'estimate':
      return trans.__('Estimated by a model from utilisation, not measured');
    case 'mixed':
      return trans.__('Partly measured, partly estimated by a model');
  }
}

/** A provenance in one word. */
export function provenanceWord(
  provenance: Provenance,
  trans: TranslationBundle
): string {
  switch (provenance) {
    case 'counter':
      return trans.__('counter');
    case 'power':
      return trans.__('power');
    case 'estimate':
      return trans.__('estimated');
    case 'mixed':
      return trans.__('mixed');
  }
}

/** What is to be said about how a cell ended, or empty where it just did. */
export function statusNote(row: IEnergyRow, trans: TranslationBundle): string {
  switch (row.status) {
    case 'ok':
    case 'running':
      return '';
    case 'error':
      return trans.__('stopped by an error');
    case 'interrupted':
      return trans.__('interrupted');
    case 'died':
      return trans.__('the kernel died');
    case 'restarted':
      return trans.__(
        'the kernel stopped before the cell ended, not counted: run it again'
      );
    case 'unreadable':
      return trans.__('unreadable report, run the cell again: %1', row.reason);
  }
}
