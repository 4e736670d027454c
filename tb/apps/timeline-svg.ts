/**
 * Draws the lives of packets: one line per chain, time to the right.
 *
 * @module
 */
import type { PacketLife } from "../src/model/index.ts";

const ROW = 18;
const LEFT = 150;
const WIDTH = 1100;
const TOP = 70;
/** More lines than this cannot be read. */
const MAX_ROWS = 200;

interface Stage {
  readonly name: string;
  readonly color: string;
  readonly span: (life: PacketLife) => readonly [from: number | undefined, to: number | undefined];
}

const STAGES: readonly Stage[] = [
  { name: "kick to available entry", color: "#b0b7c3", span: (life) => [life.kick, life.avail] },
  { name: "descriptors", color: "#e0a030", span: (life) => [life.avail, life.lastDescriptor] },
  { name: "payload in memory", color: "#3b78c2", span: (life) => [life.firstPayload, life.lastPayload] },
  { name: "frame on the wire", color: "#3a9a5b", span: (life) => [life.firstBeat, life.lastBeat] },
  { name: "used entry to index", color: "#8a55b5", span: (life) => [life.used, life.usedIdx] },
  { name: "interrupt", color: "#cc3b3b", span: (life) => [life.interrupt, life.interrupt] },
];

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A distance between the lines of the grid that is easy to read: 1, 2 or 5 times a power of ten. */
function gridStep(cycles: number): number {
  const rough = Math.max(1, cycles / 10);
  const power = 10 ** Math.floor(Math.log10(rough));
  return (([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power) | 0 || 1;
}

/** The drawing as SVG. */
export function drawTimeline(
  lives: readonly PacketLife[],
  facts: { readonly layout: string; readonly dataWidth: number },
): string {
  const shown = lives.slice(0, MAX_ROWS);
  const cycles = shown
    .flatMap((life) => STAGES.flatMap((stage) => stage.span(life)))
    .filter((cycle) => cycle !== undefined);
  const from = cycles.reduce((low, cycle) => Math.min(low, cycle), cycles[0] ?? 0);
  const to = cycles.reduce((high, cycle) => Math.max(high, cycle), from + 1);
  const x = (cycle: number): number => LEFT + ((cycle - from) * WIDTH) / (to - from);
  const height = TOP + ROW * shown.length + 30;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + 30}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="10" y="20" font-size="14">Life of each packet: layout ${escapeXml(facts.layout)}, ${facts.dataWidth} bit, ` +
      `cycles ${from} to ${to}</text>`,
  ];
  STAGES.forEach((stage, i) => {
    const at = 10 + 170 * i;
    out.push(`<rect x="${at}" y="32" width="12" height="12" fill="${stage.color}"/>`);
    out.push(`<text x="${at + 17}" y="42">${escapeXml(stage.name)}</text>`);
  });
  for (
    let cycle = Math.ceil(from / gridStep(to - from)) * gridStep(to - from);
    cycle <= to;
    cycle += gridStep(to - from)
  ) {
    const at = x(cycle).toFixed(1);
    out.push(`<line x1="${at}" y1="${TOP - 8}" x2="${at}" y2="${height - 25}" stroke="#dddddd"/>`);
    out.push(`<text x="${at}" y="${height - 10}" text-anchor="middle">${cycle}</text>`);
  }
  shown.forEach((life, row) => {
    const y = TOP + ROW * row;
    const direction = life.virtqueue % 2 === 1 ? "TX" : "RX";
    const label = `${direction}${life.virtqueue >> 1} chain ${life.position}, ${life.frameBytes} B`;
    out.push(`<text x="10" y="${y + 10}">${label}</text>`);
    for (const stage of STAGES) {
      const [first, last] = stage.span(life);
      if (first === undefined || last === undefined || last < first) continue;
      const width = Math.max(2, x(last + 1) - x(first));
      out.push(
        `<rect x="${x(first).toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 6}" fill="${stage.color}" ` +
          `fill-opacity="0.85"><title>${escapeXml(`${label}: ${stage.name}, ${first} to ${last}`)}</title></rect>`,
      );
    }
  });
  if (lives.length > shown.length) {
    out.push(`<text x="10" y="${height - 10}">${lives.length - shown.length} more chains are not drawn</text>`);
  }
  out.push("</svg>", "");
  return out.join("\n");
}
