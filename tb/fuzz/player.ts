/**
 * Plays cases on the device. A case is one message: the attack, the reset behind it, and a round of ordinary traffic; so the cost is that of
 * its cycles.
 *
 * @module
 */
import { DeviceBench } from "../src/bus/index.ts";
import type { DeviceAccess, DeviceParameters, InterruptRecord, ReceivedFrame, Watch } from "../src/bus/index.ts";
import { EVENT } from "../src/core/index.ts";
import type { BatchedWait } from "../src/core/index.ts";
import {
  BAR,
  COMMON_CFG,
  DESC_BYTES,
  DESC_F,
  encodeDescriptor,
  encodeNetHeader,
  FEATURE,
  ringGeometry,
} from "../src/virtio/index.ts";
import { queuePlaces, registerWrite, setupWrites } from "./generate.ts";
import { FUZZ_BUILDS, IMAGE, MAP, MEMORY, SMALL } from "./plan.ts";
import type { FuzzBuild, FuzzCase, QueuePlan, Range, Step } from "./plan.ts";

/** Bounds in cycles; what takes longer hangs. The memory of a case answers within 40 cycles and pauses for 20 at most. */
const LIMITS = { accesses: 20_000, settle: 60_000, drain: 30_000, round: 6000, slowReset: 2000 } as const;
/**
 * No access to memory for so long: nothing more will come. Used entries may wait 64 cycles per queue pair for company, the available index is
 * looked at every 64 cycles, and the memory takes up to 60.
 */
const QUIET_CYCLES = 400;
/** Cycles to look for what should not come any more. */
const SILENCE_CYCLES = 40;
/** How often the register queue_reset is read, and the time between. */
const QUEUE_RESET = { polls: 6, cycles: 150 } as const;
const FOREVER = 0xffff_ffff;
/** Error counters of the device. */
export const ERROR_CODES = 32;

/** What a case came to. */
export interface Outcome {
  /** Cycle at which the case began. */
  readonly firstCycle: number;
  readonly lastCycle: number;
  /** Waits that ended without what they waited for. */
  readonly hangs: readonly string[];
  /** device_status before the reset. */
  readonly status: number;
  readonly frames: readonly ReceivedFrame[];
  /** Copies of {@link MAP}.used and {@link MAP}.targets after the reset. */
  readonly used: Uint8Array;
  readonly targets: Uint8Array;
  /** Interrupts between the end of the reset and the next start. */
  readonly lateInterrupts: number;
  readonly round: RoundOutcome;
}

/** What the ordinary traffic after a case came to. */
export interface RoundOutcome {
  readonly frames: readonly ReceivedFrame[];
  readonly used: Uint8Array;
  readonly targets: Uint8Array;
}

/** The frames and buffers of the ordinary round. */
export const ROUND = {
  features: FEATURE.VERSION_1 | FEATURE.EVENT_IDX | FEATURE.INDIRECT_DESC | FEATURE.RING_RESET,
  headerLenBytes: 12,
  /** Where the header of the frame to send is cut. */
  cutBytes: 5,
  frameLenBytes: 60,
  source: { addr: MAP.sources.addr + 64 + 5, lenBytes: 72 },
  target: { addr: MAP.targets.addr + 64 + 3, lenBytes: 200 },
} as const;

/** The rings of the ordinary round: one chain each way. */
export const ROUND_QUEUES: readonly QueuePlan[] = [0, 1].map((virtqueue) => ({
  virtqueue,
  size: 4,
  heads: [0],
  availIdx: 1,
  ...queuePlaces(virtqueue),
}));

/** Frame bytes of the round after a case. */
export function roundFrame(colour: number): Uint8Array {
  return Uint8Array.from({ length: ROUND.frameLenBytes }, (_, i) => 0x80 | (colour << 4) | (i & 15));
}

/** How to open a {@link Player}. */
export interface PlayerOptions {
  readonly build: FuzzBuild;
  readonly seed: number;
  readonly rtlDirectory?: string;
  readonly wavePath?: string;
}

/** See the module text. */
export class Player {
  readonly bench: DeviceBench;
  readonly build: FuzzBuild;
  readonly #frames: ReceivedFrame[] = [];
  readonly #interrupts: InterruptRecord[] = [];
  readonly #hangs: string[] = [];
  /** The device's error counters, by code; a hardware reset does not clear these. */
  readonly errors: number[] = new Array<number>(ERROR_CODES).fill(0);

  private constructor(bench: DeviceBench, build: FuzzBuild) {
    this.bench = bench;
    this.build = build;
    bench.sink.frames.isKeeping = false;
    bench.sink.frames.listen((frame) => {
      // The bytes are a window on the message.
      this.#frames.push({ ...frame, data: frame.data.slice(), header: frame.header.slice() });
    });
    bench.irq.interrupts.isKeeping = false;
    bench.irq.interrupts.listen((record) => this.#interrupts.push(record));
  }

  /** Builds the simulator if need be, and starts it. */
  static async open(options: PlayerOptions): Promise<Player> {
    const params: DeviceParameters = { ...FUZZ_BUILDS[options.build], ...SMALL };
    const bench = await DeviceBench.open({
      params,
      seed: options.seed,
      maxCycles: 2_000_000_000,
      name: `fuzz-${options.build}`,
      ...(options.rtlDirectory === undefined ? {} : { rtlDirectory: options.rtlDirectory }),
      ...(options.wavePath === undefined ? {} : { wavePath: options.wavePath }),
    });
    const { dut } = bench.simulator;
    dut.signal("cfg_mac").value = 0x563412005452n;
    dut.signal("cfg_mtu").value = 1500;
    dut.signal("cfg_link_up").value = 1;
    dut.signal("cfg_msix_enable").value = 1;
    bench.memory.addArea(BigInt(MEMORY.addr), BigInt(MEMORY.lenBytes));
    // The counters clear themselves after a hardware reset.
    await bench.cycles(50);
    return new Player(bench, options.build);
  }

  /** Plays one case. Rejects when the simulation ends: an access that was not offered, a rule of a bus broken. */
  async play(fuzzCase: FuzzCase): Promise<Outcome> {
    const { bench } = this;
    const firstCycle = bench.cycle;
    this.#frames.length = 0;
    this.#interrupts.length = 0;
    this.#hangs.length = 0;

    const heal = this.#prepare(fuzzCase);
    for (const step of fuzzCase.steps) this.#step(step, fuzzCase);
    if (fuzzCase.isSettled) this.#settle(fuzzCase);
    const status = this.#status();
    const resetDone = this.#reset(fuzzCase);
    for (const stop of heal) stop();
    const memory = this.#readBack();
    const drained = this.#drain(fuzzCase);
    const round = this.#round(fuzzCase.colour);
    const [isStatus, doneCycle, [used, targets], drainCycle, after] = await Promise.all([
      status,
      resetDone,
      memory,
      drained,
      round,
    ]);
    return {
      firstCycle,
      lastCycle: bench.cycle,
      hangs: [...this.#hangs],
      status: isStatus(),
      frames: this.#frames.filter((frame) => frame.lastCycle < drainCycle),
      used,
      targets,
      lateInterrupts: this.#interrupts.filter(({ cycle }) => cycle >= doneCycle && cycle < drainCycle).length,
      round: { ...after, frames: this.#frames.filter((frame) => frame.lastCycle >= drainCycle) },
    };
  }

  /** Adds what the device has counted to {@link Player.errors}, and ends the simulation. */
  async close(): Promise<void> {
    const counted = this.#collectErrors();
    await counted;
    await this.bench.close();
  }

  #collectErrors(): Promise<unknown> {
    for (let code = 0; code < ERROR_CODES; code++) {
      this.bench.registers.readLater(
        BAR.errors + 4 * code,
        (word) => (this.errors[code] = (this.errors[code] ?? 0) + word),
      );
    }
    const done = this.#answered("error counters");
    done.catch(ignore);
    return done;
  }

  // --- parts of a case ---------------------------------------------------------------------------------------------------

  #prepare(fuzzCase: FuzzCase): (() => void)[] {
    const { memory, registers, sink, source, irq } = this.bench;
    if (fuzzCase.isHardReset) void this.#collectErrors();
    memory.write(BigInt(IMAGE.addr), fuzzCase.image);
    memory.fill(BigInt(MAP.targets.addr), MAP.targets.lenBytes, 0);
    for (const offer of fuzzCase.offers) this.#offer(offer, offer.access);
    if (!fuzzCase.isMemoryChecked) memory.setChecking(false);
    memory.configure(fuzzCase.memory);
    registers.configure(fuzzCase.registers);
    sink.configure({ pause: fuzzCase.sinkPause });
    source.configure({ pauseBeat: fuzzCase.sourcePause, pauseFrame: fuzzCase.sourcePause });
    irq.configure({ pause: fuzzCase.irqPause });
    return fuzzCase.faults.map((fault) => memory.injectError(BigInt(fault.addr), fault.lenBytes, fault));
  }

  #offer(range: Range, access: DeviceAccess): void {
    this.bench.memory.offer(BigInt(range.addr), range.lenBytes, access);
  }

  #step(step: Step, fuzzCase: FuzzCase): void {
    const { bench } = this;
    switch (step.kind) {
      case "write":
        bench.registers.writeStrobed(step.offset, step.word, step.strobe);
        break;
      case "read":
        bench.registers.readLater(step.offset, () => undefined);
        break;
      case "run":
        this.#pass(step.cycles);
        break;
      case "accesses":
        void this.#answered("register accesses");
        break;
      case "memory":
        bench.memory.write(BigInt(step.addr), step.bytes);
        break;
      case "frame":
        bench.source.send(step.bytes, { dest: step.dest, isBad: step.isBad });
        break;
      case "signal":
        bench.simulator.dut.signal(step.name).value = step.value;
        break;
      case "queueReset":
        this.#queueReset(step.virtqueue, fuzzCase);
        break;
    }
  }

  #pass(cycles: number): void {
    void this.bench.simulator.runInBatch(cycles).catch(ignore);
  }

  /** Runs until one of the waits comes true; it is a hang if none does. Resolves to the cycle. */
  async #until(what: string, maxCycles: number, waits: readonly BatchedWait[]): Promise<number> {
    const { cycle, hits } = await this.bench.simulator.runInBatch(maxCycles, waits);
    if (hits === 0) this.#hangs.push(`cycle ${cycle}: ${what}: not done after ${maxCycles} cycles`);
    return cycle;
  }

  /** Runs until all register accesses so far are answered. */
  #answered(what: string): Promise<number> {
    const done = this.#until(what, LIMITS.accesses, [this.bench.registers.answered]);
    done.catch(ignore);
    return done;
  }

  /** Waits for the end of a queue reset; then the memory of the queue is no longer on offer, and on offer again when it was written anew. */
  #queueReset(virtqueue: number, fuzzCase: FuzzCase): void {
    const { bench } = this;
    let seen = 1;
    for (let i = 0; i < QUEUE_RESET.polls; i++) {
      if (i > 0) this.#pass(QUEUE_RESET.cycles);
      bench.registers.readLater(COMMON_CFG.queueReset & ~3, (word) => (seen = word >>> 16));
      const answered = this.#answered("queue_reset");
      if (i + 1 < QUEUE_RESET.polls) continue;
      void answered.then((cycle) => {
        if (seen !== 0) this.#hangs.push(`cycle ${cycle}: virtqueue ${virtqueue}: queue_reset still reads ${seen}`);
      }, ignore);
    }
    const queue = fuzzCase.queues.find((candidate) => candidate.virtqueue === virtqueue);
    if (queue === undefined) return;
    const { descBytes, availBytes, usedBytes } = ringGeometry(queue.size);
    const rings = [
      [{ addr: queue.desc, lenBytes: descBytes }, "read"],
      [{ addr: queue.avail, lenBytes: availBytes }, "read"],
      [{ addr: queue.used, lenBytes: usedBytes }, "readwrite"],
    ] as const;
    for (const [range] of rings) bench.memory.revoke(BigInt(range.addr), range.lenBytes);
    this.#pass(SILENCE_CYCLES);
    bench.memory.write(BigInt(queue.used), new Uint8Array(usedBytes));
    for (const [range, access] of rings) this.#offer(range, access);
  }

  /** Waits until nothing moves any more. Where the outcome is known, the device has to take all frames, too. */
  #settle(fuzzCase: FuzzCase): void {
    const { memory, sink, source } = this.bench;
    const until = (what: string, wait: BatchedWait): void => {
      void this.#until(what, LIMITS.settle, [wait]).catch(ignore);
    };
    until("register accesses", this.bench.registers.answered);
    if (fuzzCase.expected?.isExact === true) until("frames from the wire", source.allSent);
    until("the rings", memory.quiet(QUIET_CYCLES));
    until("frames to the wire", sink.quiet(SILENCE_CYCLES));
  }

  async #status(): Promise<() => number> {
    let status = 0;
    this.bench.registers.readLater(COMMON_CFG.deviceStatus & ~3, (word) => (status = word & 0xff));
    await this.#answered("device_status");
    return () => status;
  }

  /** The driver's reset, or now and then that of the board. Resolves to the cycle at which it is known to be done. */
  async #reset(fuzzCase: FuzzCase): Promise<number> {
    const { bench } = this;
    let status = 0;
    if (fuzzCase.isHardReset) {
      const aresetn = bench.simulator.dut.signal("aresetn");
      aresetn.value = 0;
      this.#pass(4);
      aresetn.value = 1;
      this.#pass(50);
    } else {
      this.#step(registerWrite(COMMON_CFG.deviceStatus, 0, 1), fuzzCase);
      // The device waits for its memory, but answers after 4096 cycles in any case. Memory that is slow for so long becomes fast, so that
      // the answer means that the reset is done.
      const { registers, memory, simulator } = bench;
      simulator.runInBatch(LIMITS.slowReset, [registers.answered]).catch(ignore);
      memory.configure({});
      // A read may overtake a write that has not been answered.
      void this.#answered("reset");
    }
    bench.registers.readLater(COMMON_CFG.deviceStatus & ~3, (word) => (status = word & 0xff));
    const done = this.#answered("reset");
    // From here on there is no memory for the device.
    bench.memory.clearOffers();
    bench.memory.setChecking(true);
    const cycle = await done;
    if (status !== 0) {
      this.#hangs.push(`cycle ${cycle}: after the reset device_status reads 0x${status.toString(16)}`);
    }
    return cycle;
  }

  #readBack(): Promise<[Uint8Array, Uint8Array]> {
    const read = (range: Range): Promise<Uint8Array> => this.bench.memory.read(BigInt(range.addr), range.lenBytes);
    return Promise.all([read(MAP.used), read(MAP.targets)]);
  }

  /** Lets frames go that are still on their way; with a device that was reset they have nowhere to go to. */
  #drain(fuzzCase: FuzzCase): Promise<number> {
    const { memory, registers, sink, source, irq, simulator } = this.bench;
    memory.configure({});
    registers.configure({});
    sink.configure({});
    source.configure({});
    irq.configure({});
    if (fuzzCase.expected === undefined) {
      simulator.dut.signal("cfg_link_up").value = 1;
      simulator.dut.signal("cfg_msix_enable").value = 1;
      registers.write(BAR.rxWait, FOREVER, 4);
    }
    void this.#until("frames from the wire", LIMITS.drain, [source.allSent]).catch(ignore);
    return this.#until("frames to the wire", LIMITS.drain, [sink.quiet(SILENCE_CYCLES)]);
  }

  /** One frame each way, and a reset. */
  async #round(colour: number): Promise<Pick<RoundOutcome, "used" | "targets">> {
    const { bench } = this;
    const { memory } = bench;
    const frame = roundFrame(colour);
    const packet = new Uint8Array(ROUND.source.lenBytes);
    packet.set(encodeNetHeader({}, ROUND.headerLenBytes));
    packet.set(frame, ROUND.headerLenBytes);
    memory.write(BigInt(ROUND.source.addr), packet);
    memory.fill(BigInt(MAP.targets.addr), 512, 0);
    this.#offer(ROUND.source, "read");
    this.#offer(ROUND.target, "write");
    const watches: Watch[] = [];
    for (const queue of ROUND_QUEUES) {
      const { descBytes, availBytes, usedBytes } = ringGeometry(queue.size);
      const table = new Uint8Array(descBytes);
      const view = new DataView(table.buffer);
      if (queue.virtqueue === 0) {
        const { addr, lenBytes } = ROUND.target;
        encodeDescriptor({ addr: BigInt(addr), lenBytes, flags: DESC_F.WRITE, next: 0 }, view, 0);
      } else {
        const { addr, lenBytes } = ROUND.source;
        const { cutBytes } = ROUND;
        encodeDescriptor({ addr: BigInt(addr), lenBytes: cutBytes, flags: DESC_F.NEXT, next: 1 }, view, 0);
        const rest = { addr: BigInt(addr + cutBytes), lenBytes: lenBytes - cutBytes, flags: 0, next: 0 };
        encodeDescriptor(rest, view, DESC_BYTES);
      }
      const avail = new Uint8Array(availBytes);
      new DataView(avail.buffer).setUint16(2, queue.availIdx, true);
      memory.write(BigInt(queue.desc), table);
      memory.write(BigInt(queue.avail), avail);
      memory.write(BigInt(queue.used), new Uint8Array(usedBytes));
      this.#offer({ addr: queue.desc, lenBytes: descBytes }, "read");
      this.#offer({ addr: queue.avail, lenBytes: availBytes }, "read");
      this.#offer({ addr: queue.used, lenBytes: usedBytes }, "readwrite");
      watches.push(memory.watch(BigInt(queue.used + 2), 2, { kind: "reached", value: 1n }, { once: true }));
    }
    for (const step of setupWrites(ROUND.features, ROUND_QUEUES, { hasConfigVector: false })) {
      if (step.kind === "write") bench.registers.writeStrobed(step.offset, step.word, step.strobe);
    }
    void this.#answered("set-up after the case");
    bench.source.send(frame);
    // The frame out, and both used indices.
    const all = { kind: "events", mask: (1 << EVENT.AXIS_FRAME) | (1 << EVENT.WATCH), count: 3 } as const;
    void this.#until("ordinary traffic after the case", LIMITS.round, [all]).catch(ignore);
    const [used, targets] = await this.#endRound(watches);
    return { used, targets };
  }

  async #endRound(watches: readonly Watch[]): Promise<[Uint8Array, Uint8Array]> {
    const { bench } = this;
    for (const watch of watches) watch.remove();
    bench.registers.write(COMMON_CFG.deviceStatus, 0, 1);
    const done = this.#answered("reset after ordinary traffic");
    bench.memory.clearOffers();
    const [used, targets] = await Promise.all([
      bench.memory.read(BigInt(MAP.used.addr), MAP.used.lenBytes),
      bench.memory.read(BigInt(MAP.targets.addr), 512),
      done,
    ]);
    return [used, targets];
  }
}

/** Somebody else waits for the same failure. */
function ignore(): void {
  // Nothing to do.
}
