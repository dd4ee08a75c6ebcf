import * as React from 'react';

import { figureHint } from '../text/explained';
import { usePanel } from './context';

/** A figure; what its signs mean is said on hover. */
export const Figure = React.memo(function Figure(
  props: React.ComponentProps<'span'> & { readonly children: string }
): React.JSX.Element {
  const { trans } = usePanel();
  const hint = figureHint(props.children, trans);
  return <span title={hint === '' ? undefined : hint} {...props} />;
});
