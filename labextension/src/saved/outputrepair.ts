import type { CellChange, IAwareness } from '@jupyter/ydoc';
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { CellList } from '@jupyterlab/notebook';
import type { KernelMessage } from '@jupyterlab/services';
import { JSONExt, type PartialJSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import type { IRunChange, LiveFeed } from '../feed/livefeed';
import {
  LIVE_MIME_TYPE,
  NO_REPORT,
  REPORT_MIME_TYPE,
  runIdOf,
  WIDGET_MIME_TYPE
} from '../record/bundle';
import type { IEndMessage } from '../record/livemessages';
import { parseReport } from '../record/report';
import { RecordError } from '../record/validation';

/** Long enough for the notebook to put the output where it belongs by itself. */
const DELAY_MS = 500;

/** Long enough for what one client writes to reach the others. */
const TURN_MS = 2000;

/**
 * Keeps the document right where the notebook cannot: a page that was reloaded
 * in mid-cell does not know which output the report is to replace, and a kernel
 * that is gone replaces none.
 *
 * In a document that several clients share each has a repair: they look one
 * after another, so that the first one writes and the others find it written.
 */
export class OutputRepair {
  constructor(options: OutputRepair.IOptions) {
    this._cells = options.cells;
    this._feed = options.feed;
    this._awareness = options.awareness;
    options.session.iopubMessage.connect(this._onMessage, this);
    options.feed.changed.connect(this._onChanged, this);
    options.feed.kernelGone.connect(this._onKernelGone, this);
  }

  dispose(): void {
    this._pending.forEach(clearTimeout);
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
    if (!(report instanceof RecordError) && !this._pending.has(run_id)) {
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
    this._inTurn(run_id, () => {
      this._place(run_id, cell_id, bundle);
    });
  }

  /** Does something after the clients whose turn is before, and once for what was asked twice. */
  private _inTurn(key: string, act: () => void): void {
    clearTimeout(this._pending.get(key));
    const timer = setTimeout(
      () => {
        this._pending.delete(key);
        act();
      },
      DELAY_MS + TURN_MS * this._turn
    );
    this._pending.set(key, timer);
  }

  /**
   * When this client's turn is; 0 where the document is not shared. A page that
   * was just opened may not know of the others yet: the fraction still makes it
   * unlikely that it takes their turn.
   */
  private get _turn(): number {
    if (!this._awareness) {
      return 0;
    }
    const { clientID } = this._awareness;
    const ids = [...this._awareness.getStates().keys()];
    return ids.filter(id => id <= clientID).length + clientID / 2 ** 32;
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
    if (!cell || run?.isLost) {
      return;
    }
    const { outputs } = cell;
    const output = {
      output_type: 'display_data',
      data: bundle.data,
      metadata: bundle.metadata ?? {}
    };
    for (let index = 0; index < outputs.length; index++) {
      const { data, metadata } = outputs.get(index);
      const isKept = runIdOf(data, REPORT_MIME_TYPE) === runId;
      if (isKept || runIdOf(data) === runId || runIdOf(metadata) === runId) {
        const [shown, known] = [data, bundle.data].map(
          record => record[REPORT_MIME_TYPE] ?? null
        );
        if (!isKept || !JSONExt.deepEqual(shown, known)) {
          outputs.set(index, output);
        }
        return;
      }
    }
    // A document that was not saved since the run began has no place for it. In
    // one that was there when it began, somebody has taken the place away.
    if (outputs.length === 0 && run?.isJoined && !this._awareness) {
      outputs.add(output);
    }
  }

  private _onKernelGone(): void {
    if (this._awareness) {
      this._inTurn('', () => {
        this._takeOut();
      });
    } else {
      this._takeOut();
    }
  }

  /** Takes the widgets out that nobody can show any more. */
  private _takeOut(): void {
    for (const { outputs } of this._codeCells()) {
      for (let index = 0; index < outputs.length; index++) {
        const output = outputs.get(index);
        const { data, metadata } = output;
        const runId = runIdOf(data) ?? runIdOf(metadata);
        const run = this._feed.get(runId ?? '');
        const isOver = !run || run.isLost || run.failure !== '';
        const isSaid = data['text/plain'] === NO_REPORT;
        if (runId !== null && isOver && !isSaid) {
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

  private readonly _cells: OutputRepair.IOptions['cells'];
  private readonly _feed: LiveFeed;
  private readonly _awareness: OutputRepair.IOptions['awareness'];
  /** Reports that have come, by run, until they are looked for in the document; '' for none. */
  private readonly _pending = new Map<string, ReturnType<typeof setTimeout>>();
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

/** What a kernel displays. */
interface IBundle {
  readonly data: PartialJSONObject;
  readonly metadata?: PartialJSONObject;
}

/**
 * Puts a cell's outputs in the order of the shared document, without a change
 * of the document. JupyterLab (4.6, `CodeCellModel`) shows an output that
 * another client has replaced behind all others, and then takes away the wrong
 * one when it is replaced again.
 */
function putInOrder(cell: ICodeCellModel): void {
  const { outputs, sharedModel } = cell;
  const { onOutputsChange } = cell as unknown as IWriter;
  outputs.changed.disconnect(onOutputsChange, cell);
  sharedModel
    .getOutputs()
    .slice(0, outputs.length)
    .forEach((output, index) => {
      if (!JSONExt.deepEqual(outputs.get(index).toJSON(), output)) {
        outputs.set(index, output);
      }
    });
  outputs.changed.connect(onOutputsChange, cell);
}

/** What a cell has to write its outputs into the document with. */
interface IWriter {
  readonly onOutputsChange: () => void;
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
