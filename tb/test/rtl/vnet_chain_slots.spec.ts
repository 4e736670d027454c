import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES } from "../../src/core/index.ts";
import { eachCycle } from "../support/clients.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { waitUntil } from "../support/wait.ts";

interface Chain {
  readonly queue: number;
  readonly pos: number;
  readonly head: number;
  readonly records: readonly bigint[];
}

describeModule(
  "vnet_chain_slots",
  {
    params: [
      { NQ: 1, Q_W: 1, SLOT_W: 2, SLOT_LOG2: 2, K: 2, REC_W: 24 },
      { NQ: 3, Q_W: 2, SLOT_W: 4, SLOT_LOG2: 2, K: 4, REC_W: 107 },
    ],
    fullParams: [{ NQ: 2, Q_W: 1, SLOT_W: 4, SLOT_LOG2: 3, K: 4, REC_W: 24 }],
  },
  ({ params, test }) => {
    const { NQ, K } = params;
    const slotsOfQueue = 1 << params.SLOT_LOG2;
    // The one spare block that these tests use; the next block of any chain is this one.
    const SPARE = 1;

    const slotOf = ({ queue, pos }: Chain): number => ((NQ < 2 ? 0 : queue) << params.SLOT_LOG2) | (pos % slotsOfQueue);

    interface Rig {
      /** Chains that were handed out. */
      readonly seen: { readonly queue: number; readonly head: number; readonly records: bigint[] }[];
      readonly cycles: number[];
      readonly freed: number[];
      readonly freedBlocks: number[];
      /** Cycles in which the reader waited for a block. */
      waits: number;
      takePause: (queue: number) => boolean;
      head(chain: Chain): Promise<void>;
      /** Writes records `from`..`to` - 1 of a chain. */
      write(chain: Chain, from?: number, to?: number): Promise<void>;
      stop(): void;
    }

    const open = (bench: ModuleBench, back: Pause = PAUSES.never): Rig => {
      bench.drive({ link_next: SPARE });
      const sink = bench.sink("m_rec", ["queue", "head", "data"], { pause: back });
      const seen: { queue: number; head: number; records: bigint[] }[] = [];
      const cycles: number[] = [];
      const freed: number[] = [];
      const freedBlocks: number[] = [];
      const lengths = new Map<number, number>();
      const rig: Rig = {
        seen,
        cycles,
        freed,
        freedBlocks,
        waits: 0,
        takePause: () => false,
        async head(chain) {
          await waitUntil(bench, () => bench.signal("head_ok").isHigh, 1 << (params.SLOT_W + 1), "the end of the clearing");
          lengths.set(chain.head, chain.records.length);
          bench.drive({ evt_head: 1, head_queue: chain.queue, head_pos: chain.pos, head_head: chain.head });
          await bench.cycles();
          bench.drive({ evt_head: 0, head_pos: bench.random.below(65536), head_head: bench.random.below(65536) });
        },
        async write(chain, from = 0, to = chain.records.length) {
          for (let i = from; i < to; i++) {
            const isEnd = i === chain.records.length - 1;
            bench.drive({
              rec_wr: 1,
              rec_slot: slotOf(chain),
              rec_block: i < K ? slotOf(chain) : (1 << params.SLOT_W) + SPARE,
              rec_k: i % K,
              rec_data: chain.records[i] ?? 0n,
              rec_done: isEnd || i % K === K - 1 ? 1 : 0,
              rec_end: isEnd ? 1 : 0,
              rec_blocks: Math.floor(i / K) + 1,
            });
            await bench.cycles();
            bench.drive({ rec_wr: 0, rec_data: bench.random.bits(params.REC_W) });
          }
        },
        stop() {
          stop();
          sink.stop();
          bench.drive({ s_take_valid: 0 });
        },
      };
      sink.monitor.listen(({ beat, cycle }) => {
        const present = seen.at(-1);
        const isNew = present === undefined || present.records.length === lengths.get(present.head);
        if (isNew) seen.push({ queue: Number(beat.queue), head: Number(beat.head), records: [] });
        const chain = seen.at(-1);
        expect([Number(beat.queue), Number(beat.head)]).to.deep.equal([chain?.queue, chain?.head]);
        chain?.records.push(beat.data);
        cycles.push(cycle);
      });
      let shown: number | undefined;
      let turn = 0;
      const stop = eachCycle(bench.simulator, () => {
        if (bench.signal("slot_free_valid").isHigh) freed.push(bench.signal("slot_free_queue").number);
        if (bench.signal("wait_valid").isHigh) rig.waits++;
        if (bench.signal("free_valid").isHigh) freedBlocks.push(bench.signal("free_block").number);
        if (shown !== undefined && !bench.signal("s_take_ready").isHigh) return;
        const moved = shown;
        shown = undefined;
        const ready = bench.signal("m_chain_ready").number;
        for (let i = 0; i < NQ; i++) {
          const queue = (turn + i) % NQ;
          if (queue === moved || ((ready >>> queue) & 1) === 0 || rig.takePause(queue)) continue;
          shown = queue;
          turn = queue + 1;
          break;
        }
        bench.drive({ s_take_valid: shown === undefined ? 0 : 1, s_take_queue: shown ?? 0 });
      });
      return rig;
    };

    let nextHead = 0;
    const make = (bench: ModuleBench, queue: number, pos: number, length: number): Chain => ({
      queue,
      pos,
      head: nextHead++ % 65536,
      records: Array.from({ length }, () => bench.random.bits(params.REC_W)),
    });

    const check = async (bench: ModuleBench, rig: Rig, chains: readonly Chain[]): Promise<void> => {
      const records = chains.reduce((sum, chain) => sum + chain.records.length, 0);
      await waitUntil(bench, () => rig.cycles.length >= records, 200 + 60 * records, "the last record");
      await bench.cycles(10);
      for (let queue = 0; queue < NQ; queue++) {
        const expected = chains.filter((chain) => chain.queue === queue);
        const seen = rig.seen.filter((chain) => chain.queue === queue);
        expect(seen).to.deep.equal(expected.map(({ head, records: list }) => ({ queue, head, records: [...list] })));
        expect(rig.freed.filter((freed) => freed === queue).length).to.equal(expected.length);
      }
    };

    test("smoke: a chain of one record, 5 cycles after its take", async (bench) => {
      const rig = open(bench);
      const chain = make(bench, NQ - 1, 0, 1);
      await rig.head(chain);
      await rig.write(chain);
      await check(bench, rig, [chain]);
    });

    test("chains are offered in ring order, in whatever order they are finished", async (bench) => {
      const rig = open(bench);
      const chains = [0, 1, 2, 3].map((pos) => make(bench, 0, pos, 1 + (pos % K)));
      for (const chain of chains) await rig.head(chain);
      for (const pos of [3, 1, 2]) {
        await rig.write(chains[pos] ?? make(bench, 0, pos, 1));
        await bench.cycles(10);
        expect(bench.signal("m_chain_ready").number, "the oldest is not whole").to.equal(0);
      }
      await rig.write(chains[0] ?? make(bench, 0, 0, 1));
      await check(bench, rig, chains);
    });

    test("a chain that is not whole is not offered, unless the spare blocks run out", async (bench) => {
      const rig = open(bench);
      const chain = make(bench, 0, 0, K + 1);
      await rig.head(chain);
      await rig.write(chain, 0, K);
      await bench.cycles(10);
      expect(rig.cycles.length).to.equal(0);
      bench.drive({ starving: 1 });
      await bench.cycles(20);
      expect(rig.cycles.length, "the records that are there").to.equal(K);
      expect(bench.signal("wait_valid").isHigh).to.equal(true);
      expect(bench.signal("wait_slot").number).to.equal(slotOf(chain));
      bench.drive({ starving: 0 });
      await rig.write(chain, K);
      await bench.cycles(3);
      expect(bench.signal("wait_valid").isHigh).to.equal(false);
      await check(bench, rig, [chain]);
      expect(rig.freedBlocks).to.deep.equal([SPARE]);
    });

    test("the first block of a chain behind another one is known, too, lap after lap", async (bench) => {
      const rig = open(bench);
      const chains: Chain[] = [];
      for (let pos = 0; pos < 3 * slotsOfQueue; pos += 2) {
        const first = make(bench, 0, pos, 1);
        const second = make(bench, 0, pos + 1, K + 1);
        chains.push(first, second);
        await rig.head(first);
        await rig.head(second);
        await rig.write(second, 0, K);
        await rig.write(first);
        bench.drive({ starving: 1 });
        await waitUntil(bench, () => rig.seen.at(-1)?.records.length === K, 60, "the first block");
        bench.drive({ starving: 0 });
        await rig.write(second, K);
        await check(bench, rig, chains);
      }
    });

    test("after a reset the notes are cleared, one per cycle, before a head may come", async (bench) => {
      for (let i = 0; i < 2; i++) {
        await bench.reset(1);
        const start = bench.cycle;
        await waitUntil(bench, () => bench.signal("head_ok").isHigh, 2 << params.SLOT_W, "the end of the clearing");
        expect(bench.cycle - start).to.be.within((1 << params.SLOT_W) - 1, (1 << params.SLOT_W) + 1);
      }
    });

    for (const [title, back] of [
      ["at full speed", PAUSES.never],
      ["against back-pressure", PAUSES.mostly],
    ] as const) {
      test(`a long chain is read over its spare block, which comes back once, ${title}`, async (bench) => {
        const rig = open(bench, back);
        for (let length = K + 1; length <= 2 * K; length++) {
          const chain = make(bench, 0, length - K - 1, length);
          await rig.head(chain);
          await rig.write(chain, 0, K);
          await rig.write(chain, K);
          const isRead = (): boolean => rig.seen.at(-1)?.records.length === length && rig.freedBlocks.length === length - K;
          await waitUntil(bench, isRead, 400, "the last record, and the block");
          expect(rig.seen.at(-1)?.records).to.deep.equal(chain.records);
          await bench.cycles(10);
          expect(rig.freedBlocks.length).to.equal(length - K);
        }
        expect(rig.waits, "all blocks were there").to.equal(0);
      });
    }

    test("throughput: a record per cycle, from chain to chain", async (bench) => {
      const rig = open(bench);
      rig.takePause = () => true;
      const chains: Chain[] = [];
      for (let queue = 0; queue < NQ; queue++) {
        for (let pos = 0; pos < slotsOfQueue; pos++) chains.push(make(bench, queue, pos, K));
      }
      for (const chain of chains) {
        await rig.head(chain);
        await rig.write(chain);
      }
      rig.takePause = () => false;
      await check(bench, rig, chains);
      expect((rig.cycles.at(-1) ?? 0) - (rig.cycles[0] ?? 0)).to.equal(chains.length * K - 1);
    });

    test("an empty queue takes its position from the head", async (bench) => {
      const rig = open(bench);
      const chains = [3, 0, 2, 1].map((pos) => make(bench, 0, pos, 1));
      for (const chain of chains) {
        await rig.head(chain);
        await rig.write(chain);
        await bench.cycles(15);
      }
      await check(bench, rig, chains);
    });

    test("a queue that is not taken stops no other one", async (bench) => {
      if (NQ < 2) return;
      const rig = open(bench);
      rig.takePause = (queue) => queue === 0;
      const chains = [0, 1].flatMap((queue) => [0, 1, 2, 3].map((pos) => make(bench, queue, pos, 2)));
      for (const chain of chains) {
        await rig.head(chain);
        await rig.write(chain);
      }
      await check(
        bench,
        rig,
        chains.filter(({ queue }) => queue === 1),
      );
    });

    test("reset in the middle", async (bench) => {
      const rig = open(bench, PAUSES.mostly);
      const chain = make(bench, 0, 0, K);
      await rig.head(chain);
      await rig.write(chain);
      await bench.cycles(3);
      rig.stop();
      await bench.reset(1);
      expect(bench.signal("m_chain_ready").number).to.equal(0);
      const next = open(bench);
      const other = make(bench, 0, 2, 1);
      await next.head(other);
      await next.write(other);
      await check(bench, next, [other]);
    });

    test("property: every chain once, whole, in the order of its ring", async (bench) => {
      const step = fc.record({ queue: fc.nat({ max: NQ - 1 }), length: fc.integer({ min: 1, max: K }), pick: fc.nat() });
      const run = fc.record({
        steps: fc.array(step, { minLength: 1, maxLength: 40 }),
        start: fc.nat({ max: 65535 }),
        back: fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty),
      });
      await bench.property(run, async ({ steps, start, back }) => {
        bench.drive({ s_take_valid: 0 });
        await bench.reset(1);
        const rig = open(bench, back);
        try {
          const positions = Array.from({ length: NQ }, () => start);
          const chains: Chain[] = [];
          const walking: Chain[] = [];
          for (const { queue, length, pick } of steps) {
            const inUse = (): number =>
              chains.filter((chain) => chain.queue === queue).length - rig.freed.filter((freed) => freed === queue).length;
            // The walk finishes chains in any order.
            while (inUse() >= slotsOfQueue || walking.length > 5) {
              const [chain] = walking.splice(pick % Math.max(1, walking.length), 1);
              if (chain !== undefined) await rig.write(chain);
              else await bench.cycles();
            }
            const pos = positions[queue] ?? 0;
            positions[queue] = (pos + 1) % 65536;
            const chain = make(bench, queue, pos, length);
            chains.push(chain);
            walking.push(chain);
            await rig.head(chain);
          }
          for (const chain of walking.reverse()) await rig.write(chain);
          await check(bench, rig, chains);
        } finally {
          rig.stop();
        }
      });
    });
  },
);
