import type { Kernel } from '@jupyterlab/services';
import { vi } from 'vitest';

/** What a kernel was asked to run. */
export interface IRequest {
  readonly code: string;
  readonly silent: boolean;
  readonly store_history: boolean;
  readonly stop_on_error: boolean;
}

/** A kernel that notes what it is asked, and answers what the test has it answer. */
export class TestKernel {
  /** Whether the package can be found in its environment. */
  isInstalled = true;
  isLoaded = false;
  readonly requests: IRequest[] = [];
  /** Replies to come before the usual ones. */
  readonly replies: object[] = [];
  readonly name = 'python3';
  readonly spec: Promise<{ language: string }>;
  readonly requestComplete = vi.fn(() =>
    Promise.resolve({
      content: { status: 'ok', matches: this.isLoaded ? ['%%energy'] : [] }
    })
  );

  constructor(language = 'python') {
    this.spec = Promise.resolve({ language });
  }

  requestExecute(request: IRequest): object {
    this.requests.push(request);
    const content = this.replies.shift() ?? this._answer();
    return { done: Promise.resolve({ content }) };
  }

  get connection(): Kernel.IKernelConnection {
    return this as never;
  }

  private _answer(): object {
    this.isLoaded = this.isInstalled;
    const text = this.isLoaded ? 'True' : 'False';
    return {
      status: 'ok',
      user_expressions: { isLoaded: { data: { 'text/plain': text } } }
    };
  }
}
