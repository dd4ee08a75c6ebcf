/** What the panel shows as a picture, to be put into a talk or a paper. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { stagesOf } from '../model/bystage';
import { totalOf } from '../model/total';
import type { Device } from '../record/device';
import { isEstimate } from '../record/quantity';
import { reachOf } from '../record/scale';
import type { ISettings } from '../settings';
import { duration, meanPower } from '../text/format';
import { energyWords, promptOf } from '../text/rowwords';
import {
  deviceParts,
  joulesOf,
  readingOf,
  totalWords
} from '../text/totalwords';
import { unitOfParts } from '../text/units';
import {
  byReadingsHint,
  provenanceWord,
  replayWord,
  statusNote
} from '../text/words';
import type { IEnergyRow, IEnergyTotal } from '../tokens';

const WIDTH = 760;
const PAD = 24;
const LINE = 22;
/** Room for what one colour stands for. */
const KEY_WIDTH = 178;
const QUIET = 'class="quiet"';
/** Where the bars of stages and cells begin, and how long the longest is. */
const BAR_LEFT = 290;
const BAR_WIDTH = 170;
/** As much of a name as stands before its bar. */
const MAX_LETTERS = 36;
/** As many bars as one chart has, the greatest ones. */
const MAX_BARS = 24;

/** The colours of a picture, those of the page it is taken from, as XML. */
export interface IColours extends Readonly<Record<Device, string>> {
  readonly ground: string;
  readonly text: string;
  readonly quiet: string;
  readonly bar: string;
  readonly estimate: string;
  readonly font: string;
}

/** What a picture is of. */
export interface ISubject {
  /** The notebook's. */
  readonly name: string;
  readonly rows: readonly IEnergyRow[];
  readonly total: IEnergyTotal;
  readonly settings: ISettings;
  readonly trans: TranslationBundle;
}

/** One bar of a chart. */
interface IBar {
  readonly name: string;
  readonly energy_j: number;
  readonly isEstimate: boolean;
  readonly words: string;
  /** The cells of which it is the sum. */
  readonly rows: readonly IEnergyRow[];
}

/** The bars of a chart. */
interface IBars {
  readonly title: string;
  readonly bars: readonly IBar[];
  readonly colour: string;
  /** The joules of bars that are not drawn. */
  readonly sumOf: (total: IEnergyTotal) => string;
  /** What is to be said of all of them, or empty. */
  readonly note: string;
}

/** Draws total, hardware, stages and cells, as SVG. */
export function asSvg(subject: ISubject, colours: IColours): string {
  const { rows, settings, total, trans } = subject;
  const { bar: colour } = colours;
  const sheet = new Sheet();
  drawTotal(sheet, subject, colours);
  const unit = unitOfParts(settings.unit, total.energy_j);
  const stages = stagesOf(rows).map(({ name, rows, total }) => ({
    name: name ?? trans.__('untagged'),
    energy_j: total.energy_j,
    isEstimate: isEstimate(total.provenance),
    words: readingOf(total, unit),
    rows
  }));
  drawBars(sheet, subject, {
    title: trans.__('Stages'),
    bars: stages,
    colour,
    sumOf: total => readingOf(total, unit),
    note: reachOf(total.scaleRange) > 0 ? byReadingsHint(trans) : ''
  });
  const cells = rows.flatMap(row => {
    const { energy_j, provenance } = row;
    const words = [energyWords(row, settings.unit), statusNote(row, trans)];
    return energy_j === null
      ? []
      : {
          name: `${promptOf(row)} ${row.title}`,
          energy_j,
          isEstimate: isEstimate(provenance),
          words: words.filter(Boolean).join(' · '),
          rows: [row]
        };
  });
  drawBars(sheet, subject, {
    title: trans.__('Cells'),
    bars: cells,
    colour,
    sumOf: total => joulesOf(total, settings.unit, total.scaleRange),
    note: ''
  });
  return sheet.svg(colours);
}

/** The total with all that is said of it, and the bar of the hardware. */
function drawTotal(
  sheet: Sheet,
  { name, total, settings, trans }: ISubject,
  colours: IColours
): void {
  const words = totalWords(total, trans, settings);
  const { provenance } = total;
  sheet.line(name, QUIET);
  sheet.skip(12);
  sheet.line(words.figure, 'class="total"');
  const facts = [
    words.otherUnit,
    provenance && provenanceWord(provenance, trans),
    total.isReplayed && replayWord(trans),
    trans._n('%1 cell', '%1 cells', total.cells),
    trans.__('%1 mean', meanPower(total, total.scaleRange)),
    duration(total.duration_s)
  ];
  sheet.line(facts.filter(Boolean).join(' · '));
  for (const [, remark] of words.remarks) {
    sheet.line(remark);
  }
  if (words.co2e) {
    const { figure, factor } = words.co2e;
    sheet.line(`${trans.__('CO₂e')} ${figure} ${factor}`);
  }
  const parts = deviceParts(total, trans, settings);
  sheet.skip(LINE);
  let left = PAD;
  for (const { device, share } of parts) {
    const width = share * (WIDTH - 2 * PAD);
    sheet.bar(left, width - 2, colours[device]);
    left += width;
  }
  sheet.skip(LINE);
  left = PAD;
  for (const { device, name, percent, energy } of parts) {
    sheet.bar(left, 11, colours[device]);
    sheet.text(`${name} ${percent} ${energy}`, left + 18);
    left += KEY_WIDTH;
  }
}

/** Bars in the order of the notebook; of many the greatest, and the sum of the others. */
function drawBars(
  sheet: Sheet,
  { trans }: ISubject,
  { title, bars, colour, sumOf, note }: IBars
): void {
  const order = [...bars].sort((a, b) => b.energy_j - a.energy_j);
  const others = new Set(order.slice(MAX_BARS));
  sheet.skip(LINE / 2);
  sheet.line(title, QUIET);
  for (const bar of bars) {
    if (!others.has(bar)) {
      const width = Math.max(1, (bar.energy_j / order[0].energy_j) * BAR_WIDTH);
      sheet.line(cut(bar.name));
      sheet.bar(BAR_LEFT, width, bar.isEstimate ? 'url(#estimate)' : colour);
      sheet.text(bar.words, BAR_LEFT + width + 8);
    }
  }
  if (others.size > 0) {
    sheet.line(trans.__('%1 others', others.size), QUIET);
    const rows = [...others].flatMap(bar => bar.rows);
    sheet.text(sumOf(totalOf(rows)), BAR_LEFT);
  }
  if (note !== '') {
    sheet.line(note, QUIET);
  }
}

/** A sheet that is filled line by line, from the top. */
class Sheet {
  skip(height: number): void {
    this._y += height;
  }

  /** Begins a line with a text. */
  line(text: string, attributes = ''): void {
    this.skip(LINE);
    this.text(text, PAD, attributes);
  }

  /** Puts a text into the line. */
  text(text: string, x: number, attributes = ''): void {
    this._marks += `<text x="${x.toFixed(1)}" y="${this._y}" ${attributes}>${escape(text)}</text>`;
  }

  /** Puts a bar into the line. */
  bar(x: number, width: number, fill: string): void {
    this._marks += `<rect x="${x.toFixed(1)}" y="${this._y - 11}" width="${width.toFixed(1)}" height="13" rx="2" fill="${fill}"/>`;
  }

  svg({ ground, text, quiet, estimate, font }: IColours): string {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${this._y + PAD}" font-family="${font}" font-size="13" fill="${text}">` +
      `<style>.quiet{fill:${quiet};font-weight:600}.total{font-size:26px;font-weight:600}</style>` +
      `<pattern id="estimate" width="7" height="7" patternUnits="userSpaceOnUse"><path fill="${estimate}" d="M0 0h5v7H0z"/></pattern>` +
      `<path fill="${ground}" d="M0 0h${WIDTH}v${this._y + PAD}H0z"/>` +
      `${this._marks}</svg>`
    );
  }

  private _marks = '';
  /** Where the line stands. */
  private _y = PAD / 2;
}

/** Turns SVG into PNG, at twice the size for dense screens. */
export async function asPng(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = 2 * image.naturalWidth;
  canvas.height = 2 * image.naturalHeight;
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(blob => {
      if (blob) {
        resolve(blob);
      } else {
        reject(new Error('The picture could not be drawn.'));
      }
    });
  });
}

/** The colours of the page. */
export function coloursOf(node: HTMLElement): IColours {
  const style = getComputedStyle(node);
  const colour = (name: string): string =>
    escape(style.getPropertyValue(`--jp-${name}`).trim());
  const text = colour('ui-font-color1');
  const quiet = colour('ui-font-color2');
  return {
    ground: colour('layout-color1'),
    text,
    quiet,
    bar: colour('accent-color1'),
    estimate: colour('warn-color1'),
    cpu: colour('brand-color1'),
    dram: colour('warn-color1'),
    gpu: colour('success-color1'),
    other: quiet,
    font: escape(style.fontFamily)
  };
}

function cut(text: string): string {
  const letters = Array.from(text);
  return letters.length <= MAX_LETTERS
    ? text
    : `${letters.slice(0, MAX_LETTERS - 1).join('')}…`;
}

function escape(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- XML allows none of these
      .replace(/[\u0000-\u001f]/g, ' ')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
  );
}
