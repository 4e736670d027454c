/**
 * Plots as SVG text: lines over a number, and horizontal bars.
 *
 * @module
 */

/** A line of a plot. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const COLOURS = ["#1b6ca8", "#d1495b", "#2e933c", "#edae49", "#6a4c93", "#00798c", "#8d6a4f", "#555555"];
const WIDTH = 760;
const LINE_HEIGHT = 300;
const MARGIN = { left: 60, right: 230, top: 30, bottom: 42 };

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function text(x: number, y: number, content: string, anchor: "start" | "middle" | "end" = "start"): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

/** About five round numbers from `low` to `high`. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  const out: number[] = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-6; n++)
    out.push(Number((n * step).toPrecision(6)));
  return out;
}

/** Lines over a linear x axis. */
export function linePlot(plot: {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Default: from the data. */
  readonly yRange?: readonly [number, number];
  readonly series: readonly Series[];
}): string {
  const all = plot.series.flatMap(({ points }) => points);
  if (all.length === 0) return "";
  const xs = all.map(({ x }) => x);
  const ys = all.map(({ y }) => y);
  const [xLow, xHigh] = [Math.min(...xs), Math.max(Math.max(...xs), Math.min(...xs) + 1)];
  const yLow = Math.min(plot.yRange?.[0] ?? 0, ...ys);
  const yHigh = Math.max(plot.yRange?.[1] ?? 0, ...ys) * (plot.yRange === undefined ? 1.05 : 1);
  const right = WIDTH - MARGIN.right;
  const bottom = LINE_HEIGHT - MARGIN.bottom;
  const toX = (x: number): number => MARGIN.left + ((x - xLow) / (xHigh - xLow)) * (right - MARGIN.left);
  const toY = (y: number): number => bottom - ((y - yLow) / (yHigh - yLow)) * (bottom - MARGIN.top);
  const parts = [
    text(MARGIN.left, 16, plot.title),
    `<path d="M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}" fill="none" stroke="#888"/>`,
    text((MARGIN.left + right) / 2, LINE_HEIGHT - 6, plot.xLabel, "middle"),
    `<g transform="translate(14 ${(MARGIN.top + bottom) / 2}) rotate(-90)">${text(0, 0, plot.yLabel, "middle")}</g>`,
  ];
  for (const y of ticks(yLow, yHigh)) {
    parts.push(
      `<path d="M${MARGIN.left} ${toY(y).toFixed(1)}H${right}" stroke="#ddd"/>`,
      text(MARGIN.left - 6, toY(y) + 4, String(y), "end"),
    );
  }
  for (const x of ticks(xLow, xHigh)) parts.push(text(toX(x), bottom + 16, String(x), "middle"));
  for (const [index, { name, points }] of plot.series.entries()) {
    const colour = COLOURS[index % COLOURS.length] ?? "#000";
    const path = points.map(({ x, y }) => `${toX(x).toFixed(1)},${toY(y).toFixed(1)}`).join(" ");
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    if (points.length <= 12) {
      for (const { x, y } of points) {
        parts.push(`<circle cx="${toX(x).toFixed(1)}" cy="${toY(y).toFixed(1)}" r="3" fill="${colour}"/>`);
      }
    }
    const at = MARGIN.top + 16 * index;
    parts.push(
      `<path d="M${right + 12} ${at}h18" stroke="${colour}" stroke-width="3"/>`,
      text(right + 36, at + 4, name),
    );
  }
  return frame(LINE_HEIGHT, parts);
}

/** Horizontal bars, each with a mark. */
export function barPlot(plot: {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly name: string; readonly value: number; readonly mark: number }[];
}): string {
  if (plot.bars.length === 0) return "";
  const left = 200;
  const high = Math.max(...plot.bars.map(({ value }) => value));
  const scale = (WIDTH - left - 90) / high;
  const parts = [text(10, 16, plot.title)];
  for (const [index, { name, value, mark }] of plot.bars.entries()) {
    const y = 30 + 24 * index;
    parts.push(
      text(left - 8, y + 14, name, "end"),
      `<rect x="${left}" y="${y}" width="${(value * scale).toFixed(1)}" height="18" fill="#9cc4e0"/>`,
      `<rect x="${left}" y="${y}" width="${(Math.min(mark, value) * scale).toFixed(1)}" height="18" fill="#1b6ca8"/>`,
      text(left + value * scale + 6, y + 14, `${value.toFixed(2)} ${plot.unit}`),
    );
  }
  return frame(40 + 24 * plot.bars.length, parts);
}

function frame(height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">${parts.join("")}</svg>`;
}
