/**
 * Runs one row: a fresh simulation, warm up, then count cycles over the frames in between.
 *
 * @module
 */
import { DeviceBench } from "../tb/src/bus/index.ts";
import type { DeviceParameters, MemoryStatistics } from "../tb/src/bus/index.ts";
import { EVENT, first, Trigger } from "../tb/src/core/index.ts";
import type { Simulator } from "../tb/src/core/index.ts";
import { errorName, STATUS, Transport } from "../tb/src/virtio/index.ts";
import type { Bound } from "./bound.ts";
import { buildParameters } from "./config.ts";
import type { RowSpec } from "./config.ts";
import { BenchError } from "./error.ts";
import { Arena } from "./layout.ts";
import { BenchRing, featuresOf, isSame } from "./ring.ts";

/** What was measured for one direction. */
export interface StreamResult {
  readonly direction: "tx" | "rx";
  readonly chains: number;
  readonly frames: number;
  readonly cycles: number;
  readonly boundCyclesPerFrame: number;
  readonly readBeatsBound: number;
  readonly writeBeatsBound: number;
  readonly efficiency: number;
}

/** What the memory saw during the measurement, per frame of the first stream. */
export interface BusUse {
  readonly readBeats: number;
  readonly writeBeats: number;
  readonly readBeatsById: readonly number[];
  readonly writeIdle: number;
  readonly addressWait: number;
  readonly maxOutstandingReads: number;
}

/** A measured row. */
export interface RowResult {
  readonly streams: readonly StreamResult[];
  readonly bus: BusUse;
  /** The device's own counters of its first transmit queue since the start. */
  readonly counters: { readonly inline: number; readonly alone: number; readonly cut: number };
}

/** Progress of one direction: cycle and number of frames, at places in the stream that are alike. */
class Meter {
  readonly #cycles: number[] = [];
  readonly #counts: number[] = [];

  get count(): number {
    return this.#counts.at(-1) ?? 0;
  }

  push(cycle: number, count: number): void {
    this.#cycles.push(cycle);
    this.#counts.push(count);
  }

  /** The first cycle with at least `count` frames. */
  cycleOf(count: number): number | undefined {
    const at = this.#counts.findIndex((value) => value >= count);
    return at < 0 ? undefined : this.#cycles[at];
  }

  /** Frames and cycles from the first mark at or after cycle `from` to the first mark with `frames` more; undefined: not there yet. */
  span(from: number, frames: number): { readonly frames: number; readonly cycles: number } | undefined {
    const start = this.#cycles.findIndex((cycle) => cycle >= from);
    const startCount = this.#counts[start];
    if (startCount === undefined || this.count < startCount + frames) return undefined;
    const end = this.#counts.findIndex((count) => count >= startCount + frames);
    return {
      frames: (this.#counts[end] ?? 0) - startCount,
      cycles: (this.#cycles[end] ?? 0) - (this.#cycles[start] ?? 0),
    };
  }
}

/** Short frames are measured for at least so many cycles. */
const WINDOW_CYCLES = 24_000;

/** Nothing moved for so long: the device hangs. */
const STALL_CYCLES = 50_000;

/** Runs a row. */
export async function measure(
  spec: RowSpec,
  options: { readonly params?: DeviceParameters; readonly seed?: number; readonly rtlDirectory?: string } = {},
): Promise<RowResult> {
  const bench = await DeviceBench.open({
    params: options.params ?? buildParameters(spec.dataWidth, spec.queuePairs),
    seed: options.seed ?? 1,
    maxCycles: 100_000_000,
    ...(options.rtlDirectory === undefined ? {} : { rtlDirectory: options.rtlDirectory }),
    name: spec.id.replaceAll(/[^\w.-]+/g, "-"),
  });
  try {
    return await run(bench, spec);
  } finally {
    await bench.close();
  }
}

/** Stops the simulation whenever the device has moved an index. */
export function deviceMoves(simulator: Simulator): { readonly moved: () => void; readonly next: () => Trigger } {
  const { id } = simulator.model("axi_mem");
  let resolveNext: (() => void) | undefined;
  return {
    moved: () => {
      resolveNext?.();
      resolveNext = undefined;
    },
    next: () =>
      new Trigger(simulator, (resolve) => {
        const disarm = simulator.expectEvents({ model: id, mask: 1 << EVENT.WATCH, remaining: () => 1 });
        resolveNext = () => {
          disarm();
          resolve();
        };
        return () => {
          disarm();
          resolveNext = undefined;
        };
      }),
  };
}

async function run(bench: DeviceBench, spec: RowSpec): Promise<RowResult> {
  const { simulator, memory } = bench;
  memory.addArea(Arena.base, Arena.sizeBytes);
  memory.configure({ readLatency: spec.latency, writeLatency: spec.latency });
  simulator.dut.signal("cfg_link_up").value = 1;
  simulator.dut.signal("cfg_msix_enable").value = 1;
  const headerBytes = spec.streams[0]?.headerBytes ?? 12;
  // Only a build that was changed for it looks at cfg_mtu for the header length.
  simulator.dut.signal("cfg_mtu").value = headerBytes > 12 ? headerBytes : 9000;
  await bench.reset();

  const transport = new Transport(bench.registers);
  transport.setStatus(STATUS.ACKNOWLEDGE | STATUS.DRIVER);
  const features = featuresOf(spec.streams);
  if (!(await transport.acceptFeatures(features))) {
    // A legacy driver has no FEATURES_OK.
    if (headerBytes !== 10) throw new BenchError("the device refuses the features");
  }

  const arena = new Arena();
  const rings = spec.streams.flatMap((stream) =>
    Array.from(
      { length: spec.queuePairs },
      (_, pair) =>
        new BenchRing({
          memory,
          arena,
          random: simulator.random.fork(`${stream.direction} ${pair}`),
          stream,
          pair,
          queueSize: spec.queueSize,
          driver: spec.driver,
        }),
    ),
  );
  const { moved, next } = deviceMoves(simulator);
  const busBytes = spec.dataWidth / 8;
  const directions = spec.streams.map((stream) => {
    const own = rings.filter((ring) => ring.stream === stream);
    return { stream, rings: own, meter: new Meter(), bound: boundOfAll(own, busBytes) };
  });

  for (const { stream, rings: own, meter } of directions) {
    for (const ring of own) {
      await ring.start(transport, (cycle) => {
        if (stream.direction === "rx")
          meter.push(
            cycle,
            own.reduce((sum, one) => sum + one.framesUsed, 0),
          );
        moved();
      });
    }
  }
  watchTransmitted(bench, rings, directions.find(({ stream }) => stream.direction === "tx")?.meter);
  transport.setStatus(STATUS.ACKNOWLEDGE | STATUS.DRIVER | STATUS.FEATURES_OK | STATUS.DRIVER_OK);
  await bench.registers.idle();

  // Twelve times the latency fills every stage; slow rows have filled the queue long before that.
  const slowest = Math.min(...directions.map(({ bound }) => bound.cycles));
  const warm = Math.max(300 * spec.queuePairs, Math.ceil((12 * spec.latency + 1000) / slowest));
  const frames = Math.max(
    spec.frames,
    Math.ceil(WINDOW_CYCLES / slowest),
    ...directions.map(({ rings: own, bound }) => framesForError(own, bound, busBytes)),
  );
  const source = new EndlessSource(bench, directions);

  let statistics: MemoryStatistics | undefined;
  let statisticsFrom = 0;
  const head = directions[0];
  if (head === undefined) throw new BenchError("a row without streams");
  for (;;) {
    source.refill();
    const lastCycle = simulator.cycle;
    await first<unknown>(next(), simulator.cycles(STALL_CYCLES));
    if (simulator.cycle - lastCycle >= STALL_CYCLES) {
      const errors = (await transport.errorCounts()).flatMap((count, code) =>
        count > 0 ? [`${errorName(code)} ${count}`] : [],
      );
      const states = [...rings.map((ring) => ring.state), ...errors].join("; ");
      throw new BenchError(`${spec.id}: nothing has moved for ${STALL_CYCLES} cycles; ${states}`);
    }
    await Promise.all(rings.map((ring) => ring.service(transport)));
    // Cheap test first: the window is looked for only when it may be there.
    if (directions.some(({ meter }) => meter.count < warm)) continue;
    if (statistics === undefined) {
      statistics = await memory.statistics({ clear: true });
      statisticsFrom = head.meter.count;
    }
    if (directions.some(({ meter }) => meter.count < warm + frames)) continue;
    const from = Math.max(...directions.map(({ meter }) => meter.cycleOf(warm) ?? Infinity));
    const spans = directions.map(({ meter, rings: own }) => meter.span(from, roundUp(frames, framesPerLap(own))));
    if (spans.some((span) => span === undefined)) continue;
    statistics = await memory.statistics();
    const bus = busUse(statistics, head.meter.count - statisticsFrom);
    const counters = await transport.queueCounters(1);
    return {
      streams: directions.map(({ stream, bound, rings: own }, index) => {
        const { frames: count, cycles } = spans[index] ?? { frames: 0, cycles: 1 };
        return {
          direction: stream.direction,
          chains: own[0]?.chains.length ?? 0,
          frames: count,
          cycles,
          boundCyclesPerFrame: bound.cycles,
          readBeatsBound: bound.readBeats,
          writeBeatsBound: bound.writeBeats,
          efficiency: (bound.cycles * count) / cycles,
        };
      }),
      bus,
      counters,
    };
  }
}

/**
 * The device reads descriptors and entries ahead of the frames, at most those in the rings; by how far goes up and down. With so many frames
 * the window is at most this part wrong, even if everything was read ahead at one end and nothing at the other.
 */
const MOST_READ_AHEAD = 0.01;

function framesForError(rings: readonly BenchRing[], bound: Bound, busBytes: number): number {
  const ring = rings[0];
  if (ring?.stream.direction !== "tx") return 0;
  const payloadBeats = ring.payloadBeats(busBytes);
  return Math.ceil((rings.length * ring.chains.length * (1 - payloadBeats / bound.cycles)) / MOST_READ_AHEAD);
}

/** Frames until all rings of a direction are where they were. */
function framesPerLap(rings: readonly BenchRing[]): number {
  const ring = rings[0];
  if (ring === undefined) return 1;
  let lap = ring.chains.length;
  while (lap % ring.chainsPerFrame !== 0) lap += ring.chains.length;
  return (rings.length * lap) / ring.chainsPerFrame;
}

function roundUp(value: number, step: number): number {
  return step * Math.ceil(value / step);
}

function boundOfAll(rings: readonly BenchRing[], busBytes: number): Bound {
  const ring = rings[0];
  if (ring === undefined) throw new BenchError("a stream without rings");
  // All queues have the same layout, so one speaks for all.
  return ring.bound(busBytes);
}

function busUse(statistics: MemoryStatistics, frames: number): BusUse {
  return {
    readBeats: statistics.readBeats / frames,
    writeBeats: statistics.writeBeats / frames,
    readBeatsById: statistics.perId.slice(0, 7).map(({ readBeats }) => readBeats / frames),
    writeIdle: statistics.writeIdleCycles / frames,
    addressWait: statistics.readAddressWaitCycles / frames,
    maxOutstandingReads: statistics.maxOutstandingReads,
  };
}

/** Compares every frame that leaves the device with the one that is due in its queue. */
function watchTransmitted(bench: DeviceBench, rings: readonly BenchRing[], meter: Meter | undefined): void {
  const byPair = new Map(rings.filter((ring) => ring.virtqueue % 2 === 1).map((ring) => [ring.virtqueue >> 1, ring]));
  const counts = new Map<number, number>();
  let total = 0;
  bench.sink.frames.isKeeping = false;
  bench.sink.frames.listen(({ dest, data, header, lastCycle }) => {
    const ring = byPair.get(dest);
    const index = counts.get(dest) ?? 0;
    if (ring === undefined || !isSame(data, ring.frame(index))) {
      throw new BenchError(`frame ${index} of queue pair ${dest} left the device with wrong bytes`);
    }
    const expected = ring.header(index);
    if (
      !isSame(header.subarray(0, expected.length), expected) ||
      header.subarray(expected.length).some((b) => b !== 0)
    ) {
      throw new BenchError(`frame ${index} of queue pair ${dest} left the device with a wrong header`);
    }
    counts.set(dest, index + 1);
    total++;
    meter?.push(lastCycle, total);
  });
}

/** Frames from the wire without a gap, queue pairs in turn. */
class EndlessSource {
  readonly #bench: DeviceBench;
  readonly #rings: readonly BenchRing[];
  readonly #target: number;
  #next = 0;

  constructor(bench: DeviceBench, directions: readonly { readonly rings: readonly BenchRing[] }[]) {
    this.#bench = bench;
    this.#rings = directions.flatMap(({ rings }) => rings).filter((ring) => ring.stream.direction === "rx");
    // More than the device can take between two stops.
    this.#target = 512;
  }

  refill(): void {
    if (this.#rings.length === 0) return;
    while (this.#bench.source.pending < this.#target) {
      const pair = this.#next % this.#rings.length;
      const ring = this.#rings[pair];
      if (ring === undefined) return;
      this.#bench.source.send(ring.frame(Math.floor(this.#next / this.#rings.length)), { dest: pair });
      this.#next++;
    }
  }
}
