import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { ByteMap, ReadResponder } from "../support/clients.ts";
import { AXIS, describeModule, type ModuleBench } from "../support/module-test.ts";
import { headerClass, type RingChain, RingStub, zeroElements } from "../support/ring-stub.ts";
import { bigIntToBytes, hex, joinBytes, pageAddress } from "../support/windows.ts";

const CHAIN_SHORT = 8;
const FRAME_LONG = 9;
const HDR_CSUM = 11;
const AXI_DATA = 13;

interface Cut {
  readonly lengths: readonly number[];
  readonly queue?: number;
  readonly err?: number;
  /** NEEDS_CSUM with this csum_start. */
  readonly csumStart?: number;
}

describeModule(
  "vnet_tx",
  {
    params: [
      { DATA_W: 64, NQ: 2, FRAME_MAX: 1514, RD_OUTSTANDING: 16, RD_BUF_BEATS: 64, AXI_MAX_BURST: 16 },
      { DATA_W: 512, NQ: 1, FRAME_MAX: 9216, RD_OUTSTANDING: 64, RD_BUF_BEATS: 256, AXI_MAX_BURST: 16 },
    ],
    fullParams: [
      { DATA_W: 128, NQ: 4, FRAME_MAX: 1514, RD_OUTSTANDING: 64, RD_BUF_BEATS: 256, AXI_MAX_BURST: 16 },
      { DATA_W: 256, NQ: 8, FRAME_MAX: 1514, RD_OUTSTANDING: 2, RD_BUF_BEATS: 16, AXI_MAX_BURST: 8 },
    ],
  },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;
    let nextPage = 1n;

    /** Puts chains into memory, and checks every frame, completion and report that come of them. */
    const run = async (
      bench: ModuleBench,
      cuts: readonly Cut[],
      options: {
        readonly hdrLen?: number;
        readonly stop?: number;
        readonly records?: Pause;
        readonly memory?: Pause;
        readonly mac?: Pause;
        readonly reports?: Pause;
        readonly latency?: readonly [min: number, max: number];
        readonly failing?: readonly number[];
      } = {},
    ): Promise<{ readonly cycles: number; readonly beats: number }> => {
      const hdrLen = options.hdrLen ?? 12;
      const stop = options.stop ?? 0;
      bench.drive({ cfg_hdr_len: hdrLen, cfg_any_layout: 1, cfg_stop: stop });
      await bench.cycles(2);
      const memory = new ByteMap();
      const contents = new Map<RingChain, { bytes: Uint8Array; isFailing: boolean }>();
      const bad = new Set<bigint>();
      const chains = cuts.map((cut, i): RingChain => {
        const total = cut.lengths.reduce((sum, len) => sum + len, 0);
        const bytes = bench.random.bytes(total);
        if (total >= hdrLen) {
          bytes[0] = ((bytes[0] ?? 0) & 0xfe) | (cut.csumStart === undefined ? 0 : 1);
          if (cut.csumStart !== undefined) {
            const view = new DataView(bytes.buffer);
            view.setUint16(6, cut.csumStart, true);
            view.setUint16(8, 16, true);
          }
        }
        let at = 0;
        const records = cut.lengths.map((len) => {
          const addr = pageAddress(nextPage) + BigInt(bench.random.below(4096));
          nextPage += BigInt(Math.ceil(len / 4096) + 2);
          memory.write(addr, bytes.subarray(at, at + len));
          at += len;
          return { addr, len, zero: len === 0 };
        });
        const isFailing = options.failing?.includes(i) ?? false;
        const victim = records.find(({ len }) => len > 0);
        if (isFailing && victim !== undefined) bad.add(victim.addr - (victim.addr % BigInt(busBytes)));
        const chain = { queue: cut.queue ?? 0, head: bench.random.below(65536), ndesc: bench.random.below(65536), err: cut.err ?? 0, records };
        contents.set(chain, { bytes, isFailing });
        return chain;
      });
      const ring = new RingStub(bench, params.NQ, { records: options.records ?? PAUSES.never });
      const pause = options.memory ?? PAUSES.never;
      const reader = new ReadResponder(bench, "m_req", "s_rsp", memory, {
        pause,
        dataPause: pause,
        latency: options.latency ?? [1, 1],
        isError: (addr) => bad.has(addr),
      });
      const mac = bench.sink("m_axis_tx", ["data", "keep", "last", "dest", "user"], {
        ...AXIS,
        pause: options.mac ?? PAUSES.never,
      });
      const completions = bench.sink("m_cpl", ["queue", "head", "len", "eof", "more"], {
        pause: options.reports ?? PAUSES.never,
      });
      const reports = bench.sink("m_rep", ["queue", "bytes", "frame", "ndesc", "class", "layout", "err", "zero"], {
        pause: options.reports ?? PAUSES.never,
        randomName: "reports",
      });
      ring.add(...chains);
      const limit = 3000 + 100 * cuts.reduce((sum, { lengths }) => sum + lengths.length + lengths.reduce((a, b) => a + b, 0) / busBytes, 0);
      await withTimeout(completions.reached(chains.length), limit, "the last completion");

      const frames: { bytes: string; header: string; queue: number }[] = [];
      const reported: Record<string, number>[] = [];
      for (const chain of ring.taken) {
        const content = contents.get(chain);
        if (content === undefined) throw new Error("unknown chain");
        const { bytes, isFailing } = content;
        if (((stop >> chain.queue) & 1) === 1) continue;
        const length = bytes.length - hdrLen;
        const csum = new DataView(bytes.buffer);
        const isCsumBad = length > 0 && (bytes[0] ?? 0) % 2 === 1 && csum.getUint16(6, true) + 18 > length;
        const err =
          chain.err !== 0
            ? chain.err
            : length > params.FRAME_MAX
              ? FRAME_LONG
              : length <= 0
                ? CHAIN_SHORT
                : isFailing
                  ? AXI_DATA
                  : isCsumBad
                    ? HDR_CSUM
                    : 0;
        reported.push({
          queue: chain.queue,
          bytes: err === 0 ? length : 0,
          frame: err === 0 ? 1 : 0,
          ndesc: chain.ndesc,
          class: err === 0 ? headerClass(chain, hdrLen) : 0,
          layout: 0,
          err,
          zero: zeroElements(chain),
        });
        if (err !== 0) continue;
        const header = new Uint8Array(32);
        header.set(bytes.subarray(0, hdrLen));
        frames.push({ bytes: hex(bytes.subarray(hdrLen)), header: hex(header), queue: chain.queue });
      }
      const beats = frames.reduce((sum, frame) => sum + Math.ceil(frame.bytes.length / 2 / busBytes), 0);
      await withTimeout(mac.reached(beats), limit, "the last beat");
      await withTimeout(reports.reached(reported.length), limit, "the last report");
      await bench.cycles(40);
      const seen: { bytes: string; header: string; queue: number }[] = [];
      let pieces: Uint8Array[] = [];
      const moved = mac.takeAll();
      for (const { beat } of moved) {
        const count = beat.keep.toString(2).length;
        pieces.push(bigIntToBytes(beat.data, busBytes).subarray(0, count));
        if (beat.last === 0n) {
          expect(count, "only the last beat is partial").to.equal(busBytes);
          continue;
        }
        seen.push({ bytes: hex(joinBytes(pieces)), header: hex(bigIntToBytes(beat.user, 32)), queue: Number(beat.dest) });
        pieces = [];
      }
      expect(seen).to.deep.equal(frames);
      const done = completions.takeAll().map(({ beat }) => beat);
      if (done.length > 0) expect(done.at(-1)?.more, "nothing follows the last completion").to.equal(0n);
      expect(done.map(({ head, len, eof }) => ({ head, len, eof }))).to.deep.equal(
        ring.taken.map(({ head }) => ({ head: BigInt(head), len: 0n, eof: 1n })),
      );
      expect(
        reports.takeAll().map(({ beat }) => Object.fromEntries(Object.entries(beat).map(([name, value]) => [name, Number(value)]))),
      ).to.deep.equal(reported);
      for (const part of [ring, reader, mac, completions, reports]) part.stop();
      bench.drive({ s_rec_valid: 0, s_rsp_valid: 0, s_chain_ready: 0 });
      return { cycles: (moved.at(-1)?.cycle ?? 0) - (moved[0]?.cycle ?? 0) + 1, beats: moved.length };
    };

    test("smoke: header inline, alone and cut", async (bench) => {
      await run(bench, [{ lengths: [72] }, { lengths: [12, 60] }, { lengths: [5, 7, 60] }, { lengths: Array.from({ length: 30 }, () => 3) }]);
    });

    for (const hdrLen of [10, 12, 20, 24, 32]) {
      test(`the header of ${hdrLen} bytes cut at every byte`, async (bench) => {
        const cuts = Array.from({ length: hdrLen + 2 }, (_, at) => ({
          lengths: at === 0 ? [hdrLen + 50] : [at, hdrLen + 50 - at],
        }));
        await run(bench, cuts, { hdrLen, latency: [5, 20] });
      });
    }

    test("sweep: frame lengths", async (bench) => {
      const lengths = [1, busBytes - 1, busBytes, busBytes + 1, 59, 60, 64, 500, 1513, 1514];
      await run(
        bench,
        lengths.map((length) => ({ lengths: [12 + length] })),
      );
    });

    test("elements of length 0 in all places are counted", async (bench) => {
      const cuts = [1, 2, 4, 9].map((count) => ({ lengths: [...Array.from({ length: count }, () => 0), 12, 0, 60] }));
      await run(bench, cuts);
    });

    test("errors: one completion each, nothing of them leaves, those behind are not touched", async (bench) => {
      await run(
        bench,
        [
          { lengths: [12] },
          { lengths: [72] },
          { lengths: [12, params.FRAME_MAX, 1] },
          { lengths: [72] },
          { lengths: [0], err: 1 },
          { lengths: [12, 60], err: 6 },
          { lengths: [12, 100], csumStart: 90 },
          { lengths: [12, 100], csumStart: 82 },
          { lengths: [100, 100] },
          { lengths: [72] },
        ],
        { failing: [8], latency: [3, 30] },
      );
    });

    test("a stopped queue: completions, but no frames and no reports", async (bench) => {
      await run(
        bench,
        Array.from({ length: 10 }, (_, i) => ({ lengths: [12, 60], queue: i % params.NQ })),
        { stop: 1 },
      );
    });

    test("64-byte frames in one element: the bus is the limit, at any latency that the buffer covers", async (bench) => {
      const cuts = Array.from({ length: 80 }, (_, i) => ({ lengths: [76], queue: i % params.NQ }));
      const { cycles } = await run(bench, cuts, { latency: [40, 40] });
      // 76 bytes at any address are at most this many words.
      const words = Math.ceil((busBytes - 1 + 76) / busBytes);
      const inFlight = Math.min(params.RD_BUF_BEATS, params.RD_OUTSTANDING * words);
      const bound = 80 * words * Math.max(1, 44 / inFlight);
      expect(cycles).to.be.at.most(1.15 * bound + 30);
    });

    test("sweep: pauses of records, memory, MAC and completions", async (bench) => {
      for (const records of [PAUSES.never, PAUSES.half]) {
        for (const memory of [PAUSES.never, PAUSES.half]) {
          for (const mac of [PAUSES.never, PAUSES.bursty]) {
            const cuts = Array.from({ length: 8 }, () => ({
              lengths: [bench.random.between(1, 30), bench.random.between(1, 200)],
              queue: bench.random.below(params.NQ),
            }));
            await run(bench, cuts, { records, memory, mac, reports: mac, latency: [1, 50] });
          }
        }
      }
    });

    test("reset in the middle", async (bench) => {
      bench.drive({ cfg_hdr_len: 12, s_chain_ready: 1, m_take_ready: 1, s_rec_valid: 1, s_rec_len: 90, m_req_ready: 1, s_rsp_valid: 1 });
      await bench.cycles(12);
      bench.drive({ s_chain_ready: 0, m_take_ready: 0, s_rec_valid: 0, s_rsp_valid: 0 });
      await bench.reset(2);
      await run(bench, [{ lengths: [72] }, { lengths: [12, 60] }]);
    });

    test("property: any cut, any fault", async (bench) => {
      const one = fc.record({
        lengths: fc.array(fc.oneof(fc.nat({ max: 14 }), fc.nat({ max: 150 })), { minLength: 1, maxLength: 5 }),
        queue: fc.nat({ max: params.NQ - 1 }),
        err: fc.constantFrom(0, 0, 0, 0, 3),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half);
      await bench.property(
        fc.tuple(fc.array(one, { minLength: 1, maxLength: 6 }), fc.constantFrom(10, 12, 32), fc.array(fc.nat({ max: 5 }), { maxLength: 1 }), pause, pause),
        async ([cuts, hdrLen, failing, memory, mac]) => {
          await run(bench, cuts, { hdrLen, failing, memory, mac, latency: [1, 20] });
        },
        15,
      );
    });
  },
);
