/**
 * The messages between testbench and simulator, as sim/README.md describes them. Bytes only; no socket, no time.
 *
 * @module
 */
import { SimulationError } from "./errors.ts";

/** "VNET" */
export const MAGIC = 0x54454e56;
export const PROTOCOL_VERSION = 1;
export const HEADER_BYTES = 16;
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Message kinds. */
export const KIND = { HELLO: 1, WELCOME: 2, BATCH: 3, RESULTS: 4, FATAL: 5 } as const;

/** Operation codes. */
export const OP = {
  PING: 0x01,
  RUN: 0x02,
  BYE: 0x03,
  TIME: 0x04,
  TRACE_ON: 0x05,
  TRACE_OFF: 0x06,
  SIG_FIND: 0x10,
  SIG_GET: 0x11,
  SIG_SET: 0x12,
  SIG_LIST: 0x13,
  MEM_AREA: 0x20,
  MEM_MAP: 0x21,
  MEM_READ: 0x22,
  MEM_WRITE: 0x23,
  MEM_FILL: 0x24,
  MEM_OFFER: 0x25,
  MEM_REVOKE: 0x26,
  MEM_WATCH: 0x27,
  MEM_UNWATCH: 0x28,
  MEM_ERROR: 0x29,
  MEM_UNERROR: 0x2a,
  MEM_CHECK: 0x2b,
  MEM_OFFER_CLEAR: 0x2c,
  MEM_OFFERED: 0x2d,
  AXI_CONFIG: 0x30,
  AXI_STATS: 0x31,
  AXIL_CONFIG: 0x40,
  AXIL_WRITE: 0x41,
  AXIL_READ: 0x42,
  SOURCE_CONFIG: 0x50,
  SOURCE_SEND: 0x51,
  SINK_CONFIG: 0x58,
  IRQ_CONFIG: 0x60,
  CHECK_CONFIG: 0x70,
} as const;

/** Conditions that end a run. */
export const CONDITION = { RISING: 1, FALLING: 2, CHANGE: 3, EQUAL: 4, NOT_EQUAL: 5, EVENT: 16, IDLE: 17 } as const;

/** Types of events that a run reports. */
export const EVENT = {
  AXIL_DONE: 1,
  AXIS_SENT: 2,
  AXIS_FRAME: 3,
  IRQ: 4,
  INTX: 5,
  WATCH: 6,
  AXI_ERROR: 7,
} as const;

/** Everything in a message starts at a multiple of 8. */
export function pad8(lenBytes: number): number {
  return (lenBytes + 7) & ~7;
}

/** The name of an operation, for messages. */
export function opName(code: number): string {
  return Object.entries(OP).find(([, value]) => value === code)?.[0] ?? `operation ${code}`;
}

/** Collects operations into one BATCH message. The memory is used again after {@link BatchWriter.reset}. */
export class BatchWriter {
  #bytes = new Uint8Array(64 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #length = HEADER_BYTES;
  #count = 0;

  /** Operations so far. */
  get count(): number {
    return this.#count;
  }

  /** Bytes so far, with the header. */
  get lengthBytes(): number {
    return this.#length;
  }

  /** View for the payload that {@link BatchWriter.reserve} returned the place of; valid until the next `reserve`. */
  get view(): DataView {
    return this.#view;
  }

  /** The same memory as bytes. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Begins an operation with an all-zero payload and returns where that starts. */
  reserve(op: number, arg: number, sizeBytes: number): number {
    const at = this.#length;
    const end = at + 8 + pad8(sizeBytes);
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.fill(0, at + 8, end);
    this.#view.setUint16(at, op, true);
    this.#view.setUint16(at + 2, arg, true);
    this.#view.setUint32(at + 4, sizeBytes, true);
    this.#length = end;
    this.#count++;
    return at + 8;
  }

  /** Adds an operation. */
  add(op: number, arg: number, payload?: Uint8Array): void {
    const at = this.reserve(op, arg, payload?.length ?? 0);
    if (payload !== undefined) this.#bytes.set(payload, at);
  }

  /** Copies the operations from byte `from` on, to send them again. */
  tail(from: number): Uint8Array {
    return this.#bytes.slice(from, this.#length);
  }

  /** Starts again with operations that {@link BatchWriter.tail} saved. */
  restart(tail: Uint8Array, count: number): void {
    this.reset();
    const end = HEADER_BYTES + tail.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(tail, HEADER_BYTES);
    this.#length = end;
    this.#count = count;
  }

  /** The message. Valid until the next call. */
  finish(seq: number): Uint8Array {
    const view = this.#view;
    view.setUint32(0, this.#length, true);
    view.setUint16(4, KIND.BATCH, true);
    view.setUint16(6, 0, true);
    view.setUint32(8, seq, true);
    view.setUint32(12, this.#count, true);
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets all operations. */
  reset(): void {
    this.#length = HEADER_BYTES;
    this.#count = 0;
  }

  #grow(needed: number): void {
    let size = this.#bytes.length;
    while (size < needed) size *= 2;
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** One result: a window on the answer, valid until the next message. Most results have a payload that nobody looks at. */
export class OpResult {
  readonly op: number;
  readonly status: number;
  readonly #message: Uint8Array;
  readonly #at: number;
  readonly #sizeBytes: number;

  constructor(op: number, status: number, message: Uint8Array, at: number, sizeBytes: number) {
    this.op = op;
    this.status = status;
    this.#message = message;
    this.#at = at;
    this.#sizeBytes = sizeBytes;
  }

  get payload(): Uint8Array {
    return this.#message.subarray(this.#at, this.#at + this.#sizeBytes);
  }
}

/** Reads the results of a RESULTS message one after the other. */
export class ResultReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = HEADER_BYTES;
  #left: number;

  constructor(message: Uint8Array) {
    this.#bytes = message;
    this.#view = new DataView(message.buffer, message.byteOffset, message.length);
    this.#left = this.#view.getUint32(12, true);
  }

  /** The next result, or undefined after the last. */
  next(): OpResult | undefined {
    if (this.#left === 0) return undefined;
    const at = this.#at;
    if (at + 8 > this.#bytes.length) throw malformed("a result starts beyond the message");
    const sizeBytes = this.#view.getUint32(at + 4, true);
    if (at + 8 + sizeBytes > this.#bytes.length) throw malformed("a result ends beyond the message");
    this.#at = at + 8 + pad8(sizeBytes);
    this.#left--;
    const [op, status] = [this.#view.getUint16(at, true), this.#view.getUint16(at + 2, true)];
    return new OpResult(op, status, this.#bytes, at + 8, sizeBytes);
  }
}

/** Reads a 64-bit number that is known to be below 2 ** 53; much faster than by way of a bigint. */
export function getLong(view: DataView, at: number): number {
  return view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
}

/** Writes one. */
export function setLong(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

/** Something that happened during a run; `payload` is valid while the handler runs. */
export interface RunEvent {
  readonly type: number;
  readonly model: number;
  readonly cycle: number;
  readonly payload: DataView;
}

/** The result of RUN without its events. */
export interface RunSummary {
  readonly cycle: number;
  /** Bit i: condition i is true. */
  readonly hit: bigint;
  /** The event buffer was full: nothing is lost, run again. */
  readonly isEventBufferFull: boolean;
}

/** Decodes a RUN result and hands each event to `onEvent`, in order of time. */
export function decodeRun(payload: Uint8Array, onEvent: (event: RunEvent) => void): RunSummary {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (payload.length < 24) throw malformed("a RUN result is too short");
  const summary = {
    cycle: getLong(view, 0),
    hit: view.getBigUint64(8, true),
    isEventBufferFull: view.getUint32(16, true) === 2,
  };
  let at = 24;
  for (let left = view.getUint32(20, true); left > 0; left--) {
    if (at + 16 > payload.length) throw malformed("an event starts beyond the RUN result");
    const sizeBytes = view.getUint32(at + 4, true);
    if (at + 16 + sizeBytes > payload.length) throw malformed("an event ends beyond the RUN result");
    onEvent({
      type: view.getUint16(at, true),
      model: view.getUint16(at + 2, true),
      cycle: getLong(view, at + 8),
      payload: new DataView(payload.buffer, payload.byteOffset + at + 16, sizeBytes),
    });
    at += 16 + pad8(sizeBytes);
  }
  return summary;
}

/** A model inside the simulator. */
export interface ModelInfo {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
}

/** A port of the top module. */
export interface PortInfo {
  readonly handle: number;
  readonly name: string;
  readonly width: number;
  readonly isInput: boolean;
}

/** What the simulator says about itself. */
export interface Welcome {
  readonly version: number;
  readonly top: string;
  readonly params: Readonly<Record<string, number | string>>;
  readonly hasClock: boolean;
  readonly trace: string;
  readonly models: readonly ModelInfo[];
  readonly ports: readonly PortInfo[];
}

/** The HELLO message. */
export function encodeHello(seq: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, KIND.HELLO, true);
  view.setUint32(8, seq, true);
  view.setUint32(16, MAGIC, true);
  view.setUint32(20, PROTOCOL_VERSION, true);
  return bytes;
}

/** Reads the WELCOME message. */
export function decodeWelcome(message: Uint8Array): Welcome {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  if (message.length < 40 || view.getUint16(4, true) !== KIND.WELCOME) throw malformed("expected WELCOME");
  if (view.getUint32(16, true) !== MAGIC) throw malformed("WELCOME has a wrong magic number");
  const version = view.getUint32(20, true);
  if (version !== PROTOCOL_VERSION) {
    throw new SimulationError(
      "PROTOCOL",
      `the simulator speaks protocol version ${version}, the testbench ${PROTOCOL_VERSION}; build it again`,
    );
  }
  const jsonBytes = view.getUint32(32, true);
  const fields = asRecord(JSON.parse(new TextDecoder().decode(message.subarray(40, 40 + jsonBytes))));
  return {
    version,
    top: String(fields["top"]),
    params: asRecord(fields["params"]) as Record<string, number | string>, // values are only shown
    hasClock: fields["clock"] === true,
    trace: String(fields["trace"]),
    models: asList(fields["models"]).map((model) => ({
      id: Number(model["id"]),
      kind: String(model["kind"]),
      name: String(model["name"]),
    })),
    ports: asList(fields["ports"]).map((port) => ({
      handle: Number(port["handle"]),
      name: String(port["name"]),
      width: Number(port["width"]),
      isInput: port["dir"] === "in",
    })),
  };
}

/** A FATAL message. */
export interface Fatal {
  readonly exitCode: number;
  readonly cycle: number;
  readonly text: string;
}

/** Reads the FATAL message. */
export function decodeFatal(message: Uint8Array): Fatal {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  if (message.length < 32) throw malformed("a FATAL message is too short");
  const textBytes = view.getUint32(20, true);
  return {
    exitCode: view.getUint32(16, true),
    cycle: Number(view.getBigUint64(24, true)),
    text: new TextDecoder().decode(message.subarray(32, 32 + textBytes)).trim(),
  };
}

function malformed(what: string): SimulationError {
  return new SimulationError("PROTOCOL", `malformed message from the simulator: ${what}`);
}

function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed("expected a JSON object");
  return value as Record<string, unknown>; // checked above
}

function asList(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) throw malformed("expected a JSON list");
  return value.map(asRecord);
}
