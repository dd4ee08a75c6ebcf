/** The kinds of hardware that joules are divided by. */

/** A kind of hardware. */
export type Device = 'cpu' | 'dram' | 'gpu' | 'other';

export const DEVICES: readonly Device[] = ['cpu', 'dram', 'gpu', 'other'];

/** The kind of hardware that a domain's id names, such as `gpu:0` or `cpu:0/dram`. */
export function deviceOf(id: string): Device {
  if (DRAM.test(id)) {
    return 'dram';
  }
  const device = DEVICE.exec(id);
  return device === null ? 'other' : (device[1] as 'cpu' | 'gpu');
}

/** The device that a domain is of, such as `cpu:0` of `cpu:0/dram`, host included. */
export function placeOf(id: string): string {
  const device = DEVICE.exec(id);
  return device === null
    ? id.split('/')[0]
    : id.slice(0, device.index + device[0].length);
}

/** The host that a domain's id begins with, where several were metered; else empty. */
export function hostOf(id: string): string {
  const [first] = id.split('/');
  return PLACES.test(first) ? '' : first;
}

/** Whether a domain is one of a host, or all of it. */
export function isOfHost(id: string, host: string): boolean {
  return id === host || id.startsWith(`${host}/`);
}

/** What the id of a domain of one host begins with. */
const PLACES = /^(?:cpu|gpu|dram|psys|board|other)(?=[:@]|$)/;
// A whole part of an id: a host may be called gpu-node.
const DRAM = /(?:^|\/)dram(?=[:/@]|$)/;
const DEVICE = /(?:^|\/)(cpu|gpu)(?=[:/@]|$)[^/]*/;
