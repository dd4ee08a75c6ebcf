/** What is said of the machine's watts now. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { type Device, DEVICES } from '../record/device';
import { isEstimate } from '../record/quantity';
import type { Provenance } from '../record/report';
import type { HostState, IHostPoint } from '../tokens';
import { markedPower, whole } from './format';
import { deviceWord } from './words';

/** The watts of one kind of hardware. */
export interface IDevicePower {
  readonly device: Device;
  readonly name: string;
  /** Such as `≈ 4.54 W`. */
  readonly figure: string;
}

/** The watts of each kind that is known, in the order of the summary. */
export function devicePowers(
  { power_w, provenance }: IHostPoint,
  trans: TranslationBundle
): readonly IDevicePower[] {
  return DEVICES.flatMap(device => {
    const value_w = power_w[device];
    const source = provenance[device] ?? null;
    return value_w === undefined
      ? []
      : [
          {
            device,
            name: deviceWord(device, trans),
            figure: markedPower(value_w, source)
          }
        ];
  });
}

/** The watts of all kinds together; an estimate if any of them is one. */
export function hostPower({ power_w, provenance }: IHostPoint): string {
  const known = DEVICES.filter(device => power_w[device] !== undefined);
  const sum_w = known.reduce((sum, device) => sum + power_w[device]!, 0);
  const source: Provenance | null = known.some(device =>
    isEstimate(provenance[device] ?? null)
  )
    ? 'mixed'
    : null;
  return markedPower(known.length > 0 ? sum_w : null, source);
}

/** The kernel's part of the busy CPU time, or empty where it is not known. */
export function kernelShare(
  { share }: IHostPoint,
  trans: TranslationBundle
): string {
  return share === null
    ? ''
    : trans.__('This kernel: %1 of the busy CPU time.', sharePercent(share));
}

/** A share that changes with each message: in whole percent. */
function sharePercent(share: number): string {
  return share > 0 && share < 0.01
    ? '< 1 %'
    : `${whole(100 * Math.min(share, 1))} %`;
}

/** Why there are no watts of the machine, or what is being waited for; empty where there are. */
export function hostStateWords(
  state: HostState,
  trans: TranslationBundle
): string {
  return {
    live: '',
    waiting: trans.__('measuring …'),
    unloaded: trans.__(
      'The watts of the machine are shown here once this kernel has loaded the meter.'
    ),
    outdated: trans.__(
      'The meter in this kernel does not tell the watts of the machine: upgrade jupyter-green in its environment, then restart the kernel.'
    ),
    foreign: trans.__(
      'Only Python kernels can tell the watts of their machine.'
    ),
    gone: trans.__(
      'No kernel is running: start one to see the machine’s watts.'
    )
  }[state];
}
