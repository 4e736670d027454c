/**
 * Signals of the design by name.
 *
 * @module
 */
import { SimulationError } from "./errors.ts";
import { CONDITION, OP, type PortInfo } from "./protocol.ts";
import type { Simulator } from "./simulator.ts";
import { Trigger } from "./trigger.ts";

/** The design under test. */
export class Dut {
  readonly #simulator: Simulator;
  readonly #ports = new Map<string, PortInfo>();
  readonly #signals = new Map<string, Signal>();

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    for (const port of simulator.welcome.ports) this.#ports.set(port.name, port);
  }

  /** Names of the ports. */
  get ports(): readonly PortInfo[] {
    return [...this.#ports.values()];
  }

  /** True if the top module has this port. */
  hasPort(name: string): boolean {
    return this.#ports.has(name);
  }

  /**
   * A port, or in a debug build any signal (`u_rd.state_q`, `u_ram.mem[5]`). Always the same object for the same path.
   *
   * @throws SimulationError with code REFUSED if there is no such signal.
   */
  signal(path: string): Signal {
    const known = this.#signals.get(path);
    if (known !== undefined) return known;
    const port = this.#ports.get(path);
    const found =
      port ??
      this.#simulator.requestNow(OP.SIG_FIND, 0, new TextEncoder().encode(path), (payload) => {
        const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
        return { handle: view.getUint16(0, true), width: view.getUint32(4, true) };
      });
    const signal = new Signal(this.#simulator, path, found.handle, found.width);
    this.#signals.set(path, signal);
    return signal;
  }

  /** Paths and widths of the signals that begin with `prefix`. */
  list(prefix = ""): readonly { readonly path: string; readonly width: number }[] {
    const text = this.#simulator.requestNow(OP.SIG_LIST, 0, new TextEncoder().encode(prefix), (payload) =>
      new TextDecoder().decode(payload),
    );
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [path = "", width = ""] = line.split(" ");
        return { path, width: Number(width) };
      });
  }
}

/** One signal. Reading gives the value the coming clock edge will sample; a written value is there after that edge. */
export class Signal {
  readonly path: string;
  readonly width: number;
  readonly handle: number;
  readonly #simulator: Simulator;
  readonly #words: Uint32Array;
  #validCycle = -1;
  #lastReadStep = -1;

  constructor(simulator: Simulator, path: string, handle: number, width: number) {
    this.#simulator = simulator;
    this.path = path;
    this.handle = handle;
    this.width = width;
    this.#words = new Uint32Array(Math.ceil(width / 32));
  }

  get lastReadStep(): number {
    return this.#lastReadStep;
  }

  /** The value that the coming edge samples. Signals that are read in each cycle come with the answer of the run before. */
  get value(): bigint {
    this.#fetch();
    let value = 0n;
    for (let i = this.#words.length - 1; i >= 0; i--) value = (value << 32n) | BigInt(this.#words[i] ?? 0);
    return value;
  }

  /** Writes: the design sees the value after the coming edge. */
  set value(value: bigint | number) {
    if (
      Number.isInteger(value) &&
      typeof value === "number" &&
      this.width <= 32 &&
      value >= 0 &&
      value < 2 ** this.width
    ) {
      this.#simulator.postInPlace(OP.SIG_SET, this.handle, 4, (view, at) => {
        view.setUint32(at, value, true);
      });
      return;
    }
    let rest = typeof value === "bigint" ? value : BigInt(value);
    if (rest < 0n || rest >> BigInt(this.width) !== 0n) {
      throw new RangeError(`${this.path} = ${value}: does not fit into ${this.width} bits`);
    }
    const count = this.#words.length;
    this.#simulator.postInPlace(OP.SIG_SET, this.handle, 4 * count, (view, at) => {
      for (let i = 0; i < count; i++) {
        view.setUint32(at + 4 * i, Number(rest & 0xffffffffn), true);
        rest >>= 32n;
      }
    });
  }

  /** The value as a number; only for signals of up to 32 bits. */
  get number(): number {
    if (this.width > 32) throw new RangeError(`${this.path} has ${this.width} bits: too wide for a number`);
    this.#fetch();
    return this.#words[0] ?? 0;
  }

  /** True if any bit is 1. */
  get isHigh(): boolean {
    this.#fetch();
    return this.#words.length === 1 ? this.#words[0] !== 0 : this.#words.some((word) => word !== 0);
  }

  /** The value as bytes, least significant first. */
  get bytes(): Uint8Array {
    this.#fetch();
    const bytes = new Uint8Array(Math.ceil(this.width / 8));
    for (let i = 0; i < bytes.length; i++) bytes[i] = (this.#words[i >> 2] ?? 0) >>> (8 * (i & 3));
    return bytes;
  }

  /** Writes bytes, least significant first; missing bytes are 0. */
  setBytes(bytes: Uint8Array): void {
    const size = 4 * this.#words.length;
    this.#simulator.postInPlace(OP.SIG_SET, this.handle, size, (view, at) => {
      for (const [i, byte] of bytes.entries()) view.setUint8(at + i, byte);
    });
  }

  /** The value at this cycle, read together with what other tasks ask for. */
  read(): Promise<bigint> {
    if (this.#isFresh()) return Promise.resolve(this.value);
    return this.#simulator.request(OP.SIG_GET, this.handle, undefined, (payload) => {
      this.#take(payload);
      return this.value;
    });
  }

  /** Fires when bit 0 is 1 and was 0 one cycle before. */
  rising(): Trigger {
    return this.#edge(CONDITION.RISING);
  }

  /** Fires when bit 0 is 0 and was 1 one cycle before. */
  falling(): Trigger {
    return this.#edge(CONDITION.FALLING);
  }

  /** Fires when the signal differs from one cycle before. */
  changed(): Trigger {
    return this.#edge(CONDITION.CHANGE);
  }

  /** Fires at the first later cycle at which the signal has this value. */
  equals(value: bigint | number): Trigger {
    return this.#compare(CONDITION.EQUAL, BigInt(value));
  }

  /** Fires at the first later cycle at which the signal has another value. */
  differs(value: bigint | number): Trigger {
    return this.#compare(CONDITION.NOT_EQUAL, BigInt(value));
  }

  /** A value that came with the answer of a run; the simulator calls it. */
  deliver(payload: Uint8Array, cycle: number): void {
    this.#take(payload);
    this.#validCycle = cycle;
  }

  #take(payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    for (let i = 0; i < this.#words.length; i++) this.#words[i] = view.getUint32(4 * i, true);
    // Before the first edge a written value is seen at once, so nothing can be kept.
    this.#validCycle = this.#simulator.cycle === 0 ? -1 : this.#simulator.cycle;
    this.#lastReadStep = this.#simulator.step;
  }

  #isFresh(): boolean {
    return this.#validCycle === this.#simulator.cycle;
  }

  #fetch(): void {
    this.#lastReadStep = this.#simulator.step;
    if (this.#isFresh()) return;
    this.#simulator.requestNow(OP.SIG_GET, this.handle, undefined, (payload) => {
      this.#take(payload);
    });
    this.#simulator.prefetch(this);
  }

  #edge(kind: number): Trigger {
    if (this.path === "clk") {
      throw new SimulationError("USAGE", "every stop is just before a rising edge of clk: wait for simulator.cycles()");
    }
    return new Trigger(this.#simulator, (resolve) =>
      this.#simulator.onCondition(kind, this.handle, new Uint8Array(0), resolve),
    );
  }

  #compare(kind: number, value: bigint): Trigger {
    const payload = new Uint8Array(4 * this.#words.length);
    const view = new DataView(payload.buffer);
    for (let i = 0; i < this.#words.length; i++) {
      view.setUint32(4 * i, Number((value >> BigInt(32 * i)) & 0xffffffffn), true);
    }
    return new Trigger(this.#simulator, (resolve) => this.#simulator.onCondition(kind, this.handle, payload, resolve));
  }
}
