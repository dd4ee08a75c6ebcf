/** A notebook's energy as a picture, to be put into a talk or a paper. */
import { duration } from './format';
import { energyWords } from './export';
import type { IEnergyRow, IEnergyTotal } from './tokens';
import { energyOfSumIn, type EnergyUnit } from './units';

const WIDTH = 760;
const LINE = 30;
const HEAD = 96;
const PAD = 24;
/** As many cells as a picture can show; the others are one bar. */
const MAX_BARS = 24;

/** The colours of a picture, those of the page it is taken from. */
export interface IColours {
  readonly ground: string;
  readonly text: string;
  readonly quiet: string;
  readonly bar: string;
  readonly estimate: string;
  readonly font: string;
}

/** Draws the total and a bar for each cell, as SVG. */
export function asSvg(
  name: string,
  rows: readonly IEnergyRow[],
  total: IEnergyTotal,
  unit: EnergyUnit,
  colours: IColours
): string {
  const known = rows.filter(row => row.energy_j !== null);
  const shown =
    known.length <= MAX_BARS
      ? known
      : [...known].sort((a, b) => b.energy_j! - a.energy_j!).slice(0, MAX_BARS);
  const most_j = Math.max(...shown.map(row => row.energy_j!), 1e-12);
  const height = HEAD + shown.length * LINE + PAD;
  const figure = energyOfSumIn(
    unit,
    total.energy_j,
    total.uncertainty_j,
    total.bounds,
    total.provenance
  );
  const barLeft = 300;
  const barWidth = WIDTH - barLeft - 150;
  const bars = shown.map((row, index) => {
    const y = HEAD + index * LINE;
    const isEstimate =
      row.provenance === 'estimate' || row.provenance === 'mixed';
    const width = Math.max(1, (row.energy_j! / most_j) * barWidth);
    return [
      label(
        PAD,
        y + 15,
        13,
        colours.text,
        `[${row.executionCount ?? ' '}] ${cut(row.title, 34)}`
      ),
      `<rect x="${barLeft}" y="${y + 3}" width="${width.toFixed(1)}" height="16" rx="2" fill="${escape(isEstimate ? colours.estimate : colours.bar)}"/>`,
      label(
        barLeft + width + 8,
        y + 15,
        13,
        colours.text,
        energyWords(row, unit)
      )
    ].join('');
  });
  const about = [
    name,
    `${total.cells} cells`,
    duration(total.duration_s),
    total.provenance ?? '',
    shown.length < known.length ? `the ${MAX_BARS} greatest` : ''
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="${escape(colours.font)}">`,
    `<rect width="100%" height="100%" fill="${escape(colours.ground)}"/>`,
    label(PAD, 42, 26, colours.text, figure, 600),
    label(PAD, 66, 13, colours.quiet, about.filter(Boolean).join(' · ')),
    ...bars,
    '</svg>'
  ].join('');
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
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ground: colour('--jp-layout-color1'),
    text: colour('--jp-ui-font-color1'),
    quiet: colour('--jp-ui-font-color2'),
    bar: colour('--jp-brand-color1'),
    estimate: colour('--jp-warn-color1'),
    font: style.fontFamily
  };
}

function label(
  x: number,
  y: number,
  size: number,
  fill: string,
  text: string,
  weight = 400
): string {
  return `<text x="${x.toFixed(1)}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${escape(fill)}">${escape(text)}</text>`;
}

function cut(text: string, length: number): string {
  const letters = Array.from(text);
  return letters.length <= length
    ? text
    : `${letters.slice(0, length - 1).join('')}…`;
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
