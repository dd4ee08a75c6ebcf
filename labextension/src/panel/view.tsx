import { ellipsesIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { energyIcon } from '../icons';
import { energyWords } from '../text/rowwords';
import { statusNote } from '../text/words';
import type { IEnergyModel, IEnergyRow, IOpenNotebook } from '../tokens';
import { Button } from './button';
import { CellsView } from './cellsview';
import { type IPanelContext, PanelContext, usePanel } from './context';
import { HowToBegin, NoNotebook } from './hints';
import { HostView } from './hostview';
import { SessionView } from './sessionview';
import { StagesView } from './stagesview';
import { type TabName, useViewState } from './state';
import { Summary } from './summary';
import { type ITab, Tabs } from './tabs';

/** The panel's content. */
export function EnergyView(props: {
  readonly model: IEnergyModel | null;
  /** All that are open, the shown one included. */
  readonly notebooks: readonly IOpenNotebook[];
  readonly context: IPanelContext;
}): React.JSX.Element {
  const { model, notebooks, context } = props;
  return (
    <PanelContext.Provider value={context}>
      <Header hasNotebook={model !== null} />
      {model === null ? (
        <NoNotebook />
      ) : (
        <NotebookView model={model} notebooks={notebooks} />
      )}
    </PanelContext.Provider>
  );
}

function Header(props: { readonly hasNotebook: boolean }): React.JSX.Element {
  const { trans, actions } = usePanel();
  return (
    <div className="jg-Panel-header">
      <h2>{trans.__('Energy')}</h2>
      {props.hasNotebook && (
        <>
          <Button
            className="jg-IconButton"
            aria-label={trans.__('Toggle metering')}
            title={trans.__('Toggle metering of the selected cells')}
            onClick={() => {
              actions.meterCell();
            }}
          >
            <energyIcon.react tag="span" />
          </Button>
          <Button
            className="jg-IconButton"
            aria-haspopup="menu"
            aria-label={trans.__('More commands')}
            title={trans.__('More commands')}
            onClick={event => {
              actions.openMenu(event.currentTarget);
            }}
          >
            <ellipsesIcon.react tag="span" />
          </Button>
        </>
      )}
    </div>
  );
}

function NotebookView(props: {
  readonly model: IEnergyModel;
  readonly notebooks: readonly IOpenNotebook[];
}): React.JSX.Element {
  const { model, notebooks } = props;
  const { rows, total, spent, host } = model;
  const { trans } = usePanel();
  const [view, change] = useViewState(model);
  const chooseStage = React.useCallback(
    (stage: string | null | undefined) => {
      change(stage === undefined ? { stage } : { stage, tab: 'cells' });
    },
    [change]
  );
  const tabs: ITab<TabName>[] = [
    {
      name: 'cells',
      title: trans.__('Cells'),
      hint: String(rows.length),
      render: () => (
        <CellsView
          model={model}
          rows={rows}
          total_j={total.energy_j}
          provenance={total.provenance}
          view={view}
          change={change}
        />
      )
    },
    {
      name: 'stages',
      title: trans.__('Stages'),
      render: () => (
        <StagesView rows={rows} chosen={view.stage} choose={chooseStage} />
      )
    }
  ];
  tabs.push({
    name: 'host',
    title: trans.__('Host'),
    hint:
      host.missing.length > 0
        ? trans.__('%1 missing', host.missing.length)
        : undefined,
    render: () => <HostView host={host} hostNow={model.hostNow} />
  });
  const session =
    notebooks.length > 1 ? <SessionView notebooks={notebooks} /> : null;
  if (session) {
    tabs.push({
      name: 'session',
      title: trans.__('Session'),
      hint: String(notebooks.length),
      render: () => session
    });
  }
  return (
    <>
      {rows.length === 0 ? (
        <>
          <HowToBegin />
          <HostOnDemand model={model} />
          {session}
        </>
      ) : (
        <>
          <Summary total={total} spent={spent} />
          <Tabs
            label={trans.__('Parts of the panel')}
            tabs={tabs}
            // Where no sensor was read, why not is what there is to see.
            chosen={
              view.tab ??
              (host.missing.length > 0 && host.domains.length === 0
                ? 'host'
                : 'cells')
            }
            choose={tab => {
              change({ tab });
            }}
          />
        </>
      )}
      <Announcer rows={rows} />
    </>
  );
}

/** The machine, beside a notebook where nothing has been metered; the kernel is asked only once it is unfolded. */
function HostOnDemand(props: {
  readonly model: IEnergyModel;
}): React.JSX.Element {
  const { host, hostNow } = props.model;
  const { trans } = usePanel();
  const [isOpen, setIsOpen] = React.useState(false);
  return (
    <details
      className="jg-Missing jg-HostOnDemand"
      onToggle={event => {
        setIsOpen(event.currentTarget.open);
      }}
    >
      <summary>{trans.__('This machine now')}</summary>
      {isOpen && <HostView host={host} hostNow={hostNow} />}
    </details>
  );
}

/** Tells those who cannot see it what a cell has taken, once it has ended. */
function Announcer(props: {
  readonly rows: readonly IEnergyRow[];
}): React.JSX.Element {
  const { rows } = props;
  const { trans, settings } = usePanel();
  const running = React.useRef<ReadonlySet<string>>(new Set());
  const [said, say] = React.useState('');
  React.useEffect(() => {
    const ended = rows.find(
      ({ cellId, status }) =>
        running.current.has(cellId) && status !== 'running'
    );
    running.current = new Set(
      rows
        .filter(({ status }) => status === 'running')
        .map(({ cellId }) => cellId)
    );
    if (ended && ended.status !== 'queued') {
      const figure = energyWords(ended, settings.unit);
      const note = statusNote(ended, trans);
      say([`${ended.title}: ${figure}`, note].filter(Boolean).join(', '));
    }
  }, [rows]);
  return (
    <p className="jg-Announcer" aria-live="polite">
      {said}
    </p>
  );
}
