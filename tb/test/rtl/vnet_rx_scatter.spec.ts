import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { eachCycle } from "../support/clients.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";

const AXI_DATA = 13;
const RX_BAD = 27;
const CANCELLED = 31;
const PLAN = [
  ...["chain", "queue", "head", "start", "nrec", "len", "first", "eof", "bytes", "ndesc"],
  ...["class", "layout", "err", "zero"],
];

/** A planned chain, or without records and `err` a frame that was dropped. */
interface Plan {
  readonly isChain: boolean;
  /** Lengths of the records. */
  readonly records: readonly number[];
  readonly len: number;
  readonly first: boolean;
  readonly eof: boolean;
  readonly err: number;
}

describeModule(
  "vnet_rx_scatter",
  {
    params: [
      { DATA_W: 64, NQ: 2, REC_W: 8, CMDS: 4 },
      { DATA_W: 512, NQ: 1, REC_W: 10, CMDS: 64 },
    ],
    fullParams: [{ DATA_W: 128, NQ: 8, REC_W: 10, CMDS: 2 }],
  },
  ({ params, test }) => {
    const busBytes = params.DATA_W / 8;

    const run = async (
      bench: ModuleBench,
      plans: readonly Plan[],
      options: {
        readonly plan?: Pause;
        readonly cmd?: Pause;
        readonly reports?: Pause;
        readonly latency?: readonly [min: number, max: number];
        readonly failing?: number;
        readonly events?: number;
      } = {},
    ): Promise<number> => {
      const random = bench.random.fork("engine");
      const source = bench.source("s_plan", PLAN, { pause: options.plan ?? PAUSES.never });
      const events = bench.source("s_evt", ["queue", "code"], { pause: PAUSES.half });
      const commands = bench.sink("m_cmd", ["addr", "len", "off", "eop"], { pause: options.cmd ?? PAUSES.never });
      const completions = bench.sink("m_cpl", ["queue", "head", "len", "eof"], {
        pause: options.reports ?? PAUSES.never,
      });
      const reports = bench.sink("m_rep", ["queue", "bytes", "frame", "ndesc", "class", "layout", "err", "zero"], {
        pause: options.reports ?? PAUSES.never,
        randomName: "reports",
      });
      const memory = new Map<string, { addr: bigint; len: number }>();
      const expectedCommands: { addr: bigint; len: bigint; off: bigint; eop: bigint }[] = [];
      const expectedFrees: string[] = [];
      const expectedCompletions: Record<string, bigint>[] = [];
      const expectedReports: Record<string, bigint>[] = [];
      const fails: boolean[] = [];
      const position = Array.from({ length: params.NQ }, () => 0);
      let lane = 0;
      let queue = 0;
      for (const plan of plans) {
        // All chains of a frame belong to one queue.
        if (plan.first || plan.len === 0) queue = random.below(params.NQ);
        const start = position[queue] ?? 0;
        for (const [i, len] of plan.records.entries()) {
          memory.set(`${queue}/${(start + i) % 2 ** params.REC_W}`, { addr: random.bits(60), len });
        }
        position[queue] = (start + plan.records.length) % 2 ** params.REC_W;
        const beat = {
          chain: plan.isChain ? 1n : 0n,
          queue: BigInt(queue),
          head: random.bits(16),
          start: BigInt(start),
          nrec: BigInt(plan.records.length),
          len: BigInt(plan.len),
          first: plan.first ? 1n : 0n,
          eof: plan.eof ? 1n : 0n,
          bytes: random.bits(14),
          ndesc: random.bits(16),
          class: random.bits(2),
          layout: random.bits(1),
          err: BigInt(plan.err),
          zero: random.bits(8),
        };
        source.sendNow(beat);
        if (plan.isChain) expectedFrees.push(`${queue}/${plan.records.length}`);
        if (plan.first) lane = 0;
        let left = plan.len;
        let isFailed = false;
        for (let i = 0; left > 0; i++) {
          const record = memory.get(`${queue}/${(start + i) % 2 ** params.REC_W}`);
          if (record === undefined) throw new Error("the records do not hold the bytes");
          const len = Math.min(record.len, left);
          left -= len;
          const eop = left === 0 && plan.eof;
          expectedCommands.push({ addr: record.addr, len: BigInt(len), off: BigInt(lane), eop: eop ? 1n : 0n });
          lane = (lane + len) % busBytes;
          const fail = random.chance(options.failing ?? 0);
          fails.push(fail);
          isFailed ||= fail;
        }
        const err = plan.err !== 0 ? plan.err : isFailed ? AXI_DATA : 0;
        const isServed = plan.isChain && err === 0;
        const isFrame = isServed && plan.first;
        if (plan.isChain) {
          expectedCompletions.push({
            queue: beat.queue,
            head: beat.head,
            len: isServed ? beat.len : 0n,
            eof: beat.eof,
          });
        }
        if (plan.err === CANCELLED) continue;
        expectedReports.push({
          queue: beat.queue,
          bytes: isFrame ? beat.bytes : 0n,
          frame: isFrame ? 1n : 0n,
          ndesc: plan.isChain ? beat.ndesc : 0n,
          class: isFrame ? beat.class : 0n,
          layout: isFrame ? beat.layout : 0n,
          err: BigInt(err),
          zero: plan.isChain ? beat.zero : 0n,
        });
      }
      const eventCount = options.events ?? 0;
      for (let i = 0; i < eventCount; i++) {
        events.sendNow({ queue: BigInt(random.below(params.NQ)), code: BigInt(RX_BAD) });
      }

      // The record memory, the frees, and the write engine.
      const frees: string[] = [];
      const dones: { due: number; err: boolean }[] = [];
      let lastDue = 0;
      let seen = 0;
      const moved: { addr: bigint; len: bigint; off: bigint; eop: bigint; cycle: number }[] = [];
      const stop = eachCycle(bench.simulator, () => {
        if (bench.signal("m_rd_en").isHigh) {
          const record = memory.get(`${bench.signal("m_rd_queue").number}/${bench.signal("m_rd_pos").number}`);
          bench.drive({ s_rd_addr: record?.addr ?? random.bits(60), s_rd_len: record?.len ?? random.below(2 ** 20) });
        }
        if (bench.signal("m_free_valid").isHigh) {
          frees.push(`${bench.signal("m_free_queue").number}/${bench.signal("m_free_nrec").number}`);
        }
        for (const { beat, cycle } of commands.takeAll()) {
          moved.push({ ...beat, cycle });
          const [min, max] = options.latency ?? [1, 1];
          lastDue = Math.max(lastDue + 1, bench.cycle + random.between(min, max));
          dones.push({ due: lastDue, err: fails[seen] ?? false });
          seen++;
        }
        const done = dones[0];
        const isDone = done !== undefined && done.due <= bench.cycle;
        if (isDone) dones.shift();
        bench.drive({ s_done_valid: isDone ? 1 : 0, s_done_err: isDone ? (done.err ? 1 : 0) : random.below(2) });
      });
      const limit = 400 + 200 * (plans.length + expectedCommands.length + eventCount);
      await withTimeout(source.wait(), limit, "the last plan");
      await withTimeout(completions.reached(expectedCompletions.length), limit, "the last completion");
      await withTimeout(reports.reached(expectedReports.length + eventCount), limit, "the last report");
      await bench.cycles(10);
      stop();
      expect(moved.map(({ addr, len, off, eop }) => ({ addr, len, off, eop }))).to.deep.equal(expectedCommands);
      expect(frees).to.deep.equal(expectedFrees);
      expect(completions.takeAll().map(({ beat }) => beat)).to.deep.equal(expectedCompletions);
      const all = reports.takeAll().map(({ beat }) => beat);
      expect(all.filter((beat) => beat.err !== BigInt(RX_BAD))).to.deep.equal(expectedReports);
      expect(all.length).to.equal(expectedReports.length + eventCount);
      expect(bench.signal("m_cpl_valid").isHigh).to.equal(false);
      for (const stream of [source, events, commands, completions, reports]) stream.stop();
      bench.drive({ s_done_valid: 0 });
      return (moved.at(-1)?.cycle ?? 0) - (moved[0]?.cycle ?? 0) + 1 - moved.length;
    };

    const simple = (records: readonly number[], len = records.reduce((sum, n) => sum + n, 0)): Plan => ({
      isChain: true,
      records,
      len,
      first: true,
      eof: true,
      err: 0,
    });
    const failed = (err: number, records: readonly number[] = []): Plan => ({
      isChain: true,
      records,
      len: 0,
      first: false,
      eof: true,
      err,
    });
    const dropped = (err: number): Plan => ({ isChain: false, records: [], len: 0, first: false, eof: true, err });

    test("smoke: the example of the file's head", async (bench) => {
      await run(bench, [simple([12, 16], 20)]);
    });

    test("elements behind the last byte are skipped and freed", async (bench) => {
      await run(bench, [simple([100, 1, 1, 1], 50), simple([5, 5, 5], 10), simple([7, 9], 8), simple([1, 1, 1])]);
    });

    test("a merged frame: lanes go on over its chains, eop only at its end", async (bench) => {
      const chains = [13, 100, 1, 40].map((len, i, all): Plan => ({
        isChain: true,
        records: [len],
        len: i === all.length - 1 ? len - 9 : len,
        first: i === 0,
        eof: i === all.length - 1,
        err: 0,
      }));
      await run(bench, [...chains, simple([64])]);
    });

    test("chains and frames that are not served keep their place in the order", async (bench) => {
      await run(bench, [
        simple([30]),
        failed(1),
        dropped(24),
        failed(CANCELLED, [10, 20]),
        simple([20, 20]),
        dropped(25),
        failed(8),
      ]);
    });

    test("a failed write: error 13, length 0", async (bench) => {
      const plans = Array.from({ length: 20 }, () => simple([10, 20, 30], bench.random.between(1, 60)));
      await run(bench, plans, { failing: 0.2, latency: [1, 20] });
    });

    test("chains of as many commands as there are records, and few fit on the way", async (bench) => {
      for (const count of [2 ** params.REC_W, 2 ** params.REC_W - 1]) {
        const records = Array.from({ length: count }, () => 3);
        await run(bench, [simple(records)], { latency: [5, 20] });
      }
    });

    test("events of the intake are reported beside the chains", async (bench) => {
      const plans = Array.from({ length: 10 }, () => simple([60]));
      await run(bench, plans, { events: 10, reports: PAUSES.half });
    });

    test("one element per cycle, chains back to back", async (bench) => {
      if (params.CMDS < 16) return; // the commands on their way are the limit then
      const plans = Array.from({ length: 20 }, () => simple([10, 20, 30]));
      expect(await run(bench, plans), "lost cycles").to.equal(0);
    });

    test("sweep: pauses and latencies", async (bench) => {
      for (const plan of [PAUSES.never, PAUSES.half]) {
        for (const cmd of [PAUSES.never, PAUSES.half]) {
          for (const reports of [PAUSES.never, PAUSES.mostly]) {
            const plans = Array.from({ length: 10 }, () =>
              bench.random.chance(0.2) ? failed(4) : simple([9, 30, 1], bench.random.between(1, 40)),
            );
            await run(bench, plans, { plan, cmd, reports, latency: [1, 30], failing: 0.05, events: 2 });
          }
        }
      }
    });

    test("reset in the middle of a chain", async (bench) => {
      bench.drive({ s_plan_valid: 1, s_plan_chain: 1, s_plan_nrec: 5, s_plan_len: 50, s_rd_len: 10, m_cmd_ready: 1 });
      await bench.cycles(4);
      bench.drive({ s_plan_valid: 0 });
      await bench.reset(1);
      expect(bench.signal("m_cmd_valid").isHigh).to.equal(false);
      await run(bench, [simple([12, 16], 20)]);
    });

    test("property: the bytes of each chain, its completion, its report", async (bench) => {
      const chain = fc
        .record({ records: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 }), part: fc.double({ min: 0, max: 1, noNaN: true }) })
        .map(({ records, part }) => {
          const sum = records.reduce((total, n) => total + n, 0);
          return simple(records, Math.max(1, Math.floor(sum * part)));
        });
      const other = fc.constantFrom(failed(1), failed(CANCELLED, [5]), dropped(24));
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.tuple(fc.array(fc.oneof(chain, chain, other), { minLength: 1, maxLength: 10 }), pause, pause, fc.constantFrom(0, 0.1)),
        async ([plans, cmd, reports, failing]) => {
          await run(bench, plans, { cmd, reports, failing, latency: [1, 10] });
        },
      );
    });
  },
);
