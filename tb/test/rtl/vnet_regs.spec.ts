import { expect } from "chai";
import fc from "fast-check";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { COMMON, registerPort, type RegisterBlock, STATUS } from "../support/register-block.ts";

/** Addresses of one virtqueue. */
interface Places {
  readonly desc: bigint;
  readonly driver: bigint;
  readonly device: bigint;
}

const RX_WAIT = 0x2020;
const LAST_ERROR = 0x2024;
const NOTIFY = 0x1000;
const ISR = 0x100;

describeModule(
  "vnet_regs",
  {
    params: [
      { DATA_W: 64, QUEUE_PAIRS: 1, QUEUE_SIZE_MAX: 256, MSIX_VECTORS: 3 },
      { DATA_W: 512, QUEUE_PAIRS: 4, QUEUE_SIZE_MAX: 1024, MSIX_VECTORS: 9 },
    ],
    fullParams: [{ DATA_W: 128, QUEUE_PAIRS: 8, QUEUE_SIZE_MAX: 32768, MSIX_VECTORS: 17 }],
  },
  ({ params, test }) => {
    const NQ = params.QUEUE_PAIRS;
    const every = 2 ** NQ - 1;

    const setUp = (bench: ModuleBench): RegisterBlock => {
      bench.drive({ tx_sts_idle: every, rx_sts_idle: every, cfg_mac: 0x665544332211n, cfg_mtu: 1500, cfg_link_up: 1 });
      return registerPort(bench);
    };

    /** Addresses of the parts of a queue, as aligned as they have to be, with all bits in use over some calls. */
    const anyPlaces = (bench: ModuleBench): Places => ({
      desc: bench.random.bits(64) & ~15n,
      driver: bench.random.bits(64) & ~1n,
      device: bench.random.bits(64) & ~3n,
    });

    /** What a driver does until DRIVER_OK, with all queues enabled. Resolves to the addresses, by virtqueue. */
    const bringUp = async (bench: ModuleBench, block: RegisterBlock, features: bigint): Promise<Places[]> => {
      const places: Places[] = [];
      await block.write(COMMON.status, STATUS.ACKNOWLEDGE, 1);
      await block.write(COMMON.status, STATUS.ACKNOWLEDGE | STATUS.DRIVER, 1);
      for (const window of [0, 1]) {
        await block.write(COMMON.driverFeatureSelect, window);
        await block.write(COMMON.driverFeature, Number((features >> BigInt(32 * window)) & 0xffffffffn));
      }
      await block.write(COMMON.status, STATUS.ACKNOWLEDGE | STATUS.DRIVER | STATUS.FEATURES_OK, 1);
      for (let vq = 0; vq < 2 * NQ; vq++) {
        await block.write(COMMON.queueSelect, vq, 2);
        await block.write(COMMON.queueSize, 64, 2);
        const place = anyPlaces(bench);
        places.push(place);
        for (const part of ["desc", "driver", "device"] as const) {
          const words = [Number(place[part] & 0xffffffffn), Number(place[part] >> 32n)] as const;
          for (const [i, word] of words.entries()) await block.write(COMMON[part] + 4 * i, word);
          for (const [i, word] of words.entries()) expect(await block.read(COMMON[part] + 4 * i)).to.equal(word);
        }
        await block.write(COMMON.queueEnable, 1, 2);
      }
      await block.write(COMMON.status, 15, 1);
      // The queues are kicked once when they start.
      await bench.cycles(8);
      return places;
    };

    /** Counts the cycles in which each named pulse is high, while `act` goes on and some cycles after. */
    const count = async (bench: ModuleBench, names: readonly string[], act: () => Promise<void>): Promise<Record<string, number>> => {
      const seen = Object.fromEntries(names.map((name) => [name, 0]));
      const watcher = bench.simulator.spawn("watch pulses", async (task) => {
        for (;;) {
          for (const name of names) if (bench.signal(name).isHigh) seen[name] = (seen[name] ?? 0) + 1;
          await task.until(bench.cycles(1));
        }
      });
      await act();
      await bench.cycles(6);
      watcher.cancel();
      return seen;
    };

    test("identity, and words of all blocks through one port", async (bench) => {
      const block = setUp(bench);
      await bench.cycles(6);
      expect(await block.read(0x2000)).to.equal(0x54454e56);
      expect(await block.read(0x200)).to.equal(0x44332211);
      expect(await block.read(0x206, 2)).to.equal(1);
      expect(await block.read(0x12, 2)).to.equal(2 * NQ);
      expect(await block.read(COMMON.queueSize, 2)).to.equal(params.QUEUE_SIZE_MAX);
      for (const offset of [0x40, 0xfc, 0x104, 0x20c, 0x1000, 0x4000, 0xfffc]) {
        expect(await block.read(offset), `0x${offset.toString(16)}`).to.equal(0);
      }
    });

    test("a driver brings the device up", async (bench) => {
      const block = setUp(bench);
      const contexts: object[] = [];
      let places: readonly Places[] = [];
      expect(bench.signal("cfg_hdr_len").number, "not negotiated").to.equal(0);
      const watcher = bench.simulator.spawn("contexts", async (task) => {
        for (;;) {
          for (const side of ["tx", "rx"]) {
            if (!bench.signal(`${side}_ctx_wr`).isHigh) continue;
            contexts.push({
              queue: `${side}${bench.signal("ctx_queue").number}`,
              desc: bench.signal("ctx_desc_addr").value,
              driver: bench.signal("ctx_avail_addr").value,
              device: bench.signal("ctx_used_addr").value,
              sizeLog2: bench.signal("ctx_size_log2").number,
            });
          }
          await task.until(bench.cycles(1));
        }
      });
      const kicks = await count(bench, ["tx_kick", "rx_kick"], async () => {
        places = await bringUp(bench, block, (1n << 32n) | (1n << 29n));
      });
      watcher.cancel();
      expect(await block.read(COMMON.status, 1)).to.equal(15);
      expect(contexts).to.deep.equal(
        places.map((place, vq) => ({ queue: `${vq % 2 === 0 ? "rx" : "tx"}${vq >> 1}`, ...place, sizeLog2: 6 })),
      );
      for (const side of ["tx", "rx"]) {
        expect(bench.signal(`${side}_cfg_enable`).number).to.equal(every);
        expect(bench.signal(`${side}_cfg_run`).number).to.equal(every);
      }
      expect(kicks["tx_kick"], "a queue that starts is looked at").to.be.at.least(1);
      expect(kicks["rx_kick"]).to.be.at.least(1);
      expect(bench.signal("cfg_hdr_len").number).to.equal(12);
      expect(bench.signal("cfg_event_idx").isHigh).to.equal(true);
    });

    test("outputs and inputs of the blocks, bit by bit", async (bench) => {
      const block = setUp(bench);
      for (let bit = 0; bit < 32; bit++) {
        const word = (1 << bit) >>> 0;
        await block.write(RX_WAIT, word);
        expect(bench.signal("cfg_rx_wait").number).to.equal(word);
        expect(await block.read(RX_WAIT)).to.equal(word);
        bench.drive({ sts_last_error: word & 0xffff });
        expect(await block.read(LAST_ERROR)).to.equal(word & 0xffff);
      }
      for (const vector of [0, 1, params.MSIX_VECTORS - 1, 0xffff]) {
        await block.write(COMMON.configVector, vector, 2);
        expect(bench.signal("cfg_config_vector").number).to.equal(vector);
      }
    });

    test("notifications: by the written number, whatever the address [NTFD-01]", async (bench) => {
      const block = setUp(bench);
      await bringUp(bench, block, 1n << 32n);
      for (let vq = 0; vq < 2 * NQ; vq++) {
        const side = vq % 2 === 0 ? "rx" : "tx";
        for (const offset of [NOTIFY + 4 * vq, NOTIFY, 0x1ffc]) {
          const seen = await count(bench, ["tx_kick", "rx_kick", `${side}_evt_kick`], () => block.write(offset, vq, 2));
          expect(seen).to.deep.equal({ tx_kick: side === "tx" ? 1 : 0, rx_kick: side === "rx" ? 1 : 0, [`${side}_evt_kick`]: 1 });
        }
      }
    });

    test("notifications for queues that do not exist are counted and ignored", async (bench) => {
      const block = setUp(bench);
      await bringUp(bench, block, 1n << 32n);
      for (const vq of [2 * NQ, 0x55, 0xffff]) {
        const seen = await count(bench, ["tx_kick", "rx_kick", "evt_kick_range"], () => block.write(NOTIFY, vq, 2));
        expect(seen).to.deep.equal({ tx_kick: 0, rx_kick: 0, evt_kick_range: 1 });
      }
      const none = await count(bench, ["tx_kick", "rx_kick", "evt_kick_range"], () => block.write(NOTIFY + 1, 1, 1));
      expect(none, "byte 0 is not strobed").to.deep.equal({ tx_kick: 0, rx_kick: 0, evt_kick_range: 0 });
    });

    test("ISR: a read tells the interrupt block once", async (bench) => {
      const block = setUp(bench);
      bench.drive({ isr: 3 });
      const seen = await count(bench, ["isr_read"], async () => {
        expect(await block.read(ISR, 1)).to.equal(3);
      });
      expect(seen["isr_read"]).to.equal(1);
      const writes = await count(bench, ["isr_read"], () => block.write(ISR, 0xff, 1));
      expect(writes["isr_read"]).to.equal(0);
    });

    test("counters are asked for and waited for", async (bench) => {
      const block = setUp(bench);
      const asked: number[] = [];
      let answer = 0;
      const server = bench.simulator.spawn("counters", async (task) => {
        for (;;) {
          await task.until(bench.cycles(1));
          if (!bench.signal("cnt_rd_en").isHigh) continue;
          const addr = bench.signal("cnt_rd_addr").number;
          await task.until(bench.cycles(17));
          asked.push(addr);
          bench.drive({ cnt_rd_valid: 1, cnt_rd_data: answer });
          await task.until(bench.cycles(1));
          bench.drive({ cnt_rd_valid: 0, cnt_rd_data: bench.random.u32() });
        }
      });
      for (const offset of [0x2084, 0x20fc, 0x2400, 0x243c, 0x2400 + 0x40 * (2 * NQ - 1)]) {
        for (answer of [bench.random.u32(), 0, 0xffffffff]) {
          expect(await block.read(offset), `0x${offset.toString(16)}`).to.equal(answer);
          expect(asked.pop()).to.equal(offset);
        }
      }
      server.cancel();
    });

    test("queue error: NEEDS_RESET, the configuration interrupt, and the queue does not run", async (bench) => {
      const block = setUp(bench);
      await bringUp(bench, block, 1n << 32n);
      const seen = await count(bench, ["evt_config"], async () => {
        bench.drive({ tx_qerr_valid: 1, tx_qerr_queue: NQ - 1 });
        await bench.cycles(1);
        bench.drive({ tx_qerr_valid: 0 });
        await bench.cycles(6);
      });
      expect(seen["evt_config"]).to.equal(1);
      expect((await block.read(COMMON.status, 1)) & STATUS.NEEDS_RESET).to.equal(STATUS.NEEDS_RESET);
      expect(bench.signal("tx_cfg_run").number).to.equal(every - (1 << (NQ - 1)));
      expect(bench.signal("tx_cfg_enable").number).to.equal(every);
    });

    test("a change of the link: generation and configuration interrupt", async (bench) => {
      const block = setUp(bench);
      await bringUp(bench, block, 1n << 32n);
      expect(await block.read(0x206, 2)).to.equal(1);
      const before = await block.read(COMMON.status + 1, 1);
      const seen = await count(bench, ["evt_config"], async () => {
        bench.drive({ cfg_link_up: 0 });
        await bench.cycles(6);
      });
      expect(seen["evt_config"]).to.equal(1);
      expect(await block.read(COMMON.status + 1, 1)).to.equal((before + 1) & 0xff);
      expect(await block.read(0x206, 2)).to.equal(0);
    });

    test("driver reset waits for every queue of both directions and for the interrupt on offer", async (bench) => {
      const block = setUp(bench);
      await bringUp(bench, block, 1n << 32n);
      for (const busy of [{ tx_sts_idle: every - 1 }, { rx_sts_idle: every - (1 << (NQ - 1)) }, { irq_config_busy: 1 }, { irq_busy: 1 }]) {
        bench.drive(busy);
        const reset = bench.simulator.spawn("reset", () => block.write(COMMON.status, 0, 1));
        await bench.cycles(300);
        expect(reset.state, JSON.stringify(busy)).to.equal("running");
        expect(bench.signal("tx_cfg_stop").number).to.equal(every);
        bench.drive({ tx_sts_idle: every, rx_sts_idle: every, irq_config_busy: 0, irq_busy: 0 });
        await reset.join();
        expect(await block.read(COMMON.status, 1)).to.equal(0);
        await bringUp(bench, block, 1n << 32n);
        expect(await block.read(COMMON.status, 1)).to.equal(15);
      }
    });

    test("property: any access to any offset is answered", async (bench) => {
      const block = setUp(bench);
      const server = bench.simulator.spawn("counters", async (task) => {
        for (;;) {
          await task.until(bench.cycles(1));
          bench.drive({ cnt_rd_valid: bench.signal("cnt_rd_en").isHigh ? 1 : 0 });
        }
      });
      const access = fc.record({
        write: fc.boolean(),
        offset: fc.oneof(fc.nat({ max: 0x3f }), fc.nat({ max: 0xffff })),
        value: fc.nat({ max: 0xffffffff }),
        size: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
      });
      await bench.property(fc.array(access, { minLength: 1, maxLength: 12 }), async (accesses) => {
        for (const { write, offset, value, size } of accesses) {
          const aligned = offset - (offset % size);
          if (write) await block.write(aligned, size === 4 ? value : value & (2 ** (8 * size) - 1), size);
          else await block.read(aligned, size);
        }
        expect(await block.read(0x2000)).to.equal(0x54454e56);
      });
      server.cancel();
    });
  },
);
