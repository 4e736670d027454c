/**
 * Reads and writes capture files: pcap (read and write) and pcapng (read and write).
 *
 * Only what captures of Ethernet frames need. Time stamps are nanoseconds since the start of the simulation (written) or since
 * the epoch (read); nothing here looks at a clock, so the same run writes the same bytes.
 *
 * @module
 */
import { concatBytes } from "./packet.ts";

/** A file that is no capture, or a damaged one. */
export class PcapError extends Error {
  readonly code = "PCAP";
}

/** Link type of Ethernet in both formats. */
export const LINKTYPE_ETHERNET = 1;

/** A captured frame. */
export interface CapturedFrame {
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
  /** Index of the interface (pcapng); 0 in pcap. */
  readonly interfaceId: number;
  /** Length on the wire; larger than `bytes` when the capture was cut. */
  readonly originalLenBytes: number;
}

/** A whole capture file. */
export interface Capture {
  readonly format: "pcap" | "pcapng";
  /** Names of the interfaces; empty text where the file gives none. */
  readonly interfaces: readonly string[];
  readonly frames: readonly CapturedFrame[];
}

const PCAP_MICRO = 0xa1b2c3d4;
const PCAP_NANO = 0xa1b23c4d;
const NG_SECTION = 0x0a0d0d0a;
const NG_INTERFACE = 1;
const NG_SIMPLE_PACKET = 3;
const NG_ENHANCED_PACKET = 6;
const NG_BYTE_ORDER = 0x1a2b3c4d;
const OPT_END = 0;
const OPT_IF_NAME = 2;
const OPT_IF_DESCRIPTION = 3;
const OPT_IF_TSRESOL = 9;
const OPT_EPB_FLAGS = 2;
const OPT_SHB_USERAPPL = 4;
const MAX_FRAME_BYTES = 0x40000;

/** Reads a capture of either format. */
export function readCapture(file: Uint8Array): Capture {
  if (file.length < 24) throw new PcapError(`file of ${file.length} bytes: too short for a capture`);
  const view = viewOf(file);
  const magic = view.getUint32(0, true);
  if (magic === NG_SECTION) return readPcapng(file, view);
  for (const littleEndian of [true, false]) {
    const seen = view.getUint32(0, littleEndian);
    if (seen === PCAP_MICRO || seen === PCAP_NANO) {
      return readPcap(file, view, { littleEndian, nsPerTick: seen === PCAP_NANO ? 1n : 1000n });
    }
  }
  throw new PcapError(`magic 0x${magic.toString(16).padStart(8, "0")}: neither pcap nor pcapng`);
}

function readPcap(
  file: Uint8Array,
  view: DataView,
  options: { readonly littleEndian: boolean; readonly nsPerTick: bigint },
): Capture {
  const { littleEndian, nsPerTick } = options;
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  checkLinkType(linkType);
  const frames: CapturedFrame[] = [];
  let at = 24;
  while (at < file.length) {
    if (at + 16 > file.length) throw new PcapError(`record header cut short at byte ${at}`);
    const seconds = BigInt(view.getUint32(at, littleEndian));
    const ticks = BigInt(view.getUint32(at + 4, littleEndian));
    const lenBytes = view.getUint32(at + 8, littleEndian);
    const originalLenBytes = view.getUint32(at + 12, littleEndian);
    const bytes = takeBytes(file, at + 16, lenBytes);
    frames.push({ timeNs: seconds * 1_000_000_000n + ticks * nsPerTick, bytes, interfaceId: 0, originalLenBytes });
    at += 16 + lenBytes;
  }
  return { format: "pcap", interfaces: [""], frames };
}

interface NgInterface {
  readonly name: string;
  readonly ticksPerSecond: bigint;
}

function readPcapng(file: Uint8Array, view: DataView): Capture {
  const interfaces: NgInterface[] = [];
  const frames: CapturedFrame[] = [];
  let littleEndian = true;
  let at = 0;
  // Interface numbers count from 0 in each section.
  let sectionBase = 0;
  while (at < file.length) {
    if (at + 12 > file.length) throw new PcapError(`block header cut short at byte ${at}`);
    const type = view.getUint32(at, littleEndian);
    if (type === NG_SECTION) {
      littleEndian = view.getUint32(at + 8, true) === NG_BYTE_ORDER;
      if (view.getUint32(at + 8, littleEndian) !== NG_BYTE_ORDER) {
        throw new PcapError(`section at byte ${at}: no byte order magic`);
      }
      sectionBase = interfaces.length;
    }
    const blockLen = view.getUint32(at + 4, littleEndian);
    if (blockLen < 12 || blockLen % 4 !== 0 || at + blockLen > file.length) {
      throw new PcapError(`block at byte ${at}: impossible length ${blockLen}`);
    }
    if (view.getUint32(at + blockLen - 4, littleEndian) !== blockLen) {
      throw new PcapError(`block at byte ${at}: the two lengths differ`);
    }
    const body = file.subarray(at + 8, at + blockLen - 4);
    if (type === NG_INTERFACE) {
      interfaces.push(readInterface(body, littleEndian));
    } else if (type === NG_ENHANCED_PACKET || type === NG_SIMPLE_PACKET) {
      frames.push(readPacket(body, { littleEndian, type, sectionBase, interfaces }));
    }
    at += blockLen;
  }
  return { format: "pcapng", interfaces: interfaces.map((entry) => entry.name), frames };
}

function readInterface(body: Uint8Array, littleEndian: boolean): NgInterface {
  const view = viewOf(body);
  if (body.length < 8) throw new PcapError(`interface block of ${body.length} bytes`);
  checkLinkType(view.getUint16(0, littleEndian));
  let name = "";
  let ticksPerSecond = 1_000_000n;
  let at = 8;
  while (at + 4 <= body.length) {
    const code = view.getUint16(at, littleEndian);
    const len = view.getUint16(at + 2, littleEndian);
    const value = takeBytes(body, at + 4, len);
    if (code === OPT_END) break;
    if (code === OPT_IF_NAME) name = new TextDecoder().decode(value);
    if (code === OPT_IF_TSRESOL) {
      const resolution = value[0] ?? 6;
      const exponent = BigInt(resolution & 0x7f);
      ticksPerSecond = resolution & 0x80 ? 2n ** exponent : 10n ** exponent;
    }
    at += 4 + paddedTo4(len);
  }
  return { name, ticksPerSecond };
}

function readPacket(
  body: Uint8Array,
  context: {
    readonly littleEndian: boolean;
    readonly type: number;
    readonly sectionBase: number;
    readonly interfaces: readonly NgInterface[];
  },
): CapturedFrame {
  const { littleEndian, type, sectionBase, interfaces } = context;
  const view = viewOf(body);
  if (type === NG_SIMPLE_PACKET) {
    if (body.length < 4) throw new PcapError("simple packet block cut short");
    const originalLenBytes = view.getUint32(0, littleEndian);
    const lenBytes = Math.min(originalLenBytes, body.length - 4);
    return { timeNs: 0n, bytes: takeBytes(body, 4, lenBytes), interfaceId: sectionBase, originalLenBytes };
  }
  if (body.length < 20) throw new PcapError("enhanced packet block cut short");
  const interfaceId = sectionBase + view.getUint32(0, littleEndian);
  const source = interfaces[interfaceId];
  if (source === undefined) throw new PcapError(`packet of interface ${interfaceId}, which was not described`);
  const ticks = (BigInt(view.getUint32(4, littleEndian)) << 32n) | BigInt(view.getUint32(8, littleEndian));
  return {
    timeNs: (ticks * 1_000_000_000n) / source.ticksPerSecond,
    bytes: takeBytes(body, 20, view.getUint32(12, littleEndian)),
    interfaceId,
    originalLenBytes: view.getUint32(16, littleEndian),
  };
}

/** Writes classic pcap with nanosecond stamps. */
export function writePcap(frames: readonly { readonly timeNs: bigint; readonly bytes: Uint8Array }[]): Uint8Array {
  const head = new Uint8Array(24);
  const view = viewOf(head);
  view.setUint32(0, PCAP_NANO, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, MAX_FRAME_BYTES, true);
  view.setUint32(20, LINKTYPE_ETHERNET, true);
  const parts: Uint8Array[] = [head];
  for (const frame of frames) {
    const record = new Uint8Array(16);
    const recordView = viewOf(record);
    recordView.setUint32(0, Number(frame.timeNs / 1_000_000_000n), true);
    recordView.setUint32(4, Number(frame.timeNs % 1_000_000_000n), true);
    recordView.setUint32(8, frame.bytes.length, true);
    recordView.setUint32(12, frame.bytes.length, true);
    parts.push(record, frame.bytes);
  }
  return concatBytes(...parts);
}

/** An interface of a file to be written. */
export interface PcapngInterface {
  readonly name: string;
  readonly description?: string;
  /** Marks all frames of this interface as received or sent, as seen by the guest. */
  readonly direction?: "inbound" | "outbound";
}

/**
 * Collects frames for a pcapng file with nanosecond stamps.
 *
 * @example
 * ```ts
 * const capture = new PcapngWriter([{ name: "tx", direction: "outbound" }]);
 * capture.add({ interfaceId: 0, timeNs: 4n * BigInt(cycle), bytes });
 * writeFileSync("run.pcapng", capture.finish());
 * ```
 */
export class PcapngWriter {
  readonly #interfaces: readonly PcapngInterface[];
  readonly #frames: { readonly interfaceId: number; readonly timeNs: bigint; readonly bytes: Uint8Array }[] = [];

  constructor(interfaces: readonly PcapngInterface[]) {
    this.#interfaces = interfaces;
  }

  /** Adds a frame; frames may come in any order of time. */
  add(frame: { readonly interfaceId: number; readonly timeNs: bigint; readonly bytes: Uint8Array }): void {
    if (this.#interfaces[frame.interfaceId] === undefined) {
      throw new PcapError(`no interface ${frame.interfaceId}; there are ${this.#interfaces.length}`);
    }
    this.#frames.push(frame);
  }

  /** The file, with all frames in order of time. */
  finish(): Uint8Array {
    const section = new Uint8Array(16);
    const view = viewOf(section);
    view.setUint32(0, NG_BYTE_ORDER, true);
    view.setUint16(4, 1, true);
    view.setBigInt64(8, -1n, true);
    const blocks = [
      block(NG_SECTION, concatBytes(section, option(OPT_SHB_USERAPPL, text("virtio-net-rtl")), option(OPT_END))),
      ...this.#interfaces.map(interfaceBlock),
    ];
    // The sort is stable: frames with the same stamp stay in the order in which they were added.
    const ordered = this.#frames.toSorted((a, b) => (a.timeNs < b.timeNs ? -1 : Number(a.timeNs > b.timeNs)));
    for (const frame of ordered) {
      blocks.push(packetBlock(frame, this.#interfaces[frame.interfaceId]?.direction));
    }
    return concatBytes(...blocks);
  }
}

function interfaceBlock(entry: PcapngInterface): Uint8Array {
  const body = new Uint8Array(8);
  const view = viewOf(body);
  view.setUint16(0, LINKTYPE_ETHERNET, true);
  view.setUint32(4, MAX_FRAME_BYTES, true);
  const description = entry.description === undefined ? [] : [option(OPT_IF_DESCRIPTION, text(entry.description))];
  return block(
    NG_INTERFACE,
    concatBytes(
      body,
      option(OPT_IF_NAME, text(entry.name)),
      ...description,
      option(OPT_IF_TSRESOL, Uint8Array.of(9)),
      option(OPT_END),
    ),
  );
}

function packetBlock(
  frame: { readonly interfaceId: number; readonly timeNs: bigint; readonly bytes: Uint8Array },
  direction: "inbound" | "outbound" | undefined,
): Uint8Array {
  const body = new Uint8Array(20 + paddedTo4(frame.bytes.length));
  const view = viewOf(body);
  view.setUint32(0, frame.interfaceId, true);
  view.setUint32(4, Number(frame.timeNs >> 32n), true);
  view.setUint32(8, Number(frame.timeNs & 0xffff_ffffn), true);
  view.setUint32(12, frame.bytes.length, true);
  view.setUint32(16, frame.bytes.length, true);
  body.set(frame.bytes, 20);
  if (direction === undefined) return block(NG_ENHANCED_PACKET, body);
  const flags = Uint8Array.of(direction === "inbound" ? 1 : 2, 0, 0, 0);
  return block(NG_ENHANCED_PACKET, concatBytes(body, option(OPT_EPB_FLAGS, flags), option(OPT_END)));
}

function block(type: number, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + body.length);
  const view = viewOf(out);
  view.setUint32(0, type, true);
  view.setUint32(4, out.length, true);
  out.set(body, 8);
  view.setUint32(out.length - 4, out.length, true);
  return out;
}

function option(code: number, value: Uint8Array = new Uint8Array(0)): Uint8Array {
  const out = new Uint8Array(4 + paddedTo4(value.length));
  const view = viewOf(out);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  out.set(value, 4);
  return out;
}

function checkLinkType(linkType: number): void {
  if (linkType !== LINKTYPE_ETHERNET) {
    throw new PcapError(`link type ${linkType}: only Ethernet (${LINKTYPE_ETHERNET}) is understood`);
  }
}

function takeBytes(from: Uint8Array, at: number, lenBytes: number): Uint8Array {
  if (at + lenBytes > from.length) {
    throw new PcapError(`${lenBytes} bytes wanted at byte ${at}, ${Math.max(0, from.length - at)} there`);
  }
  return from.slice(at, at + lenBytes);
}

function paddedTo4(lenBytes: number): number {
  return (lenBytes + 3) & ~3;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
