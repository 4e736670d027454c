/**
 * Constrained-random traffic with everything on: all layouts, both directions, several queue pairs, any features, resets, back-pressure, memories of any speed.
 * The scoreboard compares every byte, every used entry and every interrupt; the guarded memory every access.
 *
 * A chunk is one simulation of {@link CHUNK_CYCLES}. Its traffic depends on the seed and its number alone, so chunks can run anywhere, in any order.
 *
 * @module
 */
import { asError, Random } from "../src/core/index.ts";
import type { Pause } from "../src/core/index.ts";
import { NetBench } from "../src/model/index.ts";
import type { RunOptions, StartOptions } from "../src/model/index.ts";
import { ERROR, FEATURE, LAYOUTS, withForm } from "../src/virtio/index.ts";

/** Cycles of one simulation. */
export const CHUNK_CYCLES = 1_000_000;

/** The builds, in turn. */
const BUILDS = [
  { DATA_W: 64, QUEUE_PAIRS: 1 },
  { DATA_W: 128, QUEUE_PAIRS: 2, QUEUE_SIZE_MAX: 64, CHAIN_SLOTS: 32 },
  { DATA_W: 64, QUEUE_PAIRS: 1 },
  { DATA_W: 512, QUEUE_PAIRS: 1 },
] as const;
const RX_FRAME_BYTES = 1518;
/** Longest frame for a driver that merges buffers: three buffers of {@link RX_FRAME_BYTES}. */
const MERGED_FRAME_BYTES = 4000;
/** The smallest ring that holds three receive buffers of every layout, the longest of 17 direct elements: in a smaller one a merged frame might wait for ever. */
const MERGED_QUEUE_SIZE = 64;
/** An episode is one driver from probe to reset. */
const EPISODE_STEPS = { min: 20, max: 120 } as const;
const IDLE_LIMIT_CYCLES = 2_000_000;
/** What a chunk came to. */
export interface ChunkOutcome {
  readonly chunk: number;
  readonly cycles: number;
  readonly framesOut: number;
  readonly framesIn: number;
  readonly bytes: number;
  readonly episodes: number;
  readonly queueResets: number;
  /** Drivers that were reset in the middle of their traffic. */
  readonly abruptResets: number;
  readonly layouts: readonly string[];
  /** Undefined: no mismatch. */
  readonly mismatch: string | undefined;
}

/** Plays one chunk. */
export async function playChunk(seed: number, chunk: number): Promise<ChunkOutcome> {
  const random = new Random(seed).fork(`soak ${chunk}`);
  const params = BUILDS[chunk % BUILDS.length] ?? BUILDS[0];
  const net = await NetBench.open({
    params,
    seed: random.between(1, 0x7fff_ffff),
    maxCycles: 2_000_000_000,
    name: `soak-${chunk}`,
    hasMsix: true,
  });
  const soak = new Soak(net, random, params.QUEUE_PAIRS);
  let mismatch: string | undefined;
  try {
    while (net.cycle < CHUNK_CYCLES) await soak.episode();
    await net.close();
  } catch (thrown) {
    mismatch = `cycle ${net.cycle}: ${asError(thrown).message}`;
    await net.bench.simulator.abandon();
  }
  return { chunk, cycles: net.cycle, ...soak.tally(), mismatch };
}

class Soak {
  readonly #net: NetBench;
  readonly #random: Random;
  readonly #pairs: number;
  #framesOut = 0;
  #framesIn = 0;
  #bytes = 0;
  #episodes = 0;
  #queueResets = 0;
  #abruptResets = 0;
  /** The driver before this one ended in mid-traffic: frames for it are dropped, and counted, after this one has begun. */
  #isAfterAbruptReset = false;
  /** Frames of this episode that the wire marks as bad. */
  #badFrames = 0;
  readonly #layouts = new Set<string>();

  constructor(net: NetBench, random: Random, pairs: number) {
    this.#net = net;
    this.#random = random;
    this.#pairs = pairs;
    net.onTransmitted = ({ data }) => {
      this.#framesOut++;
      this.#bytes += data.length;
    };
    net.onServiced = ({ received }) => {
      this.#framesIn += received.length;
      for (const { frame } of received) this.#bytes += frame.length;
    };
  }

  tally(): Omit<ChunkOutcome, "chunk" | "cycles" | "mismatch"> {
    return {
      framesOut: this.#framesOut,
      framesIn: this.#framesIn,
      bytes: this.#bytes,
      episodes: this.#episodes,
      queueResets: this.#queueResets,
      abruptResets: this.#abruptResets,
      layouts: [...this.#layouts],
    };
  }

  /** One driver, from its probe to the next reset. */
  async episode(): Promise<void> {
    const net = this.#net;
    const r = this.#random;
    this.#episodes++;
    this.#badFrames = 0;
    this.#surroundings();
    const options = this.#driver();
    const driver = await net.start(options);
    this.#layouts.add(driver.layout.name);
    const pairs = options.queuePairs ?? 1;
    const isMerging =
      driver.has(FEATURE.NET_MRG_RXBUF) && driver.rx.every(({ ring }) => ring.queueSize >= MERGED_QUEUE_SIZE);
    const run: RunOptions = {
      stepCycles: r.pick([300, 1000, 3000]),
      isInterruptDriven: r.chance(0.4),
      idleLimitCycles: IDLE_LIMIT_CYCLES,
    };
    const wasQueueReset = r.chance(0.2) && driver.has(FEATURE.RING_RESET);
    const steps = r.between(EPISODE_STEPS.min, EPISODE_STEPS.max);
    const resetAt = wasQueueReset ? r.below(steps) : -1;
    for (let step = 0; step < steps; step++) {
      for (let pair = 0; pair < pairs; pair++) this.#offer(pair, driver.headerLenBytes, isMerging);
      await net.step(run);
      net.scoreboard.check();
      if (step !== resetAt) continue;
      await net.resetQueue(r.below(2 * pairs));
      this.#queueResets++;
      // The other queues went on meanwhile: a driver looks at its rings before it waits for an interrupt.
      await net.step({ ...run, isInterruptDriven: false });
    }
    if (r.chance(0.25)) {
      // In the middle of everything: the next start resets the device, takes all memory back, and looks at what is touched afterwards.
      this.#abruptResets++;
      this.#isAfterAbruptReset = true;
      // What the old driver sent still leaves; on a slow wire its frames would come among those of the next one.
      net.bench.sink.configure({});
      await net.stop();
      return;
    }
    await net.run(run);
    await net.finish({ errors: this.#allowedErrors(driver.features, wasQueueReset), isCountersFree: wasQueueReset });
    this.#isAfterAbruptReset = false;
  }

  /** LAYOUT is counted for drivers without the right to any layout that use one, a reset queue may lose what it has, and so may a driver that ends in mid-traffic; nothing else is an error. */
  #allowedErrors(features: bigint, wasQueueReset: boolean): Readonly<Record<number, number>> | "any" {
    const rights = FEATURE.VERSION_1 | FEATURE.ANY_LAYOUT;
    const isFree = wasQueueReset || this.#isAfterAbruptReset || (features & rights) === 0n;
    return isFree ? "any" : { [ERROR.RX_BAD]: this.#badFrames };
  }

  /** Frames for both directions, as many as keep the rings busy. */
  #offer(pair: number, headerLenBytes: number, isMerging: boolean): void {
    const net = this.#net;
    const r = this.#random;
    const out = r.below(40);
    if ((net.driver.tx[pair]?.ring.inFlight ?? 0) < 60) {
      net.send(
        pair,
        Array.from({ length: out }, () => ({ frame: this.#frame(RX_FRAME_BYTES - 4) })),
      );
    }
    const longest = isMerging && r.chance(0.1) ? MERGED_FRAME_BYTES : RX_FRAME_BYTES - headerLenBytes;
    if (net.bench.source.pending < 60) {
      for (let i = r.below(40); i > 0; i--) {
        const isBad = r.chance(0.01);
        if (isBad) this.#badFrames++;
        net.receive(pair, this.#frame(longest), { isBad });
      }
    }
  }

  #frame(longest: number): Uint8Array {
    const r = this.#random;
    const lenBytes = r.chance(0.6) ? r.between(14, 128) : r.between(14, longest);
    return r.bytes(lenBytes);
  }

  #driver(): StartOptions {
    const r = this.#random;
    const plain = r.pick(LAYOUTS);
    const form = r.below(4);
    const layout =
      form === 0
        ? withForm(plain, { kind: "direct" })
        : form === 1
          ? withForm(plain, { kind: "indirect", isShuffled: true })
          : plain;
    let { features } = layout;
    if (r.chance(0.3)) features &= ~FEATURE.EVENT_IDX;
    // A header that all chains share cannot hold the num_buffers of each.
    if (r.chance(0.3) && !layout.hasSharedHeader) features ^= FEATURE.NET_MRG_RXBUF;
    return {
      layout,
      features: features | FEATURE.RING_RESET,
      queuePairs: r.between(1, this.#pairs),
      queueSize: 2 ** r.between(5, this.#pairs > 1 ? 6 : 8),
      kick: r.chance(0.2) ? "always" : "asNeeded",
      isScattered: r.chance(0.5),
      ringLanes: { desc: 16 * r.below(4), avail: 2 * r.below(32), used: 4 * r.below(16) },
      seed: r.between(1, 0x7fff_ffff),
    };
  }

  #surroundings(): void {
    const { memory, sink, source, irq, registers } = this.#net.bench;
    const r = this.#random;
    const seed = r.between(1, 1 << 30);
    const pause = (): Pause => {
      const kind = r.below(10);
      if (kind < 6) return { kind: "never" };
      if (kind < 8) return { kind: "random", probability: r.pick([0.1, 0.3, 0.6]) };
      return { kind: "bursty", go: r.between(1, 30), pause: r.between(1, 30) };
    };
    const latency = (): readonly [number, number] => {
      const longest = r.pick([1, 10, 50, 200]);
      return [r.chance(0.5) ? 1 : longest, longest];
    };
    memory.configure({
      seed,
      readLatency: latency(),
      writeLatency: latency(),
      reorder: r.chance(0.5),
      ...(r.chance(0.1) ? { maxReads: r.between(1, 4), maxWrites: r.between(1, 4) } : {}),
      pauseAr: pause(),
      pauseR: pause(),
      pauseAw: pause(),
      pauseW: pause(),
      pauseB: pause(),
    });
    sink.configure({ seed, pause: pause() });
    source.configure({ seed, pauseBeat: pause(), pauseFrame: pause() });
    irq.configure({ seed, pause: pause() });
    registers.configure({ seed });
  }
}
