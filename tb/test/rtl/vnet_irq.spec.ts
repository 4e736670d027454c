import { expect } from "chai";
import fc from "fast-check";
import { type Pause, PAUSES } from "../../src/core/index.ts";
import { describeModule, type ModuleBench } from "../support/module-test.ts";

const NO_VECTOR = 0xffff;

describeModule(
  "vnet_irq",
  { params: [{ NVQ: 2 }, { NVQ: 8 }], fullParams: [{ NVQ: 16 }] },
  ({ params, test }) => {
    /** Queue i has vector 10 + i, the configuration vector 5. */
    const setUp = async (bench: ModuleBench, options: { readonly msix?: boolean; readonly pause?: Pause } = {}) => {
      bench.drive({ cfg_msix_enable: options.msix === false ? 0 : 1, cfg_driver_ok: 1, cfg_config_vector: 5 });
      for (let vq = 0; vq < params.NVQ; vq++) {
        bench.drive({ vec_wr: 1, vec_vq: vq, vec_value: 10 + vq });
        await bench.cycles(1);
      }
      bench.drive({ vec_wr: 0, vec_mapped: 2 ** params.NVQ - 1 });
      await bench.cycles(2);
      return bench.sink("m_irq", ["vector"], { pause: options.pause ?? PAUSES.never });
    };
    const pulse = async (bench: ModuleBench, values: Readonly<Record<string, number>>): Promise<void> => {
      bench.drive(values);
      await bench.cycles(1);
      bench.drive(Object.fromEntries(Object.keys(values).map((name) => [name, 0])));
      await bench.cycles(1);
    };

    test("smoke: a request becomes its vector, 3 cycles later", async (bench) => {
      const sink = await setUp(bench);
      bench.drive({ irq_req: 2 });
      await bench.cycles(1);
      bench.drive({ irq_req: 0 });
      const requested = bench.cycle; // this edge samples the request
      await bench.cycles(10);
      const moved = sink.takeAll();
      expect(moved.map(({ beat }) => Number(beat.vector))).to.deep.equal([11]);
      expect((moved[0]?.cycle ?? 0) - requested).to.be.within(1, 4);
    });

    test("always after the same time, whenever the request comes", async (bench) => {
      const sink = await setUp(bench);
      const times = new Set<number>();
      for (let gap = 10; gap < 18; gap++) {
        bench.drive({ irq_req: 2 });
        await bench.cycles(1);
        bench.drive({ irq_req: 0 });
        const requested = bench.cycle;
        await bench.cycles(gap);
        times.add((sink.takeAll()[0]?.cycle ?? 0) - requested);
      }
      expect(times.size, [...times].join(", ")).to.equal(1);
    });

    test("a stop at any time before the offer prevents it [VQR-02]", async (bench) => {
      const sink = await setUp(bench, { pause: { kind: "always" } });
      for (let delay = 0; delay < 6; delay++) {
        bench.drive({ irq_req: 1 });
        await bench.cycles();
        bench.drive({ irq_req: 0 });
        if (delay > 0) await bench.cycles(delay);
        bench.drive({ cfg_stop: 1 });
        await bench.cycles(1);
        // What this edge has seen, together with the stop.
        const isOffered = bench.signal("m_irq_valid").isHigh;
        await bench.cycles(5);
        expect(bench.signal("m_irq_valid").isHigh, `stop ${delay} cycles later`).to.equal(isOffered);
        expect(bench.signal("sts_busy").number & 1).to.equal(isOffered ? 1 : 0);
        sink.pause = PAUSES.never;
        await bench.cycles(6);
        sink.pause = { kind: "always" };
        bench.drive({ cfg_stop: 0 });
        await bench.cycles(6);
        expect(bench.signal("m_irq_valid").isHigh).to.equal(false);
      }
    });

    test("every source has its vector; all at once are served one after the other [PCI-70]", async (bench) => {
      const sink = await setUp(bench);
      await pulse(bench, { irq_req: 2 ** params.NVQ - 1, evt_config: 1 });
      await bench.cycles(5 * params.NVQ + 10);
      const vectors = sink.takeAll().map(({ beat }) => Number(beat.vector));
      expect(vectors.sort((a, b) => a - b)).to.deep.equal([5, ...Array.from({ length: params.NVQ }, (_, i) => 10 + i)]);
    });

    test("requests that wait are merged, none is lost", async (bench) => {
      const sink = await setUp(bench, { pause: { kind: "always" } });
      for (let i = 0; i < 5; i++) await pulse(bench, { irq_req: 1 });
      await bench.cycles(5);
      sink.pause = PAUSES.never;
      await bench.cycles(20);
      // The first is on offer, the others are merged behind it.
      expect(sink.takeAll().map(({ beat }) => Number(beat.vector))).to.deep.equal([10, 10]);
    });

    test("a source without a vector sends nothing [PCI-71] [PCI-76] [PCI-77]", async (bench) => {
      const sink = await setUp(bench);
      bench.drive({ vec_mapped: 2 ** params.NVQ - 2, cfg_config_vector: NO_VECTOR });
      await pulse(bench, { irq_req: 3, evt_config: 1 });
      await bench.cycles(20);
      expect(sink.takeAll().map(({ beat }) => Number(beat.vector))).to.deep.equal([11]);
      expect(bench.signal("sts_busy").number, "nothing is left").to.equal(0);
    });

    test("ISR without MSI-X: queue and configuration bits, intx, cleared by reading [PCI-50] [PCI-52]", async (bench) => {
      const sink = await setUp(bench, { msix: false });
      const isr = bench.signal("isr");
      const intx = bench.signal("intx");
      await pulse(bench, { irq_req: 1 });
      await bench.cycles(2);
      expect([isr.number, intx.isHigh]).to.deep.equal([1, true]);
      await pulse(bench, { evt_config: 1 });
      await bench.cycles(2);
      expect([isr.number, intx.isHigh]).to.deep.equal([3, true]);
      await pulse(bench, { isr_read: 1 });
      await bench.cycles(2);
      expect([isr.number, intx.isHigh]).to.deep.equal([0, false]);
      expect(sink.count).to.equal(0);
    });

    test("a request in the cycle of the read stays for the next one", async (bench) => {
      await setUp(bench, { msix: false });
      await pulse(bench, { irq_req: 1 });
      await bench.cycles(3);
      await pulse(bench, { irq_req: 2, isr_read: 1 });
      await bench.cycles(3);
      expect([bench.signal("isr").number, bench.signal("intx").isHigh]).to.deep.equal([1, true]);
    });

    test("with MSI-X the configuration bit of the ISR is set too, without intx [PCI-49]", async (bench) => {
      await setUp(bench);
      await pulse(bench, { evt_config: 1, irq_req: 1 });
      await bench.cycles(5);
      expect([bench.signal("isr").number, bench.signal("intx").isHigh]).to.deep.equal([2, false]);
    });

    test("nothing is accepted before DRIVER_OK or during a driver reset [STAT-02] [RST-02]", async (bench) => {
      const sink = await setUp(bench);
      for (const off of [{ cfg_driver_ok: 0 }, { cfg_driver_ok: 1, cfg_stop_all: 1 }]) {
        bench.drive(off);
        await bench.cycles(2);
        await pulse(bench, { irq_req: 1, evt_config: 1 });
        await bench.cycles(10);
      }
      bench.drive({ cfg_stop_all: 0 });
      await bench.cycles(10);
      expect(sink.count).to.equal(0);
      expect(bench.signal("isr").number).to.equal(0);
    });

    test("a stop drops what waits for the queue, but not what is on offer [VQR-02]", async (bench) => {
      const sink = await setUp(bench, { pause: { kind: "always" } });
      await pulse(bench, { irq_req: 1 });
      await bench.cycles(6);
      expect(bench.signal("m_irq_valid").isHigh).to.equal(true);
      await pulse(bench, { irq_req: 3 });
      bench.drive({ cfg_stop: 3 });
      await bench.cycles(6);
      expect(bench.signal("sts_busy").number, "the offered one is still there").to.equal(1);
      sink.pause = PAUSES.never;
      await bench.cycles(20);
      expect(sink.takeAll().map(({ beat }) => Number(beat.vector))).to.deep.equal([10]);
      expect(bench.signal("sts_busy").number).to.equal(0);
    });

    test("a driver reset clears the ISR", async (bench) => {
      await setUp(bench, { msix: false });
      await pulse(bench, { irq_req: 1, evt_config: 1 });
      await bench.cycles(3);
      await pulse(bench, { evt_reset: 1 });
      await bench.cycles(2);
      expect([bench.signal("isr").number, bench.signal("intx").isHigh]).to.deep.equal([0, false]);
    });

    test("hardware reset takes back what waits", async (bench) => {
      await setUp(bench, { pause: { kind: "always" } });
      await pulse(bench, { irq_req: 2 ** params.NVQ - 1 });
      await bench.cycles(5);
      await bench.reset(1);
      await bench.cycles(10);
      expect(bench.signal("m_irq_valid").isHigh).to.equal(false);
    });

    test("property: every request is followed by its vector, and no vector comes without a request", async (bench) => {
      const sink = await setUp(bench);
      const step = fc.record({ req: fc.nat({ max: 2 ** params.NVQ - 1 }), gap: fc.nat({ max: 12 }) });
      const pause = fc.constantFrom<Pause>(PAUSES.never, PAUSES.half, PAUSES.bursty);
      await bench.property(fc.tuple(fc.array(step, { minLength: 1, maxLength: 15 }), pause), async ([steps, back]) => {
        sink.pause = back;
        const last = new Map<number, number>();
        const asked = new Map<number, number>();
        for (const { req, gap } of steps) {
          await pulse(bench, { irq_req: req });
          for (let vq = 0; vq < params.NVQ; vq++) {
            if (((req >> vq) & 1) === 0) continue;
            last.set(vq, bench.cycle - 1);
            asked.set(vq, (asked.get(vq) ?? 0) + 1);
          }
          await bench.cycles(gap + 1);
        }
        sink.pause = PAUSES.never;
        await bench.cycles(6 * params.NVQ + 20);
        const moved = sink.takeAll();
        for (let vq = 0; vq < params.NVQ; vq++) {
          const mine = moved.filter(({ beat }) => Number(beat.vector) === 10 + vq);
          expect(mine.length, `queue ${vq}`).to.be.at.most(asked.get(vq) ?? 0);
          if (last.has(vq)) expect(mine.at(-1)?.cycle, `queue ${vq}`).to.be.at.least(last.get(vq) ?? 0);
        }
      });
    });
  },
);
