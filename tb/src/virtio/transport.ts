/**
 * The register side of a driver: status, features, queue set-up, kicks, counters.
 *
 * @module
 */
import { BAR, COMMON_CFG, NO_VECTOR, STATUS } from "./layout.ts";
import type { DeviceRegisters } from "./ports.ts";

/** The device did not do what a driver may expect. */
export class DriverError extends Error {
  readonly code = "DRIVER";
}

/** What the driver tells the device about a virtqueue. */
export interface QueueSetup {
  readonly queueSize: number;
  readonly descAddr: bigint;
  readonly availAddr: bigint;
  readonly usedAddr: bigint;
  readonly vector: number;
}

/** The counters of one virtqueue (docs/registers.md). */
export interface QueueCounters {
  readonly frames: number;
  readonly bytes: number;
  readonly descriptors: number;
  readonly inline: number;
  readonly alone: number;
  readonly cut: number;
  readonly notifications: number;
  readonly interrupts: number;
}

/** How the device was built (docs/registers.md). */
export interface BuildFacts {
  readonly dataWidth: number;
  readonly queuePairs: number;
  readonly isStrictLayout: boolean;
  readonly offersAnyHeaderSg: boolean;
  readonly queueSizeMax: number;
  readonly chainMax: number;
  readonly frameMax: number;
  readonly readsOutstanding: number;
  readonly chainSlots: number;
}

/** Reads of a register that must change; each takes some cycles, so this is a limit in time. */
const MAX_STATUS_READS = 20_000;

/** See the module text. One instance per device. */
export class Transport {
  readonly registers: DeviceRegisters;
  readonly #notifyOffsets = new Map<number, number>();

  constructor(registers: DeviceRegisters) {
    this.registers = registers;
  }

  /** Writes 0 to the status and waits until it reads 0. */
  async reset(): Promise<void> {
    this.registers.write(COMMON_CFG.deviceStatus, 0, 1);
    await this.#until(COMMON_CFG.deviceStatus, 1, (status) => status === 0);
  }

  status(): Promise<number> {
    return this.registers.read(COMMON_CFG.deviceStatus, 1);
  }

  setStatus(status: number): void {
    this.registers.write(COMMON_CFG.deviceStatus, status, 1);
  }

  /** All 128 bits the device offers. */
  async deviceFeatures(): Promise<bigint> {
    const words: Promise<number>[] = [];
    for (let window = 0; window < 4; window++) {
      this.registers.write(COMMON_CFG.deviceFeatureSelect, window, 4);
      words.push(this.registers.read(COMMON_CFG.deviceFeature, 4));
    }
    const values = await Promise.all(words);
    return values.reduce((all, word, window) => all | (BigInt(word >>> 0) << BigInt(32 * window)), 0n);
  }

  /** Writes the accepted features. */
  setDriverFeatures(features: bigint): void {
    for (let window = 0; window < 4; window++) {
      this.registers.write(COMMON_CFG.driverFeatureSelect, window, 4);
      const word = Number((features >> BigInt(32 * window)) & 0xffff_ffffn);
      this.registers.write(COMMON_CFG.driverFeature, word, 4);
    }
  }

  /** Sets FEATURES_OK and says whether the device left it set. */
  async acceptFeatures(features: bigint): Promise<boolean> {
    this.setDriverFeatures(features);
    this.setStatus(STATUS.ACKNOWLEDGE | STATUS.DRIVER | STATUS.FEATURES_OK);
    return ((await this.status()) & STATUS.FEATURES_OK) !== 0;
  }

  setConfigVector(vector: number): void {
    this.registers.write(COMMON_CFG.configMsixVector, vector, 2);
  }

  numQueues(): Promise<number> {
    return this.registers.read(COMMON_CFG.numQueues, 2);
  }

  /** The largest size of a queue as the device offers it; 0: no such queue. */
  queueSizeMax(virtqueue: number): Promise<number> {
    this.registers.write(COMMON_CFG.queueSelect, virtqueue, 2);
    return this.registers.read(COMMON_CFG.queueSize, 2);
  }

  /** Describes a queue to the device and enables it. */
  async setupQueue(virtqueue: number, setup: QueueSetup): Promise<void> {
    const { registers } = this;
    registers.write(COMMON_CFG.queueSelect, virtqueue, 2);
    const notifyOff = registers.read(COMMON_CFG.queueNotifyOff, 2);
    registers.write(COMMON_CFG.queueSize, setup.queueSize, 2);
    registers.write(COMMON_CFG.queueMsixVector, setup.vector, 2);
    this.#write64(COMMON_CFG.queueDesc, setup.descAddr);
    this.#write64(COMMON_CFG.queueDriver, setup.availAddr);
    this.#write64(COMMON_CFG.queueDevice, setup.usedAddr);
    registers.write(COMMON_CFG.queueEnable, 1, 2);
    const [offset, vector] = await Promise.all([notifyOff, registers.read(COMMON_CFG.queueMsixVector, 2)]);
    this.#notifyOffsets.set(virtqueue, offset);
    if (setup.vector !== NO_VECTOR && vector !== setup.vector) {
      throw new DriverError(`virtqueue ${virtqueue}: vector ${setup.vector} refused, reads ${vector}`);
    }
  }

  /** Resets one queue and waits until that is done (RING_RESET). */
  async resetQueue(virtqueue: number): Promise<void> {
    this.registers.write(COMMON_CFG.queueSelect, virtqueue, 2);
    this.registers.write(COMMON_CFG.queueReset, 1, 2);
    await this.#until(COMMON_CFG.queueReset, 2, (value) => value === 0);
    const enable = await this.registers.read(COMMON_CFG.queueEnable, 2);
    if (enable !== 0) throw new DriverError(`virtqueue ${virtqueue}: queue_enable reads ${enable} after a reset`);
  }

  /** Tells the device that a queue has new chains. */
  kick(virtqueue: number): void {
    const offset = this.#notifyOffsets.get(virtqueue) ?? virtqueue;
    this.registers.write(BAR.notify + BAR.notifyStride * offset, virtqueue, 2);
  }

  /** Reads (and by that clears) the interrupt status. */
  isr(): Promise<number> {
    return this.registers.read(BAR.isr, 1);
  }

  /** `length` bytes of the device configuration. */
  async deviceConfig(offset: number, length: number): Promise<Uint8Array> {
    const reads = Array.from({ length }, (_, index) => this.registers.read(BAR.deviceCfg + offset + index, 1));
    return Uint8Array.from(await Promise.all(reads));
  }

  async buildFacts(): Promise<BuildFacts> {
    const { registers } = this;
    const [id, build0, build1, build2, build3] = await Promise.all([
      registers.read(BAR.id, 4),
      registers.read(BAR.build0, 4),
      registers.read(BAR.build1, 4),
      registers.read(BAR.build2, 4),
      registers.read(BAR.build3, 4),
    ]);
    if (id !== 0x54454e56) throw new DriverError(`ID register reads 0x${id.toString(16)}, expected 0x54454e56`);
    return {
      dataWidth: build0 & 0xffff,
      queuePairs: (build0 >>> 16) & 0xff,
      isStrictLayout: ((build0 >>> 24) & 1) !== 0,
      offersAnyHeaderSg: ((build0 >>> 25) & 1) !== 0,
      queueSizeMax: build1 & 0xffff,
      chainMax: build1 >>> 16,
      frameMax: build2 & 0xfffff,
      readsOutstanding: build3 & 0xffff,
      chainSlots: build3 >>> 16,
    };
  }

  /** The header length in force. */
  headerLenBytes(): Promise<number> {
    return this.registers.read(BAR.hdrLen, 4);
  }

  errorCount(code: number): Promise<number> {
    return this.registers.read(BAR.errors + 4 * code, 4);
  }

  /** All error counters, by code. */
  async errorCounts(): Promise<number[]> {
    return Promise.all(Array.from({ length: 32 }, (_, code) => this.errorCount(code)));
  }

  async lastError(): Promise<{ readonly code: number; readonly virtqueue: number }> {
    const value = await this.registers.read(BAR.lastError, 4);
    return { code: value & 0x1f, virtqueue: (value >>> 8) & 0xff };
  }

  setRxWait(cycles: number): void {
    this.registers.write(BAR.rxWait, cycles >>> 0, 4);
  }

  async queueCounters(virtqueue: number): Promise<QueueCounters> {
    const base = BAR.queueCounters + BAR.queueCountersStride * virtqueue;
    const words = await Promise.all(Array.from({ length: 16 }, (_, i) => this.registers.read(base + 4 * i, 4)));
    const at = (index: number): number => (words[2 * index] ?? 0) + (words[2 * index + 1] ?? 0) * 2 ** 32;
    return {
      frames: at(0),
      bytes: at(1),
      descriptors: at(2),
      inline: at(3),
      alone: at(4),
      cut: at(5),
      notifications: at(6),
      interrupts: at(7),
    };
  }

  #write64(offset: number, value: bigint): void {
    this.registers.write(offset, Number(value & 0xffff_ffffn), 4);
    this.registers.write(offset + 4, Number(value >> 32n), 4);
  }

  async #until(offset: number, sizeBytes: 1 | 2, done: (value: number) => boolean): Promise<void> {
    let value = 0;
    for (let reads = 0; reads < MAX_STATUS_READS; reads++) {
      value = await this.registers.read(offset, sizeBytes);
      if (done(value)) return;
    }
    throw new DriverError(
      `register 0x${offset.toString(16)} still reads 0x${value.toString(16)} after ${MAX_STATUS_READS} reads`,
    );
  }
}
