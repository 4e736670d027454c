/**
 * The device's registers over AXI4-Lite.
 *
 * @module
 */
import {
  type BatchedWait,
  encodePause,
  EVENT,
  OP,
  type Pause,
  SimulationError,
  type Simulator,
  Trigger,
} from "../core/index.ts";
import { EventStream } from "./event-stream.ts";

/** How the register master behaves. */
export interface RegisterBusConfig {
  readonly seed?: number;
  /** Operations started before the first is answered, 1..16. */
  readonly maxOutstanding?: number;
  readonly pauseAw?: Pause;
  readonly pauseW?: Pause;
  readonly pauseB?: Pause;
  readonly pauseAr?: Pause;
  readonly pauseR?: Pause;
}

/** The answer to one register access. */
export interface RegisterAnswer {
  readonly tag: number;
  readonly data: number;
  /** AXI response: 0 OKAY, 2 SLVERR, 3 DECERR. */
  readonly response: number;
  readonly isWrite: boolean;
  readonly cycle: number;
}

const NEVER: Pause = { kind: "never" };

/** Register accesses, done in the order of the calls. */
export class RegisterBus {
  readonly #simulator: Simulator;
  readonly #model: number;
  readonly #answers: EventStream<RegisterAnswer>;
  readonly #reads = new Map<number, (answer: RegisterAnswer) => void>();
  #issued = 0;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#model = simulator.model("axil_master").id;
    this.#answers = new EventStream(simulator, this.#model, EVENT.AXIL_DONE);
    this.#answers.isKeeping = false;
    simulator.onEvents(this.#model, ({ payload, cycle }) => {
      this.#onAnswer({
        tag: payload.getUint32(0, true),
        data: payload.getUint32(4, true),
        response: payload.getUint8(8),
        isWrite: payload.getUint8(9) === 1,
        cycle,
      });
    });
  }

  /** Accesses not yet answered. */
  get pending(): number {
    return this.#issued - this.#answers.count;
  }

  /** Sets how the master behaves. */
  configure(config: RegisterBusConfig): void {
    const payload = new Uint8Array(48);
    const view = new DataView(payload.buffer);
    view.setUint32(0, config.seed ?? this.#simulator.seed, true);
    view.setUint32(4, config.maxOutstanding ?? 1, true);
    const pauses = [config.pauseAw, config.pauseW, config.pauseB, config.pauseAr, config.pauseR];
    for (const [i, pause] of pauses.entries()) payload.set(encodePause(pause ?? NEVER), 8 + 8 * i);
    this.#simulator.post(OP.AXIL_CONFIG, this.#model, payload);
  }

  /** Writes 1, 2 or 4 bytes at a multiple of their size; nothing to wait for. */
  write(offset: number, value: number, sizeBytes: 1 | 2 | 4): void {
    this.#check(offset, sizeBytes);
    const lane = offset & 3;
    this.writeStrobed(offset - lane, (value << (8 * lane)) >>> 0, ((1 << sizeBytes) - 1) << lane);
  }

  /** Writes a word with byte strobes. */
  writeStrobed(offset: number, data: number, strobe: number): void {
    this.#simulator.postInPlace(OP.AXIL_WRITE, this.#model, 16, (view, at) => {
      view.setUint32(at, this.#issued, true);
      view.setUint32(at + 4, offset, true);
      view.setUint32(at + 8, data, true);
      view.setUint32(at + 12, strobe, true);
    });
    this.#issued++;
  }

  /** Reads a word after all accesses before, and calls back some time; nothing to wait for. */
  readLater(offset: number, done: (word: number) => void): void {
    const tag = this.#postRead(offset);
    this.#reads.set(tag, (answer) => {
      done(answer.data);
    });
  }

  /** Reads 1, 2 or 4 bytes at a multiple of their size, after all writes before. */
  async read(offset: number, sizeBytes: 1 | 2 | 4): Promise<number> {
    this.#check(offset, sizeBytes);
    const lane = offset & 3;
    const word = await this.#readWord(offset - lane).promise();
    const value = word >>> (8 * lane);
    return sizeBytes === 4 ? value : value & (2 ** (8 * sizeBytes) - 1);
  }

  read8(offset: number): Promise<number> {
    return this.read(offset, 1);
  }

  read16(offset: number): Promise<number> {
    return this.read(offset, 2);
  }

  read32(offset: number): Promise<number> {
    return this.read(offset, 4);
  }

  /** Reads two words, the low one first. */
  async read64(offset: number): Promise<bigint> {
    const [low, high] = await Promise.all([this.read(offset, 4), this.read(offset + 4, 4)]);
    return (BigInt(high) << 32n) | BigInt(low);
  }

  write8(offset: number, value: number): void {
    this.write(offset, value, 1);
  }

  write16(offset: number, value: number): void {
    this.write(offset, value, 2);
  }

  write32(offset: number, value: number): void {
    this.write(offset, value, 4);
  }

  /** Writes two words, the low one first. */
  write64(offset: number, value: bigint): void {
    this.write(offset, Number(value & 0xffffffffn), 4);
    this.write(offset + 4, Number(value >> 32n), 4);
  }

  /** For runs in a batch: all accesses so far have been answered. */
  get answered(): BatchedWait {
    return { kind: "idle", model: this.#model, cycles: 1 };
  }

  /** Fires when all accesses so far have been answered. */
  idle(): Trigger {
    return this.#answers.reached(this.#issued);
  }

  #readWord(offset: number): Trigger<number> {
    return new Trigger<number>(this.#simulator, (resolve) => {
      const tag = this.#postRead(offset);
      const disarm = this.#simulator.expectEvents({
        model: this.#model,
        mask: 1 << EVENT.AXIL_DONE,
        // Answers come in order: stop at this one, not at those before it.
        remaining: () => tag + 1 - this.#answers.count,
      });
      this.#reads.set(tag, (answer) => {
        disarm();
        resolve(answer.data);
      });
      return () => {
        disarm();
        this.#reads.delete(tag);
      };
    });
  }

  #postRead(offset: number): number {
    this.#simulator.postInPlace(OP.AXIL_READ, this.#model, 8, (view, at) => {
      view.setUint32(at, this.#issued, true);
      view.setUint32(at + 4, offset, true);
    });
    return this.#issued++;
  }

  #onAnswer(answer: RegisterAnswer): void {
    if (answer.response !== 0) {
      const what = `register ${answer.isWrite ? "write" : "read"} number ${answer.tag} was answered with response ${answer.response}`;
      this.#simulator.fail(new SimulationError("PROTOCOL", what, this.#simulator.facts()));
      return;
    }
    this.#answers.push(answer);
    const read = this.#reads.get(answer.tag);
    this.#reads.delete(answer.tag);
    read?.(answer);
  }

  #check(offset: number, sizeBytes: number): void {
    if (offset % sizeBytes !== 0) throw new RangeError(`register offset ${offset} is no multiple of ${sizeBytes}`);
  }
}
