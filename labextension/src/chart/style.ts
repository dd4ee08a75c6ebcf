const sheets = new Map<string, string>();
const apart = new Set<HTMLElement>();

/** Puts a style sheet into the page, once. */
export function injectStyle(id: string, css: string): void {
  sheets.set(id, css);
  for (const place of [document.head, ...apart]) {
    put(place, id, css);
  }
}

/**
 * Puts the style sheets into an element as well, where those of the page may not
 * reach it: in a shadow tree, as marimo's widgets are in. Returns how to stop.
 */
export function injectApart(element: HTMLElement): () => void {
  apart.add(element);
  for (const [id, css] of sheets) {
    put(element, id, css);
  }
  return () => {
    apart.delete(element);
  };
}

function put(place: HTMLElement, id: string, css: string): void {
  if (place.querySelector(`style[id="${id}"]`) === null) {
    const style = document.createElement('style');
    style.id = id;
    style.textContent = css;
    place.append(style);
  }
}

export const CHART_STYLE = `
.jpg-chart{position:relative;overflow:hidden;border:0 solid;border-top-color:var(--jp-border-color2,#8886);border-bottom-color:var(--jp-layout-color0,Canvas);color:var(--jp-ui-font-color2,inherit)}
.jpg-chart canvas{position:absolute;inset:0;width:100%;height:100%}
.jpg-chart canvas[tabindex]{cursor:crosshair;touch-action:pan-y}
.jpg-chart canvas:focus-visible{outline:2px solid var(--jp-brand-color1,Highlight);outline-offset:-2px}
.jpg-cursor{position:absolute;left:0;top:14px;bottom:20px;border-left:1px solid;pointer-events:none}
.jpg-readout{position:absolute;top:4px;max-width:42%;padding:2px 8px;border:1px solid var(--jp-border-color2,#8886);border-radius:3px;pointer-events:none;font-size:12px;line-height:1.45;color:var(--jp-ui-font-color1,CanvasText);background:var(--jp-layout-color1,Canvas);display:flex;flex-wrap:wrap;gap:0 1em}
.jpg-readout[data-side=left]{left:60px}
.jpg-readout[data-side=right]{right:60px}
.jpg-readout b{flex:0 0 100%}
.jpg-readout i{display:inline-block;width:.6em;height:.6em;margin-right:.35em}
.jpg-cursor[hidden],.jpg-readout[hidden]{display:none}
.jpg-legend{columns:25em;column-gap:1.8em;margin:0!important;padding:0!important}
.jpg-legend li{display:flex;box-sizing:border-box;break-inside:avoid;flex-wrap:wrap;align-items:baseline;column-gap:.6em;max-width:40em;min-width:0;margin:0;line-height:20px;list-style:none}
.jpg-legend .jpg-inside{padding-left:1.2em}
.jpg-legend button{margin:0;padding:0;border:0;border-radius:2px;background:none;color:inherit;font:inherit;line-height:20px;text-align:left;cursor:pointer}
.jpg-legend .jpg-domain{display:flex;flex:1 1 0;flex-wrap:wrap;column-gap:.5em;height:20px;min-width:0;overflow:hidden}
.jpg-id{flex:none;white-space:nowrap}
.jpg-domain>.jpg-muted{min-width:0;white-space:nowrap}
.jpg-figures{display:flex;flex:none;column-gap:.6em;margin-left:auto}
.jpg-figures>:first-child{min-width:9.2em}
.jpg-figures>:last-child{min-width:5.6em}
.jpg-legend .jpg-unfold{color:var(--jp-ui-font-color2,inherit)}
.jpg-unfold::before{content:"▸ "}
.jpg-unfold[aria-expanded=true]::before{content:"▾ "}
.jpg-legend button:focus-visible{outline:2px solid var(--jp-brand-color1,Highlight);outline-offset:-2px}
.jpg-legend button[aria-pressed=false]{text-decoration:line-through}
.jpg-legend button[aria-pressed=false] .jpg-swatch{opacity:.3}
.jpg-swatch{display:inline-block;width:1.2em;margin-right:.5em;border-top:3px solid;vertical-align:.25em}
.jpg-swatch[data-provenance=estimate]{border-top-style:dashed}
.jpg-muted{color:var(--jp-ui-font-color2,inherit)}
.jpg-number{text-align:right;white-space:nowrap}
`;
