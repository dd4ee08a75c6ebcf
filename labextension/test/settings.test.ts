import { expect, it, vi } from 'vitest';

import { Settings } from '../src/settings';

it('a country brings the grams of its electricity, once they are loaded', async () => {
  const settings = new Settings();
  await settings.set('co2eCountry', 'DEU');
  expect(settings.now.intensity).toBeNull();
  await vi.waitFor(() => {
    expect(settings.now.intensity?.country).toBe('Germany');
  });

  const { intensity } = settings.now;
  await settings.set('pue', 1.2);
  expect(settings.now.intensity).toBe(intensity);

  await settings.set('co2eCountry', '');
  expect(settings.now.intensity).toBeNull();
});

it('a country without figures brings none', async () => {
  const settings = new Settings();
  await settings.set('co2eCountry', 'ATA');
  await settings.set('co2eCountry', 'WLD');
  await vi.waitFor(() => {
    expect(settings.now.intensity?.country).toBe('World');
  });
});
