import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Button } from './button';

/** A part of the panel that folds away. */
export function Section(props: {
  readonly name: string;
  readonly title: string;
  /** What stands at the end of the title. */
  readonly hint?: string;
  readonly isOpen?: boolean;
  readonly children: React.ReactNode;
}): React.JSX.Element {
  const { name, title, hint, children } = props;
  const [isOpen, setIsOpen] = React.useState(props.isOpen ?? true);
  const Caret = isOpen ? caretDownIcon : caretRightIcon;
  return (
    <section className="jg-Section" data-section={name} aria-label={title}>
      <h3>
        <Button
          className="jg-Section-title"
          aria-expanded={isOpen}
          onClick={() => {
            setIsOpen(!isOpen);
          }}
        >
          <Caret.react tag="span" className="jg-Section-caret" />
          {title}
          {hint && <span className="jg-Section-hint">{hint}</span>}
        </Button>
      </h3>
      {isOpen && children}
    </section>
  );
}
