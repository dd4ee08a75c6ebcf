import * as React from 'react';

import { type Device, DEVICES } from '../record/device';
import { isEstimate } from '../record/quantity';
import { power } from '../text/format';
import { devicePowers } from '../text/hostwords';
import type { IHostPoint } from '../tokens';
import { usePanel } from './context';

const WIDTH = 320;
const HEIGHT = 64;
/** A longer time without a point is a gap: nobody looked, or nothing came. */
const GAP_S = 7;

/** The watts of each kind of hardware in the last minutes, from zero up to the highest. */
export function HostCurve(props: {
  readonly points: readonly IHostPoint[];
}): React.JSX.Element | null {
  const { points } = props;
  const { trans } = usePanel();
  const devices = DEVICES.filter(kind =>
    points.some(({ power_w }) => power_w[kind] !== undefined)
  );
  if (devices.length === 0) {
    return null;
  }
  const newest = points[points.length - 1];
  const end_s = newest.at_s;
  // A whole number of minutes, so that the curve does not shrink with each point.
  const minutes = Math.max(1, Math.ceil((end_s - points[0].at_s) / 60));
  const top_w = Math.max(
    ...points.flatMap(({ power_w }) => devices.map(kind => power_w[kind] ?? 0)),
    1e-9
  );
  const pathOf = (device: Device): string => {
    let before_s = -Infinity;
    return points
      .flatMap(({ at_s, power_w }) => {
        const value_w = power_w[device];
        if (value_w === undefined) {
          return [];
        }
        const x = WIDTH * (1 - (end_s - at_s) / (60 * minutes));
        const y = HEIGHT - 1 - (value_w / top_w) * (HEIGHT - 2);
        const isAfterGap = at_s - before_s > GAP_S;
        before_s = at_s;
        return [`${isAfterGap ? 'M' : 'L'}${x.toFixed(1)},${y.toFixed(1)}`];
      })
      .join('');
  };
  return (
    <figure className="jg-Overlay">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={trans.__(
          'Watts of the last %1 min: %2',
          minutes,
          devicePowers(newest, trans)
            .map(({ name, figure }) => `${name} ${figure}`)
            .join(', ')
        )}
      >
        {devices.map(device => (
          <path
            key={device}
            data-device={device}
            data-estimate={isEstimated(points, device) || undefined}
            d={pathOf(device)}
          />
        ))}
      </svg>
      <div className="jg-Overlay-time" aria-hidden="true">
        <span>{trans._n('%1 minute ago', '%1 minutes ago', minutes)}</span>
        <span>{trans.__('highest %1', power(top_w))}</span>
        <span>{trans.__('now')}</span>
      </div>
    </figure>
  );
}

/** Whether any of the watts that are drawn of a kind of hardware are an estimate. */
function isEstimated(points: readonly IHostPoint[], device: Device): boolean {
  return points.some(({ provenance }) =>
    isEstimate(provenance[device] ?? null)
  );
}
