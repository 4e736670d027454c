/**
 * Replays recorded traffic through the device, in both directions at once, with one header layout.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

import type { ReceivedFrame, SentFrame } from "../src/bus/index.ts";
import { NetBench } from "../src/model/index.ts";
import type { RunOptions } from "../src/model/index.ts";
import { parseFrame, PcapngWriter, readCapture } from "../src/net/index.ts";
import { FEATURE } from "../src/virtio/index.ts";
import type { LayoutPolicy } from "../src/virtio/index.ts";
import type { SimOptions } from "./options.ts";

/** Simulated time of one cycle in the capture files: 250 MHz. */
export const NS_PER_CYCLE = 4n;

/** Where results go. */
export const SIM_DIRECTORY = "build/sim";

/** IPv4 address of the guest in the recorded traffic. */
const GUEST = "10.77.0.1";

const FIXTURES = ["tcp_rr_1byte", "icmp_sizes", "tcp_http", "tcp_bulk"];

/** Recorded frames by direction. */
export interface Traffic {
  readonly tx: readonly Uint8Array[];
  readonly rx: readonly Uint8Array[];
}

/**
 * Loads a capture, or all recorded ones. Frames of the guest's IPv4 address go out; if the file has none, those with the Ethernet
 * source of its first frame.
 */
export function loadTraffic(pcap: string | undefined): Traffic {
  const files =
    pcap === undefined ? FIXTURES.map((name) => new URL(`../fixtures/${name}.pcap`, import.meta.url)) : [pcap];
  const frames = files.flatMap((file) => readCapture(readFileSync(file)).frames.map((frame) => frame.bytes));
  const parsed = frames.filter((frame) => frame.length >= 14).map((frame) => ({ frame, facts: parseFrame(frame) }));
  const isByAddress = parsed.some(({ facts }) => facts.ipv4?.src === GUEST);
  const firstSource = parsed[0]?.facts.src.join(":");
  const isGuest = ({ facts }: (typeof parsed)[number]): boolean =>
    isByAddress ? facts.ipv4?.src === GUEST : facts.src.join(":") === firstSource;
  return {
    tx: parsed.filter(isGuest).map(({ frame }) => frame),
    rx: parsed.filter((entry) => !isGuest(entry)).map(({ frame }) => frame),
  };
}

/** The first `count` frames of both directions, in their proportion; repeated if there are not so many. */
export function takeTraffic(traffic: Traffic, count: number | undefined): Traffic {
  const all = traffic.tx.length + traffic.rx.length;
  if (count === undefined || all === 0) return traffic;
  const txCount = Math.round((count * traffic.tx.length) / all);
  const repeat = (list: readonly Uint8Array[], wanted: number): Uint8Array[] =>
    Array.from({ length: list.length === 0 ? 0 : wanted }, (_, i) => list[i % list.length] ?? new Uint8Array(0));
  return { tx: repeat(traffic.tx, txCount), rx: repeat(traffic.rx, count - txCount) };
}

/** What one replay came to. */
export interface ReplayResult {
  readonly layout: string;
  readonly txFrames: number;
  readonly rxFrames: number;
  readonly bytes: number;
  readonly cycles: number;
  readonly txDescriptorsPerFrame: number;
  readonly rxDescriptorsPerFrame: number;
  readonly txCyclesPerFrame: number;
  readonly rxCyclesPerFrame: number;
  /** As the device counted, both directions together. */
  readonly inline: number;
  readonly alone: number;
  readonly cut: number;
  /** Why the driver chose each transmit layout, if its rules have a name. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly mismatches: number;
  readonly problems: readonly string[];
}

/** Rings of a replay for the timeline. */
export interface RingFacts {
  readonly layout: string;
  readonly dataWidth: number;
  readonly headerLenBytes: number;
  readonly firstCycle: number;
  readonly queues: readonly {
    readonly virtqueue: number;
    readonly vector: number;
    readonly size: number;
    readonly desc: string;
    readonly avail: string;
    readonly used: string;
  }[];
}

/** Replays `traffic` with one layout; writes the capture and the ring addresses. */
export async function replay(
  bench: NetBench,
  layout: LayoutPolicy,
  traffic: Traffic,
  run: RunOptions = { stepCycles: 200 },
): Promise<ReplayResult> {
  mkdirSync(SIM_DIRECTORY, { recursive: true });
  // The recorded frames obey no MTU of ours.
  const driver = await bench.start({ layout, features: layout.features & ~FEATURE.NET_MTU });
  const capture = new PcapngWriter([
    { name: "guest-to-wire", description: "transmitted by the guest", direction: "outbound" },
    { name: "wire-to-guest", description: "received by the guest", direction: "inbound" },
  ]);
  const txTime = new Pace();
  const rxTime = new Pace();
  bench.onTransmitted = (frame: ReceivedFrame) => {
    txTime.add(frame.lastCycle);
    capture.add({ interfaceId: 0, timeNs: BigInt(frame.firstCycle) * NS_PER_CYCLE, bytes: frame.data });
  };
  bench.onAccepted = (sent: SentFrame, bytes: Uint8Array) => {
    rxTime.add(sent.lastCycle);
    capture.add({ interfaceId: 1, timeNs: BigInt(sent.firstCycle) * NS_PER_CYCLE, bytes });
  };

  const firstCycle = bench.cycle;
  writeRings(layout, bench, firstCycle);
  bench.send(
    0,
    traffic.tx.map((frame) => ({ frame })),
  );
  for (const frame of traffic.rx) bench.receive(0, frame);
  const problems: string[] = [];
  try {
    await bench.run(run);
    await bench.finish();
  } catch (error) {
    // A problem of the scoreboard is a result; anything else ends the program.
    if (bench.scoreboard.problemCount === 0) throw error;
    problems.push(...bench.scoreboard.problems);
  }
  const cycles = bench.cycle - firstCycle;
  writeFileSync(`${SIM_DIRECTORY}/${layout.name}.pcapng`, capture.finish());
  const [tx, rx] = await Promise.all([bench.counted(1), bench.counted(0)]);
  return {
    layout: layout.name,
    txFrames: tx.frames,
    rxFrames: rx.frames,
    bytes: tx.bytes + rx.bytes,
    cycles,
    txDescriptorsPerFrame: tx.descriptors / Math.max(1, tx.frames),
    rxDescriptorsPerFrame: rx.descriptors / Math.max(1, rx.frames),
    txCyclesPerFrame: txTime.cyclesPerFrame,
    rxCyclesPerFrame: rxTime.cyclesPerFrame,
    inline: tx.inline + rx.inline,
    alone: tx.alone + rx.alone,
    cut: tx.cut + rx.cut,
    reasons: Object.fromEntries([...driver.reasons].filter(([reason]) => reason !== "")),
    mismatches: bench.scoreboard.problemCount,
    problems,
  };
}

/** Opens a simulation as the options say. */
export async function openBench(options: SimOptions, name = "sim"): Promise<NetBench> {
  mkdirSync(SIM_DIRECTORY, { recursive: true });
  const bench = await NetBench.open({
    params: { DATA_W: options.dataWidth },
    seed: options.seed,
    name,
    maxCycles: 2_000_000_000,
    ...(options.waves === undefined ? {} : { wavePath: `${SIM_DIRECTORY}/${name}.${options.waves}` }),
  });
  bench.bench.memory.configure({ readLatency: options.latency, writeLatency: options.latency });
  return bench;
}

function writeRings(layout: LayoutPolicy, bench: NetBench, firstCycle: number): void {
  const { driver } = bench;
  const facts: RingFacts = {
    layout: layout.name,
    dataWidth: Number(bench.bench.simulator.welcome.params["DATA_W"] ?? 64),
    headerLenBytes: driver.headerLenBytes,
    firstCycle,
    queues: driver.queues().map(({ virtqueue, vector, ring }) => ({
      virtqueue,
      vector,
      size: ring.queueSize,
      desc: `0x${ring.descAddr.toString(16)}`,
      avail: `0x${ring.availAddr.toString(16)}`,
      used: `0x${ring.usedAddr.toString(16)}`,
    })),
  };
  writeFileSync(`${SIM_DIRECTORY}/rings.json`, `${JSON.stringify(facts, undefined, 2)}\n`);
}

/** Cycles from frame to frame. */
class Pace {
  #first = 0;
  #last = 0;
  #frames = 0;

  add(cycle: number): void {
    if (this.#frames === 0) this.#first = cycle;
    this.#last = cycle;
    this.#frames++;
  }

  get cyclesPerFrame(): number {
    return this.#frames < 2 ? 0 : (this.#last - this.#first) / (this.#frames - 1);
  }
}
