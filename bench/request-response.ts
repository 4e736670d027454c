/**
 * One TCP request with one byte of payload after the other, as netperf TCP_RR: a closed loop in simulated time.
 *
 *   guest: kick -> device: transmit -> peer: turnaround -> device: receive, interrupt -> guest: turnaround -> kick ...
 *
 * @module
 */
import { NetBench } from "../tb/src/model/index.ts";
import { linux, separate, separateIndirect } from "../tb/src/virtio/index.ts";
import type { LayoutPolicy } from "../tb/src/virtio/index.ts";
import { buildParameters } from "./config.ts";
import type { Width } from "./config.ts";

/** Drivers of the latency experiments, by the place of the header they transmit. */
export const DRIVERS = {
  inline: linux,
  separate,
  indirect: separateIndirect,
} as const satisfies Record<string, LayoutPolicy>;
export type DriverName = keyof typeof DRIVERS;

/** What is measured. */
export interface RequestResponse {
  readonly dataWidth: Width;
  readonly latency: number;
  readonly layout: DriverName;
  /** Cycles of the guest from interrupt to kick, and of the peer from request to response. */
  readonly turnaround: number;
}

/** Ethernet, IPv4, TCP with timestamps, one byte. */
const FRAME_BYTES = 14 + 20 + 32 + 1;
const TRANSACTIONS = 60;
const WARM = 5;

/** Cycles per transaction. */
export async function requestResponse({ dataWidth, latency, layout, turnaround }: RequestResponse): Promise<number> {
  const net = await NetBench.open({ params: buildParameters(dataWidth), seed: 1, name: "rr" });
  try {
    const { bench } = net;
    bench.memory.configure({ readLatency: latency, writeLatency: latency });
    const driver = await net.start({ layout: DRIVERS[layout] });
    driver.fillRx(0);
    await driver.flushAll();
    const random = net.random.fork("frames");
    const think = async (): Promise<void> => {
      if (turnaround > 0) await bench.cycles(turnaround);
    };
    let start = 0;
    for (let n = 0; n < WARM + TRANSACTIONS; n++) {
      if (n === WARM) start = net.cycle;
      driver.armInterrupt(0, { afterChains: 1 });
      driver.armInterrupt(1, "never");
      const sent = bench.sink.frames.reached(bench.sink.frames.count + 1).promise();
      driver.send(0, [{ frame: random.bytes(FRAME_BYTES) }]);
      await driver.flush(1);
      await sent;
      await think();
      const interrupt = bench.irq.interrupts.reached(bench.irq.interrupts.count + 1).promise();
      net.receive(0, random.bytes(FRAME_BYTES));
      await interrupt;
      net.scoreboard.see(await driver.service());
      net.scoreboard.check();
      driver.fillRx(0);
      await driver.flush(0);
      await think();
    }
    return (net.cycle - start) / TRANSACTIONS;
  } finally {
    await net.close();
  }
}
