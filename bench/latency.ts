/**
 * Latency: one frame at a time through an idle device, each stage read from the waveform.
 *
 * @module
 */
import { mkdirSync, rmSync } from "node:fs";

import { BusTrace, NetBench, packetLives, readWaveform, TRACE_SIGNALS } from "../tb/src/model/index.ts";
import type { PacketLife, RingPlace } from "../tb/src/model/index.ts";
import { linux, separate } from "../tb/src/virtio/index.ts";
import type { LayoutPolicy } from "../tb/src/virtio/index.ts";
import { buildParameters } from "./config.ts";
import type { Width } from "./config.ts";
import { BenchError } from "./ring.ts";

/** Minimum, median and maximum over the frames. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** One stage of a packet's way. */
export interface Stage extends Spread {
  readonly name: string;
}

/** Latencies of one direction. */
export interface LatencyResult {
  readonly data_w: number;
  readonly mem_latency: number;
  readonly direction: "tx" | "rx";
  readonly layout: string;
  readonly frame_bytes: number;
  readonly frames: number;
  /** TX: kick to first byte of the frame, and to the interrupt. RX: last byte of the frame to used index, and to the interrupt. */
  readonly totals: readonly Stage[];
  /** From one event to the next. */
  readonly stages: readonly Stage[];
}

const FRAME_BYTES = 64;
const FRAMES = 40;
const WAVE = "build/bench/latency.vcd";

type Moment = readonly [name: string, pick: (life: PacketLife) => number | undefined];

const TX_MOMENTS: readonly Moment[] = [
  ["kick", (life) => life.kick],
  ["available entry", (life) => life.avail],
  ["last descriptor", (life) => life.lastDescriptor],
  ["payload", (life) => life.lastPayload],
  ["first byte out", (life) => life.firstBeat],
  ["used entry", (life) => life.used],
  ["used index", (life) => life.usedIdx],
  ["interrupt", (life) => life.interrupt],
];

const RX_MOMENTS: readonly Moment[] = [
  ["last byte in", (life) => life.lastBeat],
  ["first address", (life) => life.firstPayload],
  ["payload", (life) => life.lastPayload],
  ["used entry", (life) => life.used],
  ["used index", (life) => life.usedIdx],
  ["interrupt", (life) => life.interrupt],
];

/** Measures all combinations of width, latency, direction and layout. */
export async function measureLatency(say: (text: string) => void): Promise<LatencyResult[]> {
  mkdirSync("build/bench", { recursive: true });
  const results: LatencyResult[] = [];
  for (const dataWidth of [64, 512] as const) {
    for (const latency of [1, 64]) {
      for (const layout of [linux, separate]) {
        say(`latency: ${dataWidth} bit, memory latency ${latency}, ${layout.name}`);
        results.push(...(await measureOne(dataWidth, latency, layout)));
      }
    }
  }
  rmSync(WAVE, { force: true });
  return results;
}

async function measureOne(dataWidth: Width, latency: number, layout: LayoutPolicy): Promise<LatencyResult[]> {
  const bench = await NetBench.open({
    params: buildParameters({ dataWidth, queuePairs: 1, driver: "closed" }),
    seed: 1,
    wavePath: WAVE,
    name: "latency",
  });
  let rings: RingPlace[];
  let headerBytes: number;
  try {
    bench.bench.memory.configure({ readLatency: latency, writeLatency: latency });
    const driver = await bench.start({ layout });
    headerBytes = driver.headerLenBytes;
    rings = driver.queues().map(({ virtqueue, vector, ring }) => ({
      virtqueue,
      vector,
      size: ring.queueSize,
      desc: ring.descAddr,
      avail: ring.availAddr,
      used: ring.usedAddr,
    }));
    const random = bench.random.fork("gaps");
    // The device is idle and armed before each frame; the gap moves the frame against its polling.
    const pause = (): PromiseLike<void> => bench.bench.cycles(8 * latency + 200 + random.below(100));
    await bench.step();
    for (let n = 0; n < FRAMES; n++) {
      await pause();
      bench.send(0, [{ frame: random.bytes(FRAME_BYTES) }]);
      await bench.run({ isInterruptDriven: true });
    }
    for (let n = 0; n < FRAMES; n++) {
      await pause();
      bench.receive(0, random.bytes(FRAME_BYTES));
      await bench.run({ isInterruptDriven: true });
    }
    await pause();
  } finally {
    await bench.close();
  }
  const trace = new BusTrace(dataWidth);
  await readWaveform({ path: WAVE, scope: "tb_top", clock: "clk", signals: TRACE_SIGNALS }, (sample) => {
    trace.sample(sample);
  });
  trace.finish();
  const lives = packetLives(trace, rings, headerBytes);
  const facts = { data_w: dataWidth, mem_latency: latency, layout: layout.name, frame_bytes: FRAME_BYTES };
  return (["tx", "rx"] as const).map((direction) => {
    const own = lives.filter((life) => life.virtqueue === (direction === "tx" ? 1 : 0) && life.frameBytes > 0);
    if (own.length !== FRAMES) throw new BenchError(`latency: ${own.length} of ${FRAMES} frames in the waveform`);
    return { ...facts, direction, frames: own.length, ...summary(own, direction) };
  });
}

function summary(
  lives: readonly PacketLife[],
  direction: "tx" | "rx",
): { readonly totals: Stage[]; readonly stages: Stage[] } {
  const moments = direction === "tx" ? TX_MOMENTS : RX_MOMENTS;
  const between = ([fromName, from]: Moment, [toName, to]: Moment): Stage => {
    const spans = lives.flatMap((life) => {
      const [start, end] = [from(life), to(life)];
      return start === undefined || end === undefined ? [] : [end - start];
    });
    return { name: `${fromName} to ${toName}`, ...spread(spans) };
  };
  const stages = moments.slice(1).flatMap((moment, index) => {
    const before = moments[index];
    return before === undefined ? [] : [between(before, moment)];
  });
  const [start] = moments;
  const wanted = direction === "tx" ? ["first byte out", "used index", "interrupt"] : ["used index", "interrupt"];
  const totals = moments.flatMap((moment) =>
    start !== undefined && wanted.includes(moment[0]) ? [between(start, moment)] : [],
  );
  return { totals, stages };
}

function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new BenchError("latency: a stage was never seen");
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? 0;
  return { min: at(0), median: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) };
}
