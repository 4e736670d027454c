import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { cutWindows, edgeLengths, hex, joinBytes, windowBytes, type WindowCut } from "../support/windows.ts";

interface Packet {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly err: number;
}

const FIELDS_IN = ["data", "off", "cnt", "start", "last", "err"] as const;
const FIELDS_OUT = ["data", "off", "cnt", "last", "err"] as const;

describeModule(
  "vnet_realign",
  { params: [{ DATA_W: 64 }, { DATA_W: 512 }], fullParams: [{ DATA_W: 128 }, { DATA_W: 256 }] },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;

    /** Sends packets and checks every word that leaves; returns the cycles from first in to last out. */
    const transfer = async (
      bench: ModuleBench,
      packets: readonly Packet[],
      options: { readonly cut?: WindowCut; readonly idle?: Pause; readonly back?: Pause } = {},
    ): Promise<{ readonly cycles: number; readonly windows: number; readonly words: number }> => {
      const source = bench.source("s", FIELDS_IN, { pause: options.idle ?? PAUSES.never });
      const sink = bench.sink("m", FIELDS_OUT, { pause: options.back ?? PAUSES.never });
      let words = 0;
      let windows = 0;
      for (const { bytes, start, err } of packets) {
        const cut = cutWindows(bytes, busBytes, bench.random, { cut: options.cut ?? "any", err });
        for (const [i, window] of cut.entries()) {
          // The start lane is looked at with the first window only.
          source.sendNow({ ...window, start: BigInt(i === 0 ? start : bench.random.below(busBytes)) });
        }
        windows += cut.length;
        words += Math.max(1, Math.ceil((start + bytes.length) / busBytes));
      }
      await withTimeout(sink.reached(words), 100 + 40 * (words + windows), "the last word");
      await bench.cycles(10);
      expect(sink.count, "words").to.equal(words);
      const moved = sink.takeAll();
      const cycles = (moved.at(-1)?.cycle ?? 0) - (source.moved[0]?.cycle ?? 0);
      for (const packet of packets) {
        const pieces: Uint8Array[] = [];
        for (let first = true; ; first = false) {
          const beat = moved.shift()?.beat;
          if (beat === undefined) throw new Error("a packet did not end");
          expect(beat.off, "m_off").to.equal(first ? BigInt(packet.start) : 0n);
          pieces.push(windowBytes(beat, busBytes));
          if (beat.last === 1n) {
            expect(Number(beat.err), "m_err").to.equal(packet.err);
            break;
          }
          expect(Number(beat.off + beat.cnt), "all words but the last are full").to.equal(busBytes);
        }
        expect(hex(joinBytes(pieces))).to.equal(hex(packet.bytes));
      }
      source.stop();
      sink.stop();
      return { cycles, windows, words };
    };

    const packet = (bench: ModuleBench, length: number, start = 0, err = 0): Packet => ({
      bytes: bench.random.bytes(length),
      start,
      err,
    });

    test("smoke: the example of the file's head", async (bench) => {
      await transfer(bench, [packet(bench, 3 + 5 + 5)]);
    });

    test("latency is 5 cycles", async (bench) => {
      const { cycles } = await transfer(bench, [packet(bench, 4)], { cut: "whole" });
      expect(cycles).to.equal(5);
    });

    test("a packet without bytes leaves as one empty word with its error", async (bench) => {
      await transfer(bench, [packet(bench, 0, 0, 13), packet(bench, 5), packet(bench, 0, 0, 1), packet(bench, 0)]);
    });

    test("sweep: lengths x start lanes", async (bench) => {
      const starts = busBytes <= 8 ? Array.from({ length: busBytes }, (_, i) => i) : [0, 1, 2, busBytes / 2 - 1, busBytes - 1];
      const packets = edgeLengths(busBytes).flatMap((length) => starts.map((start) => packet(bench, length, start, length % 32)));
      await transfer(bench, bench.random.shuffle(packets));
    });

    test("sweep: idle x back-pressure", async (bench) => {
      for (const idle of [PAUSES.never, PAUSES.half, PAUSES.bursty]) {
        for (const back of [PAUSES.never, PAUSES.half, PAUSES.bursty, PAUSES.mostly]) {
          const packets = Array.from({ length: 6 }, () =>
            packet(bench, bench.random.below(3 * busBytes), bench.random.below(busBytes)),
          );
          await transfer(bench, packets, { cut: "empty", idle, back });
        }
      }
    });

    test("takes one window per cycle, also across packets (start lane 0)", async (bench) => {
      const packets = Array.from({ length: 30 }, () => packet(bench, bench.random.between(1, 3 * busBytes)));
      const { cycles, windows } = await transfer(bench, packets);
      // The last packet's rest may leave one cycle after its last window.
      expect(cycles).to.be.at.most(windows - 1 + 5 + 1);
    });

    test("reset in the middle of a packet", async (bench) => {
      const source = bench.source("s", FIELDS_IN);
      for (const window of cutWindows(bench.random.bytes(3 * busBytes), busBytes, bench.random)) {
        source.sendNow({ ...window, start: 3n, last: 0n });
      }
      await bench.cycles(7);
      source.stop();
      bench.signal("s_valid").value = 0;
      await bench.reset(1);
      await transfer(bench, [packet(bench, 11), packet(bench, 2 * busBytes, 1)]);
    });

    test("property: dense, in order, complete", async (bench) => {
      const one = fc.record({
        bytes: fc.uint8Array({ maxLength: 3 * busBytes }),
        start: fc.nat({ max: busBytes - 1 }),
        err: fc.nat({ max: 31 }),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.alternate, PAUSES.half, PAUSES.bursty);
      const cut = fc.constantFrom<WindowCut>("whole", "any", "empty");
      await bench.property(
        fc.tuple(fc.array(one, { minLength: 1, maxLength: 6 }), cut, pause, pause),
        async ([packets, how, idle, back]) => {
          await transfer(bench, packets, { cut: how, idle, back });
        },
      );
    });
  },
);
