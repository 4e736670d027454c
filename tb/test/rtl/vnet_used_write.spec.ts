import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES } from "../../src/core/index.ts";
import { ByteMap, eachCycle, ReadResponder, type ResponderOptions, WriteResponder } from "../support/clients.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { CODE } from "../support/ring-model.ts";
import { SplitQueue } from "../support/split-queue.ts";
import { waitUntil } from "../support/wait.ts";

interface Completion {
  readonly head: number;
  readonly len: number;
  readonly isEof: boolean;
}

describeModule(
  "vnet_used_write",
  {
    params: [
      { DATA_W: 64, NQ: 2, Q_W: 1, AGE_CYCLES: 64, JOBS: 4 },
      { DATA_W: 512, NQ: 2, Q_W: 1, AGE_CYCLES: 64, JOBS: 64 },
    ],
    fullParams: [
      { DATA_W: 128, NQ: 1, Q_W: 1, AGE_CYCLES: 64, JOBS: 16 },
      { DATA_W: 256, NQ: 4, Q_W: 2, AGE_CYCLES: 64, JOBS: 16 },
    ],
  },
  ({ params, test }) => {
    const { NQ } = params;

    interface Rig {
      readonly queues: readonly SplitQueue[];
      readonly writer: WriteResponder;
      readonly reader: ReadResponder;
      /** Cycles at which an interrupt was asked for. */
      readonly interrupts: readonly number[][];
      readonly errors: { readonly queue: number; readonly code: number }[];
      /** Completions that were accepted or swallowed. */
      readonly taken: number[];
      complete(queue: number, completion: Completion, options?: { readonly more?: boolean }): void;
      /** Waits until the index of every queue is that of its last frame border. */
      settle(limit?: number): Promise<void>;
      stop(): void;
    }

    const open = async (
      bench: ModuleBench,
      options: ResponderOptions & {
        readonly isEventIdx?: boolean;
        readonly sizeLog2?: number;
        readonly idle?: Pause;
        readonly eventIdx?: number;
      } = {},
    ): Promise<Rig> => {
      const memory = new ByteMap();
      const queues = Array.from(
        { length: NQ },
        () => new SplitQueue(memory, bench.random.bits(64) & ~15n, options.sizeLog2 ?? 4),
      );
      for (const [i, queue] of queues.entries()) {
        bench.drive(queue.context(i));
        if (options.eventIdx !== undefined) queue.suppress(options.eventIdx, options.isEventIdx ?? false);
        await bench.cycles();
      }
      bench.drive({ ctx_wr: 0, cfg_event_idx: options.isEventIdx === true ? 1 : 0, cfg_stop: 0 });
      bench.drive({ cfg_enable: (1 << NQ) - 1 });
      await bench.cycles(3);
      const writer = new WriteResponder(bench, { cmd: "m_cmd", dat: "m_dat", done: "s_done" }, memory, options);
      const reader = new ReadResponder(bench, "m_req", "s_rsp", memory, options);
      const source = bench.source("s_cpl", ["queue", "head", "len", "eof", "more"], { pause: options.idle ?? PAUSES.never });
      const lists = queues.map((): Completion[] => []);
      const written = queues.map(() => 0);
      const shown = queues.map(() => 0);
      const interrupts = queues.map((): number[] => []);
      const taken = queues.map(() => 0);
      const errors: { queue: number; code: number }[] = [];
      // Writes of entries that no index has shown, by queue: the first entry, and which of all commands it was.
      const entryWrites = queues.map((): { start: number; command: number }[] => []);
      let commands = 0;
      let responses = 0;
      const indices = queues.map((_, i) => i);
      const high = (name: string, bit = 0): boolean => ((bench.signal(name).value >> BigInt(bit)) & 1n) === 1n;

      const checkCommand = (addr: bigint, lenBytes: number): void => {
        const i = queues.findIndex(({ usedAddr, size }) => addr >= usedAddr && addr < usedAddr + BigInt(6 + 8 * size));
        const queue = queues[i];
        if (queue === undefined) throw new Error(`write to 0x${addr.toString(16)}, which is in no used ring`);
        const offset = Number(addr - queue.usedAddr);
        if (offset === 2) {
          const idx = queue.usedIdx;
          const list = lists[i] ?? [];
          const before = shown[i] ?? 0;
          const count = before + ((idx - before + 65536) % 65536);
          expect(count, "index of entries that were not written").to.be.within(before + 1, written[i] ?? 0);
          expect(list[count - 1]?.isEof, `index ${idx} is at a frame border`).to.equal(true);
          const writes = entryWrites[i] ?? [];
          const end = writes.findIndex(({ start }) => start >= count);
          const last = writes.splice(0, end < 0 ? writes.length : end).at(-1);
          expect(last?.command ?? -1, "the index came before the response to its entries").to.be.below(responses);
          for (let at = before; at < count; at++) {
            expect(queue.usedEntry(at), `entry ${at}`).to.deep.equal({ head: list[at]?.head, len: list[at]?.len });
          }
          shown[i] = count;
        } else if (offset >= 4 && offset < 4 + 8 * queue.size) {
          const at = written[i] ?? 0;
          expect(offset, "entries are written in order").to.equal(4 + 8 * (at % queue.size));
          expect(lenBytes / 8).to.be.within(1, 16);
          written[i] = at + lenBytes / 8;
          entryWrites[i]?.push({ start: at, command: commands });
        }
        commands++;
      };

      const stop = eachCycle(bench.simulator, () => {
        if (high("s_done_valid")) responses++;
        for (const { addr, bytes } of writer.commands.slice(commands)) checkCommand(addr, bytes.length);
        for (const i of indices) if (high("irq_req", i)) interrupts[i]?.push(bench.cycle);
        if (high("qerr_valid")) {
          errors.push({ queue: bench.signal("qerr_queue").number, code: bench.signal("qerr_code").number });
        }
        if (high("cpl_taken_valid")) {
          const i = bench.signal("cpl_taken_queue").number;
          taken[i] = (taken[i] ?? 0) + 1;
        }
      });

      return {
        queues,
        writer,
        reader,
        interrupts,
        errors,
        taken,
        complete(queue, completion, { more = false } = {}) {
          lists[queue]?.push(completion);
          const { head, len, isEof } = completion;
          source.sendNow({
            queue: BigInt(queue),
            head: BigInt(head),
            len: BigInt(len),
            eof: isEof ? 1n : 0n,
            more: more ? 1n : 0n,
          });
        },
        async settle(limit = 4000) {
          const ends = lists.map((list) => list.length - [...list].reverse().findIndex(({ isEof }) => isEof));
          const isDone = (): boolean => indices.every((i) => lists[i]?.length === 0 || shown[i] === ends[i]);
          await waitUntil(bench, isDone, limit, "used.idx of every queue");
          await bench.cycles(250);
          expect(taken).to.deep.equal(lists.map((list) => list.length));
        },
        stop() {
          stop();
          source.stop();
          writer.stop();
          reader.stop();
          bench.drive({ s_cpl_valid: 0, s_done_valid: 0, s_rsp_valid: 0 });
        },
      };
    };

    const frame = (bench: ModuleBench, isEof = true): Completion => ({
      head: bench.random.below(65536),
      len: bench.random.u32(),
      isEof,
    });

    test("smoke: entry, index, interrupt", async (bench) => {
      const rig = await open(bench);
      rig.complete(NQ - 1, { head: 0x1234, len: 0xdeadbeef, isEof: true });
      await rig.settle();
      expect(rig.queues[NQ - 1]?.usedIdx).to.equal(1);
      expect(rig.interrupts.map((list) => list.length)).to.deep.equal(rig.queues.map((_, i) => (i === NQ - 1 ? 1 : 0)));
    });

    test("all buffers of a merged frame appear together [NET-RX-06]", async (bench) => {
      const rig = await open(bench, { latency: [1, 20] });
      for (let buffers = 1; buffers <= 12; buffers++) {
        for (let i = 0; i < buffers; i++) rig.complete(0, frame(bench, i === buffers - 1), { more: i < buffers - 1 });
        await rig.settle();
      }
    });

    test("a burst is written in blocks of 16", async (bench) => {
      const rig = await open(bench, { sizeLog2: 6, latency: [1, 1] });
      for (let i = 0; i < 48; i++) rig.complete(0, frame(bench), { more: i < 47 });
      await rig.settle();
      const entries = rig.writer.commands.filter(({ bytes }) => bytes.length >= 8);
      expect(entries.map(({ bytes }) => bytes.length / 8)).to.deep.equal([16, 16, 16]);
    });

    test("the index follows a whole block at once, whatever waits behind it", async (bench) => {
      const rig = await open(bench, { sizeLog2: 6 });
      const positions = rig.queues.map(() => 0);
      for (let round = 0; round < 40; round++) {
        const before = rig.writer.commands.length;
        const expected = positions.map((at, queue) => {
          const whole = 16 - (at % 16);
          const count = whole + bench.random.between(1, bench.random.pick([3, 15]));
          const isEof = Array.from({ length: count }, (_, i) => i === count - 1 || bench.random.chance(0.3));
          for (const here of isEof) rig.complete(queue, frame(bench, here), { more: true });
          positions[queue] = at + count;
          const border = isEof.slice(0, whole).lastIndexOf(true) + 1;
          return border > 0 ? [at + border, at + count] : [at + count];
        });
        await rig.settle();
        const shown = rig.queues.map(({ usedAddr }) =>
          rig.writer.commands
            .slice(before)
            .filter(({ addr }) => addr === usedAddr + 2n)
            .map(({ bytes: [low = 0, high = 0] }) => low + 256 * high),
        );
        expect(shown, `round ${round}`).to.deep.equal(expected);
      }
    });

    test("one entry that nobody follows waits for AGE_CYCLES", async (bench) => {
      const rig = await open(bench);
      const start = bench.cycle;
      rig.complete(0, frame(bench), { more: true });
      await waitUntil(bench, () => rig.writer.commands.length > 0, 200, "the entry");
      expect(bench.cycle - start).to.be.within(params.AGE_CYCLES, params.AGE_CYCLES + 20);
      await rig.settle();
    });

    test("interrupts with the flag: none while it is set [SVQ-08]", async (bench) => {
      const rig = await open(bench);
      rig.queues[0]?.suppress(1, false);
      rig.complete(0, frame(bench));
      await rig.settle();
      expect(rig.interrupts[0]).to.deep.equal([]);
      rig.queues[0]?.suppress(0, false);
      rig.complete(0, frame(bench));
      await rig.settle();
      expect(rig.interrupts[0]?.length).to.equal(1);
    });

    test("interrupts with the event index: only when the index passes it [SVQ-11] [SVQ-12]", async (bench) => {
      const rig = await open(bench, { isEventIdx: true, eventIdx: 5 });
      for (let i = 0; i < 12; i++) {
        rig.complete(0, frame(bench));
        await rig.settle();
        expect(rig.interrupts[0]?.length, `after index ${i + 1}`).to.equal(i >= 5 ? 1 : 0);
      }
    });

    for (const isEventIdx of [false, true]) {
      test(`arm with ${isEventIdx ? "the event index" : "the flag"}: answered when it is in memory`, async (bench) => {
        const rig = await open(bench, { isEventIdx, latency: [30, 30] });
        const arm = bench.source("s_arm", ["queue", "idx", "sleep"]);
        const queue = rig.queues[1 % NQ];
        const at = BigInt(1 % NQ);
        arm.sendNow({ queue: at, idx: 77n, sleep: 0n });
        await bench.cycles(60);
        expect(queue?.usedFlags).to.equal(isEventIdx ? 0 : 1);
        const start = bench.cycle;
        arm.sendNow({ queue: at, idx: 78n, sleep: 1n });
        await waitUntil(bench, () => bench.signal("armed_valid").isHigh, 100, "armed");
        expect(bench.cycle - start, "not before the response").to.be.above(30);
        expect(bench.signal("armed_queue").value).to.equal(at);
        expect(bench.signal("armed_err").isHigh).to.equal(false);
        if (isEventIdx) expect(queue?.availEvent).to.equal(78);
        else expect(queue?.usedFlags).to.equal(0);
      });
    }

    test("arm: any index, any queue", async (bench) => {
      const rig = await open(bench, { isEventIdx: true });
      const arm = bench.source("s_arm", ["queue", "idx", "sleep"]);
      for (let bit = 0; bit < 16; bit++) {
        for (const idx of [1 << bit, 0xffff ^ (1 << bit)]) {
          const queue = (bit >> 1) % NQ;
          arm.sendNow({ queue: BigInt(queue), idx: BigInt(idx), sleep: 1n });
          await waitUntil(bench, () => bench.signal("armed_valid").isHigh, 100, "armed");
          expect(bench.signal("armed_queue").number).to.equal(queue);
          expect(rig.queues[queue]?.availEvent).to.equal(idx);
          await bench.cycles();
        }
      }
    });

    test("a stopped queue is not idle while its request for kicks waits", async (bench) => {
      for (let queue = 0; queue < NQ; queue++) {
        const rig = await open(bench, { pause: { kind: "always" } });
        const arm = bench.source("s_arm", ["queue", "idx", "sleep"]);
        // The first requests, of another queue, wait for the write engine; the last one behind them.
        for (let i = 0; i < 4; i++) {
          const owner = i < 3 ? (queue + 1) % NQ : queue;
          arm.sendNow({ queue: BigInt(owner), idx: 5n, sleep: 1n });
          await bench.cycles(20);
        }
        bench.drive({ cfg_stop: (1 << NQ) - 1 });
        await bench.cycles(20);
        expect((bench.signal("sts_idle").number >> queue) & 1).to.equal(0);
        arm.stop();
        rig.stop();
        bench.drive({ s_arm_valid: 0 });
        await bench.reset(1);
      }
    });

    test("the largest queue: every bit of the positions and of the event index [SVQ-12]", async (bench) => {
      const rig = await open(bench, { sizeLog2: 15, isEventIdx: true, latency: [1, 4] });
      let at = 0;
      const add = async (count: number, event: number): Promise<void> => {
        for (const queue of rig.queues) queue.suppress(event, true);
        const before = rig.interrupts.map(({ length }) => length);
        for (let i = 0; i < count; i++) {
          const isEnd = i === count - 1;
          for (let queue = 0; queue < NQ; queue++) {
            rig.complete(queue, frame(bench, isEnd || bench.random.chance(0.7)), { more: !isEnd || queue < NQ - 1 });
          }
        }
        await rig.settle(4 * NQ * count + 2000);
        const isPassed = (event - at + 65536) % 65536 < count;
        expect(
          rig.interrupts.map(({ length }, queue) => length - (before[queue] ?? 0)),
          `event ${event} from ${at}`,
        ).to.deep.equal(rig.queues.map(() => (isPassed ? 1 : 0)));
        at = (at + count) % 65536;
      };
      for (let round = 0; round < 8; round++) {
        await add(bench.random.between(3500, 5000), (at + 40_000) % 65536);
        await add(4, (at + 1) % 65536);
        for (let i = 0; i < 6; i++) await add(4, ((at + 1) % 65536) ^ (1 << ((6 * round + i) % 16)));
      }
    });

    test("error 18: the queue is dead, reported once; the others go on", async (bench) => {
      const rig = await open(bench, { latency: [3, 9] });
      rig.complete(0, frame(bench));
      await rig.settle();
      const bad = rig.queues[0]?.usedAddr ?? 0n;
      rig.writer.isError = (addr) => addr >= bad && addr < bad + 0x1000n;
      for (let i = 0; i < 40; i++) rig.complete(0, frame(bench), { more: true });
      await waitUntil(bench, () => rig.taken[0] === 41, 2000, "the completions to be swallowed");
      await bench.cycles(200);
      expect(rig.errors).to.deep.equal([{ queue: 0, code: CODE.axiRing }]);
      expect(rig.queues[0]?.usedIdx).to.equal(1);
      if (NQ < 2) return;
      rig.complete(1, frame(bench));
      await waitUntil(bench, () => rig.queues[1]?.usedIdx === 1, 500, "the other queue");
    });

    test("error 18: read of the suppression word", async (bench) => {
      const rig = await open(bench, { latency: [3, 9] });
      rig.reader.isError = () => true;
      rig.complete(0, frame(bench));
      await rig.settle();
      expect(rig.errors).to.deep.equal([{ queue: 0, code: CODE.axiRing }]);
      expect(rig.interrupts[0]).to.deep.equal([]);
    });

    test("stop: completions are swallowed, idle comes after the last response, the next life begins at 0", async (bench) => {
      const rig = await open(bench, { latency: [40, 60] });
      for (let i = 0; i < 20; i++) rig.complete(0, frame(bench), { more: true });
      await bench.cycles(30);
      bench.drive({ cfg_stop: 1 });
      const before = rig.writer.commands.length;
      for (let i = 0; i < 20; i++) rig.complete(0, frame(bench));
      await waitUntil(bench, () => rig.taken[0] === 40, 200, "the completions to be swallowed");
      await waitUntil(bench, () => (bench.signal("sts_idle").number & 1) === 1, 400, "idle");
      await bench.cycles(100);
      expect(rig.writer.commands.length - before, "what was picked runs through").to.be.at.most(2);
      rig.stop();
      bench.drive({ cfg_enable: 0 });
      await bench.cycles(5);
      const next = await open(bench);
      next.complete(0, frame(bench));
      await next.settle();
      expect(next.queues[0]?.usedIdx).to.equal(1);
    });

    test("reset in the middle", async (bench) => {
      const rig = await open(bench, { latency: [5, 20] });
      for (let i = 0; i < 40; i++) rig.complete(0, frame(bench), { more: true });
      await bench.cycles(33);
      rig.stop();
      bench.drive({ rst: 1 });
      await bench.cycles(2);
      expect(bench.signal("cpl_taken_valid").isHigh).to.equal(false);
      await bench.reset(1);
      const next = await open(bench);
      next.complete(0, frame(bench));
      await next.settle();
    });

    test("throughput: at least a completion every 2 cycles", async (bench) => {
      const rig = await open(bench, { sizeLog2: 8, latency: [4, 4] });
      const start = bench.cycle;
      for (let i = 0; i < 256; i++) rig.complete(0, frame(bench), { more: true });
      await waitUntil(bench, () => rig.taken[0] === 256, 2000, "the last completion");
      expect(bench.cycle - start).to.be.at.most(2 * 256 + 40);
      await rig.settle();
    });

    test("property: every completion is in the used ring once, in order, whole frames at a time [SVQ-26] [NET-RX-06]", async (bench) => {
      const completion = fc.record({
        queue: fc.nat({ max: NQ - 1 }),
        head: fc.nat({ max: 65535 }),
        len: fc.nat({ max: 0xffffffff }),
        isEof: fc.boolean(),
        more: fc.boolean(),
      });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.mostly);
      const run = fc.record({
        completions: fc.array(completion, { minLength: 1, maxLength: 80 }),
        sizeLog2: fc.constantFrom(2, 4, 5),
        isEventIdx: fc.boolean(),
        idle: pause,
        pause,
      });
      await bench.property(
        run,
        async ({ completions, sizeLog2, isEventIdx, idle, pause: memory }) => {
          const rig = await open(bench, {
            sizeLog2,
            isEventIdx,
            idle,
            pause: memory,
            dataPause: memory,
            latency: [1, 30],
          });
          try {
            // The model checks entries when the index shows them, so the driver must not be lapped.
            const perQueue = Array.from({ length: NQ }, () => 0);
            for (const { queue, head, len, isEof, more } of completions) {
              const count = (perQueue[queue] ?? 0) + 1;
              if (count > 1 << sizeLog2) continue;
              perQueue[queue] = count;
              rig.complete(queue, { head, len, isEof: isEof || count === 1 << sizeLog2 }, { more });
            }
            for (let queue = 0; queue < NQ; queue++) {
              const count = perQueue[queue] ?? 0;
              if (count > 0 && count < 1 << sizeLog2) rig.complete(queue, frame(bench));
            }
            await rig.settle(8000);
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
