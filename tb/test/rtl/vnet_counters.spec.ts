import { expect } from "chai";
import fc from "fast-check";
import { withTimeout } from "../../src/core/index.ts";
import { CounterModel, KIND, randomReport, REPORT_FIELDS } from "../support/counter-model.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";

const KICK_RANGE = 22;

describeModule(
  "vnet_counters",
  {
    params: [
      { NQ: 1, FRAME_MAX: 0xfffff },
      { NQ: 4, FRAME_MAX: 0xfffff },
    ],
    fullParams: [{ NQ: 8, FRAME_MAX: 0xfffff }],
  },
  ({ params, test }) => {
    // The memories have been filled, and nothing waits any more.
    const filled = 16 * params.NQ + 40;
    const read = async (bench: ModuleBench, addr: number): Promise<number> => {
      bench.drive({ rd_en: 1, rd_addr: addr });
      await bench.cycles(1);
      bench.drive({ rd_en: 0 });
      for (let i = 0; i < 200; i++) {
        await bench.cycles(1);
        if (bench.signal("rd_valid").isHigh) return bench.signal("rd_data").number;
      }
      throw new Error("no answer to a read");
    };
    const errorAt = (code: number): number => 0x2080 + 4 * code;
    const counterAt = (vq: number, kind: number): number => 0x2400 + 0x40 * vq + 8 * kind;

    const check = async (bench: ModuleBench, rx: CounterModel, tx: CounterModel): Promise<void> => {
      await bench.cycles(filled);
      for (const [parity, model] of [rx, tx].entries()) {
        for (const [queue, counts] of model.counts.entries()) {
          for (const [kind, expected] of counts.entries()) {
            const addr = counterAt(2 * queue + parity, kind);
            const low = await read(bench, addr);
            const high = await read(bench, addr + 4);
            expect((BigInt(high) << 32n) | BigInt(low), `0x${addr.toString(16)}`).to.equal(expected);
          }
        }
      }
      for (const code of [1, 4, 8, 9, 11, 13, 16, 17, 18, 24, 27]) {
        const expected = (rx.errors.get(code) ?? 0) + (tx.errors.get(code) ?? 0);
        expect(await read(bench, errorAt(code)), `error ${code}`).to.equal(expected);
      }
      expect(await read(bench, errorAt(20))).to.equal(rx.zero + tx.zero);
      expect(await read(bench, errorAt(21))).to.equal(rx.layout + tx.layout);
    };

    test("both directions, all counters", async (bench) => {
      const rx = new CounterModel(params.NQ);
      const tx = new CounterModel(params.NQ);
      const sources = [
        [bench.source("s_rx_rep", REPORT_FIELDS), rx],
        [bench.source("s_tx_rep", REPORT_FIELDS), tx],
      ] as const;
      for (let i = 0; i < 60; i++) {
        for (const [source, model] of sources) {
          const report = randomReport(bench.random, params.NQ);
          model.report(report);
          source.sendNow(report);
        }
      }
      for (const [source] of sources) await withTimeout(source.wait(), 1000);
      const last = 1 << (params.NQ - 1);
      bench.drive({ rx_evt_kick: last, tx_evt_irq: last });
      await bench.cycles(1);
      bench.drive({ rx_evt_kick: 0, tx_evt_irq: 0, rx_evt_irq: 1, tx_evt_kick: 1 });
      await bench.cycles(1);
      bench.drive({ rx_evt_irq: 0, tx_evt_kick: 0 });
      rx.add(params.NQ - 1, KIND.kicks, 1n);
      tx.add(params.NQ - 1, KIND.irqs, 1n);
      rx.add(0, KIND.irqs, 1n);
      tx.add(0, KIND.kicks, 1n);
      await check(bench, rx, tx);
    });

    test("counters of virtqueues that do not exist read 0", async (bench) => {
      for (const name of ["s_rx_rep", "s_tx_rep"]) {
        const source = bench.source(name, REPORT_FIELDS);
        for (let i = 0; i < 20; i++) source.sendNow(randomReport(bench.random, params.NQ));
        await withTimeout(source.wait(), 200);
      }
      await bench.cycles(filled);
      for (const vq of [2 * params.NQ, 64, 100]) {
        for (const kind of [0, KIND.bytes, 7]) {
          expect(await read(bench, counterAt(vq, kind))).to.equal(0);
          expect(await read(bench, counterAt(vq, kind) + 4)).to.equal(0);
        }
      }
    });

    test("reading the low word latches the high word", async (bench) => {
      const source = bench.source("s_tx_rep", REPORT_FIELDS);
      const report = { queue: 0n, bytes: 0xfffffn, frame: 1n, ndesc: 1n, class: 1n, layout: 0n, err: 0n, zero: 0n };
      for (let i = 0; i < 4096; i++) source.sendNow(report);
      await withTimeout(source.wait(), 10_000);
      await bench.cycles(filled);
      const low = await read(bench, counterAt(1, KIND.bytes));
      expect(low).to.equal(0xfffff * 4096);
      source.sendNow(report, report);
      await withTimeout(source.wait(), 100);
      await bench.cycles(20);
      expect(await read(bench, counterAt(1, KIND.bytes) + 4), "high word of the value before").to.equal(0);
      expect(await read(bench, counterAt(1, KIND.bytes))).to.equal((0xfffff * 4098) % 2 ** 32);
      expect(await read(bench, counterAt(1, KIND.bytes) + 4)).to.equal(1);
      for (let i = 0; i < 16_384; i++) source.sendNow(report);
      await withTimeout(source.wait(), 20_000);
      await bench.cycles(filled);
      const total = 0xfffffn * (4098n + 16_384n);
      expect(await read(bench, counterAt(1, KIND.bytes))).to.equal(Number(total & 0xffff_ffffn));
      expect(await read(bench, counterAt(1, KIND.bytes) + 4)).to.equal(Number(total >> 32n));
    });

    test("the last error: virtqueue and code; notifications out of range", async (bench) => {
      const lastError = bench.signal("sts_last_error");
      await bench.cycles(filled);
      expect(lastError.number).to.equal(0);
      bench.drive({ tx_qerr_valid: 1, tx_qerr_queue: params.NQ - 1, tx_qerr_code: 17 });
      await bench.cycles(1);
      bench.drive({ tx_qerr_valid: 0 });
      await bench.cycles(10);
      expect(lastError.number).to.equal(((2 * params.NQ - 1) << 8) | 17);
      bench.drive({ rx_qerr_valid: 1, rx_qerr_queue: 0, rx_qerr_code: 16 });
      await bench.cycles(1);
      bench.drive({ rx_qerr_valid: 0 });
      await bench.cycles(10);
      expect(lastError.number).to.equal(16);
      // Register writes are at least four cycles apart.
      for (let i = 0; i < 2; i++) {
        bench.drive({ evt_kick_range: 1, evt_kick_number: 0x77 });
        await bench.cycles(1);
        bench.drive({ evt_kick_range: 0 });
        await bench.cycles(3);
      }
      expect(lastError.number).to.equal((0x77 << 8) | KICK_RANGE);
      expect(await read(bench, errorAt(KICK_RANGE))).to.equal(2);
      expect(await read(bench, errorAt(16))).to.equal(1);
      expect(await read(bench, errorAt(17))).to.equal(1);
    });

    test("hardware reset clears everything", async (bench) => {
      const source = bench.source("s_rx_rep", REPORT_FIELDS);
      for (let i = 0; i < 10; i++) source.sendNow(randomReport(bench.random, params.NQ));
      await withTimeout(source.wait(), filled + 100);
      source.stop();
      bench.drive({ s_rx_rep_valid: 0 });
      await bench.reset(1);
      await check(bench, new CounterModel(params.NQ), new CounterModel(params.NQ));
      expect(bench.signal("sts_last_error").number).to.equal(0);
    });

    test("property: reads in the middle of traffic are answered and exact in the end", async (bench) => {
      const rx = new CounterModel(params.NQ);
      const source = bench.source("s_rx_rep", REPORT_FIELDS);
      await bench.property(fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 6 }), async (kinds) => {
        for (let i = 0; i < 30; i++) {
          const report = randomReport(bench.random, params.NQ);
          rx.report(report);
          source.sendNow(report);
        }
        for (const kind of kinds) {
          const value = await read(bench, counterAt(0, kind));
          expect(value).to.be.at.most(Number(rx.counts[0]?.[kind] ?? 0n));
        }
        await withTimeout(source.wait(), 500);
      });
      await check(bench, rx, new CounterModel(params.NQ));
    });
  },
);
