import { ENERGY_COLOUR } from '../chart/palette';

export const RUN_STYLE = `
.jpg-fitted,.jpg-run{direction:ltr;text-align:left;font:var(--jp-ui-font-size1,13px)/1.4 var(--jp-ui-font-family,system-ui,sans-serif);font-variant-numeric:tabular-nums;color:var(--jp-ui-font-color1,inherit)}
.jpg-run{box-sizing:border-box;container-type:inline-size;max-width:1000px;padding:4px 8px}
.jpg-body{box-sizing:border-box;display:flex;flex-direction:column;min-height:232px}
.jpg-body>.jpg-chart{flex:1 0 90px}
.jpg-head{display:grid;grid-template-columns:17em 10.5em 6.5em minmax(0,1fr) auto;column-gap:8px;align-items:start;min-height:46px}
.jpg-figure{display:flex;flex-direction:column;min-width:0}
.jpg-figure b{min-height:28px;font-size:21px;font-weight:600;line-height:28px}
.jpg-figure small{font-size:14px;font-weight:400}
.jpg-figure>.jpg-muted{min-height:18px;text-wrap:balance;font-size:12px;line-height:18px}
.jpg-figure i{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-top:2px solid ${ENERGY_COLOUR};background:${ENERGY_COLOUR}28;vertical-align:-.1em}
.jpg-about{display:flex;flex-direction:column;min-width:0;padding:5px 8px 0 0}
.jpg-about>span{overflow-wrap:anywhere}
.jpg-about>span:first-child{display:flex;flex-wrap:wrap;gap:0 .7em}
.jpg-label{min-width:0;font-weight:600}
.jpg-label:empty{display:none}
.jpg-replay{padding:0 .4em;border:2px solid;line-height:1.1}
.jpg-status::before{content:"";display:inline-block;width:.6em;height:.6em;margin-right:.45em;border-radius:50%;background:currentColor}
.jpg-status[data-status=running]::before{background:${ENERGY_COLOUR}}
.jpg-buttons{display:flex;gap:4px;padding-top:4px}
.jpg-buttons button{height:22px;padding:0 8px;border:1px solid var(--jp-border-color1,#8888);border-radius:3px;background:none;color:inherit;font:inherit;font-size:12px;cursor:pointer}
.jpg-buttons button[aria-pressed=true],.jpg-buttons button[aria-expanded=true]{background:var(--jp-layout-color3,#8884)}
.jpg-buttons button:focus-visible{outline:2px solid var(--jp-brand-color1,Highlight);outline-offset:1px}
.jpg-outcome{display:flex;flex-wrap:wrap;gap:0 1.4em;line-height:20px}
.jpg-outcome>span{overflow-wrap:anywhere}
.jpg-outcome b{font-weight:600}
.jpg-hint{min-height:18px;font-size:12px;line-height:18px;overflow-wrap:anywhere}
.jpg-details[hidden]{display:none}
.jpg-details{overflow-x:auto;padding-top:4px;font-size:12px}
.jpg-details table{border-collapse:collapse;margin:0;font-size:12px}
.jpg-details :is(th,td){padding:1px 1.4em 1px 0;border:0;background:none;text-align:left;white-space:nowrap}
.jpg-details th{font-weight:600}
.jpg-details ul{margin:4px 0 0!important;padding-left:1.4em!important}
.jpg-run [data-topic]:not([data-topic='']){cursor:help}
.jpg-line{padding:1px 8px;line-height:1.5}
.jpg-line>summary{overflow-wrap:anywhere;cursor:pointer}
.jpg-line>summary>.jpg-chart{display:inline-block;width:96px;margin-left:.8em;vertical-align:-4px}
.jpg-line>summary>[hidden]{display:none}
.jpg-quiet .jpg-line{font-size:12px;color:var(--jp-ui-font-color2,inherit)}
.jpg-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.jpg-run[data-stale] .jpg-figure b{opacity:.7}
@container (max-width:760px){.jpg-head{grid-template-columns:17em 10.5em minmax(0,1fr)}.jpg-about{grid-area:2/1/3/-1;flex-direction:row;flex-wrap:wrap;gap:0 .9em;padding:2px 180px 2px 0}.jpg-buttons{grid-area:2/1/3/-1;justify-self:end;padding-top:0}}
@container (max-width:480px){.jpg-head{grid-template-columns:minmax(0,1.4fr) minmax(0,1fr);row-gap:2px}.jpg-figure:first-child{grid-column:1/-1}.jpg-figure b{min-height:24px;font-size:18px;line-height:24px}.jpg-figure small{font-size:13px}.jpg-about{grid-area:3/1/4/-1;padding-right:0}.jpg-buttons{grid-area:4/1/5/-1;justify-self:start}.jpg-run .jpg-legend{font-size:12px}.jpg-run .jpg-legend .jpg-domain{flex-basis:auto;min-width:min-content}.jpg-run .jpg-domain>.jpg-muted{display:none}.jpg-run .jpg-figures>:first-child{min-width:8em}}
@container (max-width:300px){.jpg-figure b{font-size:16px}.jpg-figure small{font-size:12px}}
`;
