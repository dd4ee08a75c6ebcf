import { Clipboard } from '@jupyterlab/apputils';
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { verbatim } from '../text/verbatim';
import { Button } from './button';
import { usePanel } from './context';

/** A command with a button that copies it. */
export function CopyableCode(props: {
  readonly code: string;
}): React.JSX.Element {
  const { code } = props;
  const { trans } = usePanel();
  const [isCopied, setIsCopied] = React.useState(false);
  const Icon = isCopied ? checkIcon : copyIcon;
  return (
    <span className="jg-Code">
      <code>{code}</code>
      <Button
        className="jg-Code-copy"
        aria-label={
          isCopied ? trans.__('Copied') : trans.__('Copy %1', verbatim(code))
        }
        title={isCopied ? trans.__('Copied') : trans.__('Copy')}
        onClick={() => {
          Clipboard.copyToSystem(code);
          setIsCopied(true);
        }}
        onBlur={() => {
          setIsCopied(false);
        }}
      >
        <Icon.react tag="span" />
      </Button>
    </span>
  );
}

/** What to do about a sensor: each command that it names stands by itself, to be copied. */
export function Remedy(props: { readonly text: string }): React.JSX.Element {
  // A command follows a colon; other words between backticks are only named.
  const parts = props.text.split(/: `([^`]+)`/);
  return (
    <>
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          <CopyableCode key={index} code={part} />
        ) : (
          <span key={index}>
            {part.replace(/^\.\s*/, '')}
            {index < parts.length - 1 && ':'}
          </span>
        )
      )}
    </>
  );
}
