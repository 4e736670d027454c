import { expect } from "chai";
import fc from "fast-check";
import { PAUSES, withTimeout } from "../../src/core/index.ts";
import { CounterModel, KIND, randomReport, REPORT_FIELDS, type Report } from "../support/counter-model.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";

describeModule(
  "vnet_counter_bank",
  { params: [{ NQ: 2 }, { NQ: 8 }], fullParams: [{ NQ: 16 }] },
  ({ params, test }) => {
    // The memories have been filled, and nothing waits any more.
    const filled = Math.max(32, 8 * params.NQ) + 40;
    const read = async (bench: ModuleBench, queue: number, kind: number, code: number): Promise<{ count: bigint; errors: number }> => {
      bench.drive({ rd_en: 1, rd_queue: queue, rd_kind: kind, rd_code: code });
      await bench.cycles(1);
      bench.drive({ rd_en: 0 });
      for (let i = 0; i < filled + 5; i++) {
        await bench.cycles(1);
        if (bench.signal("rd_valid").isHigh) {
          return { count: bench.signal("rd_count").value, errors: bench.signal("rd_errors").number };
        }
      }
      throw new Error("no answer to a read");
    };

    const check = async (bench: ModuleBench, model: CounterModel): Promise<void> => {
      await bench.cycles(filled);
      for (const [queue, counts] of model.counts.entries()) {
        for (const [kind, expected] of counts.entries()) {
          expect((await read(bench, queue, kind, 0)).count, `queue ${queue} counter ${kind}`).to.equal(expected);
        }
      }
      for (let code = 1; code < 32; code++) {
        const expected = code === 20 ? model.zero : code === 21 ? model.layout : (model.errors.get(code) ?? 0);
        expect((await read(bench, 0, 0, code)).errors, `code ${code}`).to.equal(expected);
      }
    };

    test("everything is 0 after reset, although the memories have to be filled first", async (bench) => {
      expect((await read(bench, 0, KIND.bytes, 5)).count).to.equal(0n);
      await check(bench, new CounterModel(params.NQ));
    });

    test("reports one per cycle; those with elements without bytes take two", async (bench) => {
      const model = new CounterModel(params.NQ);
      await bench.cycles(filled);
      const source = bench.source("s_rep", REPORT_FIELDS);
      let steps = 0;
      for (let i = 0; i < 200; i++) {
        const report = randomReport(bench.random, params.NQ);
        model.report(report);
        source.sendNow(report);
        steps += report.zero === 0n ? 1 : 2;
      }
      const start = bench.cycle;
      await withTimeout(source.wait(), 1000);
      expect(bench.cycle - start).to.be.at.most((steps * 17) / 16 + 4);
      await check(bench, model);
    });

    test("notifications for no queue are counted and are no error of a queue", async (bench) => {
      const model = new CounterModel(params.NQ);
      await bench.cycles(filled);
      for (let i = 0; i < 5; i++) {
        bench.drive({ evt_kick_range: 1 });
        await bench.cycles(1);
        bench.drive({ evt_kick_range: 0 });
        model.error(22);
        for (let wait = 0; wait < 6; wait++) {
          await bench.cycles(1);
          expect(bench.signal("evt_error").isHigh).to.equal(false);
        }
      }
      await check(bench, model);
    });

    test("the carry into the high half", async (bench) => {
      const model = new CounterModel(params.NQ);
      const source = bench.source("s_rep", REPORT_FIELDS);
      const report: Report = { queue: 0n, bytes: 0xfffffn, frame: 1n, ndesc: 0xffffn, class: 1n, layout: 0n, err: 0n, zero: 0n };
      // 2^20 - 1 bytes each: the low half overflows after 4097 reports, and all bits up to 36 have been set after 65537.
      for (let i = 0; i < 65_600; i++) {
        model.report(report);
        source.sendNow(report);
      }
      await withTimeout(source.wait(), 80_000);
      expect(model.counts[0]?.[KIND.bytes]).satisfy((bytes: bigint) => bytes > 2n ** 36n);
      await check(bench, model);
    });

    test("every bit of the low half, and of a report", async (bench) => {
      const model = new CounterModel(params.NQ);
      await bench.cycles(filled);
      const source = bench.source("s_rep", REPORT_FIELDS);
      const queue = params.NQ - 1;
      for (let i = 0; i < 60; i++) {
        const report: Report = {
          queue: BigInt(queue),
          bytes: bench.random.bits(20),
          frame: 1n,
          ndesc: bench.random.bits(16),
          class: BigInt(i % 4),
          layout: 0n,
          err: 0n,
          zero: 0n,
        };
        model.report(report);
        source.sendNow(report);
        await withTimeout(source.wait(), 100);
        await bench.cycles(24);
        for (const kind of [KIND.bytes, KIND.ndesc, 0]) {
          expect((await read(bench, queue, kind, 0)).count, `counter ${kind}`).to.equal(model.counts[queue]?.[kind]);
        }
      }
    });

    test("reads one after the other do not keep the round from any queue", async (bench) => {
      const model = new CounterModel(params.NQ);
      await bench.cycles(filled);
      const source = bench.source("s_rep", REPORT_FIELDS);
      for (let i = 0; i < 3000; i++) {
        const report: Report = { queue: BigInt(i % params.NQ), bytes: 0xfffffn, frame: 1n, ndesc: 0xffffn, class: 1n, layout: 0n, err: 0n, zero: 0n };
        model.report(report);
        source.sendNow(report);
      }
      while (source.pending > 0) await read(bench, 0, KIND.bytes, 1);
      await check(bench, model);
    });

    test("kicks and interrupts of all queues at once are not lost among reports", async (bench) => {
      const model = new CounterModel(params.NQ);
      await bench.cycles(filled);
      const source = bench.source("s_rep", REPORT_FIELDS);
      for (let i = 0; i < 300; i++) {
        const report = randomReport(bench.random, params.NQ);
        model.report(report);
        source.sendNow(report);
      }
      // A queue is notified at most every few cycles: registers and used rings are slower than this.
      const gap = 2 * params.NQ + 2;
      for (let i = 0; i < 40; i++) {
        const kicks = bench.random.below(2 ** params.NQ);
        const irqs = bench.random.below(2 ** params.NQ);
        bench.drive({ evt_kick: kicks, evt_irq: irqs });
        await bench.cycles(1);
        bench.drive({ evt_kick: 0, evt_irq: 0 });
        for (let queue = 0; queue < params.NQ; queue++) {
          if (((kicks >> queue) & 1) === 1) model.add(queue, KIND.kicks, 1n);
          if (((irqs >> queue) & 1) === 1) model.add(queue, KIND.irqs, 1n);
        }
        await bench.cycles(gap);
      }
      await withTimeout(source.wait(), 2000);
      await check(bench, model);
    });

    test("queue errors are counted and announced with their queue", async (bench) => {
      const model = new CounterModel(params.NQ);
      await bench.cycles(filled);
      const announced: string[] = [];
      const watch = (): void => {
        if (!bench.signal("evt_error").isHigh) return;
        announced.push(`${bench.signal("evt_error_queue").number}:${bench.signal("evt_error_code").number}`);
      };
      const codeOf = (queue: number): number => 16 + (queue % 3);
      // Neighbours at the same time, one from each source.
      const width = Math.log2(params.NQ);
      for (let queue = 0; queue < params.NQ; queue += 2) {
        const [first, second] = [codeOf(queue), codeOf(queue + 1)];
        bench.drive({ qerr_valid: 3, qerr_queue: queue | ((queue + 1) << width), qerr_code: first | (second << 5) });
        model.error(first);
        model.error(second);
        await bench.cycles(1);
        watch();
      }
      bench.drive({ qerr_valid: 0 });
      for (let i = 0; i < 20 + params.NQ; i++) {
        await bench.cycles(1);
        watch();
      }
      const all = Array.from({ length: params.NQ }, (_, queue) => `${queue}:${codeOf(queue)}`);
      expect(announced).to.have.members(all);
      await check(bench, model);
    });

    test("property: sums of any reports", async (bench) => {
      const model = new CounterModel(params.NQ);
      await bench.property(
        fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()),
        async ([count, isSlow]) => {
          const source = bench.source("s_rep", REPORT_FIELDS, { pause: isSlow ? PAUSES.half : PAUSES.never });
          for (let i = 0; i < count; i++) {
            const report = randomReport(bench.random, params.NQ);
            model.report(report);
            source.sendNow(report);
          }
          await withTimeout(source.wait(), 500);
          source.stop();
          await bench.cycles(20);
          const queue = bench.random.below(params.NQ);
          const kind = bench.random.below(6);
          expect((await read(bench, queue, kind, 1)).count).to.equal(model.counts[queue]?.[kind]);
        },
        15,
      );
      await check(bench, model);
    });
  },
);
