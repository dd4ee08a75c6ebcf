import * as React from 'react';

import { type Curve, countedPower } from '../chart/curve';
import { duration, power } from '../text/format';

const WIDTH = 320;
const HEIGHT = 110;

/** Watts of all counted domains of two runs, over the seconds since each began. */
export function Overlay(props: {
  readonly label: string;
  readonly curves: readonly Curve[];
}): React.JSX.Element {
  const { label, curves } = props;
  const lines = curves.map(pointsOf);
  const end_s = Math.max(...curves.map(curve => curve.end_s), 1e-9);
  const top_w = Math.max(...lines.flat().map(([, power_w]) => power_w), 1e-9);
  return (
    <figure className="jg-Overlay">
      <figcaption className="jg-Overlay-top">{power(top_w)}</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {lines.map((line, index) => (
          <path
            key={index}
            data-side={index === 0 ? 'first' : 'second'}
            d={pathOf(line, end_s, top_w)}
          />
        ))}
      </svg>
      <div className="jg-Overlay-time" aria-hidden="true">
        <span>0 s</span>
        <span>{duration(end_s)}</span>
      </div>
    </figure>
  );
}

type Point = readonly [t_s: number, power_w: number, isAfterGap: boolean];

function pointsOf(curve: Curve): Point[] {
  const columns = curve.columns();
  let isAfterGap = true;
  const points: Point[] = [];
  countedPower(curve, columns).forEach((power_w, row) => {
    if (power_w === null) {
      isAfterGap = true;
    } else {
      points.push([columns.t_s[row], power_w, isAfterGap]);
      isAfterGap = false;
    }
  });
  return points;
}

function pathOf(
  points: readonly Point[],
  end_s: number,
  top_w: number
): string {
  return points
    .map(([t_s, power_w, isAfterGap]) => {
      const x = (t_s / end_s) * WIDTH;
      const y = HEIGHT - 1 - (power_w / top_w) * (HEIGHT - 2);
      return `${isAfterGap ? 'M' : 'L'}${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join('');
}
