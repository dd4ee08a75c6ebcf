import { notebooksPlugin } from './app/notebooksplugin';
import { outputsPlugin } from './app/outputsplugin';
import { panelPlugin } from './app/panelplugin';
import { rendererPlugin } from './app/rendererplugin';

export * from './tokens';

export default [notebooksPlugin, panelPlugin, outputsPlugin, rendererPlugin];
