import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Outcome } from '../cell/loading';
import {
  failedWords,
  foreignWords,
  INSTALL,
  loadedWords,
  missingWords,
  notLoadedWords,
  questionWords
} from '../text/loadwords';
import { verbatim } from '../text/verbatim';
import type { ILoadAnswers, ILoadNotices } from './notebookmeter';

/** How long it is said that the meter is loaded. */
const LOADED_MS = 4000;

/** Asks and tells by JupyterLab's notifications, of which a notebook has one at a time. */
export class LoadNotices implements ILoadNotices {
  constructor(private readonly _trans: TranslationBundle) {}

  ask({ load, always, never }: ILoadAnswers): void {
    const trans = this._trans;
    this._show('info', questionWords(trans), [
      {
        label: trans.__('Load'),
        caption: trans.__('Load it in this notebook, after restarts too'),
        callback: load,
        displayType: 'accent'
      },
      {
        label: trans.__('Always'),
        caption: trans.__('Load it in every notebook that has metered cells'),
        callback: always
      },
      {
        label: trans.__('Never'),
        caption: trans.__('Load it nowhere, and do not ask again'),
        callback: never
      }
    ]);
  }

  offer({ load }: Pick<ILoadAnswers, 'load'>): void {
    const trans = this._trans;
    this._show('warning', notLoadedWords(trans), [
      {
        label: trans.__('Load'),
        caption: trans.__('Load the meter in this kernel'),
        callback: load,
        displayType: 'accent'
      }
    ]);
  }

  tellLoaded(): void {
    this._show('success', loadedWords(this._trans), [], LOADED_MS);
  }

  tellProblem(outcome: Outcome): void {
    const words = outcomeWords(outcome, this._trans);
    if (words !== '') {
      const copy = {
        label: this._trans.__('Copy'),
        caption: this._trans.__('Copy %1', verbatim(INSTALL)),
        callback: () => {
          Clipboard.copyToSystem(INSTALL);
        }
      };
      this._show('warning', words, outcome.kind === 'missing' ? [copy] : []);
    }
  }

  clear(): void {
    if (this._id !== null) {
      Notification.dismiss(this._id);
      this._id = null;
    }
  }

  private _show(
    type: Notification.TypeOptions,
    message: string,
    actions: Notification.IAction[],
    autoClose: number | false = false
  ): void {
    this.clear();
    this._id = Notification.emit(message, type, { autoClose, actions });
  }

  private _id: string | null = null;
}

/** Why the meter is not loaded, and what to do; empty where there is nothing to tell. */
export function outcomeWords(
  outcome: Outcome,
  trans: TranslationBundle
): string {
  switch (outcome.kind) {
    case 'missing':
      return missingWords(trans);
    case 'failed':
      return failedWords(outcome.reason, trans);
    case 'foreign':
      return foreignWords(outcome.language, trans);
    case 'refused':
      return notLoadedWords(trans);
    case 'gone':
    case 'loaded':
      return '';
  }
}
