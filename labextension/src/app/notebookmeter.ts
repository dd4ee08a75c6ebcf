import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { onKernelStarted } from '../cell/kernel';
import { hasMeter, loadMeter, type Outcome } from '../cell/loading';
import { isCode } from '../cell/metering';
import {
  type IKernelError,
  installsPackages,
  isMeterNotFound,
  loadsMeter,
  usesMeter
} from '../cell/meteruse';
import type { IStorage } from '../model/storage';
import type { Settings } from '../settings';
import { keep, recalled } from './loadmemory';

/** The notebook, as far as its meter is concerned. */
export type IMeteredNotebook = Pick<NotebookPanel, 'isDisposed'> & {
  readonly context: Pick<NotebookPanel['context'], 'ready' | 'isReady'>;
  readonly content: Pick<NotebookPanel['content'], 'model'>;
  readonly sessionContext: Pick<
    NotebookPanel['sessionContext'],
    | 'session'
    | 'kernelChanged'
    | 'statusChanged'
    | 'iopubMessage'
    | 'specsManager'
  >;
};

/** What the user is asked and told of the meter of a notebook; each takes the place of the one before. */
export interface ILoadNotices {
  /** Asks whether to load it, in a notebook with metered cells. */
  ask(answers: ILoadAnswers): void;
  /** A cell has failed, or will: the kernel has not loaded the meter. */
  offer(answers: Pick<ILoadAnswers, 'load'>): void;
  /** The meter is there; a cell that failed without it can be run. */
  tellLoaded(): void;
  /** It could not be loaded: why, and what to do. */
  tellProblem(outcome: Outcome): void;
  /** Nothing is left to be asked or told. */
  clear(): void;
}

/** What a user may answer. */
export interface ILoadAnswers {
  readonly load: () => void;
  readonly always: () => void;
  readonly never: () => void;
}

/**
 * Keeps the meter loaded in the kernel of a notebook, as far as the user wants
 * that: by its controls, by an answer, or by the settings.
 */
export class NotebookMeter {
  constructor(options: NotebookMeter.IOptions) {
    this._notebook = options.notebook;
    this._settings = options.settings;
    this._notices = options.notices;
    this._onAutoMetering = options.onAutoMetering;
    this._store = options.store;
  }

  /** Follows the kernels of the notebook. To be called once the settings are known. */
  follow(): void {
    const { sessionContext } = this._notebook;
    sessionContext.iopubMessage.connect(this._onMessage, this);
    onKernelStarted(sessionContext, kernel => {
      this._attempt = null;
      void this._onKernel(kernel);
    });
  }

  /** The user has changed what is to be done with kernels. */
  reconsider(): void {
    const kernel = this._kernel;
    this._notices.clear();
    if (kernel) {
      void this._onKernel(kernel);
    }
  }

  /** A control was used that needs the meter. Loads it, unless the user does not want that. */
  async use(): Promise<Outcome> {
    const kernel = this._kernel;
    const isWanted = this._settings.now.loadMeter !== 'never';
    if (isWanted) {
      this._want();
    }
    if (!kernel) {
      return { kind: 'gone' }; // one that starts is seen to then
    }
    if (!isWanted) {
      if (await hasMeter(kernel)) {
        return { kind: 'loaded' };
      }
      this._offer(kernel);
      return { kind: 'refused' };
    }
    const outcome = await this._load(kernel);
    if (outcome.kind === 'loaded') {
      this._notices.clear();
    } else {
      this._notices.tellProblem(outcome);
    }
    return outcome;
  }

  /** A cell of the notebook was run; tells what can be done where the kernel lacked the meter. */
  async onExecuted(error: IKernelError | null | undefined): Promise<void> {
    const kernel = this._kernel;
    if (!kernel || !error || !isMeterNotFound(error)) {
      return;
    }
    this._attempt = null;
    if (this._isLoadedUnasked) {
      await this._loadAndTell(kernel);
    } else {
      this._offer(kernel);
    }
  }

  dispose(): void {
    this._notices.clear();
    Signal.disconnectReceiver(this);
  }

  /** A kernel is there, new or old. What must reach it before the user's next cell is sent at once. */
  private async _onKernel(kernel: Kernel.IKernelConnection): Promise<void> {
    this._recall();
    if (this._settings.now.autoMetering) {
      this._onAutoMetering();
      await this._loadUnasked(kernel);
      return;
    }
    if (!this._notebook.context.isReady) {
      await this._notebook.context.ready;
    }
    if (this._kernel !== kernel || !this._some(usesMeter)) {
      return;
    }
    if (this._isLoadedUnasked) {
      await this._loadUnasked(kernel);
    } else if (
      this._settings.now.loadMeter === 'ask' &&
      !this._isAsked &&
      !this._some(loadsMeter)
    ) {
      await this._ask(kernel);
    }
  }

  /** Whether a kernel is given the meter without a question. */
  private get _isLoadedUnasked(): boolean {
    const { autoMetering, loadMeter } = this._settings.now;
    return (
      autoMetering ||
      loadMeter === 'always' ||
      (loadMeter === 'ask' && this._isWanted)
    );
  }

  /** Where cells are metered that need it, tells why it could not be loaded. */
  private async _loadUnasked(kernel: Kernel.IKernelConnection): Promise<void> {
    const outcome = await this._load(kernel);
    if (outcome.kind !== 'loaded' && this._some(usesMeter)) {
      this._notices.tellProblem(outcome);
    }
  }

  private async _loadAndTell(kernel: Kernel.IKernelConnection): Promise<void> {
    const outcome = await this._load(kernel);
    if (outcome.kind === 'loaded') {
      this._notices.tellLoaded();
    } else {
      this._notices.tellProblem(outcome);
    }
  }

  /** Asks, once, unless the kernel has the meter already. */
  private async _ask(kernel: Kernel.IKernelConnection): Promise<void> {
    this._isAsked = true;
    this._keep();
    if (await hasMeter(kernel)) {
      this._want();
    } else if (this._kernel === kernel && !this._isLoadedUnasked) {
      const change = (loadMeter: 'always' | 'never'): void => {
        this._settings.set('loadMeter', loadMeter).catch((reason: unknown) => {
          console.warn('jupyter-green: the answer cannot be kept', reason);
        });
      };
      this._notices.ask({
        load: () => {
          this._want();
          this._loadNow();
        },
        always: () => {
          this._want();
          this._loadNow();
          change('always');
        },
        never: () => {
          change('never');
        }
      });
    }
  }

  /** The user has had the meter loaded: kernels to come get it without a question. */
  private _want(): void {
    this._isWanted = true;
    this._keep();
  }

  private _keep(): void {
    const session = this._sessionId;
    if (session) {
      keep(this._store, { session, isWanted: this._isWanted });
    }
  }

  /** Takes up what was said before the page was reloaded. */
  private _recall(): void {
    const session = this._sessionId;
    const answer = session ? recalled(this._store, session) : undefined;
    this._isAsked ||= answer !== undefined;
    this._isWanted ||= answer?.isWanted ?? false;
  }

  private get _sessionId(): string | undefined {
    return this._notebook.sessionContext.session?.id;
  }

  private _offer(kernel: Kernel.IKernelConnection): void {
    if (this._kernel === kernel) {
      this._notices.offer({
        load: () => {
          this._isWanted = true;
          this._loadNow();
        }
      });
    }
  }

  private _loadNow(): void {
    const kernel = this._kernel;
    if (kernel) {
      void this._loadAndTell(kernel);
    }
  }

  /** Loads the meter in a kernel, once as long as it is there. */
  private _load(kernel: Kernel.IKernelConnection): Promise<Outcome> {
    const isForAllCells = this._settings.now.autoMetering;
    const before = this._attempt;
    if (before?.kernel === kernel && before.isForAllCells === isForAllCells) {
      return before.outcome;
    }
    const outcome = this._send(kernel, isForAllCells);
    const attempt = { kernel, isForAllCells, outcome };
    this._attempt = attempt;
    void outcome.then(({ kind }) => {
      if (kind !== 'loaded' && this._attempt === attempt) {
        this._attempt = null; // may be tried again
        this._isMissing = kind === 'missing';
      }
    });
    return outcome;
  }

  private async _send(
    kernel: Kernel.IKernelConnection,
    isForAllCells: boolean
  ): Promise<Outcome> {
    const { specs } = this._notebook.sessionContext.specsManager;
    const language =
      specs?.kernelspecs[kernel.name]?.language ??
      // Costs a request, behind which the user's next cell may go first.
      (await kernel.spec)?.language ??
      kernel.name;
    if (language.toLowerCase() !== 'python') {
      return { kind: 'foreign', language };
    }
    const hasLoadLine = this._some(loadsMeter);
    return loadMeter(kernel, { hasLoadLine, isForAllCells });
  }

  /** What anybody has run in the kernel may have loaded the meter, or brought it. */
  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    const kernel = this._kernel;
    if (!kernel || message.header.msg_type !== 'execute_input') {
      return;
    }
    const { code } = (message as KernelMessage.IExecuteInputMsg).content;
    if (loadsMeter(code)) {
      this._want(); // in the kernels to come as well
      this._notices.clear();
    } else if (this._isMissing && installsPackages(code)) {
      this._isMissing = false;
      void this._loadInstalled(kernel);
    }
  }

  /** Loads the meter behind a cell that may have installed it; says nothing where it has not. */
  private async _loadInstalled(
    kernel: Kernel.IKernelConnection
  ): Promise<void> {
    if ((await this._load(kernel)).kind === 'loaded') {
      this._notices.tellLoaded();
    }
  }

  private _some(test: (source: string) => boolean): boolean {
    const cells = this._notebook.content.model?.cells ?? [];
    return [...cells].some(
      cell => isCode(cell) && test(cell.sharedModel.getSource())
    );
  }

  private get _kernel(): Kernel.IKernelConnection | null {
    return this._notebook.isDisposed
      ? null
      : (this._notebook.sessionContext.session?.kernel ?? null);
  }

  private readonly _notebook: IMeteredNotebook;
  private readonly _settings: Settings;
  private readonly _notices: ILoadNotices;
  private readonly _onAutoMetering: () => void;
  private readonly _store: IStorage;
  /** Whether the user has had the meter loaded in this notebook. */
  private _isWanted = false;
  private _isAsked = false;
  /** Whether the package was not in the environment of the kernel. */
  private _isMissing = false;
  private _attempt: {
    readonly kernel: Kernel.IKernelConnection;
    readonly isForAllCells: boolean;
    readonly outcome: Promise<Outcome>;
  } | null = null;
}

/** A namespace for NotebookMeter statics. */
export namespace NotebookMeter {
  /** The options of the meter of a notebook. */
  export interface IOptions {
    readonly notebook: IMeteredNotebook;
    readonly settings: Settings;
    readonly notices: ILoadNotices;
    /** Called when a kernel is told to meter every cell. */
    readonly onAutoMetering: () => void;
    /** Where it is kept what the user has said. */
    readonly store: IStorage;
  }
}
