import type { CellChange, IAwareness } from '@jupyter/ydoc';
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { CellList } from '@jupyterlab/notebook';
import type { KernelMessage } from '@jupyterlab/services';
import type { PartialJSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import { isCode } from '../cell/metering';
import { reportOfDied } from '../feed/died';
import type { IRunChange, LiveFeed } from '../feed/livefeed';
import type { Run } from '../feed/run';
import { REPORT_MIME_TYPE } from '../record/bundle';
import type { IEndMessage } from '../record/livemessages';
import { parseReport } from '../record/savedreport';
import { RecordError } from '../record/validation';
import { lineOf } from '../runview/summary';
import { UNTRANSLATED } from '../text/words';
import {
  type IBundle,
  placeBundle,
  putInOrder,
  removeLiveViews,
  WITHOUT_REPORT
} from './celloutputs';
import { Turns } from './turns';

/**
 * Keeps the document right where the notebook cannot: a page that was reloaded
 * in mid-cell does not know which output the report is to replace, and a kernel
 * that is gone replaces none.
 *
 * In a document that several clients share each has a repair: they look in turn.
 */
export class OutputRepair {
  constructor(options: OutputRepair.IOptions) {
    this._cells = options.cells;
    this._feed = options.feed;
    this._awareness = options.awareness;
    this._turns = new Turns(options.awareness);
    options.session.iopubMessage.connect(this._onMessage, this);
    options.feed.changed.connect(this._onChanged, this);
    options.feed.kernelGone.connect(this._onKernelGone, this);
  }

  dispose(): void {
    this._turns.dispose();
    Signal.disconnectReceiver(this);
  }

  /** The kernel sends a report's whole bundle to whoever shows the cell. */
  private _onMessage(_: unknown, { header, content }: KernelMessage.IMessage) {
    if (
      header.msg_type === 'display_data' ||
      header.msg_type === 'update_display_data'
    ) {
      const { data, metadata } = content as IBundle;
      if (Object.hasOwn(data, REPORT_MIME_TYPE)) {
        const report = parseReport(data[REPORT_MIME_TYPE]);
        if (!(report instanceof RecordError)) {
          this._schedule(report, { data, metadata });
        }
      }
    }
  }

  /** All that a page hears that was opened after the end. */
  private _onEnded(message: IEndMessage): void {
    const { run_id, report, record, text, error } = message;
    if (!(report instanceof RecordError) && !this._turns.has(run_id)) {
      this._schedule(message, {
        data: report
          ? {
              [REPORT_MIME_TYPE]: record as PartialJSONObject,
              'text/plain': text ?? ''
            }
          : {
              'text/plain': `energy: no report: ${error ?? 'unknown reason'}`
            }
      });
    }
  }

  private _schedule(
    { run_id, cell_id }: Pick<IEndMessage, 'run_id' | 'cell_id'>,
    bundle: IBundle
  ): void {
    this._turns.schedule(run_id, () => {
      this._place(run_id, cell_id, bundle);
    });
  }

  private _onChanged(_: unknown, { run, message }: IRunChange): void {
    if (this._awareness) {
      this._codeCells()
        .find(({ id }) => id === run.head.cell_id)
        ?.sharedModel.changed.connect(this._onCellChanged, this);
    }
    if (message?.kind === 'end') {
      this._onEnded(message);
    }
  }

  /** Another client may have put an output in the place of one that was there. */
  private _onCellChanged(shared: unknown, change: CellChange): void {
    if (change.outputsChange?.some(part => part.delete)) {
      this._codeCells()
        .filter(({ sharedModel }) => sharedModel === shared)
        .forEach(putInOrder);
    }
  }

  /** Puts the bundle of a run that has ended into its cell, unless it is there. */
  private _place(runId: string, cellId: string | null, bundle: IBundle): void {
    const cell = this._codeCells().find(({ id }) => id === cellId);
    const run = this._feed.get(runId);
    if (cell && !run?.isLost) {
      // A document that was not saved since the run began has no place for it. In
      // one that was there when it began, somebody has taken the place away.
      const mayAdd = (run?.isJoined ?? false) && !this._awareness;
      placeBundle(cell, runId, bundle, mayAdd);
    }
  }

  private _onKernelGone(): void {
    if (this._awareness) {
      this._turns.schedule('', () => {
        this._removeLiveViews();
      });
    } else {
      this._removeLiveViews();
    }
  }

  /** Takes the widgets out that nobody can show any more. */
  private _removeLiveViews(): void {
    for (const cell of this._codeCells()) {
      removeLiveViews(cell, runId => {
        const run = this._feed.get(runId);
        if (!run || run.failure !== '') {
          return WITHOUT_REPORT;
        }
        return run.isLost ? this._remainsOf(run) : null;
      });
    }
  }

  /** What a kernel that went away in mid-cell leaves of its run: of one that died, the joules. */
  private _remainsOf(run: Run): PartialJSONObject {
    const report = run.hasDied ? reportOfDied(run) : null;
    return report
      ? {
          [REPORT_MIME_TYPE]: report as unknown as PartialJSONObject,
          'text/plain': lineOf(report, UNTRANSLATED)
        }
      : WITHOUT_REPORT;
  }

  private _codeCells(): ICodeCellModel[] {
    return [...this._cells].filter(isCode);
  }

  private readonly _cells: OutputRepair.IOptions['cells'];
  private readonly _feed: LiveFeed;
  private readonly _awareness: OutputRepair.IOptions['awareness'];
  /** The reports of runs that are looked for in the document; '' for what has no report. */
  private readonly _turns: Turns;
}

/** A namespace for OutputRepair statics. */
export namespace OutputRepair {
  /** The options of a repair. */
  export interface IOptions {
    readonly cells: Pick<CellList, typeof Symbol.iterator>;
    readonly session: LiveFeed.ISession;
    readonly feed: LiveFeed;
    /** Who has the document open, where it may be open to several. */
    readonly awareness?: Pick<IAwareness, 'clientID' | 'getStates'>;
  }
}
