import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import { Settings } from '../settings';

const PLUGIN = 'jupyter-green:plugin';

/** What a user has chosen; the defaults until the registry has told, or where there is none. */
export function settingsIn(registry: ISettingRegistry | null): Settings {
  const settings = new Settings();
  void registry?.load(PLUGIN).then(
    found => {
      settings.follow(found);
    },
    (reason: unknown) => {
      console.warn('jupyter-green: no settings for its views', reason);
    }
  );
  return settings;
}
