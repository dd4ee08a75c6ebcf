import * as React from 'react';

/** One of several views, of which one is seen. */
export interface ITab<Name extends string> {
  readonly name: Name;
  readonly title: string;
  /** What stands behind the title, such as a count. */
  readonly hint?: string;
  readonly render: () => React.JSX.Element;
}

/** Tabs, and the content of the chosen one, which scrolls by itself. */
export function Tabs<Name extends string>(props: {
  readonly label: string;
  readonly tabs: readonly ITab<Name>[];
  readonly chosen: Name;
  readonly choose: (name: Name) => void;
}): React.JSX.Element {
  const { label, tabs, choose } = props;
  const id = React.useId();
  const chosen = tabs.find(({ name }) => name === props.chosen) ?? tabs[0];
  return (
    <>
      <div
        className="jg-Tabs"
        role="tablist"
        aria-label={label}
        onKeyDown={event => {
          const next = neighbour(tabs, chosen, event.key);
          if (next) {
            event.preventDefault();
            choose(next.name);
            event.currentTarget
              .querySelector<HTMLElement>(`[data-tab="${next.name}"]`)
              ?.focus();
          }
        }}
      >
        {tabs.map(tab => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`${id}-${tab.name}`}
            className="jg-Tab"
            data-tab={tab.name}
            aria-selected={tab === chosen}
            aria-controls={`${id}-content`}
            tabIndex={tab === chosen ? 0 : -1}
            onClick={() => {
              choose(tab.name);
            }}
          >
            {tab.title}
            {tab.hint !== undefined && (
              <span className="jg-Tab-hint">{tab.hint}</span>
            )}
          </button>
        ))}
      </div>
      <div
        key={chosen.name}
        className="jg-TabContent"
        role="tabpanel"
        id={`${id}-content`}
        aria-labelledby={`${id}-${chosen.name}`}
        data-content={chosen.name}
      >
        {chosen.render()}
      </div>
    </>
  );
}

/** The tab to which a key leads from another. */
function neighbour<Name extends string>(
  tabs: readonly ITab<Name>[],
  from: ITab<Name>,
  key: string
): ITab<Name> | undefined {
  const here = tabs.indexOf(from);
  const there = {
    ArrowLeft: here - 1,
    ArrowRight: here + 1,
    Home: 0,
    End: tabs.length - 1
  }[key];
  return there === undefined
    ? undefined
    : tabs[(there + tabs.length) % tabs.length];
}
