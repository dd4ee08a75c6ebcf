import * as React from 'react';

/** A button; one with a class of its own looks as that says. */
export function Button(
  props: React.ComponentProps<'button'>
): React.JSX.Element {
  return <button type="button" className="jg-Button" {...props} />;
}
