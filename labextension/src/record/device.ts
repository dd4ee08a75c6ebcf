/** The kinds of hardware that joules are divided by. */

/** A kind of hardware. */
export type Device = 'cpu' | 'dram' | 'gpu' | 'other';

export const DEVICES: readonly Device[] = ['cpu', 'dram', 'gpu', 'other'];

/** The kind of hardware that a domain's id names, such as `gpu:0` or `cpu:0/dram`. */
export function deviceOf(id: string): Device {
  if (/(^|\/)dram\b/.test(id)) {
    return 'dram';
  }
  if (/^gpu\b/.test(id)) {
    return 'gpu';
  }
  return /^cpu\b/.test(id) ? 'cpu' : 'other';
}
