/** Puts a style sheet into the page, once. */
export function injectStyle(id: string, css: string): void {
  if (document.getElementById(id) === null) {
    const style = document.createElement('style');
    style.id = id;
    style.textContent = css;
    document.head.append(style);
  }
}

/** The parts of uPlot's own style sheet that the chart needs, then the chart's. */
export const CHART_STYLE = `
.jpg-chart{position:relative;height:160px;border:0 solid var(--jp-border-color2,#8886);color:var(--jp-ui-font-color2,inherit)}
.jpg-chart .u-wrap{position:relative}
.jpg-chart .u-over,.jpg-chart .u-under,.jpg-chart canvas{position:absolute}
.jpg-chart canvas{display:block;width:100%;height:100%}
.jpg-chart .u-cursor-x{position:absolute;left:0;top:0;height:100%;border-left:1px dashed currentColor;pointer-events:none}
.jpg-chart .u-cursor-pt{position:absolute;left:0;top:0;border:2px solid;border-radius:50%;box-sizing:border-box;pointer-events:none}
.jpg-chart .u-off,.jpg-chart .u-select{display:none}
.jpg-readout{position:absolute;z-index:1;top:6px;left:64px;padding:0 6px;border-radius:3px;pointer-events:none;font-variant-numeric:tabular-nums;color:var(--jp-ui-font-color1,CanvasText);background:var(--jp-layout-color1,Canvas)}
.jpg-readout:empty{display:none}
.jpg-legend{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24em),1fr));gap:0 2em;margin:0;padding:0;list-style:none}
.jpg-legend li{display:grid;grid-template-columns:1.6em minmax(0,1fr) 5em 6.4em;align-items:baseline;max-width:36em;margin:0;line-height:1.6;font-variant-numeric:tabular-nums}
.jpg-legend[data-final] li{grid-template-columns:1.6em minmax(0,1fr) 5em 9em}
.jpg-swatch{align-self:center;width:1.2em;border-top:3px solid}
.jpg-swatch[data-provenance=estimate]{border-top-style:dashed}
.jpg-domain{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.jpg-muted{color:var(--jp-ui-font-color2,inherit)}
.jpg-number{text-align:right;white-space:nowrap}
`;
