import { LabIcon } from '@jupyterlab/ui-components';

import energySvg from '../style/icons/energy.svg';

/** A leaf with a bolt in it. */
export const energyIcon = new LabIcon({
  name: 'jupyter-green:energy',
  svgstr: energySvg
});
