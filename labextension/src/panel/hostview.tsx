import * as React from 'react';

import { duration } from '../text/format';
import { age, flagWords, provenanceWord, sentence } from '../text/words';
import type { IHost, IHostNow } from '../tokens';
import { Button } from './button';
import { usePanel } from './context';
import { Remedy } from './copyable';
import { HostNowView } from './hostnowview';
import { useWhileInSight } from './insight';

/** What the machine draws now; what it can tell, what not and why, and how old its idle baseline is. */
export const HostView = React.memo(function HostView(props: {
  readonly host: IHost;
  readonly hostNow: IHostNow;
}): React.JSX.Element {
  const { host, hostNow } = props;
  const { trans } = usePanel();
  const node = React.useRef<HTMLDivElement>(null);
  useWhileInSight(node, hostNow);
  return (
    <div className="jg-Host" ref={node}>
      <HostNowView hostNow={hostNow} />
      {host.hasOtherMeters && (
        <p className="jg-Host-others">
          {sentence(flagWords('other-meters', trans))}
        </p>
      )}
      {host.domains.length > 0 && (
        <ul aria-label={trans.__('Sensors read')}>
          {host.domains.map((domain, index) => (
            <li key={index} className="jg-Sensor" data-sensor={domain.id}>
              <span className="jg-Sensor-id">{domain.id}</span>
              <span className="jg-Sensor-how">
                {provenanceWord(domain.provenance, trans)}
                {domain.resolution_s > 0 && (
                  <>
                    {', '}
                    {trans.__('every %1', duration(domain.resolution_s))}
                  </>
                )}
              </span>
              <span className="jg-Sensor-device">
                {[domain.device, domain.source].filter(Boolean).join(' · ')}
                {!domain.counted && ` · ${trans.__('not in the total')}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      {host.missing.length > 0 && (
        <details className="jg-Missing" open={host.domains.length === 0}>
          <summary>
            {trans._n(
              '%1 sensor not read here',
              '%1 sensors not read here',
              host.missing.length
            )}
          </summary>
          <dl>
            {host.missing.map(({ id, reason, remedy }, index) => (
              <div key={index} data-sensor={id}>
                <dt>{id}</dt>
                <dd>{reason}</dd>
                {remedy !== '' && (
                  <dd className="jg-Missing-remedy">
                    <Remedy text={remedy} />
                  </dd>
                )}
              </div>
            ))}
          </dl>
        </details>
      )}
      <Baseline at={host.baselineAt} />
    </div>
  );
});

/** How old the idle baseline is, and a button that measures it. */
function Baseline(props: { readonly at: string | null }): React.JSX.Element {
  const { at } = props;
  const { trans, actions } = usePanel();
  const [isBusy, setIsBusy] = React.useState(false);
  const [answer, setAnswer] = React.useState('');
  const said = React.useRef<HTMLParagraphElement>(null);
  React.useEffect(() => {
    if (answer !== '') {
      said.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [answer]);
  const measure = async (): Promise<void> => {
    setIsBusy(true);
    setAnswer('');
    try {
      setAnswer(await actions.measureBaseline());
    } catch (reason) {
      // The kernel went away, or was restarted, in the meantime.
      setAnswer(
        trans.__(
          'Not measured: %1',
          String((reason as Error).message || reason)
        )
      );
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <div className="jg-Baseline">
      <p>
        {at === null
          ? trans.__('No idle baseline, so no net energy.')
          : trans.__('Idle baseline measured %1 ago.', age(at, Date.now()))}
      </p>
      <Button disabled={isBusy} onClick={() => void measure()}>
        {isBusy
          ? trans.__('Measuring: leave the machine idle…')
          : trans.__('Measure the baseline')}
      </Button>
      <p ref={said} className="jg-Baseline-answer" role="status">
        {answer && sentence(answer)}
      </p>
    </div>
  );
}
