/**
 * Access to a register block on the inner register bus: the address stands some cycles before a write pulse, reads follow the
 * address.
 *
 * @module
 */
import { expect } from "chai";
import type { ModuleBench } from "./module-test.ts";

/** Offsets of the common configuration (docs/registers.md). */
export const COMMON = {
  deviceFeatureSelect: 0x00,
  deviceFeature: 0x04,
  driverFeatureSelect: 0x08,
  driverFeature: 0x0c,
  configVector: 0x10,
  status: 0x14,
  queueSelect: 0x16,
  queueSize: 0x18,
  queueVector: 0x1a,
  queueEnable: 0x1c,
  notifyOff: 0x1e,
  desc: 0x20,
  driver: 0x28,
  device: 0x30,
  queueReset: 0x3a,
} as const;

/** Device status bits. */
export const STATUS = {
  ACKNOWLEDGE: 1,
  DRIVER: 2,
  DRIVER_OK: 4,
  FEATURES_OK: 8,
  NEEDS_RESET: 64,
  FAILED: 128,
} as const;

/** Reads and writes of 1, 2 and 4 bytes. */
export interface RegisterBlock {
  read(offset: number, sizeBytes?: 1 | 2 | 4): Promise<number>;
  write(offset: number, value: number, sizeBytes?: 1 | 2 | 4): Promise<void>;
}

const MAX_BUSY_CYCLES = 5000;

/** A block with `reg_addr`, `reg_rdata` and, if it can be written, `reg_wr`, `reg_wdata`, `reg_wstrb`, `reg_busy`. */
export function registerBlock(bench: ModuleBench): RegisterBlock {
  const isBusy = (): boolean => bench.dut.hasPort("reg_busy") && bench.signal("reg_busy").isHigh;
  return {
    async read(offset, sizeBytes = 4) {
      const lane = offset & 3;
      bench.drive({ reg_addr: offset - lane });
      await bench.cycles(4);
      const word = bench.signal("reg_rdata").number >>> (8 * lane);
      return sizeBytes === 4 ? word : word & (2 ** (8 * sizeBytes) - 1);
    },
    async write(offset, value, sizeBytes = 4) {
      const lane = offset & 3;
      // The lanes that are not strobed carry something else.
      const mask = (sizeBytes === 4 ? 0xffffffff : (2 ** (8 * sizeBytes) - 1) << (8 * lane)) >>> 0;
      const data = (((value << (8 * lane)) & mask) | (bench.random.u32() & ~mask)) >>> 0;
      bench.drive({ reg_addr: offset - lane, reg_wdata: data, reg_wstrb: ((1 << sizeBytes) - 1) << lane });
      await bench.cycles(4);
      bench.drive({ reg_wr: 1 });
      await bench.cycles(1);
      bench.drive({ reg_wr: 0 });
      await bench.cycles(2);
      for (let waited = 0; isBusy(); waited++) {
        expect(waited, "reg_busy").to.be.below(MAX_BUSY_CYCLES);
        await bench.cycles(1);
      }
    },
  };
}

/** The block behind the request interface of vnet_regs: `reg_en`, `reg_write`, `reg_done`. */
export function registerPort(bench: ModuleBench): RegisterBlock {
  const access = async (write: boolean, offset: number, value: number, sizeBytes: number): Promise<number> => {
    const lane = offset & 3;
    bench.drive({
      reg_en: 1,
      reg_write: write ? 1 : 0,
      reg_addr: offset - lane,
      reg_wdata: (value << (8 * lane)) >>> 0,
      reg_wstrb: ((1 << sizeBytes) - 1) << lane,
    });
    await bench.cycles(1);
    bench.drive({ reg_en: 0 });
    await bench.cycles(1);
    for (let waited = 0; !bench.signal("reg_done").isHigh; waited++) {
      expect(waited, "reg_done").to.be.below(MAX_BUSY_CYCLES);
      await bench.cycles(1);
    }
    const word = bench.signal("reg_rdata").number >>> (8 * lane);
    await bench.cycles(1);
    return sizeBytes === 4 ? word : word & (2 ** (8 * sizeBytes) - 1);
  };
  return {
    read: (offset, sizeBytes = 4) => access(false, offset, 0, sizeBytes),
    async write(offset, value, sizeBytes = 4) {
      await access(true, offset, value, sizeBytes);
    },
  };
}
