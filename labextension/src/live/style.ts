import { ENERGY_COLOUR } from '../chart/palette';

export const LIVE_STYLE = `
.jpg-live{box-sizing:border-box;max-width:1000px;padding:6px 8px;font:var(--jp-ui-font-size1,13px)/1.4 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,inherit)}
.jpg-head{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 1.6em;margin-bottom:4px}
.jpg-figure{display:flex;flex-direction:column;min-width:6.4em;white-space:nowrap}
.jpg-figure b{font-size:1.75em;font-weight:600;line-height:1.25;font-variant-numeric:tabular-nums}
.jpg-figure:nth-child(2){min-width:8.4em}
.jpg-figure i{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-top:2px solid ${ENERGY_COLOUR};background:${ENERGY_COLOUR}28;vertical-align:-.1em}
.jpg-about{display:flex;flex:1 1 12em;flex-direction:column;min-width:0}
.jpg-about>span{display:flex;gap:.8em;white-space:nowrap}
.jpg-label{overflow:hidden;min-width:0;text-overflow:ellipsis;font-weight:600}
.jpg-replay{padding:0 .4em;border:2px solid}
.jpg-label:empty{display:none}
.jpg-status::before{content:"";display:inline-block;width:.6em;height:.6em;margin-right:.45em;border-radius:50%;background:currentColor}
.jpg-status[data-status=running]::before{background:${ENERGY_COLOUR};animation:jpg-pulse 1.6s ease-in-out infinite}
.jpg-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@keyframes jpg-pulse{50%{opacity:.25}}
@media (prefers-reduced-motion:reduce){.jpg-status::before{animation:none!important}}
`;
