import { expect } from "chai";
import fc from "fast-check";
import { type Pause, pauseGenerator, PAUSES } from "../../src/core/index.ts";
import { eachCycle } from "../support/clients.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { waitUntil } from "../support/wait.ts";

interface Token {
  readonly queue: number;
  readonly pos: number;
  readonly cnt: number;
  readonly isIndirect: boolean;
  readonly base: bigint;
  readonly entries: number;
  readonly index: number;
}

interface Request {
  readonly addr: bigint;
  readonly beats: number;
}

const SIZE_LOG2 = 5;
const CNT_BITS = 9;

describeModule(
  "vnet_desc_issue",
  {
    params: [
      { DATA_W: 64, NQ: 2, Q_W: 1, SLOT_W: 3, LINES: 4, RD_OUTSTANDING: 8, CNT_W: CNT_BITS },
      { DATA_W: 512, NQ: 2, Q_W: 1, SLOT_W: 3, LINES: 16, RD_OUTSTANDING: 16, CNT_W: CNT_BITS },
    ],
    fullParams: [
      { DATA_W: 128, NQ: 1, Q_W: 1, SLOT_W: 2, LINES: 4, RD_OUTSTANDING: 4, CNT_W: CNT_BITS },
      { DATA_W: 256, NQ: 4, Q_W: 2, SLOT_W: 4, LINES: 64, RD_OUTSTANDING: 64, CNT_W: CNT_BITS },
    ],
  },
  ({ params, test }) => {
    const { NQ } = params;
    const slots = 1 << params.SLOT_W;
    const lineBytes = BigInt(Math.max(16, params.DATA_W / 8));
    const isNarrow = params.DATA_W === 64;
    const linesBits = Math.log2(params.LINES);
    const table = (queue: number): bigint => 0xffff_0000_0000_0000n + BigInt(queue) * 0x1_0000_0040n + 16n;

    const pack = (parts: readonly (readonly [value: bigint | number | boolean, bits: number])[]): bigint =>
      parts.reduce((word, [value, bits]) => (word << BigInt(bits)) | BigInt(value), 0n);

    /** As in the state memory. */
    const stateBits = (token: Token): bigint =>
      pack([
        [token.queue, params.Q_W],
        [token.pos, 16],
        [token.cnt, CNT_BITS],
        [token.isIndirect, 1],
        [token.index, 16],
      ]);

    /** As it is handed on. The number of entries means something for an indirect table only, and is 0 here otherwise. */
    const tokenBits = (token: Token): bigint => {
      const state = stateBits(token);
      return ((((state >> 16n) << 16n) | BigInt(token.isIndirect ? token.entries : 0)) << 16n) | (state & 0xffffn);
    };
    const withoutEntries = (word: bigint): bigint => ((word >> 32n) & 1n) === 1n ? word : word & ~0xffff_0000n;

    const headToken = (queue: number, pos: number, index: number): Token => ({
      queue,
      pos,
      cnt: 0,
      isIndirect: false,
      base: table(queue),
      entries: 1 << SIZE_LOG2,
      index,
    });

    const addrOf = ({ base, index }: Token): bigint => BigInt.asUintN(64, base + 16n * BigInt(index));

    /** What has to be asked for; nothing but the beats with bytes of the descriptor. */
    const requestsOf = (token: Token, isHit: boolean): Request[] => {
      const addr = addrOf(token);
      const line = addr - (addr % lineBytes);
      const isUnaligned = addr % 16n !== 0n;
      if (!isUnaligned) return isHit ? [] : [{ addr: line, beats: isNarrow ? 2 : 1 }];
      const second = BigInt.asUintN(64, line + lineBytes);
      if (isNarrow) {
        const low = addr % 16n;
        const first = low >= 8n ? { addr: line + 8n, beats: 1 } : { addr: line, beats: 2 };
        return [first, { addr: second, beats: low <= 8n ? 1 : 2 }];
      }
      const isStraddling = (addr % lineBytes) + 16n > lineBytes;
      return isStraddling ? [line, second].map((at) => ({ addr: at, beats: 1 })) : [{ addr: line, beats: 1 }];
    };

    const waitWord = (token: Token, options: { isHit: boolean; isKilled: boolean; line: number }): bigint => {
      const addr = addrOf(token);
      const isUnaligned = addr % 16n !== 0n;
      const isLastGranule = isNarrow || (addr % lineBytes) / 16n === lineBytes / 16n - 1n;
      const isStraddling = isUnaligned && isLastGranule && !options.isKilled;
      return pack([
        [options.isKilled, 1],
        [options.isHit && !isUnaligned && !options.isKilled, 1],
        [isUnaligned, 1],
        [isStraddling, 1],
        [options.line, linesBits],
        [addr % 64n, 6],
        [tokenBits(token), params.Q_W + CNT_BITS + 49],
      ]);
    };

    interface Rig {
      readonly requests: Request[];
      /** With every request: does it begin with the upper half of a line? */
      readonly starts: boolean[];
      readonly waits: bigint[];
      readonly misses: { readonly pos: number; readonly stamp: number; readonly line: bigint }[];
      /** Lines are taken as soon as they are asked for. */
      isTakingLines: boolean;
      head(queue: number, pos: number, index: number): void;
      /** A token in the state memory goes on. */
      goOn(slot: number, token: Token, options?: { readonly withBlock?: boolean }): void;
      stop(): void;
    }

    const open = async (
      bench: ModuleBench,
      options: { readonly isHit?: boolean; readonly idle?: Pause; readonly back?: Pause; readonly again?: Pause } = {},
    ): Promise<Rig> => {
      for (let queue = 0; queue < NQ; queue++) {
        bench.drive({ ctx_wr: 1, ctx_queue: queue, ctx_desc_addr: table(queue) + 5n, ctx_size_log2: SIZE_LOG2 });
        await bench.cycles();
      }
      bench.drive({ ctx_wr: 0, answer_hit: options.isHit === true ? 1 : 0, answer_index: 3 });
      await bench.cycles(2);
      const heads = bench.source("s_head", ["queue", "pos", "head"], { pause: options.idle ?? PAUSES.never });
      const go = bench.source("s_go", ["slot"], { pause: options.idle ?? PAUSES.never });
      const cont = bench.source("s_cont", ["slot"], { pause: options.idle ?? PAUSES.never });
      const sink = bench.sink("m_req", ["addr", "len"], { pause: options.back ?? PAUSES.never });
      const wait = bench.monitor("m_wait", ["data"], { ready: null });
      const tokens = new Map<number, Token>();
      const requests: Request[] = [];
      const starts: boolean[] = [];
      const waits: bigint[] = [];
      const misses: { pos: number; stamp: number; line: bigint }[] = [];
      let outstanding = 0;
      let looked = { pos: 0, stamp: 0, line: 0n };
      wait.listen(({ beat }) => waits.push(withoutEntries(beat.data)));
      sink.monitor.listen(({ beat }) => requests.push({ addr: beat.addr, beats: Number(beat.len) + 1 }));
      const isPause = pauseGenerator(PAUSES.half, bench.random.fork("lines"));
      const isAgain = pauseGenerator(options.again ?? PAUSES.never, bench.random.fork("again"));
      const rig: Rig = {
        requests,
        starts,
        waits,
        misses,
        isTakingLines: true,
        head(queue, pos, index) {
          heads.sendNow({ queue: BigInt(queue), pos: BigInt(pos), head: BigInt(index) });
        },
        goOn(slot, token, { withBlock = false } = {}) {
          tokens.set(slot, token);
          (withBlock ? go : cont).sendNow({ slot: BigInt(slot) });
        },
        stop() {
          stop();
          for (const stream of [heads, go, cont, sink, wait]) stream.stop();
          bench.drive({ s_head_valid: 0, s_go_valid: 0, s_cont_valid: 0, evt_line_taken: 0 });
        },
      };
      const stop = eachCycle(bench.simulator, () => {
        if (bench.signal("state_rd_en").isHigh) {
          const token = tokens.get(bench.signal("state_rd_slot").number);
          // The table of a chain that is in none is what the last one left there.
          const base = token?.isIndirect === true ? token.base : bench.random.bits(64);
          const entries = token?.isIndirect === true ? token.entries : bench.random.below(65536);
          bench.drive({
            state_rd_token: token === undefined ? 0n : stateBits(token),
            table_rd_data: (base << 16n) | BigInt(entries),
          });
        }
        if (bench.signal("answer_take").isHigh) misses.push(looked);
        if (bench.signal("lookup_en").isHigh) {
          looked = {
            pos: bench.signal("lookup_pos").number,
            stamp: bench.signal("lookup_stamp").number,
            line: bench.signal("lookup_line").value,
          };
        }
        bench.drive({ lookup_wait: isAgain() ? 1 : 0 });
        if (bench.signal("evt_request").isHigh) {
          starts.push(bench.signal("request_start").isHigh);
          outstanding++;
          expect(outstanding, "lines on their way").to.be.at.most(params.RD_OUTSTANDING);
        }
        const isTaken = rig.isTakingLines && outstanding > 0 && !isPause();
        if (isTaken) outstanding--;
        bench.drive({ evt_line_taken: isTaken ? 1 : 0 });
      });
      return rig;
    };

    const settle = async (bench: ModuleBench, rig: Rig, count: number): Promise<void> => {
      await waitUntil(bench, () => rig.waits.length >= count, 200 + 60 * count, "the last token");
      await bench.cycles(30);
      expect(rig.waits.length).to.equal(count);
    };

    test("smoke: a head asks for its line 6 cycles later", async (bench) => {
      const rig = await open(bench);
      bench.drive({ sts_known: 8 });
      const start = bench.cycle;
      rig.head(0, 7, 4);
      await waitUntil(bench, () => rig.requests.length === 1, 12, "the request");
      expect(bench.cycle - start).to.be.at.most(8);
      await settle(bench, rig, 1);
      const token = headToken(0, 7, 4);
      expect(rig.requests).to.deep.equal(requestsOf(token, false));
      expect(rig.waits).to.deep.equal([waitWord(token, { isHit: false, isKilled: false, line: 3 })]);
      expect(rig.misses).to.deep.equal([{ pos: 7, stamp: 8, line: addrOf(token) / lineBytes }]);
    });

    test("a hit asks for nothing", async (bench) => {
      const rig = await open(bench, { isHit: true });
      for (let i = 0; i < 5; i++) rig.head(NQ - 1, i, i);
      await settle(bench, rig, 5);
      expect(rig.requests).to.deep.equal([]);
      expect(rig.misses).to.deep.equal([]);
      expect(rig.waits).to.deep.equal(
        [0, 1, 2, 3, 4].map((i) => waitWord(headToken(NQ - 1, i, i), { isHit: true, isKilled: false, line: 3 })),
      );
    });

    test("every alignment of an indirect table: only the beats with bytes of the descriptor", async (bench) => {
      for (const isHit of [false, true]) {
        const rig = await open(bench, { isHit });
        for (let offset = 0; offset < 64; offset++) {
          const token = { ...headToken(0, 1, 0), cnt: 3, isIndirect: true, base: 0x7000n + BigInt(offset), entries: 4 };
          const before = rig.requests.length;
          rig.goOn(offset % slots, token);
          await waitUntil(bench, () => rig.waits.length === offset + 1, 40, "the token");
          await bench.cycles(6);
          expect(rig.requests.slice(before), `offset ${offset}`).to.deep.equal(requestsOf(token, isHit));
          expect(rig.waits[offset]).to.equal(waitWord(token, { isHit, isKilled: false, line: 3 }));
        }
        expect(rig.starts).to.deep.equal(rig.requests.map(({ addr }) => addr % lineBytes !== 0n));
        rig.stop();
        await bench.reset(1);
      }
    });

    for (const [title, back] of [
      ["at full speed", PAUSES.never],
      ["against back-pressure", PAUSES.mostly],
    ] as const) {
      test(`any table, any head, any known index, ${title}`, async (bench) => {
        const rig = await open(bench, { back });
        for (let i = 0; i < 24; i++) {
          const queue = i % NQ;
          const base = bench.random.bits(64) & ~15n;
          const [pos, index, stamp] = [bench.random.below(65536), bench.random.below(65536), bench.random.below(65536)];
          bench.drive({ ctx_wr: 1, ctx_queue: queue, ctx_desc_addr: base, ctx_size_log2: SIZE_LOG2 });
          await bench.cycles();
          bench.drive({ ctx_wr: 0, sts_known: BigInt(stamp) << BigInt(16 * queue) });
          const token = { ...headToken(queue, pos, index), base };
          const before = rig.requests.length;
          rig.head(queue, pos, index);
          await settle(bench, rig, i + 1);
          expect(rig.requests.slice(before)).to.deep.equal(requestsOf(token, false));
          expect(rig.waits[i]).to.equal(waitWord(token, { isHit: false, isKilled: false, line: 3 }));
          expect(rig.misses[i]).to.deep.equal({ pos, stamp, line: addrOf(token) / lineBytes });
        }
        // Many at once, so that they wait in all places.
        for (const stamp of [0, 0xffff]) {
          bench.drive({ sts_known: stamp });
          await bench.cycles(2);
          const { waits, misses } = { waits: rig.waits.length, misses: rig.misses.length };
          for (let i = 0; i < 8; i++) rig.head(0, i, 32 * i);
          await settle(bench, rig, waits + 8);
          expect(rig.misses.slice(misses).map((miss) => miss.stamp)).to.deep.equal(Array.from({ length: 8 }, () => stamp));
        }
      });
    }

    test("a stop at any time: both halves of a descriptor are asked for, or none", async (bench) => {
      let asked = 0;
      const delays = 12;
      for (let delay = 1; delay <= delays; delay++) {
        const rig = await open(bench);
        const token = { ...headToken(0, 1, 0), isIndirect: true, base: 0x7038n + 3n, entries: 4 };
        rig.goOn(0, token);
        await bench.cycles(delay);
        bench.drive({ cfg_stop: 1 });
        await settle(bench, rig, 1);
        const isKilled = rig.requests.length === 0;
        if (!isKilled) asked++;
        expect(rig.requests, `stop ${delay} cycles later`).to.deep.equal(isKilled ? [] : requestsOf(token, false));
        expect(rig.waits).to.deep.equal([waitWord(token, { isHit: false, isKilled, line: 3 })]);
        rig.stop();
        bench.drive({ cfg_stop: 0 });
        await bench.reset(1);
      }
      expect(asked, "both cases were met").to.be.within(1, delays - 1);
    });

    test("chains with a block go before those that go on, and these before heads", async (bench) => {
      const rig = await open(bench, { back: { kind: "always" } });
      // Fill the pipe, so that the next choice is made among all three.
      for (let i = 0; i < 8; i++) rig.head(0, i, i);
      await bench.cycles(30);
      const stuck = rig.waits.length;
      const [cont, go] = [headToken(0, 100, 20), headToken(0, 101, 21)];
      rig.goOn(1, cont);
      rig.goOn(2, go, { withBlock: true });
      await bench.cycles(5);
      rig.stop();
      const order: number[] = [];
      bench.drive({ m_req_ready: 1, s_go_valid: 1, s_go_slot: 2, s_cont_valid: 1, s_cont_slot: 1, s_head_valid: 1 });
      const isUp = (name: string): boolean => bench.signal(name).isHigh;
      for (let i = 0; i < 12 && order.length < 3; i++) {
        await bench.cycles();
        if (isUp("s_go_ready") && !order.includes(2)) {
          order.push(2);
          expect(isUp("s_cont_ready"), "only one moves").to.equal(false);
          expect(bench.signal("state_rd_slot").number, "its token").to.equal(2);
          bench.drive({ s_go_valid: 0 });
        } else if (isUp("s_cont_ready") && !order.includes(1)) {
          order.push(1);
          expect(isUp("evt_head"), "only one moves").to.equal(false);
          expect(bench.signal("state_rd_slot").number, "its token").to.equal(1);
          bench.drive({ s_cont_valid: 0 });
        } else if (isUp("evt_head") && !order.includes(0)) {
          order.push(0);
        }
      }
      expect(order).to.deep.equal([2, 1, 0]);
      expect(stuck).to.be.below(8);
    });

    test("tokens of a stopped queue pass without a request", async (bench) => {
      const rig = await open(bench);
      bench.drive({ cfg_stop: 1 });
      await bench.cycles();
      rig.head(0, 2, 9);
      await settle(bench, rig, 1);
      expect(rig.requests).to.deep.equal([]);
      expect(rig.waits).to.deep.equal([waitWord(headToken(0, 2, 9), { isHit: false, isKilled: true, line: 3 })]);
    });

    test("no more lines than there is room for", async (bench) => {
      const rig = await open(bench);
      rig.isTakingLines = false;
      for (let i = 0; i < params.RD_OUTSTANDING + 4; i++) rig.head(0, i, i % 32);
      await bench.cycles(20 + 4 * params.RD_OUTSTANDING);
      expect(rig.requests.length).to.be.within(params.RD_OUTSTANDING - 2, params.RD_OUTSTANDING);
      rig.isTakingLines = true;
      await settle(bench, rig, params.RD_OUTSTANDING + 4);
    });

    test("all lines are dropped at every multiple of 16384", async (bench) => {
      const rig = await open(bench);
      const flushes: number[] = [];
      const stop = eachCycle(bench.simulator, () => {
        if (bench.signal("cache_flush").isHigh) flushes.push(bench.cycle);
      });
      for (const pos of [1, 16383, 16384, 16385, 32768, 49152, 65535, 0]) {
        const before = flushes.length;
        rig.head(0, pos, 1);
        await bench.cycles(12);
        expect(flushes.length - before, `position ${pos}`).to.equal(pos % 16384 === 0 ? 1 : 0);
      }
      stop();
    });

    test("throughput: a token per cycle from the cache", async (bench) => {
      const rig = await open(bench, { isHit: true });
      const start = bench.cycle;
      for (let i = 0; i < 100; i++) rig.head(0, i + 1, i % 32);
      await waitUntil(bench, () => rig.waits.length === 100, 300, "the tokens");
      expect(bench.cycle - start).to.be.at.most(110);
    });

    test("reset in the middle", async (bench) => {
      const rig = await open(bench, { back: PAUSES.mostly });
      for (let i = 0; i < 8; i++) rig.head(0, i, i);
      await bench.cycles(9);
      rig.stop();
      await bench.reset(1);
      expect(bench.signal("m_req_valid").isHigh).to.equal(false);
      const next = await open(bench);
      next.head(0, 5, 6);
      await settle(bench, next, 1);
      expect(next.requests).to.deep.equal(requestsOf(headToken(0, 5, 6), false));
    });

    test("property: requests and tokens as the model, for any mix", async (bench) => {
      const token = fc.record({
        queue: fc.nat({ max: NQ - 1 }),
        pos: fc.nat({ max: 65535 }),
        cnt: fc.nat({ max: (1 << CNT_BITS) - 1 }),
        isIndirect: fc.constant(true),
        base: fc.bigInt(0n, (1n << 64n) - 1n),
        entries: fc.nat({ max: 65535 }),
        index: fc.nat({ max: 65535 }),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.mostly);
      const run = fc.record({
        tokens: fc.array(token, { minLength: 1, maxLength: slots }),
        isDirect: fc.array(fc.boolean(), { minLength: slots, maxLength: slots }),
        isHit: fc.boolean(),
        idle: pause,
        back: pause,
        again: pause,
      });
      await bench.property(run, async ({ tokens: any, isDirect, isHit, idle, back, again }) => {
        const tokens = any.map((one, slot) =>
          isDirect[slot] === true ? { ...one, isIndirect: false, base: table(one.queue) } : one,
        );
        const rig = await open(bench, { isHit, idle, back, again });
        try {
          for (const [slot, one] of tokens.entries()) rig.goOn(slot, one);
          await settle(bench, rig, tokens.length);
          await waitUntil(
            bench,
            () => rig.requests.length >= tokens.flatMap((one) => requestsOf(one, isHit)).length,
            400,
            "the last request",
          );
          expect(rig.requests).to.deep.equal(tokens.flatMap((one) => requestsOf(one, isHit)));
          expect(rig.waits).to.deep.equal(tokens.map((one) => waitWord(one, { isHit, isKilled: false, line: 3 })));
        } finally {
          rig.stop();
          await bench.reset(1);
        }
      });
    });
  },
);
