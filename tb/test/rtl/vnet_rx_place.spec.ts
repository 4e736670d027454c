import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { headerClass, type RingChain, RingStub, zeroElements } from "../support/ring-stub.ts";

const CHAIN_SHORT = 8;
const LAYOUT_REFUSED = 10;
const NO_FIT = 24;
const NO_BUFFER = 25;
const NO_QUEUE = 28;
const CANCELLED = 31;
const PLAN = [
  ...["chain", "queue", "head", "start", "nrec", "len", "first", "eof", "bytes", "ndesc"],
  ...["class", "layout", "err", "zero"],
];

interface Frame {
  readonly queue: number;
  readonly len: number;
}

interface Config {
  readonly hdrLen?: number;
  readonly isMergeable?: boolean;
  readonly anyLayout?: boolean;
  readonly enable?: number;
  readonly stop?: number;
  readonly wait?: number;
  readonly out?: Pause;
  readonly records?: Pause;
  /** No reset at the end: the next round goes on in this state. */
  readonly isKept?: boolean;
}

/** What matters of a plan. */
interface ExpectedPlan {
  readonly chain: RingChain | undefined;
  readonly queue: number;
  readonly len: number;
  readonly first: boolean;
  readonly eof: boolean;
  readonly err: number;
  readonly bytes: number;
}

describeModule(
  "vnet_rx_place",
  {
    params: [
      { NQ: 1, CHAIN_MAX: 16, RECORDS: 128, CHAINS: 16, STRICT_LAYOUT: 0 },
      { NQ: 2, CHAIN_MAX: 8, RECORDS: 64, CHAINS: 8, STRICT_LAYOUT: 1 },
    ],
    fullParams: [{ NQ: 8, CHAIN_MAX: 256, RECORDS: 2048, CHAINS: 64, STRICT_LAYOUT: 0 }],
  },
  ({ params, test }) => {
    /** Frames in order over chains that are all there: the rule of the module, said again. */
    const reference = (
      chains: readonly RingChain[],
      frames: readonly Frame[],
      config: Config,
    ): { plans: ExpectedPlan[]; frames: { discard: boolean; buffers: number }[] } => {
      const hdrLen = config.hdrLen ?? 12;
      const enable = config.enable ?? 2 ** params.NQ - 1;
      const queues = Array.from({ length: params.NQ }, (_, queue) => chains.filter((chain) => chain.queue === queue));
      const verdict = (chain: RingChain): number => {
        const firstLen = chain.records.find(({ len }) => len > 0)?.len ?? hdrLen;
        const capacity = chain.records.reduce((sum, { len }) => sum + len, 0);
        const isOdd = config.anyLayout === false && firstLen !== hdrLen;
        if (chain.err !== 0) return chain.err;
        if (params.STRICT_LAYOUT === 1 && isOdd) return LAYOUT_REFUSED;
        return capacity < hdrLen ? CHAIN_SHORT : 0;
      };
      const plans: ExpectedPlan[] = [];
      const results: { discard: boolean; buffers: number }[] = [];
      for (const { queue, len } of frames) {
        const list = queues[queue] ?? [];
        const drop = (err: number): void => {
          plans.push({ chain: undefined, queue, len: 0, first: false, eof: true, err, bytes: len });
          results.push({ discard: true, buffers: 0 });
        };
        const giveBack = (chain: RingChain): void => {
          plans.push({ chain, queue, len: 0, first: false, eof: true, err: verdict(chain), bytes: len });
        };
        if (((enable >> queue) & 1) === 0) {
          drop(NO_QUEUE);
          continue;
        }
        for (let chain = list[0]; chain !== undefined && verdict(chain) !== 0; chain = list[0]) {
          giveBack(chain);
          list.shift();
        }
        const need = len + hdrLen;
        const used: RingChain[] = [];
        let sum = 0;
        let seen = 0;
        for (const chain of list) {
          seen++;
          if (verdict(chain) !== 0) continue;
          used.push(chain);
          sum += chain.records.reduce((total, record) => total + record.len, 0);
          if (sum >= need || config.isMergeable !== true) break;
        }
        if (sum < need) {
          drop(list.length > 0 && config.isMergeable !== true ? NO_FIT : NO_BUFFER);
          continue;
        }
        for (const chain of list.splice(0, seen)) if (verdict(chain) !== 0) giveBack(chain);
        let left = need;
        for (const [i, chain] of used.entries()) {
          const capacity = chain.records.reduce((total, record) => total + record.len, 0);
          const part = Math.min(capacity, left);
          left -= part;
          plans.push({ chain, queue, len: part, first: i === 0, eof: left === 0, err: 0, bytes: len });
        }
        results.push({ discard: false, buffers: used.length });
      }
      return { plans, frames: results };
    };

    const run = async (
      bench: ModuleBench,
      chains: readonly RingChain[],
      frames: readonly Frame[],
      config: Config = {},
    ): Promise<void> => {
      bench.drive({
        cfg_hdr_len: config.hdrLen ?? 12,
        cfg_any_layout: config.anyLayout === false ? 0 : 1,
        cfg_mrg_rxbuf: config.isMergeable === true ? 1 : 0,
        cfg_enable: config.enable ?? 2 ** params.NQ - 1,
        cfg_stop: config.stop ?? 0,
        cfg_rx_wait: config.wait ?? 30,
      });
      await bench.cycles(2);
      const ring = new RingStub(bench, params.NQ, { records: config.records ?? PAUSES.never });
      const plans = bench.sink("m_plan", PLAN, { pause: config.out ?? PAUSES.never });
      const framePlans = bench.sink("m_frame", ["discard", "buffers"], { pause: config.out ?? PAUSES.never });
      ring.add(...chains);
      // As many chains as fit are taken in before the first frame, so that the rule does not depend on time.
      await bench.cycles(20 + 12 * chains.reduce((sum, chain) => sum + chain.records.length + 2, 0));
      expect(ring.left, "chains not taken").to.equal(0);
      const source = bench.source("s_frm", ["len", "queue"]);
      for (const { len, queue } of frames) source.sendNow({ len: BigInt(len), queue: BigInt(queue) });
      const expected = reference(chains, frames, config);
      const limit = 500 + 100 * (frames.length + chains.length);
      for (const [i, want] of expected.plans.entries()) {
        const moved = await withTimeout(bench.simulator.spawn("plan", () => plans.recv()).over(), limit, `plan ${i}`);
        if (moved === undefined) throw new Error("no plan");
        const { beat } = moved;
        const plan = `plan ${i}`;
        expect(beat["chain"] === 1n, `${plan}: chain`).to.equal(want.chain !== undefined);
        expect(
          {
            queue: Number(beat["queue"]),
            len: Number(beat["len"]),
            first: beat["first"] === 1n,
            eof: beat["eof"] === 1n,
            err: Number(beat["err"]),
          },
          plan,
        ).to.deep.equal({ queue: want.queue, len: want.len, first: want.first, eof: want.eof, err: want.err });
        if (want.first) expect(Number(beat["bytes"]), `${plan}: bytes`).to.equal(want.bytes);
        const { chain } = want;
        if (chain === undefined) continue;
        expect([Number(beat["head"]), Number(beat["ndesc"])], `${plan}: head, ndesc`).to.deep.equal([
          chain.head,
          chain.ndesc,
        ]);
        const isOdd = [1, 3].includes(headerClass(chain, config.hdrLen ?? 12));
        expect(
          { zero: Number(beat["zero"]), class: Number(beat["class"]), layout: Number(beat["layout"]) },
          `${plan}: what the header looks like`,
        ).to.deep.equal({
          zero: zeroElements(chain),
          class: headerClass(chain, config.hdrLen ?? 12),
          layout: config.anyLayout === false && isOdd ? 1 : 0,
        });
        const nrec = Number(beat["nrec"]);
        const records = chain.records.filter(({ len }) => len > 0);
        if (want.err === 0) expect(nrec, `${plan}: records`).to.equal(records.length);
        for (let r = 0; r < nrec && want.err === 0; r++) {
          bench.drive({ s_rd_en: 1, s_rd_queue: want.queue, s_rd_pos: (Number(beat["start"]) + r) % params.RECORDS });
          await bench.cycles(1);
          bench.drive({ s_rd_en: 0 });
          await bench.cycles(1);
          expect(bench.signal("m_rd_addr").value, `${plan}: address of record ${r}`).to.equal(records[r]?.addr);
          expect(bench.signal("m_rd_len").number, `${plan}: length of record ${r}`).to.equal(records[r]?.len);
        }
        bench.drive({ s_free_valid: 1, s_free_queue: want.queue, s_free_nrec: nrec });
        await bench.cycles(1);
        bench.drive({ s_free_valid: 0 });
      }
      await withTimeout(framePlans.reached(frames.length), limit, "the last frame plan");
      await bench.cycles(20);
      expect(plans.pending, "plans too many").to.equal(0);
      expect(
        framePlans.takeAll().map(({ beat }) => ({
          discard: beat.discard === 1n,
          buffers: beat.discard === 1n ? 0 : Number(beat.buffers),
        })),
      ).to.deep.equal(expected.frames);
      for (const stream of [ring, plans, framePlans, source]) stream.stop();
      bench.drive({ s_chain_ready: 0, s_rec_valid: 0, s_frm_valid: 0, m_take_ready: 0 });
      if (config.isKept !== true) await bench.reset(2);
    };

    const chain = (bench: ModuleBench, lengths: readonly number[], queue = 0, err = 0): RingChain => ({
      queue,
      head: bench.random.below(65536),
      ndesc: bench.random.below(65536),
      err,
      records: lengths.map((len) => ({ addr: bench.random.bits(60), len, zero: len === 0 })),
    });

    test("one buffer per frame: fits exactly, fits, does not fit", async (bench) => {
      const chains = [[72], [12, 60], [100, 100], [72], [1000]].map((lengths) => chain(bench, lengths));
      await run(
        bench,
        chains,
        [60, 60, 150, 61, 60, 900].map((len) => ({ queue: 0, len })),
      );
    });

    test("mergeable buffers: as many chains as needed", async (bench) => {
      const chains = [[20], [30, 1], [100], [64], [64], [64]].map((lengths) => chain(bench, lengths));
      await run(
        bench,
        chains,
        [1, 60, 150].map((len) => ({ queue: 0, len })),
        { isMergeable: true },
      );
    });

    test("mergeable buffers: records that are freed late make room for more chains", async (bench) => {
      // The second frame needs a chain that can be fetched only when the records of the first one are free. The planner
      // looks at all held chains again and again: each place in this round must be met by the cycle that frees them.
      const elements = params.CHAIN_MAX;
      const held = params.RECORDS / elements;
      for (let delay = 0; delay < held + 4; delay++) {
        bench.drive({ cfg_hdr_len: 12, cfg_any_layout: 1, cfg_mrg_rxbuf: 1, cfg_enable: 1, cfg_stop: 0 });
        bench.drive({ cfg_rx_wait: 0xffffffff, s_free_valid: 0 });
        const ring = new RingStub(bench, params.NQ);
        for (let head = 0; head <= held; head++) {
          const [count, len] = head === held ? [1, 5000] : [elements, 5];
          const records = Array.from({ length: count }, () => ({ addr: bench.random.bits(64), len }));
          ring.add({ queue: 0, head, records, ndesc: count, err: 0 });
        }
        const frames = bench.source("s_frm", ["len", "queue"]);
        const out = bench.sink("m_frame", ["discard", "buffers"]);
        bench.drive({ m_plan_ready: 1 });
        frames.sendNow({ len: BigInt(5 * elements - 12), queue: 0n }, { len: 4000n, queue: 0n });
        await bench.cycles(4 * params.RECORDS + delay);
        expect(out.count, "the second frame waits").to.equal(1);
        bench.drive({ s_free_valid: 1, s_free_queue: 0, s_free_nrec: elements });
        await bench.cycles();
        bench.drive({ s_free_valid: 0 });
        await withTimeout(out.reached(2), 200, "the second frame");
        expect(
          out.takeAll().map(({ beat }) => Number(beat.discard)),
          `freed ${delay} cycles later`,
        ).to.deep.equal([0, 0]);
        for (const part of [ring, frames, out]) part.stop();
        bench.drive({ s_rec_valid: 0, s_chain_ready: 0, s_frm_valid: 0 });
        await bench.reset();
      }
    });

    test("mergeable buffers: a frame that no more chains can help is dropped at once: NO_FIT", async (bench) => {
      bench.drive({ cfg_hdr_len: 12, cfg_any_layout: 1, cfg_mrg_rxbuf: 1, cfg_enable: 1, cfg_rx_wait: 0xffffffff });
      const ring = new RingStub(bench, params.NQ);
      for (let i = 0; i < 2 * params.CHAINS; i++) ring.add(chain(bench, [20]));
      const plans = bench.sink("m_plan", PLAN);
      const frames = bench.sink("m_frame", ["discard"]);
      const source = bench.source("s_frm", ["len", "queue"]);
      source.sendNow({ len: BigInt(20 * params.CHAINS), queue: 0n });
      await withTimeout(frames.reached(1), 400, "the drop");
      expect(frames.recvNow()?.beat.discard).to.equal(1n);
      await bench.cycles(2);
      expect(plans.takeAll().map(({ beat }) => [Number(beat["chain"]), Number(beat["err"])])).to.deep.equal([[0, NO_FIT]]);
    });

    test("many rounds without a reset: what is freed can be used again", async (bench) => {
      for (let round = 0; round < 12; round++) {
        const lengths = Array.from({ length: params.CHAIN_MAX - (round % 3) }, () => 5 + round);
        const chains = [lengths, [100], [30, 42]].map((list) => chain(bench, list));
        const frames = chains.map(() => ({ queue: 0, len: 20 }));
        await run(bench, chains, frames, { isKept: true });
      }
    });

    test("as many chains as there are places", async (bench) => {
      const chains = Array.from({ length: params.CHAINS }, () => chain(bench, [100]));
      await run(
        bench,
        chains,
        chains.map(() => ({ queue: 0, len: 60 })),
      );
    });

    test("records come back exactly, whatever the length of a chain", async (bench) => {
      // A chain that gave back too few would use up all places in this many rounds.
      for (let count = 1; count <= params.CHAIN_MAX; count *= 2) {
        for (let left = params.RECORDS / count + 2; left > 0; left -= 6) {
          const chains = Array.from({ length: 6 }, () =>
            chain(
              bench,
              Array.from({ length: count }, () => 80),
            ),
          );
          await run(
            bench,
            chains,
            chains.map(() => ({ queue: 0, len: 60 })),
            { isKept: true },
          );
        }
      }
    });

    test("long frames and large buffers", async (bench) => {
      const chains = [[70_000], [40_000, 25_547], [0xfffff, 0xfffff], [12, 65_535]].map((lengths) => chain(bench, lengths));
      await run(
        bench,
        chains,
        [9000, 65_535, 65_534, 65_535].map((len) => ({ queue: 0, len })),
      );
      const pieces = [[30_000], [33_333], [2215], [17], [65_535]].map((lengths) => chain(bench, lengths));
      await run(
        bench,
        pieces,
        [65_535, 65_000].map((len) => ({ queue: 0, len })),
        { isMergeable: true },
      );
    });

    test("a long waiting time is kept to the cycle", async (bench) => {
      const wait = 70_000;
      bench.drive({ cfg_hdr_len: 12, cfg_enable: 1, cfg_rx_wait: wait, cfg_any_layout: 1 });
      bench.drive({ s_frm_valid: 1, s_frm_len: 60, m_plan_ready: 1, m_frame_ready: 1 });
      const frames = bench.monitor("m_frame", ["discard"]);
      await bench.cycles(wait - 10);
      expect(bench.signal("s_frm_ready").isHigh, "before the time is over").to.equal(false);
      expect(frames.seen.length, "frames dropped before the time is over").to.equal(0);
      await withTimeout(bench.signal("s_frm_ready").rising(), 20, "the frame is dropped");
    });

    test("elements without bytes hold nothing", async (bench) => {
      const chains = [[0, 72], [0, 0, 30, 0, 42, 0], [72]].map((lengths) => chain(bench, lengths));
      await run(
        bench,
        chains,
        [60, 60, 60].map((len) => ({ queue: 0, len })),
      );
    });

    for (const isMergeable of [false, true]) {
      test(`chains that cannot be used are returned in front of the frame (mergeable ${isMergeable ? 1 : 0})`, async (bench) => {
        const chains = [
          chain(bench, [0], 0, 1),
          chain(bench, [11]),
          chain(bench, [30]),
          chain(bench, [0], 0, 6),
          chain(bench, [60]),
          chain(bench, [90]),
        ];
        const frames = [15, 60, 40].map((len) => ({ queue: 0, len }));
        await run(bench, chains, frames, { isMergeable });
      });
    }

    test("layouts: refused only when strict and without an any-layout right", async (bench) => {
      const chains = [[72], [12, 60], [6, 66], [12, 70]].map((lengths) => chain(bench, lengths));
      const frames = [60, 60].map((len) => ({ queue: 0, len }));
      await run(bench, chains, frames, { anyLayout: false });
      await run(bench, chains, frames, { anyLayout: true });
    });

    test("header lengths", async (bench) => {
      for (const hdrLen of [10, 12, 32]) {
        const chains = [[hdrLen - 1], [hdrLen], [hdrLen + 10]].map((lengths) => chain(bench, lengths));
        await run(
          bench,
          chains,
          [
            { queue: 0, len: 10 },
            { queue: 0, len: 10 },
          ],
          { hdrLen, isMergeable: true },
        );
      }
    });

    test("a queue that is not enabled: NO_QUEUE; no buffers: NO_BUFFER after the waiting time", async (bench) => {
      await run(bench, [], [{ queue: 0, len: 60 }], { enable: 0 });
      await run(
        bench,
        [chain(bench, [100])],
        [
          { queue: 0, len: 60 },
          { queue: 0, len: 60 },
        ],
        { wait: 50 },
      );
    });

    test("a frame waits for its buffers for ever when it is told to", async (bench) => {
      bench.drive({
        cfg_hdr_len: 12,
        cfg_enable: 1,
        cfg_rx_wait: 0xffffffff,
        s_frm_valid: 1,
        s_frm_len: 60,
        cfg_any_layout: 1,
      });
      const ring = new RingStub(bench, params.NQ);
      const plans = bench.sink("m_plan", PLAN);
      const frames = bench.sink("m_frame", ["discard"]);
      await bench.cycles(2000);
      expect([plans.count, frames.count]).to.deep.equal([0, 0]);
      ring.add(chain(bench, [100]));
      await withTimeout(frames.reached(1), 50);
      expect(frames.recvNow()?.beat.discard).to.equal(0n);
    });

    test("chains of a stopped queue come back as cancelled; its frames are dropped", async (bench) => {
      bench.drive({ cfg_hdr_len: 12, cfg_enable: 2 ** params.NQ - 1, cfg_rx_wait: 0xffffffff, cfg_any_layout: 1 });
      const ring = new RingStub(bench, params.NQ);
      const plans = bench.sink("m_plan", PLAN);
      const frames = bench.sink("m_frame", ["discard"]);
      const chains = [[100], [5], [100, 20]].map((lengths) => chain(bench, lengths));
      ring.add(...chains);
      await bench.cycles(60);
      expect(plans.count).to.equal(0);
      bench.drive({ cfg_stop: 1 });
      const source = bench.source("s_frm", ["len", "queue"]);
      source.sendNow({ len: 60n, queue: 0n });
      await withTimeout(plans.reached(4), 100);
      await withTimeout(frames.reached(1), 100);
      const seen = plans
        .takeAll()
        .map(({ beat }) => ({
          chain: beat["chain"],
          head: Number(beat["head"]),
          err: Number(beat["err"]),
          len: Number(beat["len"]),
        }));
      expect(seen.filter((plan) => plan.chain === 1n).map(({ head, err, len }) => ({ head, err, len }))).to.deep.equal(
        chains.map(({ head }) => ({ head, err: CANCELLED, len: 0 })),
      );
      expect(seen.filter((plan) => plan.chain === 0n).map(({ err }) => err)).to.deep.equal([NO_QUEUE]);
      expect(frames.recvNow()?.beat.discard).to.equal(1n);
    });

    test("a stale frame is dropped, and leaves its buffer to the next one", async (bench) => {
      bench.drive({ cfg_hdr_len: 12, cfg_enable: 1, cfg_rx_wait: 0xffffffff, cfg_any_layout: 1 });
      const ring = new RingStub(bench, params.NQ);
      ring.add(chain(bench, [100]));
      const plans = bench.sink("m_plan", PLAN);
      const frames = bench.sink("m_frame", ["discard"]);
      await bench.cycles(60);
      const source = bench.source("s_frm", ["len", "queue", "stale"]);
      source.sendNow({ len: 60n, queue: 0n, stale: 1n }, { len: 61n, queue: 0n, stale: 0n });
      await withTimeout(frames.reached(2), 100);
      await bench.cycles(5);
      expect(frames.takeAll().map(({ beat }) => beat.discard)).to.deep.equal([1n, 0n]);
      expect(
        plans.takeAll().map(({ beat }) => [Number(beat["chain"]), Number(beat["len"]), Number(beat["err"])]),
      ).to.deep.equal([
        [0, 0, NO_QUEUE],
        [1, 61 + 12, 0],
      ]);
    });

    test("no more chains are taken than fit, and records never wait", async (bench) => {
      bench.drive({ cfg_hdr_len: 12, cfg_enable: 1, cfg_any_layout: 1 });
      const ring = new RingStub(bench, params.NQ);
      const long = Array.from({ length: params.CHAIN_MAX }, () => 10);
      for (let i = 0; i < 2 * params.CHAINS; i++) ring.add(chain(bench, i % 2 === 0 ? long : [100]));
      for (let i = 0; i < 40 * params.CHAIN_MAX; i++) {
        await bench.cycles();
        expect(bench.signal("s_rec_ready").isHigh).to.equal(true);
      }
      const kept = ring.taken.reduce((sum, { records }) => sum + records.length, 0);
      expect(kept).to.be.at.most(params.RECORDS);
      expect(ring.taken.length).to.be.within(2, params.CHAINS);
    });

    test("reset in the middle", async (bench) => {
      bench.drive({ s_chain_ready: 1, m_take_ready: 1, s_rec_valid: 1, s_rec_len: 9, s_frm_valid: 1, cfg_enable: 1 });
      await bench.cycles(9);
      bench.drive({ s_chain_ready: 0, m_take_ready: 0, s_rec_valid: 0, s_frm_valid: 0 });
      await bench.reset(2);
      await run(bench, [chain(bench, [72])], [{ queue: 0, len: 60 }]);
    });

    test("property: equals the rule", async (bench) => {
      const most = Math.min(params.CHAINS, Math.floor(params.RECORDS / params.CHAIN_MAX) - 1);
      const one = fc.record({
        lengths: fc.array(fc.constantFrom(0, 1, 5, 12, 30, 64, 100), { minLength: 1, maxLength: 4 }),
        queue: fc.nat({ max: params.NQ - 1 }),
        err: fc.constantFrom(0, 0, 0, 0, 1),
      });
      const frame = fc.record({ queue: fc.nat({ max: params.NQ - 1 }), len: fc.constantFrom(1, 14, 52, 60, 100, 150) });
      await bench.property(
        fc.tuple(
          fc.array(one, { maxLength: most }),
          fc.array(frame, { minLength: 1, maxLength: 6 }),
          fc.boolean(),
          fc.boolean(),
          fc.constantFrom<Pause>(PAUSES.never, PAUSES.half),
        ),
        async ([list, frames, isMergeable, anyLayout, out]) => {
          const chains = list.map(({ lengths, queue, err }) => chain(bench, lengths, queue, err));
          await run(bench, chains, frames, { isMergeable, anyLayout, out, records: out });
        },
        20,
      );
    });
  },
);
