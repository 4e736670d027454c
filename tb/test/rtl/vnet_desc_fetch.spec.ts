import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES } from "../../src/core/index.ts";
import { ByteMap, eachCycle, ReadResponder, type ResponderOptions } from "../support/clients.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import {
  ChainConsumer,
  CODE,
  fillTable,
  INDIRECT,
  NEXT,
  type TakenChain,
  walkChain,
  WRITE,
  writeDescriptor,
} from "../support/ring-model.ts";
import { waitUntil } from "../support/wait.ts";

describeModule(
  "vnet_desc_fetch",
  {
    params: [
      { DATA_W: 64, NQ: 2, Q_W: 1, SLOTS: 16, K: 2, LINES: 8, CHAIN_MAX: 12, RD_OUTSTANDING: 8, DIR_WRITE: 1 },
      { DATA_W: 512, NQ: 2, Q_W: 1, SLOTS: 128, K: 4, LINES: 16, CHAIN_MAX: 256, RD_OUTSTANDING: 64, DIR_WRITE: 0 },
    ],
    fullParams: [
      { DATA_W: 128, NQ: 1, Q_W: 1, SLOTS: 4, K: 4, LINES: 4, CHAIN_MAX: 16, RD_OUTSTANDING: 4, DIR_WRITE: 0 },
      { DATA_W: 256, NQ: 4, Q_W: 2, SLOTS: 64, K: 2, LINES: 64, CHAIN_MAX: 32768, RD_OUTSTANDING: 16, DIR_WRITE: 1 },
    ],
  },
  ({ params, test }) => {
    const { NQ } = params;
    const busBytes = BigInt(params.DATA_W / 8);
    const slotsOfQueue = 2 ** Math.floor(Math.log2(params.SLOTS / NQ));
    const good = params.DIR_WRITE === 1 ? WRITE : 0;
    const lenBits = 20;

    const table = (queue: number): bigint => 0x40_0000_0000n * BigInt(queue + 1) + 0x7f0n;
    const indirectBase = (queue: number): bigint => table(queue) + 0x10_0000n;

    interface Head {
      readonly queue: number;
      readonly head: number;
    }

    /** The module with a memory, a consumer, and a feeder that keeps to the number of slots. */
    interface Rig {
      readonly memory: ByteMap;
      readonly responder: ReadResponder;
      readonly consumer: ChainConsumer;
      readonly slotsInUse: number[];
      /** Gives heads; the position goes on from the last one of the queue. */
      give(...heads: readonly Head[]): void;
      /** Compares the chains that came since the last check with the walk of the model. */
      check(count: number, limit?: number): Promise<readonly TakenChain[]>;
      /** The positions of all queues begin at this number. */
      startAt(pos: number): void;
      stop(): void;
    }

    const open = async (
      bench: ModuleBench,
      options: ResponderOptions & {
        readonly sizeLog2?: number;
        readonly isIndirectAllowed?: boolean;
        readonly idle?: Pause;
        readonly takePause?: Pause;
        readonly recPause?: Pause;
      } = {},
    ): Promise<Rig> => {
      const memory = new ByteMap();
      const sizeLog2 = options.sizeLog2 ?? 4;
      const isIndirectAllowed = options.isIndirectAllowed ?? true;
      for (let queue = 0; queue < NQ; queue++) {
        bench.drive({ ctx_wr: 1, ctx_queue: queue, ctx_desc_addr: table(queue), ctx_size_log2: sizeLog2 });
        await bench.cycles();
      }
      bench.drive({ ctx_wr: 0, cfg_indirect: isIndirectAllowed ? 1 : 0 });
      await bench.cycles();
      const responder = new ReadResponder(bench, "m_req", "s_rsp", memory, options);
      const source = bench.source("s_head", ["queue", "pos", "head"], { pause: options.idle ?? PAUSES.never });
      const consumer = new ChainConsumer(bench, NQ, options);
      const indices = Array.from({ length: NQ }, (_, queue) => queue);
      const waiting: Head[][] = indices.map(() => []);
      const expected: number[][] = indices.map(() => []);
      const positions = indices.map(() => 0);
      const slotsInUse = indices.map(() => 0);
      const checked = { count: 0 };
      const freeValid = bench.signal("slot_free_valid");
      const freeQueue = bench.signal("slot_free_queue");
      const isError = (addr: bigint, lenBytes: number): boolean => {
        let word = addr - (addr % busBytes);
        for (; word < addr + BigInt(lenBytes); word += busBytes) if (responder.isError(word)) return true;
        return false;
      };
      let turn = 0;
      const stopFeeder = eachCycle(bench.simulator, () => {
        if (freeValid.isHigh) {
          const queue = freeQueue.number;
          slotsInUse[queue] = (slotsInUse[queue] ?? 0) - 1;
          expect(slotsInUse[queue], "a slot that was not in use became free").to.be.at.least(0);
        }
        // Queues in turn.
        let passed = 0;
        while (passed < NQ && source.pending < 4) {
            const queue = turn;
            turn = (turn + 1) % NQ;
            passed++;
            const inUse = slotsInUse[queue] ?? 0;
            const next = inUse < slotsOfQueue ? waiting[queue]?.shift() : undefined;
            if (next === undefined) continue;
            slotsInUse[queue] = inUse + 1;
            const pos = positions[queue] ?? 0;
            positions[queue] = (pos + 1) % 65536;
            source.sendNow({ queue: BigInt(queue), pos: BigInt(pos), head: BigInt(next.head) });
            passed = 0;
        }
      });
      const show = (): void => {
        const known = indices.reduce((all, queue) => {
          const value = ((positions[queue] ?? 0) + (waiting[queue]?.length ?? 0)) % 65536;
          return all | (BigInt(value) << BigInt(16 * queue));
        }, 0n);
        bench.drive({ sts_known: known });
      };
      return {
        memory,
        responder,
        consumer,
        slotsInUse,
        give(...heads) {
          for (const head of heads) {
            waiting[head.queue]?.push(head);
            expected[head.queue]?.push(head.head);
          }
          show();
        },
        startAt(pos) {
          positions.fill(pos);
          show();
        },
        async check(count, limit = 3000 + 200 * count) {
          await consumer.reached(bench, checked.count + count, limit);
          await bench.cycles(8);
          const chains = consumer.chains.slice(checked.count);
          expect(chains.length).to.equal(count);
          checked.count += count;
          for (const chain of chains) {
            const head = expected[chain.queue]?.shift() ?? -1;
            expect(chain.head, "chains of a queue come in ring order").to.equal(head);
            const rules = {
              memory,
              table: table(chain.queue) & ~15n,
              size: 1 << sizeLog2,
              chainMax: params.CHAIN_MAX,
              isDeviceWritable: params.DIR_WRITE === 1,
              isIndirectAllowed,
              lenBits,
              isError,
            };
            expect(chain.records, `queue ${chain.queue} head ${head}`).to.deep.equal(walkChain(rules, head));
          }
          return chains;
        },
        stop() {
          stopFeeder();
          source.stop();
          consumer.stop();
          responder.stop();
          bench.drive({ s_head_valid: 0, s_rsp_valid: 0, cfg_stop: 0 });
        },
      };
    };

    const put = (rig: Rig, queue: number, index: number, flags: number, next = 0, len = 100): void => {
      writeDescriptor(rig.memory, table(queue) & ~15n, index, { addr: BigInt(4096 + index), len, flags, next });
    };

    const anyHeads = (bench: ModuleBench, count: number, size: number): Head[] =>
      Array.from({ length: count }, () => ({ queue: bench.random.below(NQ), head: bench.random.below(size) }));

    test("smoke: a chain of three", async (bench) => {
      const rig = await open(bench);
      put(rig, 0, 5, good | NEXT, 9);
      put(rig, 0, 9, good | NEXT, 2, 0);
      put(rig, 0, 2, good, 7);
      rig.give({ queue: 0, head: 5 });
      const [chain] = await rig.check(1);
      expect(chain?.records.map(({ addr }) => Number(addr) - 4096)).to.deep.equal([5, 9, 2]);
      expect(rig.slotsInUse[0]).to.equal(0);
    });

    test("a chain of one descriptor: 17 cycles and the memory's to chain_ready", async (bench) => {
      const rig = await open(bench, { latency: [20, 20] });
      rig.consumer.isTaking = false;
      put(rig, 0, 1, good);
      // After a reset heads wait until the notes of all slots are cleared.
      await bench.cycles(params.SLOTS);
      rig.give({ queue: 0, head: 1 });
      const start = bench.cycle;
      await waitUntil(bench, () => bench.signal("m_chain_ready").number === 1, 100, "chain_ready");
      expect(bench.cycle - start).to.be.at.most(17 + 20 + 4);
      rig.consumer.isTaking = true;
      await rig.check(1);
    });

    test("errors: every code ends the chain with a record of length 0", async (bench) => {
      const rig = await open(bench);
      const indirect = indirectBase(0);
      const table0 = table(0) & ~15n;
      const inner = (index: number, flags: number): void => {
        writeDescriptor(rig.memory, indirect, index, { addr: 1n, len: 1, flags, next: 1 });
      };
      const cases: (readonly [code: number, () => void])[] = [
        [CODE.chainLong, () => { put(rig, 0, 0, good | NEXT, 0); }],
        [CODE.nextRange, () => { put(rig, 0, 0, good | NEXT, 16); }],
        [CODE.direction, () => { put(rig, 0, 0, good ^ WRITE, 1); }],
        [CODE.indirectFlag, () => { put(rig, 0, 0, INDIRECT | NEXT, 1, 32); }],
        [CODE.indirectLen, () => { put(rig, 0, 0, INDIRECT, 1, 0); }],
        [CODE.indirectLen, () => { put(rig, 0, 0, INDIRECT, 1, 24); }],
        [CODE.indirectLen, () => { put(rig, 0, 0, INDIRECT, 1, 17 * 16); }],
        [
          CODE.indirectNested,
          () => {
            writeDescriptor(rig.memory, table0, 0, { addr: indirect, len: 32, flags: INDIRECT, next: 0 });
            inner(0, good | NEXT);
            inner(1, INDIRECT);
          },
        ],
        [CODE.nextRange, () => { inner(0, good | NEXT); writeDescriptor(rig.memory, indirect, 0, { addr: 1n, len: 1, flags: good | NEXT, next: 2 }); }],
        [
          params.DIR_WRITE === 1 ? CODE.order : CODE.direction,
          () => {
            put(rig, 0, 0, good | NEXT, 1);
            put(rig, 0, 1, good ^ WRITE);
          },
        ],
      ];
      for (const [code, prepare] of cases) {
        prepare();
        rig.give({ queue: 0, head: 0 });
        const [chain] = await rig.check(1);
        expect(chain?.records.at(-1)?.err).to.equal(code);
      }
    });

    test("error 5: indirect without the feature", async (bench) => {
      const rig = await open(bench, { isIndirectAllowed: false });
      put(rig, 0, 3, INDIRECT, 0, 16);
      rig.give({ queue: 0, head: 3 });
      const [chain] = await rig.check(1);
      expect(chain?.records.at(-1)?.err).to.equal(CODE.indirectFlag);
    });

    test("error 12: a failed read ends its chain, and the line is asked again for the next one", async (bench) => {
      const rig = await open(bench, { isError: () => true });
      put(rig, 0, 1, good);
      rig.give({ queue: 0, head: 1 });
      const [chain] = await rig.check(1);
      expect(chain?.records.at(-1)?.err).to.equal(CODE.axiDesc);
      rig.responder.isError = () => false;
      rig.give({ queue: 0, head: 1 });
      await rig.check(1);
    });

    test("a descriptor that was rewritten is read again, whatever is in the cache", async (bench) => {
      const rig = await open(bench);
      for (let i = 0; i < 10; i++) {
        put(rig, 0, 4, good, 0, 10 + i);
        rig.give({ queue: 0, head: 4 });
        await rig.check(1);
      }
    });

    test("a queue that starts again reads everything again", async (bench) => {
      for (let queue = 0; queue < NQ; queue++) {
        const rig = await open(bench);
        // Line 3 of the table is requested when many chains are known, so that its stamp is ahead of the next life.
        for (let i = 0; i < 8; i++) put(rig, queue, i, good, 0, 50);
        rig.give(...Array.from({ length: 8 }, (_, i) => ({ queue, head: 7 - i })));
        await rig.check(8);
        bench.drive({ cfg_stop: 1 << queue });
        await bench.cycles(10);
        bench.drive({ cfg_stop: 0 });
        await bench.cycles(4);
        rig.startAt(0);
        for (let i = 0; i < 8; i++) {
          put(rig, queue, i, good, 0, 60 + i);
          rig.give({ queue, head: i });
          await rig.check(1);
        }
        rig.stop();
        await bench.reset(1);
      }
    });

    test("indirect tables whose addresses differ in one bit", async (bench) => {
      const rig = await open(bench, { sizeLog2: 6 });
      const base = bench.random.bits(64) & ~0xfffn;
      for (let queue = 0; queue < NQ; queue++) {
        for (let bit = 4; bit < 64; bit++) {
          const place = base ^ (1n << BigInt(bit));
          writeDescriptor(rig.memory, table(queue) & ~15n, bit, { addr: place, len: 16, flags: INDIRECT, next: 0 });
          writeDescriptor(rig.memory, place, 0, { addr: BigInt(bit), len: bit, flags: good, next: 0 });
        }
      }
      const bits = Array.from({ length: 60 }, (_, i) => 4 + i);
      const heads = bits.flatMap((bit) => bits.slice(0, 2).map((first) => [first, bit])).flat();
      rig.give(...heads.map((head, i) => ({ queue: i % NQ, head })));
      await rig.check(heads.length);
    });

    test("the largest queue: every bit of the number of a descriptor counts, first or next", async (bench) => {
      const rig = await open(bench, { sizeLog2: 15 });
      const heads: Head[] = [];
      for (let queue = 0; queue < NQ; queue++) {
        const base = bench.random.below(32768);
        put(rig, queue, base, good, 0, 300);
        for (let bit = 0; bit < 15; bit++) {
          put(rig, queue, base ^ (1 << bit), good | NEXT, base, 200 + bit);
          heads.push({ queue, head: base ^ (1 << bit) });
        }
      }
      rig.give(...heads);
      await rig.check(heads.length);
    });

    test("the position wraps, and stamps stay clear", async (bench) => {
      const rig = await open(bench);
      const powers = Array.from({ length: 11 }, (_, i) => 8 << i);
      for (const start of [...powers, 16380, 32764, 65532]) {
        rig.startAt(start);
        for (let i = 0; i < 8; i++) {
          // The line was requested just before this chain became known.
          const head = i >> 2;
          put(rig, 0, head, good, 0, start + i);
          rig.give({ queue: 0, head });
          await rig.check(1);
        }
      }
    });

    test("a queue whose chains are not taken stops no other one", async (bench) => {
      if (NQ < 2) return;
      const rig = await open(bench);
      for (let i = 0; i < 16; i++) {
        put(rig, 0, i, good | NEXT, (i + 1) % 16);
        put(rig, 1, i, good);
      }
      rig.consumer.stop();
      rig.give(...Array.from({ length: slotsOfQueue }, (_, i) => ({ queue: 0, head: i % 16 })));
      await bench.cycles(400);
      rig.give({ queue: 1, head: 3 });
      await waitUntil(bench, () => (bench.signal("m_chain_ready").number & 2) !== 0, 400, "queue 1");
    });

    test("a chain is offered when all of it is known", async (bench) => {
      const rig = await open(bench, { latency: [40, 40] });
      rig.consumer.isTaking = false;
      const places = Array.from({ length: 8 }, (_, i) => (5 * i) % 16);
      for (const [i, place] of places.entries()) put(rig, 0, place, i < 7 ? good | NEXT : good, places[i + 1]);
      rig.give({ queue: 0, head: 0 });
      await waitUntil(bench, () => bench.signal("m_chain_ready").number === 1, 1000, "chain_ready");
      const lineBytes = busBytes < 16n ? 16n : busBytes;
      const lines = new Set(places.map((place) => ((table(0) & ~15n) + 16n * BigInt(place)) / lineBytes));
      expect(rig.responder.requests.length).to.equal(lines.size);
      rig.consumer.isTaking = true;
      await rig.check(1);
    });

    test("long chains in all slots share the spare blocks without a lock", async (bench) => {
      const rig = await open(bench, { latency: [2, 20] });
      for (let queue = 0; queue < NQ; queue++) {
        for (let i = 0; i < 16; i++) put(rig, queue, i, good | (i % 16 === 11 ? 0 : NEXT), (i + 1) % 16);
      }
      const heads = Array.from({ length: 3 * slotsOfQueue }, (_, i) => ({ queue: i % NQ, head: i % 3 }));
      rig.give(...heads);
      await rig.check(heads.length, 30_000);
    });

    test("throughput: short chains at one descriptor per cycle, from the cache", async (bench) => {
      if (params.DATA_W < 512) return;
      const rig = await open(bench, { latency: [10, 10] });
      for (let queue = 0; queue < NQ; queue++) for (let i = 0; i < 16; i++) put(rig, queue, i, good);
      const heads = Array.from({ length: 400 }, (_, i) => ({ queue: i % NQ, head: (i >> 1) % 16 }));
      rig.give(...heads);
      const chains = await rig.check(400);
      expect((chains.at(-1)?.cycle ?? 0) - (chains[0]?.cycle ?? 0)).to.be.at.most(440);
    });

    test("a stopped queue: its chains end without bytes and errors, the slots come back", async (bench) => {
      const rig = await open(bench, { latency: [30, 60] });
      for (let i = 0; i < 16; i++) put(rig, 0, i, good | NEXT, (i + 3) % 16);
      rig.give(...Array.from({ length: slotsOfQueue }, (_, i) => ({ queue: 0, head: i % 16 })));
      await bench.cycles(50);
      bench.drive({ cfg_stop: 1 });
      await rig.consumer.reached(bench, slotsOfQueue, 3000);
      await waitUntil(bench, () => rig.slotsInUse[0] === 0, 20, "the slots");
      for (const { records } of rig.consumer.chains) {
        expect(records.at(-1)).to.include({ last: true, len: 0, err: 0 });
      }
      rig.stop();
      await bench.cycles(70);
      const next = await open(bench);
      put(next, 0, 7, good);
      next.give({ queue: 0, head: 7 });
      await next.check(1);
    });

    test("reset in the middle", async (bench) => {
      const rig = await open(bench, { latency: [10, 40] });
      for (let i = 0; i < 16; i++) put(rig, 0, i, good | NEXT, (i + 1) % 16);
      rig.give(...Array.from({ length: slotsOfQueue }, () => ({ queue: 0, head: 0 })));
      await bench.cycles(60);
      rig.stop();
      await bench.reset(2);
      const next = await open(bench);
      put(next, 0, 7, good);
      next.give({ queue: 0, head: 7 });
      await next.check(1);
    });

    test("sweep: sizes x idle x back-pressure x memory", async (bench) => {
      for (const sizeLog2 of [0, 3, 6]) {
        for (const [idle, recPause, pause] of [
          [PAUSES.never, PAUSES.mostly, PAUSES.never],
          [PAUSES.bursty, PAUSES.half, PAUSES.half],
          [PAUSES.half, PAUSES.never, PAUSES.bursty],
        ] as const) {
          const rig = await open(bench, { sizeLog2, idle, recPause, pause, dataPause: pause, latency: [1, 50] });
          for (let queue = 0; queue < NQ; queue++) {
            fillTable(rig.memory, bench.random, {
              table: table(queue) & ~15n,
              entries: 1 << sizeLog2,
              isDeviceWritable: params.DIR_WRITE === 1,
              indirect: { base: indirectBase(queue), maxEntries: 1 << sizeLog2, isUnaligned: true },
              faults: 0.02,
            });
          }
          rig.give(...anyHeads(bench, 30, 1 << sizeLog2));
          await rig.check(30, 20_000);
          rig.stop();
          await bench.reset(1);
        }
      }
    });

    test("property: the records of any table are those of the reference walk", async (bench) => {
      const run = fc.record({
        sizeLog2: fc.integer({ min: 1, max: 5 }),
        faults: fc.constantFrom(0, 0.05, 0.3),
        nextChance: fc.constantFrom(0.3, 0.7, 0.97),
        isUnaligned: fc.boolean(),
        errorEvery: fc.constantFrom(0n, 7n, 40n),
        latency: fc.constantFrom([1, 1], [1, 80]),
        chains: fc.integer({ min: 1, max: 24 }),
        pause: fc.constantFrom<Pause>(PAUSES.never, PAUSES.half),
      });
      await bench.property(
        run,
        async ({ sizeLog2, faults, nextChance, isUnaligned, errorEvery, latency, chains, pause }) => {
          const [least = 1, most = 1] = latency;
          const rig = await open(bench, {
            sizeLog2,
            latency: [least, most],
            pause,
            takePause: pause,
            recPause: pause,
            isError: (addr) => errorEvery !== 0n && (addr / busBytes) % errorEvery === 3n,
          });
          for (let queue = 0; queue < NQ; queue++) {
            fillTable(rig.memory, bench.random, {
              table: table(queue) & ~15n,
              entries: 1 << sizeLog2,
              isDeviceWritable: params.DIR_WRITE === 1,
              indirect: { base: indirectBase(queue), maxEntries: 1 << sizeLog2, isUnaligned },
              faults,
              nextChance,
            });
          }
          rig.give(...anyHeads(bench, chains, 1 << sizeLog2));
          await rig.check(chains, 20_000);
          rig.stop();
          await bench.reset(1);
        },
      );
    });
  },
);
