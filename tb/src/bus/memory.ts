/**
 * Guest memory: what the driver writes, what the device may touch, and how the bus in between behaves.
 *
 * @module
 */
import {
  type BatchedWait,
  type Disarm,
  encodePause,
  EVENT,
  OP,
  type Pause,
  type RunEvent,
  setLong,
  SimulationError,
  type Simulator,
  type Trigger,
} from "../core/index.ts";
import { EventStream } from "./event-stream.ts";
import type { DeviceAccess, MemoryConfig, MemoryStatistics, WatchCondition } from "./types.ts";

const ACCESS_FLAGS = { read: 1, write: 2, readwrite: 3 } as const;
const RESPONSE = { SLVERR: 2, DECERR: 3 } as const;
const WATCH_KIND = { changed: 0, equal: 1, notEqual: 2, reached: 3, read: 4 } as const;
const NEVER: Pause = { kind: "never" };

/** An injected error response that the memory has sent. */
export interface MemoryErrorRecord {
  readonly addr: bigint;
  readonly axiId: number;
  readonly isWrite: boolean;
  readonly response: "SLVERR" | "DECERR";
  readonly cycle: number;
}

/** A watched word changed as asked for. */
export interface WatchRecord {
  readonly value: bigint;
  readonly cycle: number;
}

/** A watch on a word of guest memory. */
export class Watch {
  /** The word when the watch was set. A condition that held already does not fire. */
  readonly initial: Promise<bigint>;
  /** What the watch saw, oldest first. */
  readonly fired: EventStream<WatchRecord>;
  readonly #remove: () => void;

  constructor(initial: Promise<bigint>, fired: EventStream<WatchRecord>, remove: () => void) {
    this.initial = initial;
    this.fired = fired;
    this.#remove = remove;
  }

  /** Fires with the next (or an untaken earlier) change that meets the condition. */
  next(): Trigger<WatchRecord> {
    return this.fired.take();
  }

  /** Ends the watch. */
  remove(): void {
    this.#remove();
  }
}

/** A range as it was offered. */
interface Offer {
  readonly lenBytes: number;
  readonly flags: number;
}

/** Guest memory with the AXI slave in front of it. */
export class GuestMemory {
  readonly #simulator: Simulator;
  readonly #model: number;
  /** By address. */
  readonly #offers = new Map<bigint, Offer[]>();
  readonly #watches = new Map<number, EventStream<WatchRecord>>();
  #nextId = 1;

  /** Injected error responses that were sent. */
  readonly errors: EventStream<MemoryErrorRecord>;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#model = simulator.model("axi_mem").id;
    this.errors = new EventStream(simulator, this.#model, EVENT.AXI_ERROR);
    simulator.onEvents(this.#model, (event) => {
      this.#onEvent(event);
    });
  }

  /** Adds an area, zeroed. Base and size are multiples of 4096. */
  addArea(base: bigint, sizeBytes: bigint): void {
    this.#post(OP.MEM_AREA, base, sizeBytes);
  }

  /** Adds an area that is a shared mapping of a file. */
  mapFile(base: bigint, sizeBytes: bigint, path: string, fileOffset = 0n): void {
    this.#post(OP.MEM_MAP, base, sizeBytes, fileOffset, new TextEncoder().encode(path));
  }

  /** Writes now; nothing to wait for. */
  write(addr: bigint, bytes: Uint8Array): void {
    this.#simulator.postInPlace(OP.MEM_WRITE, 0, 8 + bytes.length, (view, at, batch) => {
      view.setBigUint64(at, addr, true);
      batch.set(bytes, at + 8);
    });
  }

  /** Reads what is there at this cycle. A write of the device is there when its response has been sent. */
  read(addr: bigint, lenBytes: number): Promise<Uint8Array> {
    return this.#simulator.requestInPlace(
      OP.MEM_READ,
      0,
      16,
      (view, at) => {
        view.setBigUint64(at, addr, true);
        setLong(view, at + 8, lenBytes);
      },
      copyOf,
    );
  }

  /** Sets all bytes of a range. */
  fill(addr: bigint, lenBytes: number, byte: number): void {
    this.#post(OP.MEM_FILL, addr, BigInt(lenBytes), BigInt(byte));
  }

  /** Allows the device to touch a range. An offer on top of another adds to it. */
  offer(addr: bigint, lenBytes: number, access: DeviceAccess): void {
    if (lenBytes === 0) return;
    const flags = ACCESS_FLAGS[access];
    const offer = { lenBytes, flags };
    const known = this.#offers.get(addr);
    if (known === undefined) this.#offers.set(addr, [offer]);
    else known.push(offer);
    this.#postOffer(OP.MEM_OFFER, addr, offer);
  }

  /** Takes back a range that was offered as such; the device must not touch it any more. */
  revoke(addr: bigint, lenBytes: number): void {
    if (lenBytes === 0) return;
    const known = this.#offers.get(addr) ?? [];
    const at = known.findLastIndex((one) => one.lenBytes === lenBytes);
    const offer = known[at];
    if (offer === undefined) {
      throw new SimulationError(
        "USAGE",
        `revoke of 0x${addr.toString(16)} + ${lenBytes}: this range was not offered`,
        this.#simulator.facts(),
      );
    }
    if (known.length === 1) this.#offers.delete(addr);
    else known.splice(at, 1);
    this.#postOffer(OP.MEM_REVOKE, addr, offer);
  }

  /** Forgets all offers. */
  clearOffers(): void {
    this.#offers.clear();
    this.#post(OP.MEM_OFFER_CLEAR);
  }

  /** How often a byte is offered for reading and for writing. */
  offered(addr: bigint): Promise<{ readonly reads: number; readonly writes: number }> {
    return this.#simulator.request(OP.MEM_OFFERED, 0, words(addr), (payload) => {
      const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
      return { reads: view.getUint32(0, true), writes: view.getUint32(4, true) };
    });
  }

  /** Whether accesses outside the offered ranges end the simulation (they do by default). */
  setChecking(isOn: boolean): void {
    this.#post(OP.MEM_CHECK, isOn ? 1n : 0n);
  }

  /** Watches a little-endian word that lies at a multiple of nothing in particular. */
  watch(
    addr: bigint,
    lenBytes: 1 | 2 | 4 | 8,
    condition: WatchCondition,
    options: { readonly once?: boolean } = {},
  ): Watch {
    const id = this.#nextId++;
    const payload = new Uint8Array(24);
    const view = new DataView(payload.buffer);
    view.setBigUint64(0, addr, true);
    view.setUint32(8, id, true);
    view.setUint8(12, lenBytes);
    view.setUint8(13, WATCH_KIND[condition.kind]);
    view.setUint8(14, options.once === true ? 1 : 0);
    view.setBigUint64(16, "value" in condition ? condition.value : 0n, true);
    const fired = new EventStream<WatchRecord>(this.#simulator, this.#model, EVENT.WATCH);
    this.#watches.set(id, fired);
    const initial = this.#simulator.request(OP.MEM_WATCH, 0, payload, (result) =>
      new DataView(result.buffer, result.byteOffset, result.length).getBigUint64(0, true),
    );
    // Not everybody asks for it, and the end of the simulation is told to those who wait for something.
    initial.catch(() => undefined);
    return new Watch(initial, fired, () => {
      if (!this.#watches.delete(id)) return;
      this.#post(OP.MEM_UNWATCH, BigInt(id));
    });
  }

  /** From now on accesses to a range get an error response, `count` times or for ever. Returns how to end that. */
  injectError(
    addr: bigint,
    lenBytes: number,
    options: {
      readonly on?: DeviceAccess;
      readonly response?: "SLVERR" | "DECERR";
      readonly count?: number;
    } = {},
  ): Disarm {
    const id = this.#nextId++;
    const payload = new Uint8Array(24);
    const view = new DataView(payload.buffer);
    view.setBigUint64(0, addr, true);
    view.setBigUint64(8, BigInt(lenBytes), true);
    view.setUint32(16, id, true);
    view.setUint8(20, ACCESS_FLAGS[options.on ?? "readwrite"]);
    view.setUint8(21, RESPONSE[options.response ?? "SLVERR"]);
    view.setUint16(22, options.count ?? 0, true);
    this.#simulator.post(OP.MEM_ERROR, 0, payload);
    return () => {
      this.#post(OP.MEM_UNERROR, BigInt(id));
    };
  }

  /** Sets how the bus behaves; what is left out goes back to its default. Accepted requests keep their latency. */
  configure(config: MemoryConfig): void {
    const payload = new Uint8Array(72);
    const view = new DataView(payload.buffer);
    const [readMin, readMax] = range(config.readLatency ?? 1);
    const [writeMin, writeMax] = range(config.writeLatency ?? 1);
    const numbers = [
      config.seed ?? this.#simulator.seed,
      config.reorder === true ? 1 : 0,
      readMin,
      readMax,
      writeMin,
      writeMax,
      config.maxReads ?? 0,
      config.maxWrites ?? 0,
    ];
    for (const [i, value] of numbers.entries()) view.setUint32(4 * i, value, true);
    const pauses = [config.pauseAr, config.pauseR, config.pauseAw, config.pauseW, config.pauseB];
    for (const [i, pause] of pauses.entries()) payload.set(encodePause(pause ?? NEVER), 32 + 8 * i);
    this.#simulator.post(OP.AXI_CONFIG, this.#model, payload);
  }

  /** For runs in a batch: no access has been under way for so many cycles in a row. */
  quiet(cycles: number): BatchedWait {
    return { kind: "idle", model: this.#model, cycles };
  }

  /** Turns the AXI protocol checker on or off (it is on). */
  setProtocolChecker(isOn: boolean): void {
    this.#simulator.post(OP.CHECK_CONFIG, this.#model, words(isOn ? 1n : 0n));
  }

  /** Counters since the start or the last `clear`. */
  statistics(options: { readonly clear?: boolean } = {}): Promise<MemoryStatistics> {
    return this.#simulator.request(
      OP.AXI_STATS,
      this.#model,
      words(options.clear === true ? 1n : 0n),
      decodeStatistics,
    );
  }

  #post(op: number, ...parts: (bigint | Uint8Array)[]): void {
    this.#simulator.post(op, 0, words(...parts));
  }

  #postOffer(op: number, addr: bigint, { lenBytes, flags }: Offer): void {
    this.#simulator.postInPlace(op, 0, 24, (view, at) => {
      view.setBigUint64(at, addr, true);
      setLong(view, at + 8, lenBytes);
      view.setUint8(at + 16, flags);
    });
  }

  #onEvent(event: RunEvent): void {
    const { payload } = event;
    if (event.type === EVENT.WATCH) {
      this.#watches.get(payload.getUint32(0, true))?.push({ value: payload.getBigUint64(8, true), cycle: event.cycle });
    } else if (event.type === EVENT.AXI_ERROR) {
      this.errors.push({
        addr: payload.getBigUint64(0, true),
        axiId: payload.getUint32(8, true),
        isWrite: payload.getUint8(12) === 1,
        response: payload.getUint8(13) === RESPONSE.DECERR ? "DECERR" : "SLVERR",
        cycle: event.cycle,
      });
    }
  }
}

function copyOf(bytes: Uint8Array): Uint8Array {
  return bytes.slice();
}

/** 64-bit words, then bytes. */
function words(...parts: readonly (bigint | Uint8Array)[]): Uint8Array {
  const sizeBytes = parts.reduce((sum, part) => sum + (typeof part === "bigint" ? 8 : part.length), 0);
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "bigint") {
      view.setBigUint64(at, part, true);
      at += 8;
    } else {
      bytes.set(part, at);
      at += part.length;
    }
  }
  return bytes;
}

function range(value: number | readonly [min: number, max: number]): readonly [min: number, max: number] {
  return typeof value === "number" ? [value, value] : value;
}

function decodeStatistics(payload: Uint8Array): MemoryStatistics {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const long = (index: number): number => Number(view.getBigUint64(8 * index, true));
  const ids = view.getUint32(112, true);
  return {
    cycles: long(0),
    readBursts: long(1),
    writeBursts: long(2),
    readBeats: long(3),
    writeBeats: long(4),
    writeResponses: long(5),
    readStallCycles: long(6),
    writeIdleCycles: long(7),
    readAddressWaitCycles: long(8),
    writeAddressWaitCycles: long(9),
    readBytes: long(10),
    writeBytes: long(11),
    outstandingReads: view.getUint32(96, true),
    outstandingWrites: view.getUint32(100, true),
    maxOutstandingReads: view.getUint32(104, true),
    maxOutstandingWrites: view.getUint32(108, true),
    perId: Array.from({ length: ids }, (_, id) => ({
      readBursts: long(15 + 4 * id),
      readBeats: long(16 + 4 * id),
      writeBursts: long(17 + 4 * id),
      writeBeats: long(18 + 4 * id),
    })),
  };
}
