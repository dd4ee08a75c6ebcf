import type { Line } from './geometry';
import { ENERGY_COLOUR } from './palette';
import type { ILabel, IScene, IStroke } from './scene';
import type { ITheme } from './theme';

const FONT_PX = 11;
const DASH = [7, 4];
const DOTS = [1, 3];
/** The length of a mark of the program's own. */
const TICK_PX = 9;
/** Between a label on the curve and an axis. */
const MARGIN_PX = 3;

/** Draws a scene on a canvas of its size. */
export function draw(
  ctx: CanvasRenderingContext2D,
  scene: IScene,
  theme: ITheme,
  isFilled: boolean
): void {
  const { plot } = scene;
  ctx.lineJoin = 'round';

  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.left, 0, plot.right - plot.left, plot.bottom + 1.5);
  ctx.clip();
  ctx.globalAlpha = 0.5;
  ctx.fillStyle = theme.grid;
  for (const [begin_px, end_px] of scene.gaps) {
    const width = Math.max(end_px - begin_px, 1);
    ctx.fillRect(begin_px, plot.top, width, plot.bottom - plot.top);
  }
  ctx.globalAlpha = 1;
  ctx.lineWidth = 1;
  ctx.strokeStyle = theme.grid;
  for (const y of [...scene.grid, plot.bottom]) {
    level(ctx, scene, Math.round(y) + 0.5);
  }

  if (isFilled && scene.energy.length > 2) {
    ctx.fillStyle = ENERGY_COLOUR;
    ctx.globalAlpha = 0.16;
    fill(ctx, scene.energy, plot.bottom);
    ctx.globalAlpha = 1;
  }
  for (const stroke of scene.strokes) {
    fillDown(ctx, stroke);
  }
  if (scene.energy.length > 2) {
    ctx.strokeStyle = ENERGY_COLOUR;
    ctx.lineWidth = 2.5;
    strokeLines(ctx, [scene.energy]);
  }
  for (const stroke of scene.strokes) {
    ctx.strokeStyle = stroke.colour;
    ctx.lineWidth = stroke.width;
    ctx.setLineDash(stroke.dashed ? DASH : []);
    strokeLines(ctx, stroke.lines);
  }

  ctx.lineWidth = 1;
  for (const { y, colour, dotted } of scene.levels) {
    ctx.strokeStyle = colour ?? theme.text;
    ctx.setLineDash(dotted ? DOTS : []);
    level(ctx, scene, Math.round(y) + 0.5);
  }
  ctx.setLineDash([]);
  ctx.strokeStyle = theme.text;
  for (const x of scene.ticks) {
    ctx.beginPath();
    ctx.moveTo(Math.round(x) + 0.5, plot.bottom);
    ctx.lineTo(Math.round(x) + 0.5, plot.bottom - TICK_PX);
    ctx.stroke();
  }
  ctx.restore();

  ctx.font = `${FONT_PX}px ${theme.fontFamily}`;
  ctx.textBaseline = 'middle';
  if (scene.peak) {
    const { x, y } = scene.peak;
    ctx.fillStyle = theme.text;
    ctx.beginPath();
    ctx.moveTo(x, y - 2);
    ctx.lineTo(x - 4, y - 8);
    ctx.lineTo(x + 4, y - 8);
    ctx.fill();
  }
  scene.labels.forEach(label => {
    write(ctx, label.isMark ? within(ctx, plot, label) : label, theme);
  });
}

function level(ctx: CanvasRenderingContext2D, { plot }: IScene, y: number) {
  ctx.beginPath();
  ctx.moveTo(plot.left, y);
  ctx.lineTo(plot.right, y);
  ctx.stroke();
}

function strokeLines(
  ctx: CanvasRenderingContext2D,
  lines: readonly Line[]
): void {
  ctx.beginPath();
  for (const line of lines) {
    ctx.moveTo(line[0], line[1]);
    for (let i = 2; i < line.length; i += 2) {
      ctx.lineTo(line[i], line[i + 1]);
    }
  }
  ctx.stroke();
}

function fill(ctx: CanvasRenderingContext2D, line: Line, bottom: number): void {
  ctx.beginPath();
  ctx.moveTo(line[0], bottom);
  for (let i = 0; i < line.length; i += 2) {
    ctx.lineTo(line[i], line[i + 1]);
  }
  ctx.lineTo(line[line.length - 2], bottom);
  ctx.fill();
}

/** Fills the band of a stacked domain: down to the one below it, or to the axis. */
function fillDown(
  ctx: CanvasRenderingContext2D,
  { lines, down, colour }: IStroke
): void {
  if (down === undefined) {
    return;
  }
  ctx.fillStyle = colour;
  ctx.globalAlpha = 0.35;
  lines.forEach((line, index) => {
    if (typeof down === 'number') {
      fill(ctx, line, down);
      return;
    }
    ctx.beginPath();
    for (let i = 0; i < line.length; i += 2) {
      ctx.lineTo(line[i], line[i + 1]);
    }
    // All bands have the same rows and breaks, so what lies below has as many stretches.
    const under = down[index];
    for (let i = under.length - 2; i >= 0; i -= 2) {
      ctx.lineTo(under[i], under[i + 1]);
    }
    ctx.fill();
  });
  ctx.globalAlpha = 1;
}

/** Moves a label on the curve so far that it does not run over an axis. */
function within(
  ctx: CanvasRenderingContext2D,
  { left, right }: IScene['plot'],
  label: ILabel
): ILabel {
  const room_px = right - left - 2 * MARGIN_PX;
  const text =
    ctx.measureText(label.text).width > room_px
      ? (label.short ?? label.text)
      : label.text;
  const width = ctx.measureText(text).width;
  const begin = label.align === 'left' ? label.x : label.x - width;
  const x = Math.max(
    Math.min(begin, right - MARGIN_PX - width),
    left + MARGIN_PX
  );
  return { ...label, text, x, align: 'left' };
}

function write(
  ctx: CanvasRenderingContext2D,
  { x, y, text, align, isMark }: ILabel,
  theme: ITheme
): void {
  ctx.textAlign = align;
  if (isMark) {
    // A rim in the colour of the ground keeps a text readable on a line.
    ctx.lineWidth = 3;
    ctx.strokeStyle = theme.ground;
    ctx.strokeText(text, x, y);
  }
  ctx.fillStyle = theme.text;
  ctx.fillText(text, x, y);
}
