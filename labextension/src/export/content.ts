/** A notebook's energy in the forms in which it leaves the notebook. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IReport } from '../record/report';
import type { ISettings } from '../settings';
import type { IEnergyRow, IEnergyTotal, ISpent } from '../tokens';
import { asJson } from './envelope';
import { asPng, asSvg, coloursOf } from './picture';
import { asCsv, asLine, asMarkdown } from './text';

export { asLine };

/** What is exported. */
export interface IExported {
  /** The notebook's name. */
  readonly name: string;
  readonly rows: readonly IEnergyRow[];
  readonly total: IEnergyTotal;
  readonly spent: ISpent;
  readonly reports: readonly IReport[];
  readonly settings: ISettings;
  readonly trans: TranslationBundle;
}

/** A form of export, by the ending of its file. */
export type ExportFormat = 'csv' | 'json' | 'png' | 'md';

/** The content of a file. */
export async function contentOf(
  format: ExportFormat,
  exported: IExported
): Promise<Blob> {
  const { rows, total, settings } = exported;
  switch (format) {
    case 'csv':
      return new Blob([asCsv(rows)], { type: 'text/csv' });
    case 'json':
      return new Blob([asJson(exported)], { type: 'application/json' });
    case 'png':
      return asPng(asSvg(exported, coloursOf(document.body)));
    case 'md':
      return new Blob([asMarkdown(rows, total, settings.unit)], {
        type: 'text/markdown'
      });
  }
}
