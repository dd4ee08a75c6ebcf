/** Which code needs the meter in its kernel, which loads it, and what a kernel says that lacks it. */

import { findMagicLine } from './magicline';

/** Our line magics, also where their value is stored: `x = %energy f()`. */
const LINE_MAGIC = /^[ \t]*(?:[^#\n'"%]*=[ \t]*)?%(?:energy|green)(?![\w.])/m;
const LOAD_LINE = /^[ \t]*%(?:re)?load_ext[ \t]+jupyter_green\b/m;
const INSTALL_LINE = /^.*\b(?:pip|uv|conda|mamba|pixi)\b.*\b(?:install|add)\b/m;
const NOT_FOUND = /^(?:Cell|Line) magic\b.*`%%?(?:energy|green)`.* not found/;

/** An error that a kernel has answered with. */
export interface IKernelError {
  readonly errorName: string;
  readonly errorValue: string;
}

/** Whether code has a magic of ours, and so fails in a kernel that has not loaded the meter. */
export function usesMeter(source: string): boolean {
  return findMagicLine(source) !== null || LINE_MAGIC.test(source);
}

/** Whether code loads the meter itself. */
export function loadsMeter(source: string): boolean {
  return LOAD_LINE.test(source);
}

/** Whether code may bring packages into the environment of its kernel. */
export function installsPackages(source: string): boolean {
  return INSTALL_LINE.test(source);
}

/** Whether a cell has failed because its kernel has not loaded the meter. */
export function isMeterNotFound(error: IKernelError): boolean {
  return error.errorName === 'UsageError' && NOT_FOUND.test(error.errorValue);
}
