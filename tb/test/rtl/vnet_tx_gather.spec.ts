import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, withTimeout } from "../../src/core/index.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { type ChainRecord, type RingChain, RingStub } from "../support/ring-stub.ts";

const CHAIN_SHORT = 8;
const FRAME_LONG = 9;
const LAYOUT_REFUSED = 10;
const CANCELLED = 31;

interface Config {
  readonly hdrLen: number;
  readonly anyLayout: boolean;
  readonly stop: number;
}

const DEFAULT: Config = { hdrLen: 12, anyLayout: true, stop: 0 };

describeModule(
  "vnet_tx_gather",
  {
    params: [
      { NQ: 1, FRAME_MAX: 1514, CHAINS: 64, STRICT_LAYOUT: 0 },
      { NQ: 4, FRAME_MAX: 200, CHAINS: 4, STRICT_LAYOUT: 1 },
    ],
    fullParams: [{ NQ: 8, FRAME_MAX: 65535, CHAINS: 16, STRICT_LAYOUT: 0 }],
  },
  ({ params, test }) => {
    /** The rule of the module, said again: commands and notes of one chain. */
    const reference = (
      chain: RingChain,
      { hdrLen, anyLayout, stop }: Config,
    ): {
      commands: { addr: bigint; len: number; last: boolean; err: number }[];
      note: Record<string, number>;
    } => {
      const commands: { addr: bigint; len: number; last: boolean; err: number }[] = [];
      const isStopped = ((stop >> chain.queue) & 1) === 1;
      let sum = 0;
      let placement = 0;
      let zeros = 0;
      let layout = false;
      for (const [i, { addr, len, zero }] of chain.records.entries()) {
        const isLast = i === chain.records.length - 1;
        sum += len;
        if (placement === 0 && len > 0) placement = len === hdrLen ? 2 : len > hdrLen ? 1 : 3;
        if (zero === true) zeros++;
        layout = !anyLayout && placement !== 0 && placement !== 2;
        const isLong = sum > hdrLen + params.FRAME_MAX;
        const isRefused = params.STRICT_LAYOUT === 1 && layout;
        const isBarren = isStopped || isLong || isRefused || (isLast && chain.err !== 0);
        const bytes = isBarren ? 0 : len;
        let err = 0;
        if (isLast) {
          if (isStopped) err = CANCELLED;
          else if (chain.err !== 0) err = chain.err;
          else if (isLong) err = FRAME_LONG;
          else if (isRefused) err = LAYOUT_REFUSED;
          else if (sum <= hdrLen) err = CHAIN_SHORT;
        }
        if (isLast || bytes > 0) commands.push({ addr, len: bytes, last: isLast, err });
      }
      return {
        commands,
        note: {
          queue: chain.queue,
          head: chain.head,
          ndesc: chain.ndesc,
          class: placement,
          layout: layout ? 1 : 0,
          zero: Math.min(zeros, 255),
        },
      };
    };

    const run = async (
      bench: ModuleBench,
      chains: readonly RingChain[],
      config: Config = DEFAULT,
      pauses: { readonly take?: Pause; readonly records?: Pause; readonly cmd?: Pause; readonly note?: Pause } = {},
    ): Promise<void> => {
      bench.drive({ cfg_hdr_len: config.hdrLen, cfg_any_layout: config.anyLayout ? 1 : 0, cfg_stop: config.stop });
      await bench.cycles(2);
      const ring = new RingStub(bench, params.NQ, pauses);
      ring.add(...chains);
      const commands = bench.sink("m_cmd", ["addr", "len", "last", "err"], { pause: pauses.cmd ?? PAUSES.never });
      const notes = bench.sink("m_chain", ["queue", "head", "ndesc", "class", "layout", "zero"], {
        pause: pauses.note ?? PAUSES.never,
      });
      // more speaks of the moment, so it may change while a note waits.
      let more = true;
      notes.monitor.listen(() => {
        more = bench.signal("m_chain_more").isHigh;
      });
      const records = chains.reduce((total, chain) => total + chain.records.length, 0);
      await withTimeout(notes.reached(chains.length), 300 + 80 * records, "the last note");
      const expected = ring.taken.map((chain) => reference(chain, config));
      // The last note may be taken before the last commands are.
      const wanted = expected.reduce((total, { commands: list }) => total + list.length, 0);
      await withTimeout(commands.reached(wanted), 300, "the last command");
      await bench.cycles(10);
      expect(ring.left).to.equal(0);
      const seen = commands.takeAll().map(({ beat }) => beat);
      expect(
        seen.map(({ addr, len, last, err }) => ({
          // The address of a command without bytes means nothing.
          addr: len === 0n ? 0n : addr,
          len: Number(len),
          last: last === 1n,
          err: last === 1n ? Number(err) : 0,
        })),
      ).to.deep.equal(
        expected.flatMap(({ commands: list }) => list.map((cmd) => ({ ...cmd, addr: cmd.len === 0 ? 0n : cmd.addr }))),
      );
      const noted = notes.takeAll().map(({ beat }) => beat);
      expect(
        noted.map(({ queue, head, ndesc, class: placement, layout, zero }) =>
          Object.fromEntries(
            Object.entries({ queue, head, ndesc, class: placement, layout, zero }).map(([name, value]) => [name, Number(value)]),
          ),
        ),
      ).to.deep.equal(expected.map(({ note }) => note));
      expect(more, "nothing follows the last chain").to.equal(false);
      ring.stop();
      commands.stop();
      notes.stop();
      bench.drive({ s_rec_valid: 0 });
    };

    const chain = (bench: ModuleBench, lengths: readonly number[], queue = 0, err = 0): RingChain => ({
      queue,
      head: bench.random.below(65536),
      ndesc: lengths.length + bench.random.below(3),
      err,
      records: lengths.map((len): ChainRecord => ({ addr: bench.random.bits(60), len, zero: len === 0 })),
    });

    test("header inline, alone, cut; elements without bytes", async (bench) => {
      await run(bench, [
        chain(bench, [72]),
        chain(bench, [12, 60]),
        chain(bench, [5, 7, 60]),
        chain(bench, [0, 12, 0, 60, 0]),
        chain(bench, [0, 0, 72]),
        chain(bench, Array.from({ length: 40 }, () => 1)),
        // As many elements without bytes as can be counted, and more.
        chain(bench, [12, ...Array.from({ length: 300 }, () => 0), 60]),
        chain(bench, [12, ...Array.from({ length: 100 }, () => 0), 60]),
      ]);
    });

    test("chains without a frame byte: CHAIN_SHORT", async (bench) => {
      await run(bench, [chain(bench, [12]), chain(bench, [13]), chain(bench, [5]), chain(bench, [0]), chain(bench, [6, 6]), chain(bench, [6, 7])]);
    });

    test("the longest frame, and one byte more: FRAME_LONG, and nothing more is read", async (bench) => {
      await run(bench, [
        chain(bench, [12 + params.FRAME_MAX]),
        chain(bench, [13 + params.FRAME_MAX]),
        chain(bench, [12, params.FRAME_MAX, 1]),
        chain(bench, [12, params.FRAME_MAX, 0]),
        chain(bench, [12, 2 ** 20 - 1, 2 ** 20 - 1, 2 ** 20 - 1, 5]),
        chain(bench, [72]),
      ]);
    });

    test("errors of the ring engine go on with the last command", async (bench) => {
      await run(
        bench,
        [1, 2, 3, 4, 5, 6, 7, 12].map((err) => chain(bench, err % 2 === 0 ? [0] : [12, 60, 0], 0, err)),
      );
    });

    test("without an any-layout right: noted, refused only when strict", async (bench) => {
      const chains = [[72], [12, 60], [6, 6, 60], [0, 72]].map((lengths) => chain(bench, lengths));
      await run(bench, chains, { ...DEFAULT, anyLayout: false });
    });

    test("header lengths", async (bench) => {
      for (const hdrLen of [10, 12, 20, 24, 32]) {
        const chains = [[hdrLen, 60], [hdrLen + 60], [hdrLen - 1, 61], [hdrLen], [hdrLen + 1]].map((lengths) => chain(bench, lengths));
        await run(bench, chains, { ...DEFAULT, hdrLen });
      }
    });

    test("chains of stopped queues run through as cancelled", async (bench) => {
      const chains = Array.from({ length: 12 }, (_, i) => chain(bench, [12, 60], i % params.NQ, i % 3 === 0 ? 4 : 0));
      await run(bench, chains, { ...DEFAULT, stop: 1 });
      await run(bench, chains, { ...DEFAULT, stop: 2 ** params.NQ - 1 });
    });

    test("queues take turns", async (bench) => {
      const ring = new RingStub(bench, params.NQ);
      for (let i = 0; i < 8 * params.NQ; i++) ring.add(chain(bench, [72], i % params.NQ));
      bench.drive({ cfg_hdr_len: 12, cfg_any_layout: 1, m_cmd_ready: 1, m_chain_ready: 1 });
      await bench.cycles(60 * params.NQ);
      const order = ring.taken.map(({ queue }) => queue);
      expect(order.length).to.equal(8 * params.NQ);
      for (let i = params.NQ; i < order.length; i++) expect(order[i]).to.equal(order[i - params.NQ]);
    });

    test("one record per cycle, chains back to back", async (bench) => {
      const chains = Array.from({ length: 30 }, (_, i) => chain(bench, [12, 30, 30], i % params.NQ));
      bench.drive({ cfg_hdr_len: 12, cfg_any_layout: 1, m_cmd_ready: 1, m_chain_ready: 1 });
      const ring = new RingStub(bench, params.NQ);
      const commands = bench.monitor("m_cmd", ["last"]);
      ring.add(...chains);
      await withTimeout(commands.reached(90), 300);
      const cycles = (commands.seen.at(-1)?.cycle ?? 0) - (commands.seen[0]?.cycle ?? 0) + 1;
      expect(cycles).to.be.at.most(92);
    });

    test("reset in the middle of a chain", async (bench) => {
      bench.drive({ cfg_hdr_len: 12, s_chain_ready: 1, m_take_ready: 1, s_rec_valid: 1, s_rec_len: 20, m_cmd_ready: 1 });
      await bench.cycles(6);
      bench.drive({ s_rec_valid: 0, s_chain_ready: 0 });
      await bench.reset(1);
      expect(bench.signal("m_cmd_valid").isHigh || bench.signal("m_take_valid").isHigh).to.equal(false);
      await run(bench, [chain(bench, [12, 60])]);
    });

    test("property: equals the rule", async (bench) => {
      const length = fc.oneof(fc.nat({ max: 40 }), fc.constantFrom(0, 12, 13, params.FRAME_MAX, params.FRAME_MAX + 13));
      const one = fc.record({
        lengths: fc.array(length, { minLength: 1, maxLength: 6 }),
        queue: fc.nat({ max: params.NQ - 1 }),
        err: fc.constantFrom(0, 0, 0, 1, 12),
      });
      const config = fc.record({
        hdrLen: fc.integer({ min: 1, max: 32 }),
        anyLayout: fc.boolean(),
        stop: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 2 ** params.NQ - 1 }) }),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(
        fc.tuple(fc.array(one, { minLength: 1, maxLength: 8 }), config, pause, pause, pause),
        async ([list, settings, records, cmd, note]) => {
          const chains = list.map(({ lengths, queue, err }) => chain(bench, lengths, queue, err));
          await run(bench, chains, settings, { take: records, records, cmd, note });
        },
      );
    });
  },
);
