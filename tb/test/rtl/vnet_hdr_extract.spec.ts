import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { bigIntToBytes, cutWindows, hex, joinBytes, windowBytes, type WindowCut } from "../support/windows.ts";

interface Packet {
  readonly bytes: Uint8Array;
  readonly err: number;
}

const CHAIN_SHORT = 8;
const FIELDS = ["data", "off", "cnt", "last", "err"] as const;

describeModule(
  "vnet_hdr_extract",
  { params: [{ DATA_W: 64 }, { DATA_W: 512 }], fullParams: [{ DATA_W: 128 }, { DATA_W: 256 }] },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;

    const run = async (
      bench: ModuleBench,
      hdrLen: number,
      packets: readonly Packet[],
      options: { readonly cut?: WindowCut; readonly idle?: Pause; readonly back?: Pause; readonly hdr?: Pause } = {},
    ): Promise<number> => {
      bench.drive({ cfg_hdr_len: hdrLen });
      await bench.cycles(2);
      const source = bench.source("s", FIELDS, { pause: options.idle ?? PAUSES.never });
      const headers = bench.sink("m_hdr", ["data"], { pause: options.hdr ?? PAUSES.never });
      const sink = bench.sink("m", FIELDS, { pause: options.back ?? PAUSES.never });
      let windows = 0;
      for (const { bytes, err } of packets) {
        const cut = cutWindows(bytes, busBytes, bench.random, { cut: options.cut ?? "any", err });
        source.sendNow(...cut);
        windows += cut.length;
      }
      const limit = 300 + 60 * windows;
      await withTimeout(headers.reached(packets.length), limit, "the last header");
      const rest = packets.map(() => ({ pieces: [] as Uint8Array[], err: 0 }));
      for (const packet of rest) {
        for (;;) {
          const { beat } = await withTimeout(bench.simulator.spawn("window", () => sink.recv()).over(), limit).then(
            (moved) => moved ?? { beat: undefined },
          );
          if (beat === undefined) throw new Error("no window");
          expect(Number(beat.off + beat.cnt)).to.be.at.most(busBytes);
          packet.pieces.push(windowBytes(beat, busBytes));
          if (beat.last === 0n) continue;
          packet.err = Number(beat.err);
          break;
        }
      }
      await bench.cycles(8);
      expect(sink.pending, "windows after the last packet").to.equal(0);
      const seen = headers.takeAll();
      for (const [i, { bytes, err }] of packets.entries()) {
        const isShort = bytes.length < hdrLen;
        const header = new Uint8Array(32);
        header.set(bytes.subarray(0, hdrLen));
        expect(hex(bigIntToBytes(seen[i]?.beat.data ?? -1n, 32)), `header ${i}`).to.equal(hex(header));
        expect(rest[i]?.err, `error ${i}`).to.equal(err !== 0 ? err : isShort ? CHAIN_SHORT : 0);
        expect(hex(joinBytes(rest[i]?.pieces ?? [])), `payload ${i}`).to.equal(hex(bytes.subarray(hdrLen)));
      }
      const cycles = (source.moved.at(-1)?.cycle ?? 0) - (source.moved[0]?.cycle ?? 0) + 1 - windows;
      for (const stream of [source, headers, sink]) stream.stop();
      return cycles;
    };

    const packet = (bench: ModuleBench, length: number, err = 0): Packet => ({ bytes: bench.random.bytes(length), err });

    for (const hdrLen of [10, 12, 20, 24, 32]) {
      test(`header of ${hdrLen} bytes, inline and cut at every byte`, async (bench) => {
        await run(bench, hdrLen, [packet(bench, hdrLen + 60)], { cut: "whole" });
        await run(
          bench,
          hdrLen,
          Array.from({ length: 8 }, () => packet(bench, hdrLen + bench.random.below(3 * busBytes))),
        );
        // One window per byte of the header.
        await run(bench, hdrLen, [packet(bench, hdrLen + 1)], { cut: "empty", back: PAUSES.half });
      });
    }

    test("every header length from 1 to 32", async (bench) => {
      for (let hdrLen = 1; hdrLen <= 32; hdrLen++) {
        await run(bench, hdrLen, [packet(bench, hdrLen + 5), packet(bench, hdrLen)], { cut: "any" });
      }
    });

    test("a packet that ends inside the header: filled up with zeros, error 8; an error that came with it stays", async (bench) => {
      await run(bench, 12, [
        packet(bench, 11),
        packet(bench, 60),
        packet(bench, 0),
        packet(bench, 5, 13),
        packet(bench, 100, 9),
        packet(bench, 13),
      ]);
    });

    test("one window per cycle, also across packets", async (bench) => {
      const packets = Array.from({ length: 20 }, () => packet(bench, 12 + bench.random.below(3 * busBytes)));
      expect(await run(bench, 12, packets), "lost cycles").to.be.at.most(1);
    });

    test("a header that is not taken stops the payload, and nothing is lost", async (bench) => {
      const packets = Array.from({ length: 12 }, () => packet(bench, 12 + bench.random.below(40)));
      await run(bench, 12, packets, { hdr: PAUSES.mostly });
    });

    test("reset in the middle of a header", async (bench) => {
      bench.drive({ cfg_hdr_len: 12, s_valid: 1, s_cnt: 3, s_off: 1, m_ready: 1, m_hdr_ready: 1 });
      await bench.cycles(2);
      bench.drive({ s_valid: 0 });
      await bench.reset(1);
      await run(bench, 12, [packet(bench, 30), packet(bench, 70)]);
    });

    test("property: header and payload are the bytes of the packet, for any cut", async (bench) => {
      const one = fc.record({ bytes: fc.uint8Array({ maxLength: 100 }), err: fc.constantFrom(0, 0, 0, 9) });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.tuple(
          fc.integer({ min: 1, max: 32 }),
          fc.array(one, { minLength: 1, maxLength: 4 }),
          fc.constantFrom<WindowCut>("whole", "any", "empty"),
          pause,
          pause,
        ),
        async ([hdrLen, packets, cut, idle, back]) => {
          await run(bench, hdrLen, packets, { cut, idle, back });
        },
      );
    });
  },
);
