/** The page's colours, as a canvas needs them. */
export interface ITheme {
  readonly text: string;
  readonly grid: string;
  /** What the chart lies on. */
  readonly ground: string;
  /** Without a size. */
  readonly fontFamily: string;
}

/** Reads the colours that the style sheet gives to `node`. */
export function readTheme(node: HTMLElement): ITheme {
  const style = getComputedStyle(node);
  return {
    text: style.color,
    // Borders of no width: they only carry resolved colours.
    grid: style.borderTopColor,
    ground: style.borderBottomColor,
    fontFamily: style.fontFamily
  };
}

/** Calls back when the page changes between light and dark; returns how to stop. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, {
    // JupyterLab, then VS Code.
    attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name', 'class']
  });
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    scheme.removeEventListener('change', changed);
  };
}
