/**
 * Latency: one frame at a time through an idle device, each stage read from the waveform.
 *
 * @module
 */
import { mkdirSync, rmSync } from "node:fs";

import { BusTrace, NetBench, packetLives, readWaveform, TRACE_SIGNALS } from "../tb/src/model/index.ts";
import type { PacketLife, RingPlace } from "../tb/src/model/index.ts";
import { buildParameters } from "./config.ts";
import type { Width } from "./config.ts";
import { BenchError } from "./error.ts";
import { DRIVERS } from "./request-response.ts";
import type { DriverName } from "./request-response.ts";

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

/** One experiment. */
export interface LatencyChoice {
  readonly dataWidth: Width;
  readonly latency: number;
  readonly layout: DriverName;
}

/** The experiments of the report. */
export const LATENCY_CHOICES: readonly LatencyChoice[] = ([64, 512] as const).flatMap((dataWidth) =>
  [1, 64].flatMap((latency) => (["inline", "separate"] as const).map((layout) => ({ dataWidth, latency, layout }))),
);

/** Sends and receives frames one by one; gives the results of both directions. */
export async function measureLatency({ dataWidth, latency, layout }: LatencyChoice): Promise<LatencyResult[]> {
  mkdirSync("build/bench", { recursive: true });
  const wavePath = `build/bench/latency-${process.pid}.vcd`;
  const bench = await NetBench.open({ params: buildParameters(dataWidth), seed: 1, wavePath, name: "latency" });
  let rings: RingPlace[];
  let headerBytes: number;
  try {
    bench.bench.memory.configure({ readLatency: latency, writeLatency: latency });
    const driver = await bench.start({ layout: DRIVERS[layout] });
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
  await readWaveform({ path: wavePath, scope: "tb_top", clock: "clk", signals: TRACE_SIGNALS }, (sample) => {
    trace.sample(sample);
  });
  trace.finish();
  rmSync(wavePath);
  const lives = packetLives(trace, rings, headerBytes);
  const facts = { data_w: dataWidth, mem_latency: latency, layout, frame_bytes: FRAME_BYTES };
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
