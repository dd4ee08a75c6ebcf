import * as React from 'react';

import { hintOf, type IExplained, signsIn } from '../text/explained';
import { usePanel } from './context';

/** Words that say on hover what they mean, and more on a page when they are clicked. */
export function Explained(
  props: React.ComponentProps<'button'> & {
    readonly meanings: readonly IExplained[];
  }
): React.JSX.Element {
  const { meanings, className = '', ...others } = props;
  const { actions } = usePanel();
  return meanings.length === 0 ? (
    <span className={className}>{others.children}</span>
  ) : (
    <button
      type="button"
      className={`jg-Explained ${className}`}
      title={hintOf(meanings)}
      onClick={() => {
        actions.help(meanings[0].topic);
      }}
      {...others}
    />
  );
}

/** A figure that explains its signs. */
export function ExplainedFigure(props: {
  readonly className?: string;
  readonly children: string;
}): React.JSX.Element {
  const { trans } = usePanel();
  return (
    <Explained
      className={props.className}
      meanings={signsIn(props.children, trans)}
    >
      {props.children}
    </Explained>
  );
}
