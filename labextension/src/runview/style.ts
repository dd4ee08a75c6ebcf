import { ENERGY_COLOUR } from '../chart/palette';

export const RUN_STYLE = `
.jpg-run{box-sizing:border-box;container-type:inline-size;max-width:1000px;padding:6px 8px;font:var(--jp-ui-font-size1,13px)/1.4 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,inherit)}
.jpg-head{display:grid;grid-template-columns:10.5em 17em 9em minmax(0,1fr) auto;column-gap:8px;align-items:start;height:46px}
.jpg-figure{display:flex;flex-direction:column;overflow:hidden;white-space:nowrap}
.jpg-figure b{height:28px;font-size:21px;font-weight:600;line-height:28px;font-variant-numeric:tabular-nums}
.jpg-figure small{font-size:14px;font-weight:400}
.jpg-figure>.jpg-muted{overflow:hidden;height:18px;font-size:12px;line-height:18px;text-overflow:ellipsis;font-variant-numeric:tabular-nums}
.jpg-figure i{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-top:2px solid ${ENERGY_COLOUR};background:${ENERGY_COLOUR}28;vertical-align:-.1em}
.jpg-about{display:flex;flex-direction:column;min-width:0;padding:5px 8px 0 0}
.jpg-about>span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.jpg-about>span:first-child{display:flex;gap:.7em}
.jpg-label{overflow:hidden;min-width:0;text-overflow:ellipsis;font-weight:600}
.jpg-label:empty{display:none}
.jpg-replay{padding:0 .4em;border:2px solid;line-height:1.1}
.jpg-status::before{content:"";display:inline-block;width:.6em;height:.6em;margin-right:.45em;border-radius:50%;background:currentColor}
.jpg-status[data-status=running]::before{background:${ENERGY_COLOUR}}
.jpg-buttons{display:flex;gap:4px;padding-top:4px}
.jpg-buttons button{height:22px;padding:0 8px;border:1px solid var(--jp-border-color1,#8888);border-radius:3px;background:none;color:inherit;font:inherit;font-size:12px;cursor:pointer}
.jpg-buttons button[aria-pressed=true],.jpg-buttons button[aria-expanded=true]{background:var(--jp-layout-color3,#8884)}
.jpg-buttons button:focus-visible{outline:2px solid var(--jp-brand-color1,Highlight);outline-offset:1px}
.jpg-hint{overflow:hidden;height:20px;font-size:12px;line-height:20px;text-overflow:ellipsis;white-space:nowrap;color:var(--jp-ui-font-color2,inherit)}
.jpg-details[hidden]{display:none}
.jpg-details{overflow-x:auto;padding-top:4px;font-size:12px}
.jpg-details table{border-collapse:collapse;margin:0;font-size:12px;font-variant-numeric:tabular-nums}
.jpg-details :is(th,td){padding:1px 1.4em 1px 0;border:0;background:none;text-align:left;white-space:nowrap}
.jpg-details th{font-weight:600}
.jpg-details ul{margin:4px 0 0!important;padding-left:1.4em!important}
.jpg-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.jpg-run[data-stale] .jpg-figure b{opacity:.7}
@container (max-width:760px){.jpg-head{grid-template-columns:minmax(7.2em,10.5em) minmax(10em,17em) minmax(5em,1fr);height:76px}.jpg-about{grid-area:2/1/3/-1;flex-direction:row;gap:.9em;padding-right:142px}.jpg-about>span:first-child{flex:none;max-width:100%}.jpg-buttons{grid-area:2/1/3/-1;justify-self:end}}
@container (max-width:480px){.jpg-head{grid-template-columns:31% 45% minmax(0,1fr);column-gap:0}.jpg-figure b{font-size:17px}.jpg-figure small{font-size:12px}.jpg-figure>.jpg-muted{font-size:11px}}
@container (max-width:330px){.jpg-head{grid-template-columns:42% minmax(0,1fr);grid-template-rows:46px 46px;height:122px}.jpg-about{grid-area:2/2/3/3;flex-direction:column;gap:0;padding:5px 0 0}.jpg-run .jpg-legend li{grid-template-columns:minmax(5em,1fr) auto auto;column-gap:.8em;font-size:11px}.jpg-legend .jpg-muted{display:none}.jpg-buttons{grid-area:3/1/4/-1;justify-self:start}}
@container (min-width:560px){.jpg-many .jpg-muted{display:none}}
`;
