/**
 * The colours of the curves, the same as in the static picture (`colours.py` in
 * the Python package): the hue tells the kind of hardware, the shade which one
 * of them it is. Each has a contrast of at least 3:1 on white and on
 * JupyterLab's dark ground; trichromats, protanopes, deuteranopes and
 * tritanopes can tell the first of each kind apart.
 */
import { type Device, deviceOf } from '../record/device';

const SHADES: Readonly<Record<Device, readonly string[]>> = {
  cpu: [
    '#4c8df0',
    '#5943ec',
    '#0d76ad',
    '#7368d4',
    '#6a87b7',
    '#1770f9',
    '#8472fe',
    '#535eb8'
  ],
  dram: [
    '#d97000',
    '#a14f05',
    '#b5735e',
    '#9a731b',
    '#d15227',
    '#ad8d4e',
    '#a2614d',
    '#836b3d'
  ],
  gpu: [
    '#b03fb0',
    '#d50b56',
    '#da4df9',
    '#f1579e',
    '#b276cd',
    '#9c19db',
    '#925786',
    '#e22cc9'
  ],
  other: [
    '#6b7268',
    '#929292',
    '#7b856b',
    '#496972',
    '#5f8189',
    '#6a6349',
    '#6b8e89',
    '#948c71'
  ]
};

export const ENERGY_COLOUR = '#1f9d57';

/** What tells a domain's colour. */
interface IColoured {
  readonly id: string;
  /** Whether it is a member of the total: those have the first shades. */
  readonly counted: boolean;
}

/**
 * The colour of the one at `index` among those of a kind; no two are the same.
 * Beyond the table they lie between two neighbours of it: half way first, then
 * by quarters, and so on.
 */
export function shade(kind: Device, index: number): string {
  const table = SHADES[kind];
  const place = index % table.length;
  const part = partOf(Math.floor(index / table.length));
  return between(table[place], table[(place + 1) % table.length], part);
}

/** The colours of domains, in their order. */
export function domainColours(domains: readonly IColoured[]): string[] {
  const seen: Record<Device, number> = { cpu: 0, dram: 0, gpu: 0, other: 0 };
  const colours: string[] = [];
  for (const isMember of [true, false]) {
    domains.forEach(({ id, counted }, place) => {
      if (counted === isMember) {
        const kind = deviceOf(id);
        colours[place] = shade(kind, seen[kind]++);
      }
    });
  }
  return colours;
}

/** 0, 1/2, 1/4, 3/4, 1/8, 5/8 and so on: each between those before. */
function partOf(turn: number): number {
  let part = 0;
  for (let step = 0.5; turn > 0; step /= 2) {
    part += step * (turn % 2);
    turn = Math.floor(turn / 2);
  }
  return part;
}

function between(one: string, other: string, part: number): string {
  const [from, to] = [one, other].map(colour =>
    [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16))
  );
  const channels = from.map((value, channel) =>
    Math.floor(value + (to[channel] - value) * part + 0.5)
      .toString(16)
      .padStart(2, '0')
  );
  return `#${channels.join('')}`;
}
