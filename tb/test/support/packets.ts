/**
 * Packets on the streams of the packet path: words that go in, and packets put together from what comes out.
 *
 * @module
 */
import type { Beat, MovedBeat } from "../../src/bus/index.ts";
import type { Random } from "../../src/core/index.ts";
import { joinBytes, windowBytes, wordWith } from "./windows.ts";

/** Fields of a stream of dense words. */
export type WordField = "data" | "cnt" | "last";

/** A packet that came out of a design. */
export interface SeenPacket<F extends string = string> {
  readonly bytes: Uint8Array;
  /** Bytes of each word. */
  readonly counts: readonly number[];
  /** The last word, with its side signals. */
  readonly end: Beat<F | WordField>;
  readonly firstCycle: number;
  readonly lastCycle: number;
}

/** Dense words of a packet, with noise behind its end. A packet without bytes is one empty word. */
export function cutWords(packet: Uint8Array, busBytes: number, random: Random): Beat<WordField>[] {
  const words: Beat<WordField>[] = [];
  for (let at = 0; at === 0 || at < packet.length; at += busBytes) {
    const bytes = packet.subarray(at, at + busBytes);
    words.push({
      data: wordWith(bytes, 0, busBytes, random),
      cnt: BigInt(bytes.length),
      last: at + busBytes >= packet.length ? 1n : 0n,
    });
  }
  return words;
}

/** Joins windows or words to packets. Throws if the last packet has no end. */
export function joinPackets<F extends string>(
  moved: readonly MovedBeat<F | WordField>[],
  busBytes: number,
): SeenPacket<F>[] {
  const packets: SeenPacket<F>[] = [];
  let open: MovedBeat<F | WordField>[] = [];
  for (const word of moved) {
    open.push(word);
    if (word.beat.last === 0n) continue;
    packets.push({
      bytes: joinBytes(open.map(({ beat }) => windowBytes({ off: 0n, ...beat }, busBytes))),
      counts: open.map(({ beat }) => Number(beat.cnt)),
      end: word.beat,
      firstCycle: open[0]?.cycle ?? 0,
      lastCycle: word.cycle,
    });
    open = [];
  }
  if (open.length > 0) throw new Error(`a packet did not end (${open.length} words)`);
  return packets;
}

/** Bytes of each dense word of a packet of this length. */
export function denseCounts(lenBytes: number, busBytes: number): number[] {
  const counts: number[] = [];
  for (let at = 0; at === 0 || at < lenBytes; at += busBytes) counts.push(Math.min(busBytes, lenBytes - at));
  return counts;
}
