import { expect } from "chai";
import fc from "fast-check";
import { describeModule } from "../support/module-test.ts";

/** Cycles from a frame let in to its turn, at least: the frame store is longer. */
const ON_THE_WAY = 3;

describeModule(
  "vnet_rx_stale",
  {
    params: [
      { NQ: 1, FRAMES: 16 },
      { NQ: 4, FRAMES: 16 },
    ],
    fullParams: [
      { NQ: 2, FRAMES: 512 },
      { NQ: 8, FRAMES: 512 },
    ],
  },
  ({ params, test }) => {
    const all = 2 ** params.NQ - 1;

    test("property: stale is what was let in before the last stop of its queue", async (bench) => {
      const step = fc.record({
        accept: fc.boolean(),
        queue: fc.nat({ max: params.NQ - 1 }),
        take: fc.boolean(),
        stop: fc.option(fc.nat({ max: all }), { freq: 8, nil: 0 }),
        disable: fc.option(fc.nat({ max: all }), { freq: 8, nil: 0 }),
      });
      await bench.property(fc.array(step, { minLength: 1, maxLength: 150 }), async (steps) => {
        await bench.reset(1);
        const frames: { queue: number; since: number; isStale: boolean }[] = [];
        for (const [cycle, { accept, queue, take, stop, disable }] of steps.entries()) {
          const dead = stop | disable;
          const isLive = (one: number): boolean => ((dead >> one) & 1) === 0;
          const isLetIn = accept && isLive(queue) && frames.length < params.FRAMES;
          const [oldest] = frames;
          const isDue = oldest !== undefined && cycle - oldest.since >= ON_THE_WAY;
          const isTaken = isDue && take;
          bench.drive({ s_acc_valid: isLetIn ? 1 : 0, s_acc_queue: queue, cfg_stop: stop, cfg_enable: all & ~disable });
          bench.drive({ s_frm_queue: oldest?.queue ?? 0, s_frm_taken: isTaken ? 1 : 0 });
          await bench.cycles();
          // Of a queue that is stopped now nobody asks: its frames are dropped anyway.
          if (isDue && isLive(oldest.queue)) {
            expect(bench.signal("m_frm_stale").isHigh, `cycle ${cycle}`).to.equal(oldest.isStale);
          }
          if (isTaken) frames.shift();
          if (isLetIn) frames.push({ queue, since: cycle, isStale: false });
          for (const frame of frames) frame.isStale ||= !isLive(frame.queue);
        }
        bench.drive({ s_acc_valid: 0, s_frm_taken: 0 });
      });
    });

    test("any number of frames of a driver that is gone, and then those of the next one", async (bench) => {
      const queue = params.NQ - 1;
      const letIn = async (count: number): Promise<void> => {
        bench.drive({ s_acc_valid: 1, s_acc_queue: queue });
        await bench.cycles(count);
        bench.drive({ s_acc_valid: 0 });
        await bench.cycles(3);
      };
      bench.drive({ cfg_enable: all, cfg_stop: 0, s_frm_queue: queue });
      // The time grows with the square of the frames: every count of the small set, 16 counts of a larger one.
      for (let count = 1; count < params.FRAMES; count += Math.ceil(params.FRAMES / 16)) {
        await letIn(count);
        bench.drive({ cfg_stop: all });
        await bench.cycles(2);
        bench.drive({ cfg_stop: 0 });
        await letIn(1);
        for (let i = 0; i <= count; i++) {
          expect(bench.signal("m_frm_stale").isHigh, `frame ${i} of ${count} and one`).to.equal(i < count);
          bench.drive({ s_frm_taken: 1 });
          await bench.cycles();
          bench.drive({ s_frm_taken: 0 });
          await bench.cycles(2);
        }
      }
    });

    test("as many frames as fit, twice over, all stale and none", async (bench) => {
      bench.drive({ cfg_enable: all, cfg_stop: 0 });
      for (const isStopped of [true, false, true]) {
        bench.drive({ s_acc_valid: 1, s_acc_queue: params.NQ - 1 });
        await bench.cycles(params.FRAMES);
        bench.drive({ s_acc_valid: 0 });
        await bench.cycles(2);
        bench.drive({ cfg_stop: isStopped ? all : 0 });
        await bench.cycles(4);
        bench.drive({ cfg_stop: 0, s_frm_queue: params.NQ - 1 });
        for (let i = 0; i < params.FRAMES; i++) {
          await bench.cycles();
          expect(bench.signal("m_frm_stale").isHigh, `frame ${i}`).to.equal(isStopped);
          bench.drive({ s_frm_taken: 1 });
          await bench.cycles();
          bench.drive({ s_frm_taken: 0 });
        }
        await bench.cycles();
        expect(bench.signal("m_frm_stale").isHigh, "behind the last one").to.equal(false);
      }
    });
  },
);
