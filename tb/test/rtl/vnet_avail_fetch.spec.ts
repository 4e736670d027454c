import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES } from "../../src/core/index.ts";
import { ByteMap, eachCycle, ReadResponder, type ResponderOptions } from "../support/clients.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { CODE } from "../support/ring-model.ts";
import { SplitQueue } from "../support/split-queue.ts";
import { waitUntil } from "../support/wait.ts";

describeModule(
  "vnet_avail_fetch",
  {
    params: [
      { DATA_W: 64, NQ: 2, Q_W: 1, SLOTS: 16, POLL_GAP: 16 },
      { DATA_W: 512, NQ: 2, Q_W: 1, SLOTS: 128, POLL_GAP: 64 },
    ],
    fullParams: [
      { DATA_W: 128, NQ: 1, Q_W: 1, SLOTS: 2, POLL_GAP: 2 },
      // More answers can be asked for than there are places for.
      { DATA_W: 64, NQ: 8, Q_W: 3, SLOTS: 16, POLL_GAP: 16 },
      { DATA_W: 256, NQ: 4, Q_W: 2, SLOTS: 64, POLL_GAP: 64 },
    ],
  },
  ({ params, test }) => {
    const { NQ } = params;
    const slotsOfQueue = 2 ** Math.floor(Math.log2(params.SLOTS / NQ));
    const all = (1 << NQ) - 1;

    interface Rig {
      readonly queues: readonly SplitQueue[];
      readonly responder: ReadResponder;
      /** Heads that came, per queue. */
      readonly heads: readonly number[][];
      readonly cycles: readonly number[][];
      readonly errors: { readonly queue: number; readonly code: number }[];
      /** Requests for kicks, per queue: the index given. */
      readonly sleeps: readonly number[][];
      /** Chains of queues without their bit stay in their slots. */
      serving: number;
      /** Makes chains available, and kicks if the rule says so. */
      publish(queue: number, heads: readonly number[]): void;
      kick(queue: number): void;
      check(limit?: number): Promise<void>;
      /** Waits until every queue sleeps. */
      asleep(): Promise<void>;
      stop(): void;
    }

    const open = async (
      bench: ModuleBench,
      options: ResponderOptions & {
        readonly sizeLog2?: number;
        readonly back?: Pause;
        readonly armLatency?: number;
        readonly serveLatency?: number;
      } = {},
    ): Promise<Rig> => {
      const memory = new ByteMap();
      const queues = Array.from(
        { length: NQ },
        () => new SplitQueue(memory, bench.random.bits(64) & ~1n, options.sizeLog2 ?? 5),
      );
      for (const [i, queue] of queues.entries()) {
        bench.drive(queue.context(i));
        await bench.cycles();
      }
      bench.drive({ ctx_wr: 0, cfg_enable: all, cfg_stop: 0 });
      await bench.cycles(2);
      const responder = new ReadResponder(bench, "m_req", "s_rsp", memory, options);
      const sink = bench.sink("m_head", ["queue", "pos", "head"], { pause: options.back ?? PAUSES.never });
      const arms = bench.sink("m_arm", ["queue", "idx", "sleep"], { pause: options.back ?? PAUSES.never });
      const random = bench.random.fork("rig");
      const heads = queues.map((): number[] => []);
      const cycles = queues.map((): number[] => []);
      const sleeps = queues.map((): number[] => []);
      const given = queues.map((): number[] => []);
      const errors: { queue: number; code: number }[] = [];
      const slots = queues.map(() => 0);
      const kicks = queues.map(() => false);
      // The device asks to be kicked for this entry; before it sleeps for the first time, for the first one.
      const events = queues.map(() => 0);
      const serves: { queue: number; due: number }[] = [];
      const armed: { queue: number; idx: number; due: number }[] = [];
      const rig: Rig = {
        queues,
        responder,
        heads,
        cycles,
        errors,
        sleeps,
        serving: all,
        publish(queue, list) {
          const ring = queues[queue];
          if (ring === undefined) return;
          const before = ring.publish(list);
          given[queue]?.push(...list);
          const event = events[queue] ?? 0;
          const step = (ring.availIdx - before + 65536) % 65536;
          if ((ring.availIdx - event - 1 + 2 * 65536) % 65536 < step) kicks[queue] = true;
        },
        kick(queue) {
          kicks[queue] = true;
        },
        async check(limit = 4000) {
          const isDone = (): boolean => heads.every((list, i) => list.length >= (given[i]?.length ?? 0));
          await waitUntil(bench, isDone, limit, "the last head");
          await bench.cycles(10);
          expect(heads).to.deep.equal(given);
        },
        async asleep() {
          await waitUntil(
            bench,
            () => queues.every((ring, i) => sleeps[i]?.at(-1) === ring.availIdx || ring.availIdx === 0),
            2000,
            "the queues to sleep",
          );
          await bench.cycles(200);
        },
        stop() {
          stop();
          responder.stop();
          sink.stop();
          arms.stop();
          bench.drive({ s_rsp_valid: 0, slot_free_valid: 0, cpl_valid: 0, armed_valid: 0, kick: 0 });
        },
      };
      sink.monitor.listen(({ beat, cycle }) => {
        const queue = Number(beat.queue);
        expect(Number(beat.pos), "position").to.equal((heads[queue]?.length ?? 0) % 65536);
        heads[queue]?.push(Number(beat.head));
        cycles[queue]?.push(cycle);
        slots[queue] = (slots[queue] ?? 0) + 1;
        expect(slots[queue], "chains without a slot").to.be.at.most(slotsOfQueue);
        serves.push({ queue, due: cycle + 1 + random.below(options.serveLatency ?? 20) });
      });
      arms.monitor.listen(({ beat, cycle }) => {
        if (beat.sleep === 0n) return;
        armed.push({ queue: Number(beat.queue), idx: Number(beat.idx), due: cycle + (options.armLatency ?? 10) });
      });
      const stop = eachCycle(bench.simulator, () => {
        const { cycle } = bench;
        if (bench.signal("qerr_valid").isHigh) {
          errors.push({ queue: bench.signal("qerr_queue").number, code: bench.signal("qerr_code").number });
        }
        const answer = armed[0] !== undefined && armed[0].due <= cycle ? armed.shift() : undefined;
        if (answer !== undefined) {
          events[answer.queue] = answer.idx;
          sleeps[answer.queue]?.push(answer.idx);
        }
        const index = serves.findIndex(({ queue, due }) => due <= cycle && ((rig.serving >> queue) & 1) === 1);
        const [served] = index < 0 ? [] : serves.splice(index, 1);
        if (served !== undefined) slots[served.queue] = (slots[served.queue] ?? 0) - 1;
        bench.drive({
          armed_valid: answer === undefined ? 0 : 1,
          armed_queue: answer?.queue ?? 0,
          slot_free_valid: served === undefined ? 0 : 1,
          slot_free_queue: served?.queue ?? 0,
          cpl_valid: served === undefined ? 0 : 1,
          cpl_queue: served?.queue ?? 0,
          kick: kicks.reduce((mask, isKick, i) => mask | (isKick ? 1 << i : 0), 0),
        });
        kicks.fill(false);
      });
      return rig;
    };

    const anyHeads = (bench: ModuleBench, count: number, size: number): number[] =>
      Array.from({ length: count }, () => bench.random.below(size));

    test("smoke: a kick, heads in ring order, then sleep", async (bench) => {
      const rig = await open(bench);
      rig.publish(0, [3, 1, 4, 1, 5]);
      await rig.check();
      await rig.asleep();
      expect(rig.sleeps[0]).to.deep.equal([5]);
      const reads = rig.responder.requests.length;
      await bench.cycles(300);
      expect(rig.responder.requests.length, "a sleeping queue reads nothing").to.equal(reads);
    });

    test("nothing is read before the first kick, and a kick without entries leads back to sleep", async (bench) => {
      const rig = await open(bench);
      await bench.cycles(100);
      expect(rig.responder.requests.length).to.equal(0);
      rig.kick(0);
      await bench.cycles(200);
      expect(rig.responder.requests.length).to.equal(1);
      rig.publish(0, [2]);
      rig.kick(0);
      await rig.check();
    });

    test("entries that come while the device goes to sleep are found without a kick", async (bench) => {
      const rig = await open(bench, { armLatency: 60 });
      const arm = bench.signal("m_arm_valid");
      for (let delay = 0; delay < 70; delay += 7) {
        rig.publish(0, [delay % 32]);
        await waitUntil(bench, () => arm.isHigh && bench.signal("m_arm_sleep").isHigh, 1000, "the wish to sleep");
        await bench.cycles(delay + 1);
        rig.publish(0, [(delay + 1) % 32]);
        await rig.check();
        await rig.asleep();
      }
    });

    test("reads stay in their 64 bytes and in the ring", async (bench) => {
      const rig = await open(bench, { sizeLog2: 5, latency: [1, 10] });
      const ring = rig.queues[0];
      if (ring === undefined) return;
      for (let i = 0; i < 12; i++) {
        rig.publish(0, anyHeads(bench, bench.random.between(1, 32), 32));
        await rig.check();
      }
      const busBytes = BigInt(params.DATA_W / 8);
      for (const { addr, beats } of rig.responder.requests) {
        const end = addr - (addr % busBytes) + BigInt(beats) * busBytes;
        const first = ring.availAddr + 2n;
        expect(addr >= first - (first % busBytes) && addr < first + 2n + 64n, "in the ring").to.equal(true);
        if (params.DATA_W < 512) expect((end - 1n) / 64n, "64-byte area").to.equal(addr / 64n);
      }
    });

    test("a read is as long as the ring, the area and the slots let it be", async (bench) => {
      const blockMax = Math.min(32, slotsOfQueue / 2);
      const busBytes = params.DATA_W / 8;
      for (const sizeLog2 of [2, 4, 5, 6, 6, 6]) {
        const rig = await open(bench, { sizeLog2, latency: [1, 10], serveLatency: 1 });
        const ring = rig.queues[0];
        if (ring === undefined) return;
        const word = (addr: bigint): bigint => addr - (addr % BigInt(busBytes));
        const isEntryRead = ({ addr, beats }: { addr: bigint; beats: number }): boolean =>
          beats > 1 || addr !== word(ring.availAddr + 2n);
        const expected: { addr: bigint; beats: number }[] = [];
        for (let round = 0; round < 6; round++) {
          let place = ring.availIdx % ring.size;
          let left = bench.random.between(1, ring.size);
          rig.publish(0, anyHeads(bench, left, ring.size));
          await rig.check();
          await rig.asleep();
          while (left > 0) {
            const addr = ring.availAddr + 4n + 2n * BigInt(place);
            const count = Math.min(left, ring.size - place, 32 - Number(addr % 64n) / 2, blockMax);
            const beats = Math.ceil((Number(addr % BigInt(busBytes)) + 2 * count) / busBytes);
            expected.push({ addr: word(addr), beats });
            place = (place + count) % ring.size;
            left -= count;
          }
        }
        const reads = rig.responder.requests.map(({ addr, beats }) => ({ addr, beats }));
        expect(reads.filter(isEntryRead)).to.deep.equal(expected.filter(isEntryRead));
        rig.stop();
        await bench.reset(1);
      }
    });

    test("queues with entries are read in turn", async (bench) => {
      const rig = await open(bench, { sizeLog2: 8, serveLatency: 1 });
      for (let queue = 0; queue < NQ; queue++) rig.publish(queue, anyHeads(bench, 200, 256));
      await rig.check(4000 * NQ);
      const middle = Math.max(...rig.cycles.map((moments) => moments[100] ?? 0));
      for (const moments of rig.cycles) {
        expect(moments.filter((cycle) => cycle <= middle).length).to.be.within(100, 100 + 2 * slotsOfQueue);
      }
    });

    test("nothing is asked for that has no place while heads are not taken", async (bench) => {
      const rig = await open(bench, { back: { kind: "everyN", go: 40, pause: 300, phase: 40 } });
      for (let round = 0; round < 3; round++) {
        // All known entries are asked for, and then the index again.
        for (let queue = 0; queue < NQ; queue++) rig.publish(queue, anyHeads(bench, Math.min(slotsOfQueue, 32), 32));
        await rig.check();
        await rig.asleep();
      }
      expect(rig.errors).to.deep.equal([]);
    });

    test("no more heads than free slots", async (bench) => {
      const rig = await open(bench, { sizeLog2: 8 });
      rig.serving = 0;
      rig.publish(0, anyHeads(bench, 200, 256));
      await bench.cycles(600);
      // A block is read when there are slots for all of it.
      expect(rig.heads[0]?.length).to.be.within(slotsOfQueue / 2, slotsOfQueue);
      rig.serving = all;
      await rig.check();
    });

    for (const [title, code, prepare] of [
      ["16: the index jumps by more than the queue", CODE.availJump, (ring: SplitQueue) => { ring.memory.writeUint(ring.availAddr + 2n, 2 + 33, 2); }],
      ["16: the index goes back", CODE.availJump, (ring: SplitQueue) => { ring.memory.writeUint(ring.availAddr + 2n, 1, 2); }],
      ["17: a head out of range", CODE.headRange, (ring: SplitQueue) => { ring.publish([32]); }],
    ] as const) {
      test(`error ${title}: the queue stops, the others go on`, async (bench) => {
        for (let queue = 0; queue < NQ; queue++) {
          const rig = await open(bench);
          rig.publish(queue, [1, 2]);
          await rig.check();
          await rig.asleep();
          const ring = rig.queues[queue];
          if (ring === undefined) return;
          prepare(ring);
          rig.kick(queue);
          await waitUntil(bench, () => rig.errors.length > 0, 300, "the error");
          ring.memory.writeUint(ring.availAddr + 2n, 9, 2);
          rig.kick(queue);
          await bench.cycles(300);
          expect(rig.errors).to.deep.equal([{ queue, code }]);
          expect(rig.heads[queue]).to.deep.equal([1, 2]);
          if (NQ > 1) {
            const other = (queue + 1) % NQ;
            rig.publish(other, [7]);
            await waitUntil(bench, () => rig.heads[other]?.length === 1, 400, "the other queue");
          }
          rig.stop();
          await bench.reset(1);
        }
      });
    }

    test("error 16: the index goes back to entries that were not requested yet", async (bench) => {
      const rig = await open(bench, { sizeLog2: 8 });
      const ring = rig.queues[0];
      if (ring === undefined) return;
      rig.publish(0, anyHeads(bench, 200, 256));
      await waitUntil(bench, () => rig.heads[0]?.length !== 0, 200, "the first head");
      // The index is read again after 32 entries.
      ring.memory.writeUint(ring.availAddr + 2n, 150, 2);
      await waitUntil(bench, () => rig.errors.length > 0, 1000, "the error");
      expect(rig.errors).to.deep.equal([{ queue: 0, code: CODE.availJump }]);
    });

    test("error 17: any bit that is too much; what follows is lost, and the queue can start again", async (bench) => {
      for (let bit = 5; bit < 16; bit++) {
        const rig = await open(bench, { latency: [1, 20] });
        const queue = bit % NQ;
        rig.publish(queue, [1, 2]);
        await rig.check();
        await rig.asleep();
        rig.queues[queue]?.publish([3, (1 << bit) + 4, 5, 6, 7]);
        rig.kick(queue);
        await waitUntil(bench, () => rig.errors.length > 0, 300, "the error");
        await bench.cycles(100);
        expect(rig.errors).to.deep.equal([{ queue, code: CODE.headRange }]);
        expect(rig.heads[queue]).to.deep.equal([1, 2, 3]);
        bench.drive({ cfg_stop: all });
        await waitUntil(bench, () => bench.signal("sts_idle").number === all, 300, "idle");
        rig.stop();
        bench.drive({ cfg_enable: 0 });
        await bench.cycles(2);
      }
    });

    test("error 18: read of the index, read of entries", async (bench) => {
      for (let queue = 0; queue < NQ; queue++) {
        for (const isEntry of [false, true]) {
          const rig = await open(bench);
          rig.responder.isError = () => !isEntry || rig.responder.requests.length > 1;
          rig.publish(queue, [4]);
          await waitUntil(bench, () => rig.errors.length > 0, 300, "the error");
          await bench.cycles(200);
          expect(rig.errors).to.deep.equal([{ queue, code: CODE.axiRing }]);
          expect(rig.heads[queue]).to.deep.equal([]);
          rig.stop();
          await bench.reset(1);
        }
      }
    });

    test("stop and start: idle when the last chain is gone, and the next life begins at 0", async (bench) => {
      const rig = await open(bench, { sizeLog2: 6, latency: [20, 40] });
      rig.serving = 0;
      rig.publish(0, anyHeads(bench, 64, 64));
      await waitUntil(bench, () => (rig.heads[0]?.length ?? 0) > 0, 300, "the first head");
      bench.drive({ cfg_stop: all });
      await bench.cycles(200);
      expect(bench.signal("sts_idle").number & 1, "chains are still in the slots").to.equal(0);
      rig.serving = all;
      await waitUntil(bench, () => bench.signal("sts_idle").number === all, 1000, "idle");
      rig.stop();
      bench.drive({ cfg_enable: 0 });
      await bench.cycles(2);
      const next = await open(bench);
      next.publish(0, [9, 8]);
      await next.check();
    });

    test("each queue is idle when its own chains are gone", async (bench) => {
      for (let last = 0; last < NQ; last++) {
        const rig = await open(bench);
        rig.serving = 0;
        for (let queue = 0; queue < NQ; queue++) rig.publish(queue, [1, 2]);
        await rig.check();
        bench.drive({ cfg_stop: all });
        await bench.cycles(100);
        expect(bench.signal("sts_idle").number).to.equal(0);
        rig.serving = all & ~(1 << last);
        await bench.cycles(200);
        expect(bench.signal("sts_idle").number).to.equal(rig.serving);
        rig.serving = all;
        await bench.cycles(100);
        expect(bench.signal("sts_idle").number).to.equal(all);
        rig.stop();
        bench.drive({ cfg_enable: 0 });
        await bench.cycles(2);
      }
    });

    test("the largest queue, over the wrap of its positions", async (bench) => {
      if (slotsOfQueue < 8) return; // takes long
      const rig = await open(bench, { sizeLog2: 15, serveLatency: 1, latency: [1, 4], armLatency: 1 });
      const count = 65536 + 2000;
      for (let at = 0, part = 1; at < count; part = Math.min(3 * part, 7000)) {
        // A read begins with the last two entries of the ring.
        const left = 32766 - (at % 32768);
        const now = left > 0 ? Math.min(part, left) : part;
        rig.publish(0, anyHeads(bench, now, 32768));
        await rig.check(10 * now + 4000);
        await rig.asleep();
        at += now;
      }
      expect(rig.errors).to.deep.equal([]);
    });

    test("reset in the middle", async (bench) => {
      const rig = await open(bench, { latency: [5, 20] });
      rig.publish(0, anyHeads(bench, 32, 32));
      await bench.cycles(40);
      rig.stop();
      await bench.reset(2);
      const next = await open(bench);
      next.publish(NQ - 1, [9, 8]);
      await next.check();
    });

    test("throughput: a head per cycle", async (bench) => {
      if (params.DATA_W < 512) return;
      const rig = await open(bench, { sizeLog2: 6, latency: [10, 10], serveLatency: 1 });
      const count = 600;
      const stop = eachCycle(bench.simulator, () => {
        const ring = rig.queues[0];
        if (ring === undefined || ring.availIdx >= count) return;
        const room = 64 - (ring.availIdx - (rig.heads[0]?.length ?? 0));
        if (room >= 16) rig.publish(0, anyHeads(bench, 16, 64));
      });
      await waitUntil(bench, () => (rig.heads[0]?.length ?? 0) >= count, 2000, "the heads");
      stop();
      await rig.check();
      const moments = rig.cycles[0] ?? [];
      expect((moments[count - 1] ?? 0) - (moments[0] ?? 0)).to.be.at.most(2 * count);
    });

    test("sweep: ring sizes x memory x back-pressure, over the wrap of the ring", async (bench) => {
      for (const sizeLog2 of [0, 2, 6]) {
        for (const pause of [PAUSES.never, PAUSES.half]) {
          for (const back of [PAUSES.never, PAUSES.mostly]) {
            const rig = await open(bench, { sizeLog2, pause, dataPause: pause, back, latency: [1, 30] });
            for (let round = 0; round < 4; round++) {
              for (let queue = 0; queue < NQ; queue++) {
                rig.publish(queue, anyHeads(bench, bench.random.between(1, 1 << sizeLog2), 1 << sizeLog2));
              }
              await rig.check(6000);
            }
            rig.stop();
            await bench.reset(1);
          }
        }
      }
    });

    test("property: every entry becomes a head once, whenever the driver publishes", async (bench) => {
      const step = fc.record({
        queue: fc.nat({ max: NQ - 1 }),
        count: fc.integer({ min: 1, max: 12 }),
        gap: fc.oneof(fc.nat({ max: 20 }), fc.integer({ min: 60, max: 140 })),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      const run = fc.record({
        steps: fc.array(step, { minLength: 1, maxLength: 20 }),
        sizeLog2: fc.integer({ min: 1, max: 6 }),
        pause,
        back: pause,
        armLatency: fc.integer({ min: 1, max: 80 }),
        latency: fc.constantFrom(1, 10, 60),
      });
      await bench.property(run, async ({ steps, sizeLog2, pause: memory, back, armLatency, latency }) => {
        const rig = await open(bench, {
          sizeLog2,
          pause: memory,
          dataPause: memory,
          back,
          armLatency,
          latency: [1, latency],
        });
        try {
          for (const { queue, count, gap } of steps) {
            const seen = rig.heads[queue]?.length ?? 0;
            const room = (1 << sizeLog2) - ((rig.queues[queue]?.availIdx ?? 0) - seen);
            if (room > 0) rig.publish(queue, anyHeads(bench, Math.min(count, room), 1 << sizeLog2));
            await bench.cycles(gap + 1);
          }
          await rig.check();
          expect(rig.errors).to.deep.equal([]);
        } finally {
          rig.stop();
          await bench.reset(1);
        }
      });
    });
  },
);
