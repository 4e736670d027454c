import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { ByteMap, ReadResponder, type ResponderOptions, splitBursts } from "../support/clients.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { edgeLengths, hex, joinBytes, pageAddress, windowBytes } from "../support/windows.ts";

interface Element {
  readonly addr: bigint;
  readonly len: number;
}

interface Chain {
  readonly elements: readonly Element[];
  readonly err: number;
}

const AXI_DATA = 13;
const WINDOW = ["data", "off", "cnt", "last", "err"] as const;

describeModule(
  "vnet_dma_rd",
  {
    params: [
      { DATA_W: 64, MAX_BURST_BEATS: 16, OUTSTANDING: 8, BUF_BEATS: 32 },
      { DATA_W: 512, MAX_BURST_BEATS: 16, OUTSTANDING: 64, BUF_BEATS: 256 },
    ],
    fullParams: [
      { DATA_W: 128, MAX_BURST_BEATS: 1, OUTSTANDING: 2, BUF_BEATS: 4 },
      { DATA_W: 256, MAX_BURST_BEATS: 256, OUTSTANDING: 64, BUF_BEATS: 256 },
    ],
  },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;

    const run = async (
      bench: ModuleBench,
      chains: readonly Chain[],
      options: ResponderOptions & { readonly idle?: Pause; readonly back?: Pause } = {},
    ): Promise<{ readonly cycles: number; readonly windows: number; readonly responder: ReadResponder }> => {
      const memory = new ByteMap();
      const responder = new ReadResponder(bench, "m_req", "s_rsp", memory, options);
      const source = bench.source("s_cmd", ["addr", "len", "last", "err"], { pause: options.idle ?? PAUSES.never });
      const sink = bench.sink("m", WINDOW, { pause: options.back ?? PAUSES.never });
      let windows = 0;
      for (const { elements, err } of chains) {
        for (const [i, { addr, len }] of elements.entries()) {
          memory.write(addr, bench.random.bytes(len));
          const isLast = i === elements.length - 1;
          source.sendNow({ addr, len: BigInt(len), last: isLast ? 1n : 0n, err: isLast ? BigInt(err) : 0n });
          windows += len === 0 ? 1 : Math.ceil((Number(addr % BigInt(busBytes)) + len) / busBytes);
        }
      }
      await withTimeout(sink.reached(windows), 2000 + 60 * windows, "the last window");
      await bench.cycles(4);
      expect(sink.count).to.equal(windows);
      const moved = sink.takeAll();
      const cycles = (moved.at(-1)?.cycle ?? 0) - (moved[0]?.cycle ?? 0);
      for (const { elements, err } of chains) {
        const pieces: Uint8Array[] = [];
        for (;;) {
          const beat = moved.shift()?.beat;
          if (beat === undefined) throw new Error("a chain did not end");
          expect(Number(beat.off + beat.cnt)).to.be.at.most(busBytes);
          pieces.push(windowBytes(beat, busBytes));
          if (beat.last === 0n) continue;
          const words = elements.flatMap(({ addr, len }) => wordsOf(addr, len));
          const failed = words.some((word) => responder.isError(word));
          expect(Number(beat.err), "err").to.equal(err === 0 && failed ? AXI_DATA : err);
          if (failed) break; // the bytes of a failed read mean nothing
          const expected = elements.map(({ addr, len }) => memory.read(addr, len));
          expect(hex(joinBytes(pieces))).to.equal(hex(joinBytes(expected)));
          break;
        }
      }
      const bursts = chains.flatMap(({ elements }) =>
        elements.flatMap(({ addr, len }) => splitBursts(addr, len, busBytes, params.MAX_BURST_BEATS)),
      );
      expect(responder.requests.map(({ addr, beats }) => ({ addr, beats }))).to.deep.equal(
        bursts.map(({ addr, beats }) => ({ addr, beats })),
      );
      expect(responder.maxOutstandingBeats).to.be.at.most(params.BUF_BEATS);
      source.stop();
      sink.stop();
      responder.stop();
      bench.drive({ s_cmd_valid: 0, s_rsp_valid: 0 });
      return { cycles, windows, responder };
    };

    const wordsOf = (addr: bigint, len: number): bigint[] => {
      const first = addr - (addr % BigInt(busBytes));
      const count = len === 0 ? 0 : Math.ceil((Number(addr - first) + len) / busBytes);
      return Array.from({ length: count }, (_, i) => first + BigInt(i * busBytes));
    };

    let nextPage = 1n;
    /** A place that nothing else uses. */
    const place = (offset: number, len: number): Element => {
      const addr = pageAddress(nextPage) + BigInt(offset);
      nextPage += BigInt(Math.ceil(len / 4096) + 1);
      return { addr, len };
    };

    test("smoke: one element at an odd address", async (bench) => {
      await run(bench, [{ elements: [place(5, 9)], err: 0 }]);
    });

    test("sweep: offsets x lengths, one element per chain", async (bench) => {
      const offsets = [0, 1, busBytes - 1, 4096 - busBytes, 4095];
      const lengths = [...edgeLengths(busBytes), 0];
      const chains = offsets.flatMap((offset) => lengths.map((len) => ({ elements: [place(offset, len)], err: 0 })));
      await run(bench, chains, { latency: [3, 30], back: PAUSES.half });
    });

    test("elements of length 0 read nothing and keep last and err", async (bench) => {
      await run(bench, [
        { elements: [place(0, 0)], err: 8 },
        { elements: [place(3, 10), place(0, 0)], err: 0 },
        { elements: [place(0, 0), place(7, 10), place(0, 0)], err: 31 },
      ]);
    });

    test("an error response comes out with the last window of its chain, and only there", async (bench) => {
      const bad = place(0, 3 * busBytes);
      const chains = [
        { elements: [place(0, 20)], err: 0 },
        { elements: [place(0, 5), bad, place(1, 30)], err: 0 },
        { elements: [place(0, 20)], err: 0 },
        { elements: [bad], err: 9 },
        { elements: [place(2, 20)], err: 0 },
      ];
      await run(bench, chains, { isError: (addr) => addr === bad.addr + BigInt(busBytes), latency: [1, 9] });
    });

    test("throughput: one window per cycle at any latency that the buffer covers", async (bench) => {
      const chains = Array.from({ length: 24 }, () => ({ elements: [place(0, 8 * busBytes)], err: 0 }));
      for (const latency of [1, Math.min(params.BUF_BEATS, 8 * params.OUTSTANDING) / 2]) {
        const { cycles, windows } = await run(bench, chains, { latency: [latency, latency] });
        expect(cycles, `latency ${latency}`).to.be.at.most(windows + 6);
      }
    });

    test("sweep: idle x back-pressure x memory", async (bench) => {
      for (const idle of [PAUSES.never, PAUSES.bursty]) {
        for (const back of [PAUSES.never, PAUSES.half, PAUSES.mostly]) {
          for (const pause of [PAUSES.never, PAUSES.half]) {
            const chains = Array.from({ length: 5 }, () => ({
              elements: Array.from({ length: bench.random.between(1, 3) }, () =>
                place(bench.random.below(4096), bench.random.below(4 * busBytes)),
              ),
              err: bench.random.chance(0.2) ? 9 : 0,
            }));
            await run(bench, chains, { idle, back, pause, dataPause: pause, latency: [1, 40] });
          }
        }
      }
    });

    test("reset in the middle", async (bench) => {
      const source = bench.source("s_cmd", ["addr", "len", "last", "err"]);
      const responder = new ReadResponder(bench, "m_req", "s_rsp", new ByteMap(), { latency: [5, 5] });
      source.sendNow({ addr: 0x1003n, len: 1000n, last: 1n, err: 0n });
      await bench.cycles(12);
      source.stop();
      bench.drive({ s_cmd_valid: 0 });
      await bench.reset(2);
      responder.stop();
      bench.drive({ s_rsp_valid: 0 });
      await bench.cycles(2);
      await run(bench, [{ elements: [place(9, 77)], err: 0 }]);
    });

    test("property: the bytes of the elements, in order", async (bench) => {
      const element = fc.record({ offset: fc.nat({ max: 4095 }), len: fc.nat({ max: 5 * busBytes }) });
      const chain = fc.record({
        elements: fc.array(element, { minLength: 1, maxLength: 4 }),
        err: fc.constantFrom(0, 0, 8, 31),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.tuple(fc.array(chain, { minLength: 1, maxLength: 4 }), pause, pause),
        async ([chains, back, memory]) => {
          await run(
            bench,
            chains.map(({ elements, err }) => ({ elements: elements.map(({ offset, len }) => place(offset, len)), err })),
            { back, pause: memory, dataPause: memory, latency: [1, 20] },
          );
        },
        12,
      );
    });
  },
);
