import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES } from "../../src/core/index.ts";
import { ByteMap, eachCycle } from "../support/clients.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import {
  type ChainRecord,
  CODE,
  descriptorBits,
  fillTable,
  INDIRECT,
  NEXT,
  walkChain,
  WRITE,
  writeDescriptor,
} from "../support/ring-model.ts";
import { waitUntil } from "../support/wait.ts";
import { bytesToBigInt } from "../support/windows.ts";

const SIZE_LOG2 = 4;
const TABLE = 0x1000_0000n;
const LEN_BITS = 20;

describeModule(
  "vnet_desc_walk",
  {
    params: [
      { DATA_W: 64, NQ: 2, Q_W: 1, SLOT_W: 3, SLOT_LOG2: 2, K: 2, LINES: 4, CHAIN_MAX: 9, DIR_WRITE: 1 },
      { DATA_W: 512, NQ: 2, Q_W: 1, SLOT_W: 3, SLOT_LOG2: 2, K: 4, LINES: 4, CHAIN_MAX: 256, DIR_WRITE: 0 },
    ],
    fullParams: [
      { DATA_W: 128, NQ: 1, Q_W: 1, SLOT_W: 2, SLOT_LOG2: 2, K: 2, LINES: 4, CHAIN_MAX: 1, DIR_WRITE: 0 },
      { DATA_W: 256, NQ: 4, Q_W: 2, SLOT_W: 4, SLOT_LOG2: 2, K: 4, LINES: 8, CHAIN_MAX: 16, DIR_WRITE: 1 },
    ],
  },
  ({ params, test }) => {
    const { NQ, K } = params;
    const good = params.DIR_WRITE === 1 ? WRITE : 0;
    const lineBytes = Math.max(16, params.DATA_W / 8);
    const kBits = Math.log2(K);
    const cntBits = Math.max(Math.ceil(Math.log2(params.CHAIN_MAX + 1)), kBits + 1);
    const tokenBits = BigInt(params.Q_W + cntBits + 49);
    const slotsOfQueue = 1 << params.SLOT_LOG2;

    interface Chain {
      readonly queue: number;
      readonly pos: number;
      readonly head: number;
    }

    const slotOf = ({ queue, pos }: Chain): number => ((NQ < 2 ? 0 : queue) << params.SLOT_LOG2) | (pos % slotsOfQueue);

    /** The first token of a chain: queue pos cnt ind n idx. The number of entries counts for indirect tables only. */
    const headToken = ({ queue, pos, head }: Chain): bigint =>
      [
        [queue, params.Q_W],
        [pos, 16],
        [0, cntBits],
        [0, 1],
        [0xdead, 16],
        [head, 16],
      ].reduce((token, [value = 0, bits = 0]) => (token << BigInt(bits)) | BigInt(value), 0n);

    interface Rig {
      readonly memory: ByteMap;
      /** Records per slot. */
      readonly records: Map<number, ChainRecord[]>;
      /** A read of these bytes fails. */
      isError: (addr: bigint, lenBytes: number) => boolean;
      isKilled: boolean;
      start(chain: Chain): void;
      isDone(chain: Chain): boolean;
      stop(): void;
    }

    /** Plays vnet_desc_issue without a cache, and the slots. */
    const open = (bench: ModuleBench, pause: Pause = PAUSES.never): Rig => {
      const memory = new ByteMap();
      const records = new Map<number, ChainRecord[]>();
      const done = new Set<number>();
      // Indirect tables by slot: what the table memory holds.
      const tables = new Map<number, { base: bigint; entries: bigint }>();
      const waits = bench.source("s_wait", ["data"], { pause });
      const lines = bench.source("s_line", ["data", "err"], { pause, randomName: "lines" });
      // The block that a chain fills is asked for and answered in one cycle: all chains get the same.
      const spare = bench.random.below(1 << params.SLOT_W);
      bench.drive({ last_block: spare });
      const rig: Rig = {
        memory,
        records,
        isError: () => false,
        isKilled: false,
        start(chain) {
          const slot = slotOf(chain);
          records.set(slot, []);
          done.delete(slot);
          issue(headToken(chain), slot);
        },
        isDone: (chain) => done.has(slotOf(chain)),
        stop() {
          stop();
          waits.stop();
          lines.stop();
          bench.drive({ s_wait_valid: 0, s_line_valid: 0 });
        },
      };
      const issue = (token: bigint, slot: number): void => {
        const isIndirect = ((token >> 32n) & 1n) === 1n;
        const base = isIndirect ? (tables.get(slot)?.base ?? 0n) : TABLE;
        const addr = BigInt.asUintN(64, base + 16n * (token & 0xffffn));
        const low = addr & 63n;
        const isUnaligned = low % 16n !== 0n;
        const isStraddling = isUnaligned && Number(addr % BigInt(lineBytes)) + 16 > lineBytes;
        const line = BigInt(bench.random.below(params.LINES));
        const flags = (rig.isKilled ? 8n : 0n) | (isUnaligned ? 2n : 0n) | (isStraddling ? 1n : 0n);
        const linesBits = BigInt(Math.log2(params.LINES));
        waits.sendNow({ data: (((((flags << linesBits) | line) << 6n) | low) << tokenBits) | token });
        if (rig.isKilled) return;
        const first = addr - (addr % BigInt(lineBytes));
        for (let i = 0; i < (isStraddling ? 2 : 1); i++) {
          const at = first + BigInt(i * lineBytes);
          lines.sendNow({ data: bytesToBigInt(memory.read(at, lineBytes)), err: rig.isError(at, lineBytes) ? 1n : 0n });
        }
      };
      const high = (name: string): boolean => bench.signal(name).isHigh;
      const stop = eachCycle(bench.simulator, () => {
        if (high("rec_wr")) {
          const recSlot = bench.signal("rec_slot").number;
          const list = records.get(recSlot);
          if (list === undefined) throw new Error(`record of slot ${recSlot}, which has no chain`);
          const count = list.length;
          const data = bench.signal("rec_data").value;
          // addr[64] len[20] zero last err[5] ndesc[16]
          const take = (from: number, bits: number): number => Number((data >> BigInt(from)) & ((1n << BigInt(bits)) - 1n));
          const isLast = take(21, 1) === 1;
          const err = take(16, 5);
          list.push({
            addr: err === 0 && !rig.isKilled ? data >> 43n : undefined,
            len: take(23, LEN_BITS),
            last: isLast,
            zero: take(22, 1) === 1,
            err,
            ndesc: isLast ? take(0, 16) : undefined,
          });
          const isOwnBlock = count < K;
          const block = isOwnBlock ? recSlot : (1 << params.SLOT_W) + spare;
          expect(bench.signal("rec_block").number, "block").to.equal(block);
          expect(bench.signal("rec_k").number).to.equal(count % K);
          expect(high("rec_done")).to.equal(isLast || count % K === K - 1);
          if (high("rec_done")) {
            expect(high("rec_end")).to.equal(isLast);
            expect(bench.signal("rec_blocks").number).to.equal((count >> kBits) + 1);
          }
          if (isLast) {
            expect(high("state_wr"), "a token after the end").to.equal(false);
            done.add(recSlot);
          }
        }
        if (high("state_wr")) {
          const token = bench.signal("state_wr_token").value;
          const writeSlot = bench.signal("state_wr_slot").number;
          const count = records.get(writeSlot)?.length ?? 0;
          const isFull = !high("table_wr") && count % K === 0;
          expect(high("cont_wr"), "goes on at once unless the block is full").to.equal(!isFull);
          if (high("table_wr")) {
            const table = bench.signal("table_wr_data").value;
            tables.set(writeSlot, { base: table >> 16n, entries: table & 0xffffn });
          }
          const { entries } = tables.get(writeSlot) ?? { entries: 0n };
          issue(((((token >> 16n) << 16n) | entries) << 16n) | (token & 0xffffn), writeSlot);
        }
      });
      return rig;
    };
    const put = (rig: Rig, index: number, flags: number, next = 0, len = 100): void => {
      writeDescriptor(rig.memory, TABLE, index, { addr: BigInt(4096 + index), len, flags, next });
    };

    /** Walks these chains at once and compares their records with the model. */
    const check = async (
      bench: ModuleBench,
      rig: Rig,
      chains: readonly Chain[],
      { isIndirectAllowed = true, sizeLog2 = SIZE_LOG2 } = {},
    ): Promise<void> => {
      for (const chain of chains) rig.start(chain);
      await waitUntil(bench, () => chains.every((chain) => rig.isDone(chain)), 4000, "the ends of the chains");
      for (const chain of chains) {
        const rules = {
          memory: rig.memory,
          table: TABLE,
          size: 1 << sizeLog2,
          chainMax: params.CHAIN_MAX,
          isDeviceWritable: params.DIR_WRITE === 1,
          isIndirectAllowed,
          lenBits: LEN_BITS,
          isError: (addr: bigint, lenBytes: number): boolean => {
            for (let i = 0n; i < BigInt(lenBytes); i++) {
              const at = addr + i - ((addr + i) % BigInt(lineBytes));
              if (rig.isError(at, lineBytes)) return true;
            }
            return false;
          },
        };
        expect(rig.records.get(slotOf(chain)), `head ${chain.head}`).to.deep.equal(walkChain(rules, chain.head));
      }
    };

    const prepare = async (
      bench: ModuleBench,
      { isIndirectAllowed = true, sizeLog2 = SIZE_LOG2 } = {},
    ): Promise<void> => {
      for (let queue = 0; queue < NQ; queue++) {
        bench.drive({ ctx_wr: 1, ctx_queue: queue, ctx_size_log2: sizeLog2 });
        await bench.cycles();
      }
      bench.drive({ ctx_wr: 0, cfg_indirect: isIndirectAllowed ? 1 : 0, cfg_stop: 0 });
      await bench.cycles();
    };

    test("smoke: one descriptor, 3 cycles from line to record", async (bench) => {
      await prepare(bench);
      const rig = open(bench);
      put(rig, 3, good);
      await check(bench, rig, [{ queue: 0, pos: 0, head: 3 }]);
    });

    test("chains inside a line and over lines, block borders included", async (bench) => {
      await prepare(bench);
      const rig = open(bench);
      for (let i = 0; i < 16; i++) put(rig, i, good | NEXT, (i + 1) % 16, i * 7000);
      for (let last = 0; last < 9; last++) {
        put(rig, last, good);
        await check(bench, rig, [{ queue: 0, pos: last, head: 0 }]);
        put(rig, last, good | NEXT, last + 1);
      }
    });

    test("every bit of a length counts", async (bench) => {
      await prepare(bench);
      const rig = open(bench);
      for (let bit = 0; bit < 32; bit++) {
        put(rig, 7, good, 0, 2 ** bit);
        await check(bench, rig, [{ queue: 0, pos: bit, head: 7 }]);
      }
    });

    test("no chain is longer than its queue", async (bench) => {
      for (let sizeLog2 = 0; sizeLog2 <= 9; sizeLog2++) {
        await prepare(bench, { sizeLog2 });
        const rig = open(bench);
        put(rig, 0, good | NEXT, 0);
        await check(bench, rig, [{ queue: 1 % NQ, pos: sizeLog2, head: 0 }], { sizeLog2 });
        rig.stop();
      }
    });

    test("errors by rule, also in the middle of a line", async (bench) => {
      await prepare(bench);
      const rig = open(bench);
      const cases = [
        [CODE.direction, good ^ WRITE, 0, 10],
        [CODE.nextRange, good | NEXT, 16, 10],
        [CODE.nextRange, good | NEXT, 65535, 10],
        [CODE.indirectFlag, INDIRECT | NEXT, 1, 16],
        [CODE.indirectLen, INDIRECT, 1, 0],
        [CODE.indirectLen, INDIRECT, 1, 20],
        [CODE.indirectLen, INDIRECT, 1, 17 * 16],
        [CODE.chainLong, good | NEXT, 0, 10],
      ] as const;
      for (const [code, flags, next, len] of cases) {
        for (const place of [0, 1, 5]) {
          for (let i = 0; i < place; i++) put(rig, i, good | NEXT, i + 1);
          put(rig, place, flags, next, len);
          const chain = { queue: NQ - 1, pos: place, head: 0 };
          await check(bench, rig, [chain]);
          const isOrder = code === CODE.direction && params.DIR_WRITE === 1 && place > 0;
          // A chain that may not be longer than one element ends before.
          if (params.CHAIN_MAX > 5) {
            expect(rig.records.get(slotOf(chain))?.at(-1)?.err).to.equal(isOrder ? CODE.order : code);
          }
        }
      }
    });

    test("indirect tables at every alignment", async (bench) => {
      await prepare(bench);
      const rig = open(bench);
      for (let offset = 0n; offset < 64n; offset++) {
        const inner = 0x9000_0000n + 0x1000n * offset + offset;
        for (let i = 0; i < 6; i++) {
          const flags = i === 5 ? good : good | NEXT;
          writeDescriptor(rig.memory, inner, i, { addr: bench.random.bits(64), len: i, flags, next: i + 1 });
        }
        writeDescriptor(rig.memory, TABLE, 2, { addr: inner, len: 96, flags: INDIRECT, next: 0 });
        await check(bench, rig, [{ queue: 0, pos: Number(offset), head: 2 }]);
      }
    });

    test("a hit takes its line from the cache, and a line from memory goes there", async (bench) => {
      await prepare(bench);
      const rig = open(bench);
      rig.stop();
      put(rig, 0, good, 0, 77);
      const bits = bytesToBigInt(rig.memory.read(TABLE, lineBytes));
      const cacheBits = 6 + Math.log2(params.LINES);
      const hit = (1n << (tokenBits + BigInt(cacheBits + 2))) | headToken({ queue: 0, pos: 0, head: 0 });
      for (let i = 0; i < 8; i++) {
        const [addr, len] = [bench.random.bits(64), bench.random.below(2 ** 20)];
        const line = descriptorBits({ addr, len, flags: good, next: bench.random.below(65536) });
        bench.drive({ s_wait_valid: 1, s_wait_data: hit, cache_rd_data: line, s_line_valid: 0 });
        await bench.cycles();
        expect(bench.signal("s_wait_ready").isHigh).to.equal(true);
        bench.drive({ s_wait_valid: 0, cache_rd_data: 0 });
        await waitUntil(bench, () => bench.signal("rec_wr").isHigh, 8, "the record");
        expect(bench.signal("rec_data").value >> 23n).to.equal((addr << 20n) | BigInt(len));
        await bench.cycles(2);
      }
      const miss = (2n << (tokenBits + 6n)) | headToken({ queue: 0, pos: 0, head: 0 });
      bench.drive({ s_wait_valid: 1, s_wait_data: miss, s_line_valid: 1, s_line_data: bits, s_line_err: 1 });
      await bench.cycles();
      expect(bench.signal("cache_wr").isHigh).to.equal(true);
      expect(bench.signal("cache_index").number).to.equal(2);
      expect(bench.signal("cache_wr_data").value).to.equal(bits | (1n << BigInt(8 * lineBytes)));
    });

    test("a token that was killed takes no line of another one, whatever its alignment", async (bench) => {
      await prepare(bench);
      const token = headToken({ queue: 0, pos: 0, head: 0 });
      const flags = tokenBits + BigInt(6 + Math.log2(params.LINES));
      const killed = (0b1010n << flags) | (5n << tokenBits) | token;
      const line = descriptorBits({ addr: 0x1234n, len: 99, flags: good, next: 0 });
      bench.drive({ s_wait_valid: 1, s_wait_data: killed, s_line_valid: 1, s_line_data: line });
      await bench.cycles();
      expect(bench.signal("s_wait_ready").isHigh).to.equal(true);
      expect(bench.signal("s_line_ready").isHigh).to.equal(false);
      bench.drive({ s_wait_data: token });
      await bench.cycles();
      expect(bench.signal("s_wait_ready").isHigh).to.equal(true);
      expect(bench.signal("s_line_ready").isHigh).to.equal(true);
      bench.drive({ s_wait_valid: 0, s_line_valid: 0 });
      const lengths: bigint[] = [];
      for (let i = 0; i < 8; i++) {
        if (bench.signal("rec_wr").isHigh) lengths.push((bench.signal("rec_data").value >> 23n) & 0xfffffn);
        await bench.cycles();
      }
      expect(lengths).to.deep.equal([0n, 99n]);
    });

    test("a token that was killed ends without a line; so does one of a stopped queue", async (bench) => {
      await prepare(bench);
      const rig = open(bench);
      rig.isKilled = true;
      const empty = { addr: undefined, len: 0, last: true, zero: false, err: 0, ndesc: 1 };
      rig.start({ queue: 0, pos: 1, head: 0 });
      await waitUntil(bench, () => rig.isDone({ queue: 0, pos: 1, head: 0 }), 20, "the killed chain");
      expect(rig.records.get(1)).to.deep.equal([empty]);
      rig.stop();
      await bench.cycles();
      const next = open(bench);
      put(next, 0, good | NEXT, 0);
      bench.drive({ cfg_stop: 1 });
      next.start({ queue: 0, pos: 1, head: 0 });
      await waitUntil(bench, () => next.isDone({ queue: 0, pos: 1, head: 0 }), 20, "the stopped chain");
      expect(next.records.get(1)?.at(-1)).to.include({ len: 0, last: true, err: 0 });
    });

    test("reset in the middle", async (bench) => {
      await prepare(bench);
      const rig = open(bench);
      for (let i = 0; i < 16; i++) put(rig, i, good | NEXT, (i + 1) % 16);
      rig.start({ queue: 0, pos: 0, head: 0 });
      await bench.cycles(7);
      rig.stop();
      await bench.reset(1);
      const next = open(bench);
      put(next, 0, good);
      await check(bench, next, [{ queue: 0, pos: 0, head: 0 }]);
    });

    test("property: the records of any table are those of the reference walk", async (bench) => {
      const run = fc.record({
        faults: fc.constantFrom(0, 0.05, 0.3),
        nextChance: fc.constantFrom(0.4, 0.9),
        isUnaligned: fc.boolean(),
        isIndirectAllowed: fc.boolean(),
        errorEvery: fc.constantFrom(0n, 5n),
        heads: fc.array(fc.nat({ max: 15 }), { minLength: 1, maxLength: slotsOfQueue }),
        pause: fc.constantFrom<Pause>(PAUSES.never, PAUSES.half),
      });
      await bench.property(run, async (options) => {
        await prepare(bench, options);
        const rig = open(bench, options.pause);
        rig.isError = (addr) => options.errorEvery !== 0n && (addr / BigInt(lineBytes)) % options.errorEvery === 2n;
        fillTable(rig.memory, bench.random, {
          table: TABLE,
          entries: 1 << SIZE_LOG2,
          isDeviceWritable: params.DIR_WRITE === 1,
          indirect: { base: 0x2000_0000n, maxEntries: 12, isUnaligned: options.isUnaligned },
          faults: options.faults,
          nextChance: options.nextChance,
        });
        const chains = options.heads.map((head, pos) => ({ queue: pos % NQ, pos, head }));
        await check(bench, rig, chains, options);
        rig.stop();
        await bench.reset(1);
      });
    });
  },
);
