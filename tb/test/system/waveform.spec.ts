/**
 * A second look at a run, at the pins and without the scoreboard: what a VCD shows is what was asked for, and no handshake rule was broken.
 */
import { mkdirSync, rmSync } from "node:fs";

import { expect } from "chai";

import { RUNS_DIRECTORY, withSeed } from "../../src/core/index.ts";
import { BusTrace, NetBench, packetLives, readWaveform, TRACE_SIGNALS } from "../../src/model/index.ts";
import { cut, encodeNetHeader } from "../../src/virtio/index.ts";
import type { ChainElement } from "../../src/virtio/index.ts";
import { BUILDS, randomFrames } from "./system-bench.ts";

const PATH = `${RUNS_DIRECTORY}/waveform-check.vcd`;
const COUNT = 25;

describe(withSeed("system: waveform"), () => {
  it("a VCD of random traffic shows the frames that were sent, the buffers that were filled, and legal handshakes", async () => {
    mkdirSync(RUNS_DIRECTORY, { recursive: true });
    const net = await NetBench.open({ params: BUILDS.narrow, name: "waveform", wavePath: PATH });
    const pause = { kind: "random", probability: 0.4 } as const;
    net.bench.memory.configure({
      readLatency: [1, 60],
      writeLatency: [1, 60],
      reorder: true,
      pauseAr: pause,
      pauseR: pause,
      pauseAw: pause,
      pauseW: pause,
      pauseB: pause,
    });
    net.bench.sink.configure({ pause });
    net.bench.source.configure({ pauseBeat: pause });
    net.bench.irq.configure({ pause });
    const driver = await net.start({ layout: cut, rxFrameBytes: 400 });
    const firstCycle = net.cycle;
    const rings = driver.queues().map(({ virtqueue, vector, ring }) => ({
      virtqueue,
      vector,
      size: ring.queueSize,
      desc: ring.descAddr,
      avail: ring.availAddr,
      used: ring.usedAddr,
    }));
    const [txFrames, rxFrames] = [randomFrames(net.random, COUNT, 400), randomFrames(net.random, COUNT, 400)];
    // Each buffer is used once, so that what is in it at the end is what was received.
    const buffers: (readonly ChainElement[])[] = [];
    net.onServiced = (report) => {
      for (const { chains } of report.received) for (const { chain } of chains) buffers.push(chain.elements);
    };
    const seenBySink: { firstCycle: number; lastCycle: number }[] = [];
    net.onTransmitted = (frame) => seenBySink.push(frame);
    expect(driver.fillRx(0)).to.be.at.least(COUNT);
    net.send(
      0,
      txFrames.map((frame, i) => ({ frame, header: { hdrLen: i, gsoSize: 1000 + i } })),
    );
    for (const frame of rxFrames) net.receive(0, frame);
    await net.run({ isRxManual: true, isInterruptDriven: true });
    await net.bench.cycles(600);
    await net.close();

    const trace = new BusTrace(BUILDS.narrow.DATA_W);
    await readWaveform({ path: PATH, scope: "tb_top", clock: "clk", signals: TRACE_SIGNALS }, (sample) => {
      trace.sample(sample);
    });
    trace.finish();
    rmSync(PATH);

    expect(trace.violations).to.deep.equal([]);
    expect(trace.transmitted.map((frame) => [...frame.data])).to.deep.equal(txFrames.map((frame) => [...frame]));
    for (const [i, frame] of trace.transmitted.entries()) {
      expect(frame.user).to.equal(numberOf(encodeNetHeader({ hdrLen: i, gsoSize: 1000 + i }, 32)));
    }
    expect(trace.received.map((frame) => [...frame.data])).to.deep.equal(rxFrames.map((frame) => [...frame]));
    // The cycles of the bus models are those of the waveform.
    expect(trace.transmitted.map(({ firstCycle, lastCycle }) => ({ firstCycle, lastCycle }))).to.deep.equal(
      seenBySink.map(({ firstCycle, lastCycle }) => ({ firstCycle, lastCycle })),
    );
    const memory = new Map<bigint, number>();
    for (const { words } of trace.writes) {
      for (const word of words) {
        for (const [lane, byte] of word.data.entries()) {
          if (((word.strobes >> BigInt(lane)) & 1n) === 1n) memory.set(word.addr + BigInt(lane), byte);
        }
      }
    }
    for (const [i, frame] of rxFrames.entries()) {
      const content = (buffers[i] ?? []).flatMap(({ addr, lenBytes }) =>
        Array.from({ length: lenBytes }, (_, at) => memory.get(addr + BigInt(at))),
      );
      expect(content.slice(12, 12 + frame.length)).to.deep.equal([...frame]);
      expect(content.slice(12 + frame.length).every((byte) => byte === undefined)).to.equal(true);
    }
    for (const channel of ["axi_ar", "axi_r", "axi_aw", "axi_w", "axi_b", "axil_aw", "tx_t", "rx_t", "irq_"]) {
      expect(trace.transfers.get(channel), channel).to.be.above(0);
    }
    const lives = packetLives(trace, rings, 12);
    expect(lives).to.have.length(2 * COUNT);
    for (const life of lives) {
      expect(life.avail).to.be.above(firstCycle);
      expect(life.usedIdx).to.be.above(life.lastPayload ?? Infinity);
      if (life.virtqueue === 1) expect(life.firstBeat).to.be.above(life.firstPayload ?? Infinity);
    }
  });
});

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
