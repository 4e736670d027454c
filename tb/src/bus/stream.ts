/**
 * Valid/ready streams driven and watched cycle by cycle, for tests of single modules.
 *
 * A beat moves at an edge at which `valid` and `ready` are both sampled high. Sources and sinks keep the rules of the
 * handshake; sinks and monitors also check that the other side keeps them: `valid` stays, with a stable payload, until
 * the beat has moved.
 *
 * @module
 */
import {
  type Disarm,
  type Dut,
  type Pause,
  pauseGenerator,
  type PauseGenerator,
  type Random,
  type Signal,
  SimulationError,
  type Simulator,
  Trigger,
} from "../core/index.ts";

/** Values of the payload signals of a beat, by the name after the prefix. */
export type Beat<F extends string = string> = Readonly<Record<F, bigint>>;

/** A beat that moved. */
export interface MovedBeat<F extends string = string> {
  readonly beat: Beat<F>;
  /** Number of the clock edge at which it moved. */
  readonly cycle: number;
}

/** Names of the parts of a bundle that differ from the habit of this project. */
export interface StreamNames {
  /** Between the prefix and the name of a signal; `_t` for AXI streams, nothing for the channels of AXI. Default: `_`. */
  readonly separator?: string;
  readonly valid?: string;
  /** `null`: the bundle has no ready, a beat moves whenever `valid` is high. */
  readonly ready?: string | null;
  /** Clears the stream while it is high; default: the port `rst`, if there is one. */
  readonly reset?: string;
}

/** The signals of one stream. */
export class StreamBus<F extends string = string> {
  readonly simulator: Simulator;
  readonly name: string;
  readonly valid: Signal;
  readonly ready: Signal | undefined;
  readonly reset: Signal | undefined;
  readonly fields: readonly (readonly [F, Signal])[];

  private constructor(
    simulator: Simulator,
    name: string,
    signals: {
      readonly valid: Signal;
      readonly ready: Signal | undefined;
      readonly reset: Signal | undefined;
      readonly fields: readonly (readonly [F, Signal])[];
    },
  ) {
    this.simulator = simulator;
    this.name = name;
    this.valid = signals.valid;
    this.ready = signals.ready;
    this.reset = signals.reset;
    this.fields = signals.fields;
  }

  /** The bundle `<prefix>_valid`, `<prefix>_ready`, `<prefix>_<field>`... */
  static fromPrefix<F extends string>(
    simulator: Simulator,
    prefix: string,
    fields: readonly F[],
    names: StreamNames = {},
  ): StreamBus<F> {
    const { dut }: { dut: Dut } = simulator;
    const reset = names.reset ?? (dut.hasPort("rst") ? "rst" : undefined);
    const ready = names.ready === undefined ? "ready" : names.ready;
    const signal = (part: string): Signal => dut.signal(`${prefix}${names.separator ?? "_"}${part}`);
    return new StreamBus<F>(simulator, prefix, {
      valid: signal(names.valid ?? "valid"),
      ready: ready === null ? undefined : signal(ready),
      reset: reset === undefined ? undefined : dut.signal(reset),
      fields: fields.map((field) => [field, signal(field)] as const),
    });
  }

  /** The payload as it is now. */
  sample(): Beat<F> {
    return Object.fromEntries(this.fields.map(([field, signal]) => [field, signal.value])) as Beat<F>; // all fields are there
  }

  /** True if the coming edge moves a beat. */
  isMoving(): boolean {
    return this.valid.isHigh && (this.ready?.isHigh ?? true) && !this.isInReset();
  }

  isInReset(): boolean {
    return this.reset?.isHigh ?? false;
  }
}

/** Called at each cycle until stopped. */
abstract class PerCycle {
  readonly #simulator: Simulator;
  #disarm: Disarm | undefined;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
  }

  /** Begins with the present cycle. */
  protected start(): void {
    this.#step();
  }

  protected abstract onCycle(): void;

  /** Ends the work of this object. */
  stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
  }

  readonly #step = (): void => {
    this.#disarm = this.#simulator.atCycle(this.#simulator.cycle + 1, this.#step);
    this.onCycle();
  };
}

/** Callbacks that wait for a condition, looked at once per cycle. */
class ConditionWaits {
  readonly #simulator: Simulator;
  #waits: { readonly isTrue: () => boolean; readonly resolve: () => void }[] = [];

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
  }

  until(isTrue: () => boolean): Trigger {
    return new Trigger(this.#simulator, (resolve) => {
      if (isTrue()) {
        resolve();
        return () => undefined;
      }
      const wait = { isTrue, resolve };
      this.#waits.push(wait);
      return () => {
        this.#waits = this.#waits.filter((other) => other !== wait);
      };
    });
  }

  check(): void {
    for (const wait of [...this.#waits]) {
      if (!wait.isTrue()) continue;
      this.#waits = this.#waits.filter((other) => other !== wait);
      wait.resolve();
    }
  }
}

/** Options of sources and sinks. */
export interface StreamOptions {
  readonly pause?: Pause;
  /** Names the stream of random numbers when several objects are alike. */
  readonly randomName?: string;
}

/** Drives `valid` and the payload. */
export class StreamSource<F extends string = string> extends PerCycle {
  readonly bus: StreamBus<F>;
  readonly #random: Random;
  readonly #waits: ConditionWaits;
  #generator: PauseGenerator;
  #queue: Beat<F>[] = [];
  #driven: Beat<F> | undefined;
  #sent = 0;
  #queued = 0;
  readonly #moved: MovedBeat<F>[] = [];

  constructor(bus: StreamBus<F>, options: StreamOptions = {}) {
    super(bus.simulator);
    this.bus = bus;
    this.#random = bus.simulator.random.fork(options.randomName ?? `source ${bus.name}`);
    this.#generator = pauseGenerator(options.pause ?? { kind: "never" }, this.#random);
    this.#waits = new ConditionWaits(bus.simulator);
    this.bus.valid.value = 0;
    this.start();
  }

  /** When the source is idle although it has something to send. */
  set pause(pause: Pause) {
    this.#generator = pauseGenerator(pause, this.#random);
  }

  /** Beats queued and not yet moved. */
  get pending(): number {
    return this.#queue.length + (this.#driven === undefined ? 0 : 1);
  }

  /** True if there is nothing left to send. */
  get isIdle(): boolean {
    return this.pending === 0;
  }

  /** Beats moved so far. */
  get count(): number {
    return this.#sent;
  }

  /** The beats that moved, with their cycles. */
  get moved(): readonly MovedBeat<F>[] {
    return this.#moved;
  }

  /** Queues a beat. */
  sendNow(...beats: readonly Beat<F>[]): void {
    for (const beat of beats) this.#queue.push(beat);
    this.#queued += beats.length;
  }

  /** Queues a beat; fires when it has moved. */
  send(beat: Beat<F>): Trigger {
    this.sendNow(beat);
    const target = this.#queued;
    return this.#waits.until(() => this.#sent >= target);
  }

  /** Fires when there is nothing left to send. */
  wait(): Trigger {
    return this.#waits.until(() => this.isIdle);
  }

  /** Forgets what is queued; a beat that is already shown stays. */
  clear(): void {
    this.#queued -= this.#queue.length;
    this.#queue = [];
  }

  protected override onCycle(): void {
    const { bus } = this;
    const isPause = this.#generator();
    if (bus.isInReset()) {
      // Nothing moves in reset; the beat is shown again afterwards.
      if (this.#driven !== undefined) {
        this.#queue.unshift(this.#driven);
        this.#driven = undefined;
        bus.valid.value = 0;
      }
      return;
    }
    if (this.#driven !== undefined) {
      if (bus.ready?.isHigh === false) return;
      this.#moved.push({ beat: this.#driven, cycle: bus.simulator.cycle });
      this.#driven = undefined;
      this.#sent++;
      this.#show(isPause);
      if (this.pending === this.#queue.length) {
        bus.valid.value = 0;
        this.#noise();
      }
      this.#waits.check();
    } else {
      this.#show(isPause);
    }
  }

  #show(isPause: boolean): void {
    if (isPause) return;
    const beat = this.#queue.shift();
    if (beat === undefined) return;
    this.#driven = beat;
    this.bus.valid.value = 1;
    for (const [field, signal] of this.bus.fields) signal.value = beat[field];
  }

  /** The payload means nothing while `valid` is low: show the design something else. */
  #noise(): void {
    for (const [, signal] of this.bus.fields) signal.value = this.#random.bits(signal.width);
  }
}

/** Watches a stream and checks its rules. */
export class StreamMonitor<F extends string = string> extends PerCycle {
  readonly bus: StreamBus<F>;
  readonly #listeners: ((moved: MovedBeat<F>) => void)[] = [];
  #stalled: Beat<F> | undefined;
  #wasStalled = false;
  #seen: MovedBeat<F>[] = [];
  #count = 0;
  readonly #waits: ConditionWaits;

  constructor(bus: StreamBus<F>) {
    super(bus.simulator);
    this.bus = bus;
    this.#waits = new ConditionWaits(bus.simulator);
    this.start();
  }

  /** Beats that moved and were not taken, oldest first. */
  get seen(): readonly MovedBeat<F>[] {
    return this.#seen;
  }

  /** Beats moved so far, taken ones included. */
  get count(): number {
    return this.#count;
  }

  /** Calls back for each beat that moves. */
  listen(listener: (moved: MovedBeat<F>) => void): void {
    this.#listeners.push(listener);
  }

  /** Fires when so many beats have moved since the start. */
  reached(count: number): Trigger {
    return this.#waits.until(() => this.#count >= count);
  }

  /** Takes the oldest beat, if there is one. */
  recvNow(): MovedBeat<F> | undefined {
    return this.#seen.shift();
  }

  /** Takes all beats. */
  takeAll(): MovedBeat<F>[] {
    return this.#seen.splice(0);
  }

  /** Takes the oldest beat, as soon as there is one. */
  async recv(): Promise<MovedBeat<F>> {
    for (;;) {
      await this.#waits.until(() => this.#seen.length > 0);
      const moved = this.#seen.shift();
      if (moved !== undefined) return moved;
    }
  }

  /** Forgets what was seen. */
  clear(): void {
    this.#seen = [];
  }

  protected override onCycle(): void {
    const { bus } = this;
    const { cycle } = bus.simulator;
    if (bus.isInReset()) {
      this.#wasStalled = false;
      return;
    }
    if (!bus.valid.isHigh) {
      if (this.#wasStalled) this.#broken("valid was taken back before ready came");
      return;
    }
    const beat = bus.sample();
    if (this.#wasStalled) {
      const changed = bus.fields.find(([field]) => beat[field] !== this.#stalled?.[field]);
      if (changed !== undefined) this.#broken(`${changed[0]} changed before ready came`);
    }
    this.#wasStalled = bus.ready?.isHigh === false;
    this.#stalled = beat;
    if (this.#wasStalled) return;
    const moved = { beat, cycle };
    this.#seen.push(moved);
    this.#count++;
    for (const listener of this.#listeners) listener(moved);
    this.#waits.check();
  }

  #broken(what: string): void {
    this.bus.simulator.fail(
      new SimulationError("PROTOCOL", `stream ${this.bus.name}: ${what}`, this.bus.simulator.facts()),
    );
  }
}

/** Drives `ready` from a pause generator. */
class ReadyDriver extends PerCycle {
  readonly #ready: Signal;
  #isReady: boolean | undefined;
  generator: PauseGenerator;

  constructor(simulator: Simulator, ready: Signal, generator: PauseGenerator) {
    super(simulator);
    this.#ready = ready;
    this.generator = generator;
    this.start();
  }

  protected override onCycle(): void {
    const isReady = !this.generator();
    if (isReady === this.#isReady) return;
    this.#isReady = isReady;
    this.#ready.value = isReady ? 1 : 0;
  }
}

/** Drives `ready` and takes the beats. */
export class StreamSink<F extends string = string> {
  readonly bus: StreamBus<F>;
  /** What moved, and the check of the rules. */
  readonly monitor: StreamMonitor<F>;
  readonly #random: Random;
  readonly #driver: ReadyDriver;

  constructor(bus: StreamBus<F>, options: StreamOptions = {}) {
    if (bus.ready === undefined)
      throw new SimulationError("USAGE", `stream ${bus.name} has no ready: use StreamMonitor`);
    this.bus = bus;
    this.#random = bus.simulator.random.fork(options.randomName ?? `sink ${bus.name}`);
    this.monitor = new StreamMonitor(bus);
    const generator = pauseGenerator(options.pause ?? { kind: "never" }, this.#random);
    this.#driver = new ReadyDriver(bus.simulator, bus.ready, generator);
  }

  /** When the sink does not take anything. */
  set pause(pause: Pause) {
    this.#driver.generator = pauseGenerator(pause, this.#random);
  }

  /** Beats taken from the design and not yet from here. */
  get pending(): number {
    return this.monitor.seen.length;
  }

  /** Beats so far. */
  get count(): number {
    return this.monitor.count;
  }

  /** Takes the oldest beat, as soon as there is one. */
  recv(): Promise<MovedBeat<F>> {
    return this.monitor.recv();
  }

  /** Takes the oldest beat, if there is one. */
  recvNow(): MovedBeat<F> | undefined {
    return this.monitor.recvNow();
  }

  /** Takes all beats. */
  takeAll(): MovedBeat<F>[] {
    return this.monitor.takeAll();
  }

  /** Fires when so many beats have come since the start. */
  reached(count: number): Trigger {
    return this.monitor.reached(count);
  }

  /** Forgets what came. */
  clear(): void {
    this.monitor.clear();
  }

  /** Ends the work of this object; `ready` stays as it is. */
  stop(): void {
    this.monitor.stop();
    this.#driver.stop();
  }
}
