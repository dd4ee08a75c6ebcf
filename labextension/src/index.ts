import { keeperPlugin } from './keeperplugin';
import { panelPlugin } from './panelplugin';
import { rendererPlugin } from './rendererplugin';

export * from './tokens';

export default [panelPlugin, keeperPlugin, rendererPlugin];
