/**
 * A text of the user's as a parameter of a translation. The translation call
 * shows `%% ` as `%`, in its parameters too (JupyterLab 4.6, `Gettext.strfmt`).
 */
export function verbatim(text: string): string {
  return text.replace(/%% /g, '%%%  ');
}
