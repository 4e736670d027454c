/**
 * The window stream of the data path: one bus word, and which bytes of it count (docs/architecture.md, section 2).
 *
 * @module
 */
import type { Beat } from "../../src/bus/index.ts";
import type { Random } from "../../src/core/index.ts";

/** Fields of a window stream without side signals. */
export type WindowField = "data" | "off" | "cnt" | "last" | "err";

/** The address of a page by its number, so that neighbours differ in low and high bits: no bit of an address may get lost. */
export function pageAddress(page: number | bigint): bigint {
  return BigInt.asUintN(52, BigInt(page) * 0x9e37_79b9_7f4a_7n) << 12n;
}

/** The bytes as a little-endian number. */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}

/** The low bytes of a number. */
export function bigIntToBytes(value: bigint, lenBytes: number): Uint8Array {
  const bytes = new Uint8Array(lenBytes);
  for (let i = 0; i < lenBytes; i++) {
    bytes[i] = Number(value & 0xffn);
    value >>= 8n;
  }
  return bytes;
}

/** A word whose lanes from `off` on are `bytes`, and noise elsewhere. */
export function wordWith(bytes: Uint8Array, off: number, busBytes: number, random: Random): bigint {
  const word = random.bytes(busBytes);
  word.set(bytes, off);
  return bytesToBigInt(word);
}

/** How {@link cutWindows} cuts: windows as large as they can be, of any size, or also empty ones. */
export type WindowCut = "whole" | "any" | "empty";

/** Cuts a packet into windows. The error code comes with the last one. */
export function cutWindows(
  packet: Uint8Array,
  busBytes: number,
  random: Random,
  options: { readonly cut?: WindowCut; readonly err?: number } = {},
): Beat<WindowField>[] {
  const cut = options.cut ?? "any";
  const windows: { bytes: Uint8Array; off: number }[] = [];
  let at = 0;
  while (at < packet.length) {
    const off = cut === "whole" ? 0 : random.chance(0.4) ? 0 : random.below(busBytes);
    const room = Math.min(busBytes - off, packet.length - at);
    const count = cut === "whole" || random.chance(0.3) ? room : random.between(1, room);
    if (cut === "empty" && random.chance(0.3)) windows.push({ bytes: new Uint8Array(0), off });
    windows.push({ bytes: packet.subarray(at, at + count), off });
    at += count;
  }
  if (windows.length === 0 || (cut === "empty" && random.chance(0.3)))
    windows.push({ bytes: new Uint8Array(0), off: 0 });
  return windows.map(({ bytes, off }, i) => ({
    data: wordWith(bytes, off, busBytes, random),
    off: BigInt(off),
    cnt: BigInt(bytes.length),
    last: i === windows.length - 1 ? 1n : 0n,
    err: i === windows.length - 1 ? BigInt(options.err ?? 0) : 0n,
  }));
}

/** The bytes that a window counts. */
export function windowBytes(beat: Beat<"data" | "off" | "cnt">, busBytes: number): Uint8Array {
  const off = Number(beat.off);
  return bigIntToBytes(beat.data, busBytes).subarray(off, off + Number(beat.cnt));
}

/** Joins pieces. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Bytes as text, for comparing with a readable difference. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Packet lengths that find boundary faults on a bus of this width. */
export function edgeLengths(busBytes: number, most = 4 * busBytes): number[] {
  const around = [1, busBytes, 2 * busBytes, 3 * busBytes].flatMap((n) => [n - 1, n, n + 1]);
  return [...new Set([...around, 2, most])].filter((n) => n >= 0 && n <= most).sort((a, b) => a - b);
}
