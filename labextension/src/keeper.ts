import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { CellList } from '@jupyterlab/notebook';
import type { KernelMessage } from '@jupyterlab/services';
import { JSONExt, type PartialJSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type { IEnd } from './live/messages';
import type { LiveFeed } from './livefeed';
import { LIVE_MIME_TYPE } from './messages';
import { NO_REPORT, runIdOf, WIDGET_MIME_TYPE } from './placeholder';
import { parseReport, REPORT_MIME_TYPE } from './report';
import { RecordError } from './validate';

/** Long enough for the notebook to put the output where it belongs by itself. */
const DELAY_MS = 500;

/**
 * Keeps the document right where the notebook cannot: a page that was reloaded
 * in mid-cell does not know which output the report is to replace, and a kernel
 * that is gone replaces none.
 */
export class Keeper implements IDisposable {
  constructor(options: Keeper.IOptions) {
    this._cells = options.cells;
    this._feed = options.feed;
    options.session.iopubMessage.connect(this._onMessage, this);
    options.feed.ended.connect(this._onEnded, this);
    options.feed.kernelGone.connect(this._onKernelGone, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._pending.forEach(timer => {
        clearTimeout(timer);
      });
      Signal.disconnectReceiver(this);
    }
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
  private _onEnded(_: unknown, message: IEnd): void {
    const { run_id, report, text, error } = message;
    const isReadable = !report || !(parseReport(report) instanceof RecordError);
    if (isReadable && !this._pending.has(run_id)) {
      this._schedule(message, {
        data: report
          ? {
              [REPORT_MIME_TYPE]: report as unknown as PartialJSONObject,
              'text/plain': text ?? ''
            }
          : {
              'text/plain': `energy: no report: ${error ?? 'unknown reason'}`
            }
      });
    }
  }

  private _schedule(
    { run_id, cell_id }: Pick<IEnd, 'run_id' | 'cell_id'>,
    bundle: IBundle
  ): void {
    clearTimeout(this._pending.get(run_id));
    const timer = setTimeout(() => {
      this._pending.delete(run_id);
      this._keep(run_id, cell_id, bundle);
    }, DELAY_MS);
    this._pending.set(run_id, timer);
  }

  /** Puts the bundle of a run that has ended into its cell, unless it is there. */
  private _keep(runId: string, cellId: string | null, bundle: IBundle): void {
    const outputs = this._codeCells().find(({ id }) => id === cellId)?.outputs;
    const followed = this._feed.get(runId);
    if (!outputs || followed?.isLost) {
      return;
    }
    const output = {
      output_type: 'display_data',
      data: bundle.data,
      metadata: bundle.metadata ?? {}
    };
    for (let index = 0; index < outputs.length; index++) {
      const { data, metadata } = outputs.get(index);
      if (runIdOf(data, REPORT_MIME_TYPE) === runId) {
        const [shown, known] = [data, bundle.data].map(
          record => record[REPORT_MIME_TYPE]
        );
        if (!JSONExt.deepEqual(shown ?? null, known ?? null)) {
          outputs.set(index, output);
        }
        return;
      }
      if (runIdOf(data) === runId || runIdOf(metadata) === runId) {
        outputs.set(index, output);
        return;
      }
    }
    // A document that was not saved since the run began has no place for it. In
    // one that was there when it began, somebody has taken the place away.
    if (outputs.length === 0 && followed?.isJoined) {
      outputs.add(output);
    }
  }

  /** Takes the widgets out that nobody can show any more. */
  private _onKernelGone(): void {
    for (const { outputs } of this._codeCells()) {
      for (let index = 0; index < outputs.length; index++) {
        const output = outputs.get(index);
        const { data, metadata } = output;
        const runId = runIdOf(data) ?? runIdOf(metadata);
        if (runId !== null && !this._feed.get(runId)?.run.report) {
          outputs.set(index, {
            ...output.toJSON(),
            data: withoutRun(data),
            metadata: without(LIVE_MIME_TYPE, metadata)
          });
        }
      }
    }
  }

  private _codeCells(): ICodeCellModel[] {
    return [...this._cells].filter(isCode);
  }

  private readonly _cells: Keeper.IOptions['cells'];
  private readonly _feed: LiveFeed;
  /** Reports that have come, by run, until they are looked for in the document. */
  private readonly _pending = new Map<string, ReturnType<typeof setTimeout>>();
  private _isDisposed = false;
}

/** A namespace for Keeper statics. */
export namespace Keeper {
  /** The options of a keeper. */
  export interface IOptions {
    readonly cells: Pick<CellList, typeof Symbol.iterator>;
    readonly session: LiveFeed.ISession;
    readonly feed: LiveFeed;
  }
}

/** What a kernel displays. */
interface IBundle {
  readonly data: PartialJSONObject;
  readonly metadata?: PartialJSONObject;
}

function withoutRun(data: object): PartialJSONObject {
  return {
    ...without(WIDGET_MIME_TYPE, data),
    'text/html': `<p>${NO_REPORT}</p>`,
    'text/plain': NO_REPORT
  };
}

function without(type: string, data: object): PartialJSONObject {
  return Object.fromEntries(
    Object.entries(data).filter(([key]) => key !== type)
  );
}

function isCode(cell: ICellModel): cell is ICodeCellModel {
  return cell.type === 'code';
}
