/**
 * `make timeline`: reads a VCD and shows the life of each packet, as text and as a drawing.
 *
 * Without `VCD` it records one first: the options of `make sim` say what (LAYOUT, FRAMES, DATA_W, LATENCY, PCAP, SEED). With
 * `VCD=file` it reads that file, and the ring addresses from `RINGS` (default: `rings.json` beside it).
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { BusTrace, packetLives, readWaveform, TRACE_SIGNALS } from "../src/model/index.ts";
import type { PacketLife, RingPlace } from "../src/model/index.ts";
import { linux } from "../src/virtio/index.ts";
import { OptionError, parseSimOptions } from "./options.ts";
import { loadTraffic, openBench, replay, SIM_DIRECTORY, takeTraffic } from "./replay.ts";
import type { RingFacts } from "./replay.ts";
import { drawTimeline } from "./timeline-svg.ts";

const DEFAULT_FRAMES = 24;
const SVG_PATH = `${SIM_DIRECTORY}/timeline.svg`;

interface Files {
  readonly vcd: string;
  readonly rings: string;
}

async function record(): Promise<Files> {
  const options = parseSimOptions({ FRAMES: String(DEFAULT_FRAMES), ...nonEmpty(process.env), WAVES: "vcd" });
  // One layout: the rings of several drivers would lie on top of each other.
  const layout = options.layouts.length === 1 ? (options.layouts[0] ?? linux) : linux;
  console.log(
    `recording ${options.frames ?? DEFAULT_FRAMES} frames, layout ${layout.name}, ${options.dataWidth} bit ...`,
  );
  const bench = await openBench(options, "timeline");
  try {
    const result = await replay(bench, layout, takeTraffic(loadTraffic(options.pcap), options.frames), {
      isInterruptDriven: true,
    });
    if (result.mismatches > 0) throw new Error(result.problems.join("\n"));
  } finally {
    await bench.close();
  }
  return { vcd: `${SIM_DIRECTORY}/timeline.vcd`, rings: `${SIM_DIRECTORY}/rings.json` };
}

function nonEmpty(environment: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
}

function givenFiles(): Files | undefined {
  const vcd = process.env["VCD"];
  if (vcd === undefined || vcd === "") return undefined;
  const rings = process.env["RINGS"] ?? join(dirname(vcd), "rings.json");
  for (const [name, path] of [
    ["VCD", vcd],
    ["RINGS", rings],
  ] as const) {
    if (!existsSync(path)) throw new OptionError(`${name}: expected a file, got '${path}', which does not exist`);
  }
  return { vcd, rings };
}

function cell(value: number | undefined, width: number): string {
  return (value === undefined ? "-" : String(value)).padStart(width);
}

function span(first: number | undefined, last: number | undefined): string {
  return first === undefined ? "-" : first === last || last === undefined ? String(first) : `${first}..${last}`;
}

function describe(life: PacketLife): string {
  const direction = life.virtqueue % 2 === 1 ? "TX" : "RX";
  return [
    `${direction}${life.virtqueue >> 1}`,
    cell(life.position, 5),
    cell(life.frameBytes, 6),
    cell(life.kick, 8),
    cell(life.avail, 8),
    `${span(life.firstDescriptor, life.lastDescriptor)} (${life.descriptors})`.padStart(18),
    `${span(life.firstPayload, life.lastPayload)} (${life.bursts})`.padStart(18),
    span(life.firstBeat, life.lastBeat).padStart(14),
    cell(life.used, 8),
    cell(life.usedIdx, 8),
    cell(life.interrupt, 9),
  ].join("  ");
}

const HEAD =
  "queue  chain   bytes      kick     avail    descriptors (n)    payload (bursts)           frame      used     index  interrupt";

async function main(): Promise<number> {
  const files = givenFiles() ?? (await record());
  // The file was written by `make sim`.
  const facts = JSON.parse(readFileSync(files.rings, "utf8")) as RingFacts;
  const rings: RingPlace[] = facts.queues.map((queue) => ({
    virtqueue: queue.virtqueue,
    vector: queue.vector,
    size: queue.size,
    desc: BigInt(queue.desc),
    avail: BigInt(queue.avail),
    used: BigInt(queue.used),
  }));
  const trace = new BusTrace(facts.dataWidth);
  await readWaveform({ path: files.vcd, scope: "tb_top", clock: "clk", signals: TRACE_SIGNALS }, (sample) => {
    // Before that, other drivers may have used the same memory.
    if (sample.cycle >= facts.firstCycle) trace.sample(sample);
  });
  trace.finish();
  const lives = packetLives(trace, rings, facts.headerLenBytes);

  console.log(HEAD);
  for (const life of lives) console.log(describe(life));
  for (const violation of trace.violations) console.log(`bus rule broken: ${violation}`);
  writeFileSync(SVG_PATH, drawTimeline(lives, { layout: facts.layout, dataWidth: facts.dataWidth }));
  console.log(`${lives.length} chains, ${trace.violations.length} broken bus rules; drawing: ${SVG_PATH}`);
  return trace.violations.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`make timeline: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
