import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { energyIcon } from './icons';

/** What stands in the panel while no notebook is open. */
export function NoNotebook(props: {
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  return (
    <div className="jg-Hint" data-hint="no-notebook">
      <energyIcon.react tag="span" className="jg-Hint-icon" />
      <p>{props.trans.__('Open a notebook to see what its cells cost.')}</p>
    </div>
  );
}

/** What to do in a notebook where nothing has been metered yet. */
export function HowToBegin(props: {
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { trans } = props;
  return (
    <div className="jg-Hint" data-hint="nothing-metered">
      <energyIcon.react tag="span" className="jg-Hint-icon" />
      <p>{trans.__('No cell of this notebook has been metered yet.')}</p>
      <ol>
        <li>
          {trans.__('Load the meter, once in each kernel:')}
          <CopyableCode code="%load_ext jupyter_green" trans={trans} />
        </li>
        <li>
          {trans.__('Make this the first line of a cell, then run it:')}
          <CopyableCode code="%%energy" trans={trans} />
        </li>
      </ol>
    </div>
  );
}

function CopyableCode(props: {
  readonly code: string;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { code, trans } = props;
  const [isCopied, setIsCopied] = React.useState(false);
  const Icon = isCopied ? checkIcon : copyIcon;
  return (
    <span className="jg-Code">
      <code>{code}</code>
      <button
        type="button"
        className="jg-Code-copy"
        aria-label={isCopied ? trans.__('Copied') : trans.__('Copy %1', code)}
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
      </button>
    </span>
  );
}
