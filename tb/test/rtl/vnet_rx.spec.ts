import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { ByteMap, WriteResponder } from "../support/clients.ts";
import { AXIS, describeModule, type ModuleBench } from "../support/module-test.ts";
import { headerClass, type RingChain, RingStub, zeroElements } from "../support/ring-stub.ts";
import { hex, joinBytes, pageAddress, wordWith } from "../support/windows.ts";

const AXI_DATA = 13;
const NO_FIT = 24;
const RX_TOO_LONG = 26;
const RX_BAD = 27;
const NO_QUEUE = 28;

interface Frame {
  readonly length: number;
  readonly dest?: number;
  readonly isBad?: boolean;
}

describeModule(
  "vnet_rx",
  {
    params: [
      { DATA_W: 64, NQ: 2, FRAME_MAX: 1514, CHAIN_MAX: 16, WR_OUTSTANDING: 16 },
      { DATA_W: 512, NQ: 1, FRAME_MAX: 9216, CHAIN_MAX: 256, WR_OUTSTANDING: 64 },
    ],
    fullParams: [
      { DATA_W: 128, NQ: 4, FRAME_MAX: 1514, CHAIN_MAX: 64, WR_OUTSTANDING: 64 },
      { DATA_W: 256, NQ: 8, FRAME_MAX: 1514, CHAIN_MAX: 16, WR_OUTSTANDING: 2 },
    ],
  },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;
    let nextPage = 1n;

    const buffers = (bench: ModuleBench, cuts: readonly (readonly number[])[], queue = 0): RingChain[] =>
      cuts.map((lengths) => ({
        queue,
        head: bench.random.below(65536),
        ndesc: bench.random.below(65536),
        err: 0,
        records: lengths.map((len) => {
          const addr = pageAddress(nextPage) + BigInt(bench.random.below(4096));
          nextPage += BigInt(Math.ceil(len / 4096) + 2);
          return { addr, len, zero: len === 0 };
        }),
      }));

    /** Sends frames into buffers that are all there; checks memory, completions and reports. */
    const run = async (
      bench: ModuleBench,
      chains: readonly RingChain[],
      frames: readonly Frame[],
      options: {
        readonly hdrLen?: number;
        readonly isMergeable?: boolean;
        readonly enable?: number;
        readonly rxMax?: number;
        readonly idle?: Pause;
        readonly engine?: Pause;
        readonly reports?: Pause;
        readonly latency?: readonly [min: number, max: number];
        readonly isError?: (addr: bigint) => boolean;
      } = {},
    ): Promise<number> => {
      const hdrLen = options.hdrLen ?? 12;
      const isMergeable = options.isMergeable ?? false;
      const enable = options.enable ?? 2 ** params.NQ - 1;
      const rxMax = options.rxMax ?? 0x1ffff;
      bench.drive({
        cfg_hdr_len: hdrLen,
        cfg_any_layout: 1,
        cfg_mrg_rxbuf: isMergeable ? 1 : 0,
        cfg_enable: enable,
        cfg_rx_wait: 200,
        cfg_rx_max: rxMax,
      });
      await bench.cycles(3);
      const memory = new ByteMap();
      for (const { records } of chains) {
        for (const { addr, len } of records) memory.write(addr, new Uint8Array(len).fill(0xaa));
      }
      const ring = new RingStub(bench, params.NQ, {});
      const pause = options.engine ?? PAUSES.never;
      const engine = new WriteResponder(bench, { cmd: "m_cmd", dat: "m_dat", done: "s_done" }, memory, {
        pause,
        dataPause: pause,
        latency: options.latency ?? [1, 1],
        isError: options.isError ?? (() => false),
      });
      const completions = bench.sink("m_cpl", ["queue", "head", "len", "eof", "more"], { pause: options.reports ?? PAUSES.never });
      const reports = bench.sink("m_rep", ["queue", "bytes", "frame", "ndesc", "class", "layout", "err", "zero"], { pause: options.reports ?? PAUSES.never, randomName: "reports" });
      ring.add(...chains);
      await bench.cycles(50 + 5 * chains.reduce((sum, { records }) => sum + records.length, 0));
      const source = bench.source("s_axis_rx", ["data", "keep", "last", "dest", "user"], {
        ...AXIS,
        pause: options.idle ?? PAUSES.never,
      });
      const left = Array.from({ length: params.NQ }, (_, queue) => chains.filter((chain) => chain.queue === queue));
      const expected: { queue: number; head: number; len: number; eof: boolean }[] = [];
      const errors: string[] = [];
      const good: { queue: number; bytes: number; chains: readonly RingChain[] }[] = [];
      const images: { chains: RingChain[]; bytes: Uint8Array }[] = [];
      let beats = 0;
      for (const { length, dest = 0, isBad = false } of frames) {
        const bytes = bench.random.bytes(length);
        for (let at = 0; at < length; at += busBytes) {
          const part = bytes.subarray(at, at + busBytes);
          const isLast = at + busBytes >= length;
          source.sendNow({
            data: wordWith(part, 0, busBytes, bench.random),
            keep: (1n << BigInt(part.length)) - 1n,
            last: isLast ? 1n : 0n,
            dest: BigInt(dest),
            user: isLast && isBad ? 1n : 0n,
          });
          beats++;
        }
        const fail = (code: number): void => {
          errors.push(`${dest < params.NQ ? dest : 0}:${code}`);
        };
        if (length > Math.min(params.FRAME_MAX, rxMax)) {
          fail(RX_TOO_LONG);
          continue;
        }
        if (isBad) {
          fail(RX_BAD);
          continue;
        }
        if (dest >= params.NQ || ((enable >> dest) & 1) === 0) {
          fail(NO_QUEUE);
          continue;
        }
        const list = left[dest] ?? [];
        const need = hdrLen + length;
        const capacity = (chain: RingChain): number => chain.records.reduce((sum, { len }) => sum + len, 0);
        const used: RingChain[] = [];
        let sum = 0;
        for (const chain of list) {
          used.push(chain);
          sum += capacity(chain);
          if (sum >= need || !isMergeable) break;
        }
        if (sum < need) {
          fail(NO_FIT);
          continue;
        }
        list.splice(0, used.length);
        const header = new Uint8Array(hdrLen);
        if (hdrLen >= 12) new DataView(header.buffer).setUint16(10, used.length, true);
        const image = joinBytes([header, bytes]);
        let rest = need;
        const isFailed = used.some(({ records }) => records.some(({ addr }) => options.isError?.(addr) ?? false));
        for (const chain of used) {
          const part = Math.min(rest, capacity(chain));
          rest -= part;
          expected.push({ queue: dest, head: chain.head, len: isFailed ? 0 : part, eof: rest === 0 });
        }
        if (isFailed) fail(AXI_DATA);
        else {
          good.push({ queue: dest, bytes: length, chains: used });
          images.push({ chains: used, bytes: image });
        }
      }
      const limit = 2000 + 100 * (beats + chains.length);
      await withTimeout(source.wait(), limit, "the last beat");
      await withTimeout(completions.reached(expected.length), limit, "the last completion");
      await withTimeout(reports.reached(good.length + errors.length), limit, "the last report");
      await bench.cycles(30);
      const done = completions.takeAll().map(({ beat }) => beat);
      expect(
        done.map(({ queue, head, len, eof }) => ({ queue: Number(queue), head: Number(head), len: Number(len), eof: eof === 1n })),
      ).to.deep.equal(expected);
      // A dropped frame behind it may look like a completion to come.
      if (done.length > 0 && errors.length === 0)
        expect(done.at(-1)?.more, "nothing follows the last completion").to.equal(0n);
      const told = reports.takeAll().map(({ beat }) => beat);
      const frameReports = told.filter(({ frame }) => frame === 1n);
      expect(frameReports.map(({ queue, bytes }) => [Number(queue), Number(bytes)])).to.deep.equal(
        good.map(({ queue, bytes }) => [queue, bytes]),
      );
      for (const [i, report] of frameReports.entries()) {
        const [chain, second] = good[i]?.chains ?? [];
        if (chain === undefined || second !== undefined) continue; // of a merged frame each chain has a report
        expect([report.ndesc, report.class, report.layout, report.zero].map(Number), `report ${i}`).to.deep.equal([
          chain.ndesc,
          headerClass(chain, hdrLen),
          0,
          zeroElements(chain),
        ]);
      }
      const codes = told.filter(({ err }) => err !== 0n).map(({ queue, err }) => `${queue}:${err}`);
      expect(codes.sort()).to.deep.equal(errors.sort());
      for (const { chains: used, bytes } of images) {
        const written = used.flatMap(({ records }) => records.map(({ addr, len }) => memory.read(addr, len)));
        const all = joinBytes(written);
        expect(hex(all.subarray(0, bytes.length))).to.equal(hex(bytes));
        expect(all.subarray(bytes.length).every((byte) => byte === 0xaa), "bytes behind the frame are untouched").to.equal(true);
      }
      for (const chain of left.flat()) {
        for (const { addr, len } of chain.records) {
          expect(memory.read(addr, len).every((byte) => byte === 0xaa), "unused buffers are untouched").to.equal(true);
        }
      }
      const cycles = (engine.commands.at(-1)?.cycle ?? 0) - (engine.commands[0]?.cycle ?? 0) + 1;
      for (const part of [ring, engine, completions, reports, source]) part.stop();
      bench.drive({ s_chain_ready: 0, s_rec_valid: 0, s_axis_rx_tvalid: 0, s_done_valid: 0, m_take_ready: 0 });
      await bench.reset(2);
      return cycles;
    };

    test("smoke: one frame into one buffer", async (bench) => {
      await run(bench, buffers(bench, [[1526]]), [{ length: 60 }]);
    });

    for (const hdrLen of [10, 12, 20, 24, 32]) {
      test(`header of ${hdrLen} bytes, buffers cut at every byte around it`, async (bench) => {
        const cuts = Array.from({ length: 14 }, (_, i) => [hdrLen - 7 + i, 100].map((n) => Math.max(1, n)));
        await run(
          bench,
          buffers(bench, cuts),
          cuts.map(() => ({ length: bench.random.between(1, 60) })),
          { hdrLen },
        );
      });
    }

    test("sweep: frame lengths", async (bench) => {
      const lengths = [1, busBytes - 1, busBytes, busBytes + 1, 59, 60, 64, 500, 1513, 1514];
      await run(
        bench,
        buffers(
          bench,
          lengths.map(() => [700, 826]),
        ),
        lengths.map((length) => ({ length })),
      );
    });

    test("mergeable: num_buffers, full buffers but the last", async (bench) => {
      const cuts = Array.from({ length: 14 }, (_, i) => (i % 3 === 0 ? [20, 30] : [64 + i]));
      const frames = [1, 60, 200, 300].map((length) => ({ length }));
      await run(bench, buffers(bench, cuts), frames, { isMergeable: true });
    });

    test("frames that cannot be delivered leave no trace", async (bench) => {
      await run(bench, buffers(bench, [[100], [100], [200]]), [
        { length: 89 },
        { length: 60, isBad: true },
        { length: 88 },
        { length: params.FRAME_MAX + 1 },
        { length: 60, dest: 77 },
        { length: 60, dest: 128 },
        { length: 60 },
      ]);
    });

    test("errors are told with their queue", async (bench) => {
      for (let dest = 0; dest < params.NQ; dest++) {
        await run(bench, buffers(bench, [[100], [200]], dest), [
          { length: 89, dest },
          { length: 60, isBad: true, dest },
          { length: params.FRAME_MAX + 1, dest },
          { length: 60, dest },
        ]);
      }
    });

    test("the longest frame is what the configuration says, to the byte", async (bench) => {
      for (const rxMax of [64, 65, 127, 200, 255, 256, 511, 682, 1365]) {
        const lengths = [rxMax, rxMax + 1, rxMax ^ 8, rxMax ^ 16, rxMax ^ 256].filter((length) => length > 0);
        await run(
          bench,
          buffers(
            bench,
            lengths.map(() => [1600]),
          ),
          lengths.map((length) => ({ length })),
          { rxMax },
        );
      }
    });

    test("frames of a driver that is gone are dropped, those of other queues and of the next driver are not", async (bench) => {
      const queues = Array.from({ length: params.NQ }, (_, queue) => queue);
      // Frames of another queue wait for a buffer in front of all, or none do.
      const cases = queues.flatMap((queue) =>
        queues.map((other) => ({ queue, others: other === queue ? [] : [other] })),
      );
      for (const { queue, others } of cases) {
        const all = 2 ** params.NQ - 1;
        bench.drive({ cfg_hdr_len: 12, cfg_any_layout: 1, cfg_enable: all, cfg_stop: 0 });
        bench.drive({ cfg_mrg_rxbuf: 0, cfg_rx_wait: 0xffffffff, cfg_rx_max: 0x1ffff });
        const ring = new RingStub(bench, params.NQ, {});
        const engine = new WriteResponder(bench, { cmd: "m_cmd", dat: "m_dat", done: "s_done" }, new ByteMap(), {});
        const completions = bench.sink("m_cpl", ["queue", "len"]);
        const reports = bench.sink("m_rep", ["queue", "err"]);
        const source = bench.source("s_axis_rx", ["data", "keep", "last", "dest", "user"], AXIS);
        const send = async (dest: number, words: number): Promise<void> => {
          for (let i = 0; i < words; i++) {
            const last = i === words - 1 ? 1n : 0n;
            source.sendNow({ data: 0n, keep: 2n ** BigInt(busBytes) - 1n, last, dest: BigInt(dest), user: 0n });
          }
          await withTimeout(source.wait(), 200);
          await bench.cycles(20);
        };
        for (const other of others) await send(other, 1);
        await send(queue, 2);
        await send(queue, 3);
        bench.drive({ cfg_stop: 1 << queue });
        await bench.cycles(5);
        bench.drive({ cfg_enable: all & ~(1 << queue), cfg_stop: 0 });
        await bench.cycles(5);
        bench.drive({ cfg_enable: all });
        await send(queue, 4);
        for (const owner of [queue, ...others]) ring.add(...buffers(bench, [[1600], [1600], [1600]], owner));
        await withTimeout(completions.reached(1 + others.length), 500, "the frames that live");
        await withTimeout(reports.reached(3 + others.length), 500, "the reports");
        await bench.cycles(100);
        expect(completions.takeAll().map(({ beat }) => [Number(beat.queue), Number(beat.len)])).to.deep.equal([
          ...others.map((other) => [other, 12 + busBytes]),
          [queue, 12 + 4 * busBytes],
        ]);
        expect(
          reports
            .takeAll()
            .filter(({ beat }) => beat.err !== 0n)
            .map(({ beat }) => [Number(beat.queue), Number(beat.err)]),
        ).to.deep.equal([
          [queue, NO_QUEUE],
          [queue, NO_QUEUE],
        ]);
        for (const part of [ring, engine, completions, reports, source]) part.stop();
        bench.drive({ s_chain_ready: 0, s_rec_valid: 0, s_axis_rx_tvalid: 0, s_done_valid: 0, m_take_ready: 0 });
        await bench.reset(2);
      }
    });

    test("elements of length 0 in all places are counted", async (bench) => {
      const cuts = [1, 2, 4, 7].map((count) => [...Array.from({ length: count }, () => 0), 12, 0, 60]);
      await run(
        bench,
        buffers(bench, cuts),
        cuts.map(() => ({ length: 50 })),
      );
    });

    test("more chains and elements than are held at a time", async (bench) => {
      for (let round = 0; round < 3; round++) {
        const cuts = Array.from({ length: 40 }, (_, i) => [12, ...Array.from({ length: 1 + (i % 12) }, () => 10)]);
        await run(
          bench,
          buffers(bench, cuts),
          cuts.map(({ length }) => ({ length: 10 * (length - 1) })),
        );
      }
    });

    test("a failed write: length 0 and AXI_DATA, the next frame is served", async (bench) => {
      const chains = buffers(bench, [[30, 100], [200], [200]]);
      const bad = chains[0]?.records[1]?.addr;
      await run(bench, chains, [{ length: 60 }, { length: 61 }, { length: 62 }], { isError: (addr) => addr === bad });
    });

    test("64-byte frames back to back: the bus is the limit", async (bench) => {
      const count = 12;
      const chains = buffers(
        bench,
        Array.from({ length: count }, () => [128]),
      );
      const cycles = await run(
        bench,
        chains,
        Array.from({ length: count }, () => ({ length: 64 })),
      );
      expect(cycles).to.be.at.most(Math.ceil(76 / busBytes) * count + 2 * count + 10);
    });

    test("sweep: pauses of MAC, engine and reports", async (bench) => {
      for (const idle of [PAUSES.never, PAUSES.half]) {
        for (const engine of [PAUSES.never, PAUSES.half]) {
          for (const reports of [PAUSES.never, PAUSES.mostly]) {
            const cuts = Array.from({ length: 6 }, () => [bench.random.between(12, 60), 150]);
            const frames = Array.from({ length: 6 }, () => ({ length: bench.random.between(1, 120) }));
            await run(bench, buffers(bench, cuts), frames, { idle, engine, reports, latency: [1, 40] });
          }
        }
      }
    });

    test("property: every frame in its buffers, or reported", async (bench) => {
      const frame = fc.record({
        length: fc.integer({ min: 1, max: 200 }),
        dest: fc.nat({ max: params.NQ }),
        isBad: fc.constantFrom(false, false, false, true),
      });
      const cut = fc.array(fc.constantFrom(0, 1, 12, 40, 100), { minLength: 1, maxLength: 3 }).map((lengths) => [...lengths, 12]);
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half);
      await bench.property(
        fc.tuple(
          fc.array(cut, { minLength: 1, maxLength: 6 }),
          fc.array(frame, { minLength: 1, maxLength: 5 }),
          fc.boolean(),
          fc.constantFrom(10, 12),
          pause,
        ),
        async ([cuts, frames, isMergeable, hdrLen, engine]) => {
          const chains = Array.from({ length: params.NQ }, (_, queue) => buffers(bench, cuts, queue)).flat();
          // Without enough buffers a mergeable frame ends as NO_BUFFER instead; keep to those that find them.
          const room = cuts.flat().reduce((sum, len) => sum + len, 0);
          const total = frames.reduce((sum, { length }) => sum + length + 32, 0);
          await run(bench, chains, isMergeable && room < total ? frames.slice(0, 1).map((f) => ({ ...f, length: 1 })) : frames.slice(0, isMergeable ? frames.length : cuts.length), {
            isMergeable,
            hdrLen: isMergeable ? 12 : hdrLen,
            engine,
            latency: [1, 10],
          });
        },
        15,
      );
    });
  },
);
