import * as React from 'react';

const WIDTH = 96;
const HEIGHT = 20;

/** Watts from the begin of a run until now, from zero up to the highest. */
export function Sparkline(props: {
  readonly power_w: readonly number[];
}): React.JSX.Element | null {
  const { power_w } = props;
  if (power_w.length < 2) {
    return <span className="jg-Sparkline" />;
  }
  const top_w = Math.max(...power_w, 1e-9);
  const points = power_w.map((value_w, index) => {
    const x = (index / (power_w.length - 1)) * WIDTH;
    const y = HEIGHT - 1 - (value_w / top_w) * (HEIGHT - 2);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg
      className="jg-Sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <polyline points={points.join(' ')} />
    </svg>
  );
}
