/**
 * The colours of the curves, the same as in the static picture (`picture.py`
 * in the Python package). Each has a contrast of at least 3:1 on white and on
 * JupyterLab's dark ground; trichromats, protanopes, deuteranopes and
 * tritanopes can tell the first six apart.
 */
const DOMAIN_COLOURS: readonly string[] = [
  '#4c8df0',
  '#d97000',
  '#b03fb0',
  '#d6203f',
  '#6548ff',
  '#6b7268',
  '#1d90a0',
  '#8a6d5a',
  '#d6568f',
  '#7d7a1a',
  '#5f83a8',
  '#9a72c8'
];

export const ENERGY_COLOUR = '#1f9d57';

/** The colour of the domain at `index`. */
export function domainColour(index: number): string {
  return DOMAIN_COLOURS[index % DOMAIN_COLOURS.length];
}
