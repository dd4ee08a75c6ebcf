import * as React from 'react';

import {
  devicePowers,
  hostPower,
  hostStateWords,
  kernelShare
} from '../text/hostwords';
import { sentence } from '../text/words';
import type { IHostNow, IHostPoint } from '../tokens';
import { Button } from './button';
import { usePanel } from './context';
import { Remedy } from './copyable';
import { ExplainedFigure } from './explained';
import { HostCurve } from './hostcurve';

/** What the machine draws now, by kind of hardware, and this kernel's part of its CPU time. */
export function HostNowView(props: {
  readonly hostNow: IHostNow;
}): React.JSX.Element {
  const { hostNow } = props;
  const { trans } = usePanel();
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    hostNow.changed.connect(redraw);
    redraw(); // what has changed since it was drawn
    return () => {
      hostNow.changed.disconnect(redraw);
    };
  }, [hostNow]);
  const { state, points } = hostNow;
  const newest = points.at(-1);
  const words = hostStateWords(state, trans);
  return (
    <section
      className="jg-HostNow jg-Split"
      aria-label={trans.__('This machine now')}
      data-state={state}
    >
      {words !== '' && <p>{words}</p>}
      {state === 'unloaded' && <LoadMeter hostNow={hostNow} />}
      {newest && state === 'live' && <Newest point={newest} />}
      {newest && (state === 'live' || state === 'waiting') && (
        <HostCurve points={points} />
      )}
      {newest && state === 'live' && <Share point={newest} />}
    </section>
  );
}

/** The watts of each kind of hardware, or why there are none. */
function Newest(props: { readonly point: IHostPoint }): React.JSX.Element {
  const { point } = props;
  const { trans } = usePanel();
  const powers = devicePowers(point, trans);
  if (powers.length === 0) {
    const reason =
      point.reason ?? trans.__('no watts can be read on this machine');
    return (
      <p>
        <Remedy text={sentence(reason)} />
      </p>
    );
  }
  return (
    <>
      <p>
        <ExplainedFigure className="jg-HostNow-total">
          {hostPower(point)}
        </ExplainedFigure>{' '}
        {trans.__('now')}
      </p>
      <ul aria-label={trans.__('By hardware')}>
        {powers.map(({ device, name, figure }) => (
          <li key={device} data-device={device}>
            <span className="jg-Split-key" aria-hidden="true" />
            {name} <ExplainedFigure>{figure}</ExplainedFigure>
          </li>
        ))}
      </ul>
    </>
  );
}

function Share(props: { readonly point: IHostPoint }): React.JSX.Element {
  const { trans } = usePanel();
  return <p className="jg-HostNow-share">{kernelShare(props.point, trans)}</p>;
}

/** Loads the meter in the notebook's kernel, and tells where that fails. */
function LoadMeter(props: { readonly hostNow: IHostNow }): React.JSX.Element {
  const { hostNow } = props;
  const { trans, actions } = usePanel();
  const [isBusy, setIsBusy] = React.useState(false);
  const [answer, setAnswer] = React.useState('');
  const load = async (): Promise<void> => {
    setIsBusy(true);
    const problem = await actions.loadMeter();
    setIsBusy(false);
    setAnswer(problem);
    if (problem === '') {
      hostNow.retry();
    }
  };
  return (
    <>
      <Button disabled={isBusy} onClick={() => void load()}>
        {trans.__('Load the meter')}
      </Button>
      <p className="jg-HostNow-answer" role="status">
        {answer}
      </p>
    </>
  );
}
