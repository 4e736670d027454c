/**
 * Driver, scoreboard and reference device wired together without a simulator.
 *
 * @module
 */
import { Random } from "../../src/core/index.ts";
import { ArrayMemory, ReferenceDevice, Scoreboard, ShadowMemory } from "../../src/model/index.ts";
import type { ReferenceOptions } from "../../src/model/index.ts";
import { GuestDriver } from "../../src/virtio/index.ts";
import type { DriverOptions, LayoutPolicy, ServiceReport, TxRequest } from "../../src/virtio/index.ts";

const ARENA = { base: 0x1_0000_0000n, lenBytes: 8 << 20 };

/** Options of {@link openLoopback}. */
export interface LoopbackOptions {
  readonly layout: LayoutPolicy;
  readonly seed?: number;
  readonly driver?: Partial<DriverOptions>;
  readonly device?: Partial<ReferenceOptions>;
}

/** Everything that is wired together. */
export interface Loopback {
  readonly memory: ArrayMemory;
  readonly shadow: ShadowMemory;
  readonly device: ReferenceDevice;
  readonly driver: GuestDriver;
  readonly scoreboard: Scoreboard;
  readonly random: Random;
  /** Sends frames through pair 0 and waits until they are out and collected. */
  send(requests: readonly TxRequest[]): Promise<void>;
  /** Lets frames arrive at pair 0; buffers must have been posted. */
  receive(frames: readonly Uint8Array[]): Promise<ServiceReport>;
  /** All checks; returns the problems. */
  problems(): Promise<readonly string[]>;
}

/** Wires them and probes the device. */
export async function openLoopback(options: LoopbackOptions): Promise<Loopback> {
  const random = new Random(options.seed ?? 1);
  const memory = new ArrayMemory(ARENA.base, ARENA.lenBytes);
  const shadow = new ShadowMemory(memory, { addr: ARENA.base, lenBytes: ARENA.lenBytes });
  const device = new ReferenceDevice({ memory, ...options.device });
  const scoreboard = new Scoreboard();
  const driver = await GuestDriver.probe({
    memory: shadow,
    registers: device,
    random,
    layout: options.layout,
    arena: ARENA,
    observer: scoreboard,
    ...options.driver,
  });
  let seenFrames = 0;
  let seenInterrupts = 0;

  const collect = async (): Promise<ServiceReport> => {
    for (const frame of device.transmitted.slice(seenFrames)) scoreboard.seeTransmitted(frame);
    for (const vector of device.interrupts.slice(seenInterrupts)) scoreboard.seeInterrupt(vector - 1);
    seenFrames = device.transmitted.length;
    seenInterrupts = device.interrupts.length;
    const report = await driver.service();
    scoreboard.see(report);
    return report;
  };

  return {
    memory,
    shadow,
    device,
    driver,
    scoreboard,
    random,
    async send(requests) {
      for (let rest = [...requests]; rest.length > 0;) {
        rest = rest.slice(driver.send(0, rest));
        await driver.flush(1);
        device.transmit();
        await collect();
      }
    },
    async receive(frames) {
      for (const frame of frames) {
        if (device.receive(frame)) scoreboard.expectReceived(0, frame);
      }
      return collect();
    },
    async problems() {
      scoreboard.settle();
      const owned = driver
        .queues()
        .flatMap(({ ring, sharedHeader }) => [
          { addr: ring.usedAddr, lenBytes: ring.geometry.usedBytes },
          ...(sharedHeader === undefined ? [] : [{ addr: sharedHeader.addr, lenBytes: sharedHeader.lenBytes }]),
        ]);
      const changes = await shadow.audit(driver.allocator.touchedBytes, owned);
      return [...scoreboard.problems, ...changes];
    },
  };
}
