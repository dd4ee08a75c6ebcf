/** The kinds of hardware that joules are divided by. */

/** A kind of hardware. */
export type Device = 'cpu' | 'dram' | 'gpu' | 'other';

export const DEVICES: readonly Device[] = ['cpu', 'dram', 'gpu', 'other'];

/** The kind of hardware that a domain's id names, such as `gpu:0` or `cpu:0/dram`. */
export function deviceOf(id: string): Device {
  const own = id.slice(hostOf(id).length);
  if (/(^|\/)dram\b/.test(own)) {
    return 'dram';
  }
  if (/^\/?gpu\b/.test(own)) {
    return 'gpu';
  }
  return /^\/?cpu\b/.test(own) ? 'cpu' : 'other';
}

/** The device that a domain is of, such as `cpu:0` of `cpu:0/dram`, host included. */
export function placeOf(id: string): string {
  return id
    .split('/')
    .slice(0, hostOf(id) ? 2 : 1)
    .join('/');
}

/** The host that a domain's id begins with, where several were metered; else empty. */
export function hostOf(id: string): string {
  const [first] = id.split('/');
  return /^(cpu|gpu|dram|psys|board|other)([:@]|$)/.test(first) ? '' : first;
}

/** Whether a domain is one of a host, or all of it. */
export function isOfHost(id: string, host: string): boolean {
  return id === host || id.startsWith(`${host}/`);
}
