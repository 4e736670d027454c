/**
 * The scenario at transaction level, with the library's driver and scoreboard; and without a testbench in the loop: all of it is handed over
 * before, and the simulation runs alone.
 *
 * @module
 */
import type { ReceivedFrame } from "../../tb/src/bus/index.ts";
import { NetBench } from "../../tb/src/model/index.ts";
import { linux } from "../../tb/src/virtio/index.ts";
import { BenchError } from "../error.ts";
import { frameOf, LOOK_CYCLES, SCENARIO } from "./scenario.ts";
import { timed } from "./timing.ts";
import type { Timing } from "./timing.ts";

async function open(): Promise<NetBench> {
  const net = await NetBench.open({
    params: SCENARIO.parameters,
    seed: 1,
    name: "speed",
    maxCycles: 100_000_000,
  });
  net.bench.memory.configure({ readLatency: SCENARIO.latency, writeLatency: SCENARIO.latency });
  return net;
}

/** The library's driver and scoreboard; every frame is checked. */
export async function transactionLevel(): Promise<Timing> {
  const net = await open();
  try {
    const count = SCENARIO.frames_each_way;
    await net.start({ layout: linux, rxFrameBytes: SCENARIO.rx_buffer_bytes - 12 });
    const tx = Array.from({ length: count }, (_, n) => ({ frame: frameOf(n, "tx") }));
    const rx = Array.from({ length: count }, (_, n) => frameOf(n, "rx"));
    const timing = await timed(
      () => net.cycle,
      2 * count,
      async () => {
        net.send(0, tx);
        for (const frame of rx) net.receive(0, frame);
        await net.run({ stepCycles: LOOK_CYCLES });
      },
    );
    await net.finish();
    return timing;
  } finally {
    await net.close();
  }
}

/** The same device and frames: rings that hold them all, filled before; then the simulation runs without a stop. */
export async function simulationAlone(): Promise<Timing> {
  const net = await open();
  try {
    const count = SCENARIO.frames_each_way;
    const driver = await net.start({ layout: linux, rxFrameBytes: SCENARIO.rx_buffer_bytes - 12, queueSize: 4096 });
    const { bench } = net;
    const taken = driver.send(
      0,
      Array.from({ length: count }, (_, n) => ({ frame: frameOf(n, "tx") })),
    );
    const posted = driver.fillRx(0, count);
    if (taken < count || posted < count)
      throw new BenchError(`speed: the rings hold ${taken} and ${posted} of ${count} chains`);
    await driver.flushAll();
    for (let n = 0; n < count; n++) net.receive(0, frameOf(n, "rx"));
    bench.simulator.flushNow();
    // Nobody looks at the frames until all is over.
    const transmitted: ReceivedFrame[] = [];
    net.isWatching = false;
    bench.sink.frames.listen((frame) => transmitted.push(frame));
    const timing = await timed(
      () => net.cycle,
      2 * count,
      async () => {
        await bench.sink.frames.reached(bench.sink.frames.count + count);
        await bench.source.idle();
      },
    );
    for (const frame of transmitted) net.scoreboard.seeTransmitted(frame);
    net.isWatching = true;
    await net.run({ isRxManual: true });
    await net.finish();
    return timing;
  } finally {
    await net.close();
  }
}
