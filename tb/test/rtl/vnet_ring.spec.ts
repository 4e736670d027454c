import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES } from "../../src/core/index.ts";
import { ByteMap, eachCycle, WriteResponder } from "../support/clients.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { ChainConsumer, CODE, INDIRECT, NEXT, walkChain, WRITE, writeDescriptor } from "../support/ring-model.ts";
import { serveSharedReads, type SharedReadOptions } from "../support/shared-reads.ts";
import { SplitQueue } from "../support/split-queue.ts";
import { waitUntil } from "../support/wait.ts";

describeModule(
  "vnet_ring",
  {
    params: [
      { DATA_W: 64, NQ: 1, SLOTS: 8, K: 2, LINES: 4, CHAIN_MAX: 16, JOBS: 4, DIR_WRITE: 1 },
      { DATA_W: 512, NQ: 2, SLOTS: 64, K: 4, LINES: 16, CHAIN_MAX: 256, JOBS: 16, DIR_WRITE: 0 },
    ],
    fullParams: [
      { DATA_W: 128, NQ: 4, SLOTS: 16, K: 2, LINES: 16, CHAIN_MAX: 16, JOBS: 16, DIR_WRITE: 0 },
      { DATA_W: 256, NQ: 2, SLOTS: 32, K: 4, LINES: 16, CHAIN_MAX: 16, JOBS: 16, DIR_WRITE: 1 },
    ],
  },
  ({ params, test }) => {
    const { NQ } = params;
    const all = (1 << NQ) - 1;
    const good = params.DIR_WRITE === 1 ? WRITE : 0;

    /** A driver with all its queues, the memory, and a consumer that returns every chain. */
    interface Rig {
      readonly queues: readonly SplitQueue[];
      readonly consumer: ChainConsumer;
      readonly interrupts: number[];
      readonly errors: { readonly queue: number; readonly code: number }[];
      /** Completes a chain whatever its records are. */
      readonly swallow: ChainConsumer["onChain"];
      /** Descriptor reads so far. */
      readonly descReads: () => number;
      /** Gives a chain of so many elements if there is room for it; so many times, one right after the other. */
      give(queue: number, elements: number, options?: { readonly isIndirect?: boolean; readonly times?: number }): boolean;
      settle(limit?: number): Promise<void>;
      stop(): void;
    }

    const open = async (
      bench: ModuleBench,
      options: SharedReadOptions & {
        readonly sizeLog2?: number;
        readonly isEventIdx?: boolean;
        readonly isIndirectAllowed?: boolean;
        readonly back?: Pause;
        readonly isWriteError?: (addr: bigint) => boolean;
      } = {},
    ): Promise<Rig> => {
      const memory = new ByteMap();
      const sizeLog2 = options.sizeLog2 ?? 4;
      const isEventIdx = options.isEventIdx ?? true;
      const isIndirectAllowed = options.isIndirectAllowed ?? true;
      const place = (): bigint => bench.random.bits(64) & ~15n;
      const queues = Array.from({ length: NQ }, () => new SplitQueue(memory, place(), sizeLog2));
      for (const [i, queue] of queues.entries()) {
        bench.drive(queue.context(i));
        await bench.cycles();
      }
      bench.drive({ ctx_wr: 0, cfg_event_idx: isEventIdx ? 1 : 0, cfg_indirect: isIndirectAllowed ? 1 : 0, cfg_stop: 0 });
      bench.drive({ cfg_enable: all, cfg_run: all });
      await bench.cycles(2);
      const stopReads = serveSharedReads(bench, ["avail", "desc", "event"], memory, options);
      const writer = new WriteResponder(
        bench,
        { cmd: "m_cmd", dat: "m_dat", done: "s_done" },
        memory,
        {
          ...(options.latency === undefined ? {} : { latency: options.latency }),
          ...(options.pause === undefined ? {} : { pause: options.pause }),
          ...(options.isWriteError === undefined ? {} : { isError: options.isWriteError }),
        },
      );
      const pause = options.back ?? PAUSES.never;
      const consumer = new ChainConsumer(bench, NQ, { takePause: pause, recPause: pause });
      const completions = bench.source("s_cpl", ["queue", "head", "len", "eof", "more"], { pause });
      const free = queues.map(({ size }) => Array.from({ length: size }, (_, i) => i));
      // Descriptors and expected records of the chains that the device has, by head, and how often it has them.
      const chains = queues.map(() => new Map<number, { descriptors: number[]; expected: unknown; times: number }>());
      // Heads and lengths as they were completed.
      const completed = queues.map((): { head: number; len: number }[] => []);
      const seenUsed = queues.map(() => 0);
      const interrupts = queues.map(() => 0);
      const errors: { queue: number; code: number }[] = [];
      const random = bench.random.fork("driver");
      let kicks = 0;
      const complete: ChainConsumer["onChain"] = ({ queue, head }) => {
        const len = random.u32();
        completed[queue]?.push({ head, len });
        completions.sendNow({ queue: BigInt(queue), head: BigInt(head), len: BigInt(len), eof: 1n, more: 0n });
      };
      consumer.onChain = (taken) => {
        const { queue, head, records } = taken;
        const chain = chains[queue]?.get(head);
        expect(records, `queue ${queue} head ${head}`).to.deep.equal(chain?.expected);
        complete(taken);
      };
      const stop = eachCycle(bench.simulator, () => {
        for (const [i, queue] of queues.entries()) {
          // The driver looks at the used ring only when it is told to.
          if (((bench.signal("irq_req").number >>> i) & 1) === 0) continue;
          interrupts[i] = (interrupts[i] ?? 0) + 1;
          const { usedIdx } = queue;
          while (seenUsed[i] !== usedIdx) {
            const position = seenUsed[i] ?? 0;
            const { head } = queue.usedEntry(position);
            expect(queue.usedEntry(position)).to.deep.equal(completed[i]?.shift());
            seenUsed[i] = (position + 1) % 65536;
            const chain = chains[i]?.get(head);
            if (chain === undefined) throw new Error(`queue ${i}: head ${head} came back and is not out`);
            if (--chain.times > 0) continue;
            chains[i]?.delete(head);
            // Used again at once, with other contents.
            free[i]?.unshift(...chain.descriptors);
          }
          if (isEventIdx) queue.suppress(seenUsed[i] ?? 0, true);
        }
        if (bench.signal("qerr_valid").isHigh) {
          errors.push({ queue: bench.signal("qerr_queue").number, code: bench.signal("qerr_code").number });
        }
        bench.drive({ kick: kicks });
        kicks = 0;
      });
      const descRequests = bench.monitor("m_desc_req", ["addr"]);
      let descReads = 0;
      descRequests.listen(() => descReads++);
      let nextTable = place();
      return {
        queues,
        consumer,
        interrupts,
        errors,
        swallow: complete,
        descReads: () => descReads,
        give(queue, elements, { isIndirect = false, times = 1 } = {}) {
          const ring = queues[queue];
          const list = free[queue];
          const count = isIndirect ? 1 : elements;
          if (ring === undefined || list === undefined || list.length < count) return false;
          const descriptors = list.splice(0, count);
          const head = descriptors[0] ?? 0;
          const put = (table: bigint, indices: readonly number[]): void => {
            for (const [i, index] of indices.entries()) {
              const next = indices[i + 1];
              writeDescriptor(memory, table, index, {
                addr: random.bits(64),
                len: random.below(70_000),
                flags: good | (next === undefined ? 0 : NEXT),
                next: next ?? random.below(65536),
              });
            }
          };
          if (isIndirect) {
            put(nextTable, Array.from({ length: elements }, (_, i) => i));
            writeDescriptor(memory, ring.descAddr, head, { addr: nextTable, len: 16 * elements, flags: INDIRECT, next: 0 });
            nextTable += 16n * BigInt(elements);
          } else {
            put(ring.descAddr, descriptors);
          }
          const expected = walkChain(
            {
              memory,
              table: ring.descAddr,
              size: ring.size,
              chainMax: params.CHAIN_MAX,
              isDeviceWritable: params.DIR_WRITE === 1,
              isIndirectAllowed,
              lenBits: 20,
              isError: () => false,
            },
            head,
          );
          chains[queue]?.set(head, { descriptors, expected, times });
          const before = ring.publish(Array.from({ length: times }, () => head));
          if (ring.needsKick(before, isEventIdx)) kicks |= 1 << queue;
          return true;
        },
        async settle(limit = 6000) {
          await waitUntil(bench, () => chains.every(({ size }) => size === 0), limit, "the return of every chain");
        },
        stop() {
          stop();
          stopReads();
          writer.stop();
          consumer.stop();
          completions.stop();
          bench.drive({
            kick: 0,
            s_cpl_valid: 0,
            s_done_valid: 0,
            s_avail_rsp_valid: 0,
            s_desc_rsp_valid: 0,
            s_event_rsp_valid: 0,
          });
        },
      };
    };

    test("smoke: a chain goes out, comes back, and an interrupt follows", async (bench) => {
      const rig = await open(bench);
      expect(rig.give(NQ - 1, 3)).to.equal(true);
      await rig.settle();
      await bench.cycles(100);
      expect(rig.interrupts[NQ - 1]).to.equal(1);
      expect(rig.errors).to.deep.equal([]);
    });

    for (const isEventIdx of [true, false]) {
      test(`many chains with ${isEventIdx ? "the event index" : "flags"}: none gets lost, whenever the driver kicks`, async (bench) => {
        const rig = await open(bench, { isEventIdx, latency: [5, 30] });
        for (let i = 0; i < 150; i++) {
          const queue = bench.random.below(NQ);
          rig.give(queue, bench.random.between(1, 5), { isIndirect: bench.random.chance(0.3) });
          await bench.cycles(bench.random.chance(0.1) ? bench.random.between(1, 400) : bench.random.between(1, 20));
        }
        await rig.settle();
        expect(rig.interrupts.every((count) => count > 0)).to.equal(true);
      });
    }

    test("queue errors of both parts leave by one port", async (bench) => {
      const rig = await open(bench, { isError: (client) => client === "event" });
      rig.give(0, 1);
      await waitUntil(bench, () => rig.errors.length > 0, 600, "the error of the used ring");
      expect(rig.errors).to.deep.equal([{ queue: 0, code: CODE.axiRing }]);
      rig.stop();
      await bench.reset(1);
      const next = await open(bench, { isError: (client) => client === "avail" });
      next.give(0, 1);
      await waitUntil(bench, () => next.errors.length > 0, 600, "the error of the available ring");
      expect(next.errors).to.deep.equal([{ queue: 0, code: CODE.axiRing }]);
    });

    test("a failed write of the event index for kicks is reported once", async (bench) => {
      // avail_event stands behind the used ring.
      const rig: Rig = await open(bench, {
        isWriteError: (addr) => rig.queues.some(({ usedAddr, size }) => addr === usedAddr + 4n + 8n * BigInt(size)),
      });
      rig.give(NQ - 1, 1);
      await waitUntil(bench, () => rig.errors.length > 0, 600, "the error");
      await bench.cycles(200);
      expect(rig.errors).to.deep.equal([{ queue: NQ - 1, code: CODE.axiRing }]);
    });

    test("an indirect table without the feature ends its chain", async (bench) => {
      const rig = await open(bench, { isIndirectAllowed: false });
      for (let queue = 0; queue < NQ; queue++) rig.give(queue, 3, { isIndirect: true });
      await rig.settle();
    });

    test("what is read for a chain serves the next one that was known by then, at any position", async (bench) => {
      const rig = await open(bench);
      for (let pair = 1; pair <= 70; pair++) {
        rig.give(NQ - 1, 1, { times: 2 });
        await rig.settle();
        expect(rig.descReads(), `reads for ${pair} descriptors, each in two chains`).to.equal(pair);
      }
    });

    test("positions over half of their range", async (bench) => {
      const queue = NQ - 1;
      const rig = await open(bench, { sizeLog2: 6 });
      for (let given = 0; given < 32_780; ) {
        if (rig.give(queue, 1)) given++;
        else await bench.cycles(20);
      }
      await rig.settle();
      // The same descriptor again and again, always with other contents.
      for (let i = 0; i < 10; i++) {
        rig.give(queue, 1);
        await rig.settle();
      }
      expect(rig.queues[queue]?.usedIdx).to.equal(32_790);
    });

    test("stop: idle comes when no chain is left, and the queue lives again from 0", async (bench) => {
      for (let queue = 0; queue < NQ; queue++) {
        const rig = await open(bench, { latency: [20, 50] });
        rig.consumer.isTaking = false;
        for (let i = 0; i < 4; i++) rig.give(queue, 3);
        await waitUntil(bench, () => bench.signal("m_chain_ready").number === 1 << queue, 1000, "a chain");
        bench.drive({ cfg_stop: all });
        await bench.cycles(200);
        expect(bench.signal("sts_idle").number, "a chain is in its slot").to.equal(all & ~(1 << queue));
        // Chains that were taken run through without bytes, and are swallowed.
        rig.consumer.onChain = rig.swallow;
        rig.consumer.isTaking = true;
        await waitUntil(bench, () => bench.signal("sts_idle").number === all, 2000, "idle");
        const usedIdx = rig.queues[queue]?.usedIdx;
        await bench.cycles(100);
        expect(bench.signal("sts_idle").number).to.equal(all);
        expect(rig.queues[queue]?.usedIdx).to.equal(usedIdx);
        rig.stop();
        bench.drive({ cfg_enable: 0, cfg_run: 0 });
        await bench.cycles(5);
        const next = await open(bench);
        next.give(queue, 2);
        await next.settle();
        expect(next.queues[queue]?.usedIdx).to.equal(1);
        next.stop();
        await bench.reset(1);
      }
    });

    test("reset in the middle", async (bench) => {
      const rig = await open(bench, { latency: [20, 50] });
      for (let i = 0; i < 4; i++) rig.give(0, 3);
      await bench.cycles(150);
      rig.stop();
      await bench.reset(2);
      const next = await open(bench);
      next.give(0, 2);
      await next.settle();
    });

    test("property: every chain comes back once with its length, and its records are those of the reference walk", async (bench) => {
      const step = fc.record({
        queue: fc.nat({ max: NQ - 1 }),
        elements: fc.integer({ min: 1, max: 8 }),
        isIndirect: fc.boolean(),
        gap: fc.oneof(fc.nat({ max: 10 }), fc.nat({ max: 300 })),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half);
      const run = fc.record({
        steps: fc.array(step, { minLength: 1, maxLength: 25 }),
        sizeLog2: fc.integer({ min: 3, max: 6 }),
        isEventIdx: fc.boolean(),
        isIndirectAllowed: fc.boolean(),
        pause,
        back: pause,
        latency: fc.constantFrom(1, 40),
      });
      await bench.property(
        run,
        async ({ steps, latency, ...options }) => {
          const rig = await open(bench, { ...options, latency: [1, latency] });
          try {
            for (const { queue, elements, isIndirect, gap } of steps) {
              rig.give(queue, elements, { isIndirect });
              await bench.cycles(gap + 1);
            }
            await rig.settle();
            expect(rig.errors).to.deep.equal([]);
          } finally {
            rig.stop();
            await bench.reset(1);
          }
        },
        15,
      );
    });
  },
);
