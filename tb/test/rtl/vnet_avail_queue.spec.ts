import { expect } from "chai";
import fc from "fast-check";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { CODE } from "../support/ring-model.ts";
import { waitUntil } from "../support/wait.ts";

describeModule(
  "vnet_avail_queue",
  { params: [{ SLOT_LOG2: 3, POLL_GAP: 16 }], fullParams: [{ SLOT_LOG2: 6, POLL_GAP: 64 }] },
  ({ params, test }) => {
    const slots = 1 << params.SLOT_LOG2;
    const high = (bench: ModuleBench, name: string): boolean => bench.signal(name).isHigh;
    const value = (bench: ModuleBench, name: string): number => bench.signal(name).number;

    /** What the inputs are without their event: codes mean nothing then. */
    const IDLE: Readonly<Record<string, number>> = { idx_code: CODE.availJump, drop_code: CODE.headRange, armed_err: 1 };

    /** Shows these inputs for one cycle; two cycles later the outputs have followed. */
    const pulse = async (bench: ModuleBench, inputs: Readonly<Record<string, number>>): Promise<void> => {
      const shown = { idx_code: 0, drop_code: 0, armed_err: 0, ...inputs };
      bench.drive(shown);
      await bench.cycles();
      bench.drive(Object.fromEntries(Object.keys(shown).map((name) => [name, IDLE[name] ?? 0])));
      await bench.cycles(3);
    };

    const enable = async (bench: ModuleBench): Promise<void> => {
      bench.drive({ cfg_enable: 1, ...IDLE });
      await bench.cycles(2);
    };

    const readIndex = async (bench: ModuleBench, idx: number, code = 0): Promise<void> => {
      await waitUntil(bench, () => high(bench, "want_idx"), 2 * params.POLL_GAP + 10, "the wish to read the index");
      await pulse(bench, { evt_idx_issued: 1 });
      expect(high(bench, "want_idx"), "one index read at a time").to.equal(false);
      await pulse(bench, { evt_idx: 1, idx_value: idx, idx_code: code });
    };

    const takeEntries = async (bench: ModuleBench, count: number): Promise<void> => {
      expect(high(bench, "want_entries")).to.equal(true);
      await pulse(bench, { evt_entries_issued: 1, issued_n: count });
      for (let i = 0; i < count; i++) await pulse(bench, { evt_head: 1 });
    };

    const serve = async (bench: ModuleBench, count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await pulse(bench, { evt_slot_free: 1, evt_completed: 1 });
    };

    test("smoke: kick, index, entries, and back to sleep", async (bench) => {
      await enable(bench);
      expect(high(bench, "want_idx")).to.equal(false);
      await pulse(bench, { kick: 1 });
      await readIndex(bench, 3);
      expect(value(bench, "known")).to.equal(3);
      expect(high(bench, "want_busy")).to.equal(true);
      await pulse(bench, { evt_busy_taken: 1 });
      await takeEntries(bench, 3);
      expect(high(bench, "want_entries")).to.equal(false);
      expect(value(bench, "slots_free")).to.equal(slots - 3);
      await serve(bench, 3);
      await readIndex(bench, 3);
      expect(high(bench, "want_arm")).to.equal(true);
      await pulse(bench, { evt_arm_taken: 1 });
      expect(high(bench, "want_arm")).to.equal(false);
      expect(high(bench, "want_idx"), "not before the request is in memory").to.equal(false);
      await pulse(bench, { evt_armed: 1 });
      // Once more, because the driver may have added entries meanwhile.
      await readIndex(bench, 3);
      await bench.cycles(4 * params.POLL_GAP);
      expect(high(bench, "want_idx"), "asleep").to.equal(false);
    });

    test("a dry queue with chains in its slots reads only every POLL_GAP cycles", async (bench) => {
      await enable(bench);
      await pulse(bench, { kick: 1 });
      await readIndex(bench, 2);
      await takeEntries(bench, 2);
      await waitUntil(bench, () => high(bench, "want_idx"), params.POLL_GAP + 4, "the first look");
      await pulse(bench, { evt_idx_issued: 1 });
      const start = bench.cycle;
      await pulse(bench, { evt_idx: 1, idx_value: 3 });
      await takeEntries(bench, 1);
      await waitUntil(bench, () => high(bench, "want_idx"), 2 * params.POLL_GAP, "the next look");
      expect(bench.cycle - start).to.equal(params.POLL_GAP - 1);
    });

    test("the index is read again after 32 entries, although some are left", async (bench) => {
      await enable(bench);
      await pulse(bench, { kick: 1 });
      await readIndex(bench, 100);
      for (let taken = 0; taken < 32; taken += 4) {
        expect(high(bench, "want_idx"), `after ${taken}`).to.equal(false);
        await takeEntries(bench, 4);
        await serve(bench, 4);
      }
      await readIndex(bench, 101);
      expect(value(bench, "known")).to.equal(101);
    });

    test("no entries are wanted without a free slot", async (bench) => {
      await enable(bench);
      await pulse(bench, { kick: 1 });
      await readIndex(bench, 2 * slots);
      // A block has 32 entries at most.
      for (let taken = 0; taken < slots; taken += 32) await takeEntries(bench, Math.min(32, slots));
      expect(value(bench, "slots_free")).to.equal(0);
      expect(high(bench, "want_entries")).to.equal(false);
      await serve(bench, 1);
      expect(high(bench, "want_entries")).to.equal(true);
    });

    test("a kick during the index read counts: the queue does not go to sleep over it", async (bench) => {
      await enable(bench);
      await pulse(bench, { kick: 1 });
      await readIndex(bench, 1);
      await takeEntries(bench, 1);
      await serve(bench, 1);
      await waitUntil(bench, () => high(bench, "want_idx"), 100, "the look");
      await pulse(bench, { evt_idx_issued: 1 });
      await pulse(bench, { kick: 1 });
      await pulse(bench, { evt_idx: 1, idx_value: 1 });
      expect(high(bench, "want_arm")).to.equal(false);
      expect(high(bench, "want_idx")).to.equal(true);
    });

    for (const [title, inputs, code] of [
      ["index", { evt_idx: 1, idx_value: 9, idx_code: CODE.availJump }, CODE.availJump],
      ["index read", { evt_idx: 1, idx_value: 9, idx_code: CODE.axiRing }, CODE.axiRing],
      ["entry", { evt_drop: 1, drop_code: CODE.headRange }, CODE.headRange],
      ["entry read", { evt_drop: 1, drop_code: CODE.axiRing }, CODE.axiRing],
    ] as const) {
      test(`error of the ${title}: the queue stops until it was stopped and cleared`, async (bench) => {
        await enable(bench);
        await pulse(bench, { kick: 1 });
        await readIndex(bench, 2);
        await pulse(bench, { evt_entries_issued: 1, issued_n: 1 });
        await pulse(bench, inputs);
        expect(high(bench, "err_valid")).to.equal(true);
        expect(value(bench, "err_code")).to.equal(code);
        expect(high(bench, "running")).to.equal(false);
        await pulse(bench, { err_taken: 1 });
        await pulse(bench, inputs);
        expect(high(bench, "err_valid"), "the first error counts").to.equal(false);
      });
    }

    test("a failed arm stops the queue without a second report", async (bench) => {
      await enable(bench);
      await pulse(bench, { kick: 1 });
      await readIndex(bench, 2);
      await pulse(bench, { evt_armed: 1, armed_err: 1 });
      expect(high(bench, "running")).to.equal(false);
      expect(high(bench, "dead")).to.equal(true);
      await pulse(bench, { evt_drop: 1, drop_code: CODE.headRange });
      expect(high(bench, "err_valid"), "vnet_used_write has reported it").to.equal(false);
    });

    test("stop: idle when the last chain is completed, and everything begins at 0", async (bench) => {
      await enable(bench);
      await pulse(bench, { kick: 1 });
      await readIndex(bench, 5);
      await takeEntries(bench, 2);
      bench.drive({ cfg_stop: 1 });
      await bench.cycles(5);
      expect(high(bench, "sts_idle")).to.equal(false);
      await pulse(bench, { evt_slot_free: 1 });
      await pulse(bench, { evt_slot_free: 1, evt_completed: 1 });
      expect(high(bench, "sts_idle"), "one completion is missing").to.equal(false);
      bench.drive({ arm_pending: 1 });
      await pulse(bench, { evt_completed: 1 });
      expect(high(bench, "sts_idle"), "a request to sleep is on its way").to.equal(false);
      bench.drive({ arm_pending: 0 });
      await bench.cycles(4);
      expect(high(bench, "sts_idle")).to.equal(true);
      bench.drive({ cfg_stop: 0 });
      await bench.cycles(3);
      expect([value(bench, "known"), value(bench, "requested")]).to.deep.equal([0, 0]);
      expect(high(bench, "want_idx")).to.equal(false);
      await pulse(bench, { kick: 1 });
      await readIndex(bench, 1);
    });

    test("stop: idle when as many chains are completed as the largest queue has", async (bench) => {
      const chains = 32768;
      for (const wait of [5, 6]) {
        await enable(bench);
        bench.drive({ evt_head: 1 });
        await bench.cycles(chains);
        bench.drive({ evt_head: 0, cfg_stop: 1 });
        await bench.cycles(wait);
        expect(high(bench, "sts_idle")).to.equal(false);
        bench.drive({ evt_completed: 1 });
        await bench.cycles(chains - 1);
        bench.drive({ evt_completed: 0 });
        await bench.cycles(5);
        expect(high(bench, "sts_idle"), "one completion is missing").to.equal(false);
        await pulse(bench, { evt_completed: 1 });
        expect(high(bench, "sts_idle")).to.equal(true);
        bench.drive({ cfg_stop: 0 });
        await bench.cycles(3);
      }
    });

    test("reset in the middle", async (bench) => {
      await enable(bench);
      await pulse(bench, { kick: 1 });
      await readIndex(bench, 5);
      await takeEntries(bench, 2);
      await bench.reset(1);
      expect(value(bench, "slots_free")).to.equal(slots);
      expect([value(bench, "known"), value(bench, "requested")]).to.deep.equal([0, 0]);
      expect(high(bench, "want_idx") || high(bench, "want_entries") || high(bench, "want_arm")).to.equal(false);
    });

    test("property: all entries are requested, never more than slots, and the queue sleeps at the end", async (bench) => {
      const steps = fc.array(fc.record({ added: fc.nat({ max: 9 }), rounds: fc.nat({ max: 12 }) }), {
        minLength: 1,
        maxLength: 12,
      });
      await bench.property(steps, async (list) => {
        await bench.reset(1);
        await enable(bench);
        let available = 0;
        let requested = 0;
        let inSlots = 0;
        let armed = 0;
        let event = 0;
        const round = async (): Promise<void> => {
          if (high(bench, "want_idx")) {
            const seen = available;
            await pulse(bench, { evt_idx_issued: 1 });
            await pulse(bench, { evt_idx: 1, idx_value: seen });
          } else if (high(bench, "want_entries")) {
            const count = Math.min(
              value(bench, "known") - value(bench, "requested"),
              value(bench, "slots_free"),
              bench.random.between(1, 4),
            );
            await pulse(bench, { evt_entries_issued: 1, issued_n: count });
            for (let i = 0; i < count; i++) await pulse(bench, { evt_head: 1 });
            requested += count;
            inSlots += count;
            expect(inSlots).to.be.at.most(slots);
            expect(requested).to.be.at.most(available);
          } else if (high(bench, "want_arm")) {
            event = value(bench, "requested");
            await pulse(bench, { evt_arm_taken: 1 });
            await pulse(bench, { evt_armed: 1 });
            armed = event;
          } else if (inSlots > 0) {
            await serve(bench, 1);
            inSlots--;
          } else {
            await bench.cycles(2);
          }
        };
        for (const { added, rounds } of list) {
          const before = available;
          available += added;
          // As a driver with the event index.
          if (before <= armed && available > armed) await pulse(bench, { kick: 1 });
          for (let i = 0; i < rounds; i++) await round();
        }
        for (let i = 0; i < 400 && (requested < available || armed !== available); i++) await round();
        expect(requested).to.equal(available);
        expect(armed).to.equal(available);
      });
    });
  },
);
