import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES, pauseGenerator } from "../../src/core/index.ts";
import { eachCycle } from "../support/clients.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { waitUntil } from "../support/wait.ts";

describeModule("vnet_chain_blocks", { params: [{ SLOT_W: 2 }, { SLOT_W: 4 }], fullParams: [{ SLOT_W: 1 }] }, ({ params, test }) => {
  const slots = 1 << params.SLOT_W;
  const spare = (block: number): number => slots + block;

  interface Rig {
    /** Blocks of each chain after its own, in the order in which it got them. */
    readonly chains: Map<number, number[]>;
    /** Slots in the order in which they were served. */
    readonly served: number[];
    need(slot: number): Promise<void>;
    free(block: number): Promise<void>;
    stop(): void;
  }

  const open = (bench: ModuleBench, back: Pause = PAUSES.never): Rig => {
    const chains = new Map<number, number[]>();
    const served: number[] = [];
    const isPause = pauseGenerator(back, bench.random.fork("go"));
    const held = new Set<number>();
    const valid = bench.signal("m_go_valid");
    const ready = bench.signal("m_go_ready");
    let arrived: number | undefined;
    const stop = eachCycle(bench.simulator, () => {
      // The block of a chain can be read in the cycle after its slot has moved.
      if (arrived !== undefined) {
        const block = bench.signal("last_block").number;
        expect(held.has(block), `spare block ${block} has two owners`).to.equal(false);
        held.add(block);
        chains.set(arrived, [...(chains.get(arrived) ?? []), block]);
        served.push(arrived);
        arrived = undefined;
      }
      if (valid.isHigh && ready.isHigh) {
        arrived = bench.signal("m_go_slot").number;
        bench.drive({ last_slot: arrived });
      }
      ready.value = isPause() ? 0 : 1;
    });
    const lastBlock = (slot: number): number => {
      const block = chains.get(slot)?.at(-1);
      return block === undefined ? slot : spare(block);
    };
    return {
      chains,
      served,
      stop,
      async need(slot) {
        bench.drive({ s_need: 1, need_slot: slot, need_block: lastBlock(slot) });
        await bench.cycles();
        bench.drive({ s_need: 0, need_slot: bench.random.below(slots), need_block: bench.random.below(2 * slots) });
      },
      async free(block) {
        held.delete(block);
        bench.drive({ free_valid: 1, free_block: block });
        await bench.cycles();
        bench.drive({ free_valid: 0, free_block: bench.random.below(slots) });
      },
    };
  };

  /** Follows the links from a slot. */
  const links = async (bench: ModuleBench, rig: Rig, slot: number): Promise<void> => {
    let block = slot;
    for (const next of rig.chains.get(slot) ?? []) {
      bench.drive({ link_block: block });
      await bench.cycles();
      expect(bench.signal("link_next").number, `link of block ${block}`).to.equal(next);
      block = spare(next);
    }
  };

  /** Chains ask for blocks in this order; when nothing moves any more, all that are served give theirs back. */
  const walk = async (rig: Rig, wants: readonly number[], bench: ModuleBench): Promise<void> => {
      const asked = new Map<number, number>();
      let count = 0;
      for (const slot of wants) {
        // A chain asks again only when it has been served, and is finished when nobody gets anything any more.
        const isOpen = (): boolean => (asked.get(slot) ?? 0) > (rig.chains.get(slot)?.length ?? 0);
        for (let i = 0; i < 60 && isOpen(); i++) await bench.cycles();
        if (isOpen()) {
          for (const [owner, blocks] of rig.chains) {
            if ((asked.get(owner) ?? 0) > blocks.length) continue;
            await links(bench, rig, owner);
            for (const block of blocks.splice(0)) await rig.free(block);
            asked.set(owner, 0);
          }
          // The consumer has read this chain up to its last block, and stays with it until its end.
        await links(bench, rig, slot);
        const blocks = rig.chains.get(slot) ?? [];
        const read = blocks.splice(0, Math.max(0, blocks.length - 1));
        asked.set(slot, (asked.get(slot) ?? 0) - read.length);
        for (const block of read) await rig.free(block);
        bench.drive({ wait_valid: 1, wait_slot: slot });
          await waitUntil(bench, () => !isOpen(), 200, "the chain that is waited for");
          bench.drive({ wait_valid: 0 });
        for (const block of rig.chains.get(slot)?.splice(0) ?? []) await rig.free(block);
        asked.set(slot, 0);
        }
        asked.set(slot, (asked.get(slot) ?? 0) + 1);
        count++;
        await rig.need(slot);
      }
      bench.drive({ m_go_ready: 1 });
      await bench.cycles(60);
      expect(rig.served.length).to.be.within(count - slots, count);
      for (const slot of rig.chains.keys()) await links(bench, rig, slot);
  };

  test("smoke: a chain gets a block 3 cycles after its need, linked to its own", async (bench) => {
    const rig = open(bench);
    // With two spare blocks both are kept for the chain that the consumer reads.
      if (slots === 2) bench.drive({ wait_valid: 1, wait_slot: 1 });
      await rig.need(1);
    await bench.cycles(5);
    expect(rig.served).to.deep.equal([1]);
    await links(bench, rig, 1);
  });

  test("two spare blocks are kept for the chain that the consumer reads", async (bench) => {
    const rig = open(bench);
    for (let slot = 0; slot < slots; slot++) await rig.need(slot);
    await bench.cycles(10);
    expect(rig.served.length).to.equal(slots - 2);
    expect(bench.signal("starving").isHigh).to.equal(true);
    bench.drive({ wait_valid: 1, wait_slot: slots - 1 });
    await bench.cycles(10);
    // The one that is waited for was behind another one.
    expect(rig.served.slice(slots - 2)).to.deep.equal([slots - 1]);
    bench.drive({ wait_valid: 0 });
    await rig.need(slots - 1);
    await bench.cycles(10);
    expect(rig.served.length).to.equal(slots - 1);
    bench.drive({ wait_valid: 1 });
    await bench.cycles(10);
    expect(rig.served.slice(slots - 2)).to.deep.equal([slots - 1, slots - 1]);
    await links(bench, rig, slots - 1);
  });

  test("a block that comes back goes to the chain that waits longest", async (bench) => {
    if (slots === 2) return;
      const rig = open(bench);
    for (let slot = 0; slot < slots; slot++) await rig.need(slot);
    await bench.cycles(10);
    const first = rig.chains.get(0)?.[0] ?? 0;
    await rig.free(first);
    await bench.cycles(10);
    expect(rig.served).to.deep.equal(Array.from({ length: slots - 1 }, (_, i) => i));
  });

  test("throughput: a block per cycle, and m_go_ready holds it", async (bench) => {
    if (slots < 8) return;
    const rig = open(bench);
    for (let slot = 0; slot < slots - 2; slot++) await rig.need(slot);
    await bench.cycles(4);
    expect(rig.served.length).to.equal(slots - 2);
    rig.stop();
    bench.drive({ m_go_ready: 0 });
    await rig.free(0);
    await rig.need(0);
    await bench.cycles(20);
    expect(bench.signal("m_go_valid").isHigh).to.equal(true);
    expect(bench.signal("m_go_slot").number).to.equal(0);
  });

  test("reset in the middle: all spare blocks are free again", async (bench) => {
    const rig = open(bench);
    for (let slot = 0; slot < slots; slot++) await rig.need(slot);
    await bench.cycles(3);
    rig.stop();
    await bench.reset(1);
    expect(bench.signal("m_go_valid").isHigh).to.equal(false);
    const next = open(bench);
    for (let slot = 0; slot < slots; slot++) await next.need(slot);
    await bench.cycles(10);
    expect(next.served.length).to.equal(slots - 2);
  });

  test("property: every need is served once, no block has two owners, and links lead through the chain", async (bench) => {
    const run = fc.record({
      wants: fc.array(fc.nat({ max: slots - 1 }), { minLength: 1, maxLength: 60 }),
      back: fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.mostly),
    });
    await bench.property(run, async ({ wants, back }) => {
      bench.drive({ wait_valid: 0, s_need: 0, free_valid: 0 });
      await bench.reset(1);
      const rig = open(bench, back);
      try { await walk(rig, wants, bench); } finally { rig.stop(); }
    });
  });
});
