import { expect } from "chai";
import fc from "fast-check";
import { describeModule, type ModuleBench } from "../support/module-test.ts";
import { COMMON, registerBlock, type RegisterBlock } from "../support/register-block.ts";

const NO_VECTOR = 0xffff;
const ADDRESS_MASKS = [
  [COMMON.desc, 0xfffffff0],
  [COMMON.desc + 4, 0xffffffff],
  [COMMON.driver, 0xfffffffe],
  [COMMON.driver + 4, 0xffffffff],
  [COMMON.device, 0xfffffffc],
  [COMMON.device + 4, 0xffffffff],
] as const;

describeModule(
  "vnet_queue_cfg",
  {
    params: [
      { NVQ: 2, QUEUE_SIZE_MAX: 256, MSIX_VECTORS: 3 },
      { NVQ: 8, QUEUE_SIZE_MAX: 32768, MSIX_VECTORS: 2048 },
    ],
    fullParams: [{ NVQ: 16, QUEUE_SIZE_MAX: 2, MSIX_VECTORS: 1 }],
  },
  ({ params, test }) => {
    const all = 2 ** params.NVQ - 1;

    const setUp = (bench: ModuleBench): RegisterBlock => {
      bench.drive({ sts_idle: all, cfg_driver_ok: 1 });
      return registerBlock(bench);
    };
    const select = (bench: ModuleBench, vq: number): void => {
      bench.drive({ cfg_queue_select: vq });
    };
    /** Writes all fields of the selected queue; returns the addresses. */
    const fill = async (bench: ModuleBench, block: RegisterBlock): Promise<number[]> => {
      const words: number[] = [];
      for (const [offset, mask] of ADDRESS_MASKS) {
        const value = bench.random.u32();
        await block.write(offset, value);
        words.push((value & mask) >>> 0);
      }
      return words;
    };

    test("reset values, for every queue; queues that do not exist read 0 [PCI-27] [PCI-33] [PCI-85]", async (bench) => {
      const block = setUp(bench);
      for (let vq = 0; vq < params.NVQ + 2; vq++) {
        select(bench, vq);
        const exists = vq < params.NVQ;
        expect(await block.read(COMMON.queueSize, 2)).to.equal(exists ? params.QUEUE_SIZE_MAX : 0);
        expect(await block.read(COMMON.queueVector, 2)).to.equal(exists ? NO_VECTOR : 0);
        expect(await block.read(COMMON.queueEnable, 2)).to.equal(0);
        expect(await block.read(COMMON.notifyOff, 2)).to.equal(exists ? vq : 0);
        for (const [offset] of ADDRESS_MASKS) expect(await block.read(offset)).to.equal(0);
        expect(await block.read(0x38)).to.equal(0);
        expect(await block.read(0x3c)).to.equal(0);
      }
    });

    test("addresses keep what is written but for their alignment; bytes can be written alone [PCI-12]", async (bench) => {
      const block = setUp(bench);
      for (const vq of [0, params.NVQ - 1]) {
        select(bench, vq);
        const words = await fill(bench, block);
        for (const [i, [offset]] of ADDRESS_MASKS.entries()) expect(await block.read(offset)).to.equal(words[i]);
      }
      await block.write(COMMON.desc + 2, 0xab, 1);
      expect(((await block.read(COMMON.desc)) >>> 16) & 0xff).to.equal(0xab);
    });

    test("queue_size takes powers of two up to the largest, other values are ignored [PCI-34] [PCI-85]", async (bench) => {
      const block = setUp(bench);
      let size = params.QUEUE_SIZE_MAX;
      for (const value of [0, 1, 2, 3, 4, 100, 128, 256, 257, 512, 1024, 32768, 65535]) {
        await block.write(COMMON.queueSize, value, 2);
        if (value !== 0 && (value & (value - 1)) === 0 && value <= params.QUEUE_SIZE_MAX) size = value;
        expect(await block.read(COMMON.queueSize, 2), `after ${value}`).to.equal(size);
      }
    });

    test("vectors at or above the limit read as no vector, and the interrupt block is told", async (bench) => {
      const block = setUp(bench);
      for (const [value, expected] of [
        [0, 0],
        [params.MSIX_VECTORS - 1, params.MSIX_VECTORS - 1],
        [params.MSIX_VECTORS, NO_VECTOR],
        [NO_VECTOR, NO_VECTOR],
      ] as const) {
        await block.write(COMMON.queueVector, value, 2);
        expect(await block.read(COMMON.queueVector, 2)).to.equal(expected);
        expect(bench.signal("vec_mapped").number & 1).to.equal(expected === NO_VECTOR ? 0 : 1);
      }
    });

    test("each queue has its own vector", async (bench) => {
      const block = setUp(bench);
      for (const isUp of [true, false]) {
        for (let i = 0; i < params.NVQ; i++) {
          const vq = isUp ? i : params.NVQ - 1 - i;
          select(bench, vq);
          await block.write(COMMON.queueVector, isUp ? vq % params.MSIX_VECTORS : NO_VECTOR, 2);
          const mapped = isUp ? (2 << i) - 1 : 2 ** vq - 1;
          expect(bench.signal("vec_mapped").number).to.equal(mapped);
        }
      }
    });

    test("enable: the context goes to the engine once, then the queue runs with DRIVER_OK", async (bench) => {
      const block = setUp(bench);
      bench.drive({ cfg_driver_ok: 0 });
      const vq = params.NVQ - 1;
      select(bench, vq);
      const words = await fill(bench, block);
      await block.write(COMMON.queueSize, 2, 2);
      bench.drive({ reg_addr: COMMON.queueEnable, reg_wdata: 1, reg_wstrb: 3 });
      await bench.cycles(4);
      bench.drive({ reg_wr: 1 });
      await bench.cycles(1);
      bench.drive({ reg_wr: 0 });
      let contexts = 0;
      for (let i = 0; i < 20; i++) {
        await bench.cycles();
        if (!bench.signal("ctx_wr").isHigh) continue;
        contexts++;
        const wide = (index: number): bigint => BigInt(words[index] ?? 0) | (BigInt(words[index + 1] ?? 0) << 32n);
        expect(bench.signal("ctx_vq").number).to.equal(vq);
        expect(bench.signal("ctx_desc_addr").value).to.equal(wide(0));
        expect(bench.signal("ctx_avail_addr").value).to.equal(wide(2));
        expect(bench.signal("ctx_used_addr").value).to.equal(wide(4));
        expect(bench.signal("ctx_size_log2").number).to.equal(1);
      }
      expect(contexts).to.equal(1);
      expect(await block.read(COMMON.queueEnable, 2)).to.equal(1);
      expect(bench.signal("cfg_enable").number).to.equal(0);
      bench.drive({ cfg_driver_ok: 1 });
      await bench.cycles(3);
      expect(bench.signal("cfg_enable").number).to.equal(1 << vq);
      expect(bench.signal("cfg_run").number).to.equal(1 << vq);
    });

    test("an enabled queue cannot be changed, nor disabled by writing 0", async (bench) => {
      const block = setUp(bench);
      const words = await fill(bench, block);
      await block.write(COMMON.queueEnable, 1, 2);
      await fill(bench, block);
      await block.write(COMMON.queueSize, 1, 2);
      await block.write(COMMON.queueEnable, 0, 2);
      for (const [i, [offset]] of ADDRESS_MASKS.entries()) expect(await block.read(offset)).to.equal(words[i]);
      expect(await block.read(COMMON.queueSize, 2)).to.equal(params.QUEUE_SIZE_MAX);
      expect(await block.read(COMMON.queueEnable, 2)).to.equal(1);
    });

    test("only the value 1 enables", async (bench) => {
      const block = setUp(bench);
      for (const value of [0, 2, 0x0100, 0xffff]) {
        await block.write(COMMON.queueEnable, value, 2);
        expect(await block.read(COMMON.queueEnable, 2)).to.equal(0);
      }
    });

    test("queue reset: stops, waits until the queue is idle, clears its fields and no others [VQR-03] [PCI-30] [PCI-31] [PCI-32]", async (bench) => {
      const block = setUp(bench);
      for (const vq of [0, 1]) {
        select(bench, vq);
        await fill(bench, block);
        await block.write(COMMON.queueVector, 0, 2);
        await block.write(COMMON.queueEnable, 1, 2);
      }
      const kept = await block.read(COMMON.desc);
      select(bench, 0);
      bench.drive({ sts_idle: all - 1 });
      await block.write(COMMON.queueReset, 1, 2);
      expect(await block.read(COMMON.queueReset, 2)).to.equal(1);
      expect([bench.signal("cfg_stop").number, bench.signal("cfg_enable").number]).to.deep.equal([1, 2]);
      await bench.cycles(100);
      await block.write(COMMON.queueEnable, 1, 2);
      expect(await block.read(COMMON.queueReset, 2), "still going on").to.equal(1);
      bench.drive({ sts_idle: all });
      await bench.cycles(6);
      expect(await block.read(COMMON.queueReset, 2)).to.equal(0);
      expect(await block.read(COMMON.queueEnable, 2)).to.equal(0);
      expect(await block.read(COMMON.queueVector, 2)).to.equal(NO_VECTOR);
      for (const [offset] of ADDRESS_MASKS) expect(await block.read(offset)).to.equal(0);
      expect(bench.signal("cfg_stop").number).to.equal(0);
      select(bench, 1);
      expect(await block.read(COMMON.desc)).to.equal(kept);
      expect(bench.signal("cfg_enable").number).to.equal(2);
      // It can be used again.
      select(bench, 0);
      await block.write(COMMON.queueEnable, 1, 2);
      await bench.cycles(3);
      expect(bench.signal("cfg_enable").number).to.equal(3);
    });

    test("a queue that was not enabled can be reset; other values than 1 are ignored", async (bench) => {
      const block = setUp(bench);
      await fill(bench, block);
      for (const value of [0, 2, 0xff00]) {
        await block.write(COMMON.queueReset, value, 2);
        expect(bench.signal("cfg_stop").number).to.equal(0);
      }
      await block.write(COMMON.queueReset, 1, 2);
      await bench.cycles(6);
      expect(await block.read(COMMON.desc)).to.equal(0);
    });

    test("while a queue is being reset its fields cannot be written", async (bench) => {
      const block = setUp(bench);
      const words = await fill(bench, block);
      bench.drive({ sts_idle: all - 1 });
      await block.write(COMMON.queueReset, 1, 2);
      await fill(bench, block);
      await block.write(COMMON.queueSize, 1, 2);
      await block.write(COMMON.queueVector, 0, 2);
      await block.write(COMMON.queueEnable, 1, 2);
      for (const [i, [offset]] of ADDRESS_MASKS.entries()) expect(await block.read(offset)).to.equal(words[i]);
      expect(await block.read(COMMON.queueSize, 2)).to.equal(params.QUEUE_SIZE_MAX);
      expect(await block.read(COMMON.queueVector, 2)).to.equal(NO_VECTOR);
      expect(await block.read(COMMON.queueEnable, 2)).to.equal(0);
      bench.drive({ sts_idle: all });
      await bench.cycles(6);
      expect(await block.read(COMMON.queueReset, 2)).to.equal(0);
    });

    test("a queue error stops new work until the queue is reset", async (bench) => {
      const block = setUp(bench);
      await block.write(COMMON.queueEnable, 1, 2);
      bench.drive({ evt_queue_error: 1 });
      await bench.cycles(1);
      bench.drive({ evt_queue_error: 0 });
      await bench.cycles(3);
      expect([bench.signal("cfg_enable").number, bench.signal("cfg_run").number]).to.deep.equal([1, 0]);
      await block.write(COMMON.queueReset, 1, 2);
      await bench.cycles(6);
      await block.write(COMMON.queueEnable, 1, 2);
      await bench.cycles(3);
      expect(bench.signal("cfg_run").number).to.equal(1);
    });

    test("a driver reset stops all queues, ignores writes, and clears everything in one cycle [PCI-27] [PCI-28]", async (bench) => {
      const block = setUp(bench);
      for (let vq = 0; vq < params.NVQ; vq++) {
        select(bench, vq);
        await fill(bench, block);
        await block.write(COMMON.queueEnable, 1, 2);
      }
      bench.drive({ cfg_stop_all: 1, cfg_driver_ok: 0 });
      await bench.cycles(2);
      expect(bench.signal("cfg_stop").number).to.equal(all);
      await block.write(COMMON.queueVector, 0, 2);
      expect(await block.read(COMMON.queueVector, 2)).to.equal(NO_VECTOR);
      bench.drive({ evt_reset: 1 });
      await bench.cycles(1);
      bench.drive({ evt_reset: 0, cfg_stop_all: 0 });
      await bench.cycles(3);
      for (let vq = 0; vq < params.NVQ; vq++) {
        select(bench, vq);
        expect(await block.read(COMMON.queueEnable, 2)).to.equal(0);
        expect(await block.read(COMMON.desc)).to.equal(0);
      }
      expect([bench.signal("cfg_stop").number, bench.signal("cfg_enable").number]).to.deep.equal([0, 0]);
    });

    test("all idle is the idle of all", async (bench) => {
      setUp(bench);
      await bench.cycles(3);
      expect(bench.signal("sts_all_idle").isHigh).to.equal(true);
      bench.drive({ sts_idle: all - 2 });
      await bench.cycles(3);
      expect(bench.signal("sts_all_idle").isHigh).to.equal(false);
    });

    test("property: queues do not touch each other", async (bench) => {
      const block = setUp(bench);
      const model = Array.from({ length: params.NVQ }, () => ({ size: params.QUEUE_SIZE_MAX, desc: 0, enabled: false }));
      const step = fc.record({
        vq: fc.nat({ max: params.NVQ }),
        what: fc.constantFrom("size", "desc", "enable", "reset"),
        value: fc.nat({ max: 0xffffffff }),
      });
      await bench.property(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        for (const { vq, what, value } of steps) {
          select(bench, vq);
          const queue = model[vq];
          if (what === "size") {
            const size = 2 ** (value % 16);
            await block.write(COMMON.queueSize, size, 2);
            if (queue !== undefined && !queue.enabled && size <= params.QUEUE_SIZE_MAX) queue.size = size;
          } else if (what === "desc") {
            await block.write(COMMON.desc, value);
            if (queue !== undefined && !queue.enabled) queue.desc = (value & ~15) >>> 0;
          } else if (what === "enable") {
            await block.write(COMMON.queueEnable, 1, 2);
            if (queue !== undefined) queue.enabled = true;
          } else {
            await block.write(COMMON.queueReset, 1, 2);
            await bench.cycles(6);
            if (queue !== undefined) Object.assign(queue, { size: params.QUEUE_SIZE_MAX, desc: 0, enabled: false });
          }
        }
        for (const [vq, queue] of model.entries()) {
          select(bench, vq);
          expect(await block.read(COMMON.queueSize, 2)).to.equal(queue.size);
          expect(await block.read(COMMON.desc)).to.equal(queue.desc);
          expect(await block.read(COMMON.queueEnable, 2)).to.equal(queue.enabled ? 1 : 0);
        }
      });
    });
  },
);
