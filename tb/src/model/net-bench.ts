/**
 * The device in the simulation with a driver, a wire and a scoreboard around it: the bench of all system tests and of `make sim`.
 *
 * One simulation serves many drivers one after the other: each {@link NetBench.start} resets the device as a driver would and begins with
 * a fresh scoreboard.
 *
 * @module
 */
import { DeviceBench } from "../bus/index.ts";
import type { DeviceBenchOptions, ReceivedFrame, SentFrame } from "../bus/index.ts";
import { first, Random } from "../core/index.ts";
import { errorName, GuestDriver } from "../virtio/index.ts";
import type { DriverOptions, QueueCounters, ServiceReport, TxRequest } from "../virtio/index.ts";
import { Scoreboard, ScoreboardError } from "./scoreboard.ts";
import type { QueueTally } from "./scoreboard.ts";
import { ShadowMemory } from "./shadow-memory.ts";
import type { MemoryRange } from "./shadow-memory.ts";

/** Guest memory of the bench. */
const ARENA = { base: 0x4000_0000n, lenBytes: 16 << 20 };

/** Value of the port `cfg_mac`: 52:54:00:12:34:56, byte 0 lowest. */
const DEFAULT_MAC = 0x563412005452n;
const DEFAULT_MTU = 9000;

/** How to open a {@link NetBench}: as the bus layer does, with the settings of the board. */
export interface NetBenchOptions extends DeviceBenchOptions {
  /** Byte 0 in bits 7:0. */
  readonly mac?: bigint;
  readonly mtu?: number;
  readonly hasMsix?: boolean;
}

/** The wire is at rest when nothing has moved for so long. */
const WIRE_IDLE_CYCLES = 400;
// With the slowest memories the device takes that long to read ahead all receive chains.
const REST_LIMIT_CYCLES = 2_000_000;

/** What happens between two looks at the rings. */
export interface RunOptions {
  /** Cycles between two looks, if nothing wakes the driver before. */
  readonly stepCycles?: number;
  /** Wait for interrupts instead of looking every `stepCycles`; a lost interrupt then ends in a timeout. */
  readonly isInterruptDriven?: boolean;
  /** Give up when nothing at all happens for so long. */
  readonly idleLimitCycles?: number;
  /** Receive buffers to keep posted; default: as many as fit. */
  readonly rxBuffers?: number;
  /** Do not post receive buffers: the caller does. */
  readonly isRxManual?: boolean;
}

/** Options of {@link NetBench.start}. */
export type StartOptions = Omit<DriverOptions, "memory" | "registers" | "random" | "arena" | "observer"> & {
  /** Seeds the driver's choices; default: another stream for each start. */
  readonly seed?: number;
};

interface Snapshot {
  readonly queues: readonly QueueCounters[];
  readonly errors: readonly number[];
}

/** See the module text. */
export class NetBench {
  readonly bench: DeviceBench;
  readonly shadow: ShadowMemory;
  scoreboard = new Scoreboard();
  /** Off: frames out of the device are not shown to the scoreboard. On again with the next driver. */
  isWatching = true;
  /** Called with every frame that left the device. */
  onTransmitted: (frame: ReceivedFrame) => void = () => undefined;
  /** Called with every frame that the device has taken from the wire. */
  onAccepted: (frame: SentFrame, bytes: Uint8Array) => void = () => undefined;
  /** Called with what each look at the rings found. */
  onServiced: (report: ServiceReport) => void = () => undefined;

  #driver: GuestDriver | undefined;
  #random: Random;
  #starts = 0;
  #backlog: TxRequest[][] = [];
  readonly #onWire = new Map<number, Uint8Array>();
  #before: Snapshot = { queues: [], errors: [] };
  #progress = 0;

  private constructor(bench: DeviceBench) {
    this.bench = bench;
    this.#random = bench.simulator.random.fork("driver");
    this.shadow = new ShadowMemory(bench.memory, { addr: ARENA.base, lenBytes: ARENA.lenBytes });
    bench.memory.addArea(ARENA.base, BigInt(ARENA.lenBytes));
    bench.sink.frames.isKeeping = false;
    bench.sink.frames.listen((frame) => {
      this.#progress++;
      // What leaves between two drivers was sent by the first one, which does not care any more.
      if (this.#driver === undefined || !this.isWatching) return;
      this.scoreboard.seeTransmitted(frame);
      this.onTransmitted(frame);
    });
    bench.irq.interrupts.isKeeping = false;
    bench.irq.interrupts.listen(({ vector }) => {
      if (vector > 0) this.scoreboard.seeInterrupt(vector - 1);
    });
    bench.source.sent.listen((sent) => {
      this.#progress++;
      this.onAccepted(sent, this.#onWire.get(sent.tag) ?? new Uint8Array(0));
      this.#onWire.delete(sent.tag);
    });
  }

  /** Starts a simulation and resets the hardware. */
  static async open(options: NetBenchOptions): Promise<NetBench> {
    const bench = await DeviceBench.open(options);
    const { dut } = bench.simulator;
    dut.signal("cfg_mac").value = options.mac ?? DEFAULT_MAC;
    dut.signal("cfg_mtu").value = options.mtu ?? DEFAULT_MTU;
    dut.signal("cfg_link_up").value = 1;
    dut.signal("cfg_msix_enable").value = options.hasMsix === false ? 0 : 1;
    await bench.reset();
    return new NetBench(bench);
  }

  close(): Promise<void> {
    return this.bench.close();
  }

  /** The driver that runs now. */
  get driver(): GuestDriver {
    if (this.#driver === undefined) throw new ScoreboardError("no driver: call start first");
    return this.#driver;
  }

  /** The guest memory there is. */
  get arena(): MemoryRange {
    return this.shadow.arena;
  }

  get cycle(): number {
    return this.bench.cycle;
  }

  /** A random stream that is different for every start. */
  get random(): Random {
    return this.#random;
  }

  /** Resets the device, forgets what was, and probes with a new driver. */
  async start(options: StartOptions): Promise<GuestDriver> {
    await this.stop();
    this.#starts++;
    this.#random =
      options.seed === undefined
        ? this.bench.simulator.random.fork(`driver ${this.#starts}`)
        : new Random(options.seed);
    this.#backlog = [];
    this.isWatching = true;
    this.scoreboard = new Scoreboard({ where: () => `cycle ${this.cycle}:` });
    const driver = await GuestDriver.probe({
      ...options,
      memory: this.shadow,
      registers: this.bench.registers,
      random: this.#random,
      arena: ARENA,
      // Looked up with each call: tests may replace the scoreboard.
      observer: this.scoreboard,
    });
    this.#driver = driver;
    this.#before = await this.#snapshot(driver);
    return driver;
  }

  /**
   * Ends the driver, if there is one: resets the device, takes all memory back, and lets run out what is still on its way to and from
   * the wire.
   */
  async stop(): Promise<void> {
    const driver = this.#driver;
    this.#driver = undefined;
    if (driver === undefined) return;
    await driver.shutdown();
    let seen: number;
    do {
      seen = this.#progress;
      await this.bench.cycles(WIRE_IDLE_CYCLES);
    } while (this.bench.source.pending > 0 || this.#progress !== seen);
    // The device may have filled buffers that the driver never saw.
    this.shadow.clear(driver.allocator.touchedBytes);
  }

  /** Resets one queue in the middle of its work; frames that were under way may be lost. */
  async resetQueue(virtqueue: number, queueSize?: number): Promise<void> {
    const { usedAddr, geometry } = this.driver.queue(virtqueue).ring;
    const lost = await this.driver.resetQueue(virtqueue, queueSize);
    // Until the reset was done the device could write to its buffers and to its ring; from now on it cannot.
    const written = lost.filter((chain) => chain.kind === "rx").flatMap((chain) => chain.elements);
    await Promise.all(
      [{ addr: usedAddr, lenBytes: geometry.usedBytes }, ...written].map(({ addr, lenBytes }) =>
        this.shadow.read(addr, lenBytes),
      ),
    );
    if (virtqueue % 2 === 0) this.scoreboard.allowLossOfReceived(virtqueue >> 1);
  }

  /** Queues frames for transmission; {@link run} sends them. */
  send(pair: number, requests: readonly TxRequest[]): void {
    const list = (this.#backlog[pair] ??= []);
    for (const request of requests) list.push(request);
  }

  /** Lets a frame arrive at a queue pair. */
  receive(
    pair: number,
    frame: Uint8Array,
    options: { readonly isBad?: boolean; readonly isDropped?: boolean } = {},
  ): void {
    if (options.isBad !== true && options.isDropped !== true) this.scoreboard.expectReceived(pair, frame);
    const tag = this.bench.source.send(frame, { dest: pair, ...(options.isBad === true ? { isBad: true } : {}) });
    this.#onWire.set(tag, frame);
  }

  /** Everything queued has been sent, received and returned. */
  get isDone(): boolean {
    return (
      this.#backlog.every((list) => list.length === 0) &&
      this.driver.tx.every(({ ring }) => ring.inFlight === 0) &&
      this.scoreboard.txPending === 0 &&
      this.scoreboard.rxPending === 0 &&
      this.bench.source.pending === 0
    );
  }

  /** One round: add, kick, let time pass, collect. */
  async step(options: RunOptions = {}): Promise<ServiceReport> {
    const { driver } = this;
    for (const [pair, list] of this.#backlog.entries()) {
      if (list.length === 0) continue;
      const taken = driver.send(pair, list.slice(0, driver.tx[pair]?.ring.freeDescriptors ?? 0));
      list.splice(0, taken);
    }
    if (options.isRxManual !== true) {
      for (const { pair } of driver.rx) driver.fillRx(pair, options.rxBuffers);
    }
    if (options.isInterruptDriven === true) {
      for (const { virtqueue } of driver.queues()) driver.armInterrupt(virtqueue, { afterChains: 1 });
    }
    await driver.flushAll();
    const isAnnounced = await this.#pass(options);
    const report = await driver.service();
    const found = report.sent.length + report.received.length;
    if (!isAnnounced && found > 0)
      this.scoreboard.report(`${found} chains came back without the interrupt that was due`);
    this.#progress += report.sent.length + report.received.length + report.refused.length;
    this.scoreboard.see(report);
    this.onServiced(report);
    return report;
  }

  /** Rounds until everything is done. */
  async run(options: RunOptions = {}): Promise<void> {
    const limit = options.idleLimitCycles ?? 200_000;
    let lastProgress = this.#progress;
    let lastCycle = this.cycle;
    while (!this.isDone) {
      await this.step(options);
      this.scoreboard.check();
      if (this.#progress !== lastProgress) {
        lastProgress = this.#progress;
        lastCycle = this.cycle;
      } else if (this.cycle - lastCycle > limit) {
        this.scoreboard.report(
          `nothing has happened for ${this.cycle - lastCycle} cycles; waiting for ${this.scoreboard.txPending} frames out, ` +
            `${this.scoreboard.rxPending} frames in, ${this.driver.tx.map(({ ring }) => ring.inFlight).join(" and ")} transmit chains`,
        );
        this.scoreboard.check();
      }
    }
  }

  /** Waits until the device has nothing to do: no access to memory under way, and none new for a while. */
  async rest(): Promise<void> {
    const { memory } = this.bench;
    for (let waited = 0; waited < REST_LIMIT_CYCLES; waited += WIRE_IDLE_CYCLES) {
      const before = await memory.statistics();
      await this.bench.cycles(WIRE_IDLE_CYCLES);
      const after = await memory.statistics();
      const isQuiet = after.readBursts === before.readBursts && after.writeBursts === before.writeBursts;
      if (isQuiet && after.outstandingReads === 0 && after.outstandingWrites === 0) return;
    }
    this.scoreboard.report(`the device still uses memory after ${REST_LIMIT_CYCLES} cycles without work`);
  }

  /** Lets the device come to rest and makes all final checks: nothing missing, memory untouched, counters right. */
  async finish(
    options: { readonly errors?: Readonly<Record<number, number>> | "any"; readonly isCountersFree?: boolean } = {},
  ): Promise<void> {
    const { driver, scoreboard } = this;
    await this.rest();
    scoreboard.see(await driver.service());
    scoreboard.settle();
    for (const problem of await this.#audit(driver)) scoreboard.report(problem);
    const now = await this.#snapshot(driver);
    for (const { virtqueue } of driver.queues()) {
      const seen = difference(now.queues[virtqueue], this.#before.queues[virtqueue]);
      if (options.isCountersFree !== true) this.#compare(virtqueue, scoreboard.tally(virtqueue), seen);
    }
    const { errors = {} } = options;
    for (const [code, count] of now.errors.entries()) {
      if (errors === "any") break;
      const seen = count - (this.#before.errors[code] ?? 0);
      const expected = errors[code] ?? 0;
      if (seen !== expected)
        scoreboard.report(`error counter ${errorName(code)}: expected ${expected}, the device counted ${seen}`);
    }
    scoreboard.check();
  }

  /** What the device has counted for a virtqueue since the start of this driver. */
  async counted(virtqueue: number): Promise<QueueCounters> {
    return difference(await this.driver.transport.queueCounters(virtqueue), this.#before.queues[virtqueue]);
  }

  /** Lets time pass. False: an interrupt was waited for, and none came. */
  async #pass(options: RunOptions): Promise<boolean> {
    const { simulator, irq } = this.bench;
    // When nothing is left for the driver no interrupt will come: the last frames are only on their way out.
    const isWaiting = this.scoreboard.rxPending > 0 || this.driver.tx.some(({ ring }) => ring.inFlight > 0);
    if (options.isInterruptDriven !== true || !isWaiting) {
      await simulator.cycles(options.stepCycles ?? 400);
      return true;
    }
    const limit = simulator.cycles(options.idleLimitCycles ?? 200_000);
    return (await first(irq.interrupts.reached(irq.interrupts.count + 1), limit)).index === 0;
  }

  #audit(driver: GuestDriver): Promise<string[]> {
    const owned = driver
      .queues()
      .flatMap(({ ring, sharedHeader }) => [
        { addr: ring.usedAddr, lenBytes: ring.geometry.usedBytes },
        ...(sharedHeader === undefined ? [] : [{ addr: sharedHeader.addr, lenBytes: sharedHeader.lenBytes }]),
      ]);
    return this.shadow.audit(driver.allocator.touchedBytes, owned);
  }

  #compare(virtqueue: number, expected: QueueTally, seen: QueueCounters): void {
    // Descriptors are counted when a chain is done; receive chains that only lie ready are not in it.
    for (const name of ["frames", "bytes", "descriptors", "inline", "alone", "cut"] as const) {
      if (seen[name] !== expected[name]) {
        this.scoreboard.report(
          `virtqueue ${virtqueue}: ${name}: the driver made ${expected[name]}, the device counted ${seen[name]}`,
        );
      }
    }
  }

  async #snapshot(driver: GuestDriver): Promise<Snapshot> {
    const { transport } = driver;
    const queues: QueueCounters[] = [];
    for (const { virtqueue } of driver.queues()) queues.push(await transport.queueCounters(virtqueue));
    return { queues, errors: await transport.errorCounts() };
  }
}

function difference(now: QueueCounters | undefined, before: QueueCounters | undefined): QueueCounters {
  const of = (name: keyof QueueCounters): number => (now?.[name] ?? 0) - (before?.[name] ?? 0);
  return {
    frames: of("frames"),
    bytes: of("bytes"),
    descriptors: of("descriptors"),
    inline: of("inline"),
    alone: of("alone"),
    cut: of("cut"),
    notifications: of("notifications"),
    interrupts: of("interrupts"),
  };
}
