/**
 * The scenario with everything in TypeScript, cycle by cycle: memory, registers, streams, each a task that waits for every clock edge. Model
 * for model what `bench/cocotb/models.py` does.
 *
 * @module
 */
import { buildSimulator, Simulator } from "../../tb/src/core/index.ts";
import type { Signal } from "../../tb/src/core/index.ts";
import { ArrayMemory } from "../../tb/src/model/index.ts";
import { GuestDriver, linux } from "../../tb/src/virtio/index.ts";
import type { DeviceRegisters } from "../../tb/src/virtio/index.ts";
import { BenchError } from "../error.ts";
import { isSame } from "../ring.ts";
import { frameOf, LOOK_CYCLES, SCENARIO } from "./scenario.ts";
import { timed } from "./timing.ts";
import type { Timing } from "./timing.ts";

const ARENA = { base: 0x4000_0000n, lenBytes: 16 << 20 };
const WORD_BYTES = SCENARIO.parameters.DATA_W / 8;

type Find = (name: string) => Signal;

/** The read half of the AXI memory: fixed latency, one beat per cycle. */
async function serveReads(simulator: Simulator, port: Find, memory: ArrayMemory): Promise<void> {
  const [arvalid, araddr, arlen, arid] = ["arvalid", "araddr", "arlen", "arid"].map((name) => port(`m_axi_${name}`));
  const [rvalid, rdata, rid, rlast] = ["rvalid", "rdata", "rid", "rlast"].map((name) => port(`m_axi_${name}`));
  if (!arvalid || !araddr || !arlen || !arid || !rvalid || !rdata || !rid || !rlast) return;
  port("m_axi_arready").value = 1;
  const beats: { readonly due: number; readonly at: number; readonly id: number; readonly isLast: boolean }[] = [];
  let first = 0;
  let isValid = false;
  for (;;) {
    await simulator.cycles();
    const now = simulator.cycle;
    if (arvalid.isHigh) {
      const at = Number(araddr.value - ARENA.base) & -WORD_BYTES;
      const [count, id] = [arlen.number + 1, arid.number];
      for (let beat = 0; beat < count; beat++) {
        beats.push({ due: now + SCENARIO.latency, at: at + WORD_BYTES * beat, id, isLast: beat === count - 1 });
      }
    }
    // RREADY of this device is constantly 1: what was shown has moved.
    const beat = beats[first];
    if (beat !== undefined && beat.due <= now + 1) {
      first++;
      if (first === 1024) {
        beats.splice(0, first);
        first = 0;
      }
      rdata.setBytes(memory.bytes.subarray(beat.at, beat.at + WORD_BYTES));
      rid.value = beat.id;
      rlast.value = beat.isLast ? 1 : 0;
      if (!isValid) rvalid.value = 1;
      isValid = true;
    } else if (isValid) {
      rvalid.value = 0;
      isValid = false;
    }
  }
}

/** The write half. */
async function serveWrites(simulator: Simulator, port: Find, memory: ArrayMemory): Promise<void> {
  const [awvalid, awaddr, awid] = ["awvalid", "awaddr", "awid"].map((name) => port(`m_axi_${name}`));
  const [wvalid, wdata, wstrb, wlast] = ["wvalid", "wdata", "wstrb", "wlast"].map((name) => port(`m_axi_${name}`));
  const [bvalid, bid] = ["bvalid", "bid"].map((name) => port(`m_axi_${name}`));
  if (!awvalid || !awaddr || !awid || !wvalid || !wdata || !wstrb || !wlast || !bvalid || !bid) return;
  port("m_axi_awready").value = 1;
  port("m_axi_wready").value = 1;
  const bursts: { at: number; readonly id: number }[] = [];
  const words: { readonly data: Uint8Array; readonly strobes: bigint; readonly isLast: boolean }[] = [];
  const responses: { readonly due: number; readonly id: number }[] = [];
  let isValid = false;
  for (;;) {
    await simulator.cycles();
    const now = simulator.cycle;
    if (awvalid.isHigh) bursts.push({ at: Number(awaddr.value - ARENA.base) & -WORD_BYTES, id: awid.number });
    if (wvalid.isHigh) words.push({ data: wdata.bytes, strobes: wstrb.value, isLast: wlast.isHigh });
    for (let burst = bursts[0]; burst !== undefined; burst = bursts[0]) {
      const word = words.shift();
      if (word === undefined) break;
      for (let lane = 0; lane < WORD_BYTES; lane++) {
        if (((word.strobes >> BigInt(lane)) & 1n) === 1n) memory.bytes[burst.at + lane] = word.data[lane] ?? 0;
      }
      burst.at += WORD_BYTES;
      if (word.isLast) {
        bursts.shift();
        responses.push({ due: now + SCENARIO.latency, id: burst.id });
      }
    }
    // BREADY of this device is constantly 1.
    const response = responses[0];
    if (response !== undefined && response.due <= now + 1) {
      responses.shift();
      bid.value = response.id;
      if (!isValid) bvalid.value = 1;
      isValid = true;
    } else if (isValid) {
      bvalid.value = 0;
      isValid = false;
    }
  }
}

/** Sends the frames into the device without a gap. */
async function sendFrames(simulator: Simulator, port: Find, frames: readonly Uint8Array[]): Promise<void> {
  const [tdata, tkeep, tvalid, tlast, tready] = ["tdata", "tkeep", "tvalid", "tlast", "tready"].map((name) =>
    port(`s_axis_rx_${name}`),
  );
  if (!tdata || !tkeep || !tvalid || !tlast || !tready) return;
  for (const frame of frames) {
    tvalid.value = 1;
    for (let at = 0; at < frame.length; at += WORD_BYTES) {
      const part = frame.subarray(at, at + WORD_BYTES);
      tdata.setBytes(part);
      tkeep.value = (1n << BigInt(part.length)) - 1n;
      tlast.value = at + WORD_BYTES >= frame.length ? 1 : 0;
      do await simulator.cycles();
      while (!tready.isHigh);
    }
  }
  tvalid.value = 0;
}

/** Takes frames from the device, always ready. */
async function takeFrames(simulator: Simulator, port: Find, onFrame: (frame: Uint8Array) => void): Promise<void> {
  const [tdata, tkeep, tvalid, tlast] = ["tdata", "tkeep", "tvalid", "tlast"].map((name) => port(`m_axis_tx_${name}`));
  if (!tdata || !tkeep || !tvalid || !tlast) return;
  port("m_axis_tx_tready").value = 1;
  let parts: number[] = [];
  for (;;) {
    await simulator.cycles();
    if (!tvalid.isHigh) continue;
    const isLast = tlast.isHigh;
    const count = isLast ? 32 - Math.clz32(tkeep.number) : WORD_BYTES;
    parts.push(...tdata.bytes.subarray(0, count));
    if (!isLast) continue;
    onFrame(Uint8Array.from(parts));
    parts = [];
  }
}

/** Register accesses, one after the other. */
class AxiLiteMaster implements DeviceRegisters {
  readonly #simulator: Simulator;
  readonly #port: Find;
  #last: Promise<unknown> = Promise.resolve();

  constructor(simulator: Simulator, port: Find) {
    this.#simulator = simulator;
    this.#port = (name) => port(`s_axil_${name}`);
    for (const name of ["awvalid", "wvalid", "arvalid", "awprot", "arprot"]) this.#port(name).value = 0;
    for (const name of ["bready", "rready"]) this.#port(name).value = 1;
  }

  write(offset: number, value: number, sizeBytes: 1 | 2 | 4): void {
    this.#last = this.#last.then(async () => {
      const lane = offset & 3;
      this.#port("awaddr").value = offset & ~3;
      this.#port("wdata").value = (value << (8 * lane)) >>> 0;
      this.#port("wstrb").value = ((1 << sizeBytes) - 1) << lane;
      const pending = new Set(["aw", "w"]);
      for (const channel of pending) this.#port(`${channel}valid`).value = 1;
      while (pending.size > 0) {
        await this.#simulator.cycles();
        for (const channel of [...pending]) {
          if (!this.#port(`${channel}ready`).isHigh) continue;
          this.#port(`${channel}valid`).value = 0;
          pending.delete(channel);
        }
      }
      while (!this.#port("bvalid").isHigh) await this.#simulator.cycles();
      await this.#simulator.cycles();
    });
  }

  read(offset: number, sizeBytes: 1 | 2 | 4): Promise<number> {
    const result = this.#last.then(async () => {
      this.#port("araddr").value = offset & ~3;
      this.#port("arvalid").value = 1;
      do await this.#simulator.cycles();
      while (!this.#port("arready").isHigh);
      this.#port("arvalid").value = 0;
      while (!this.#port("rvalid").isHigh) await this.#simulator.cycles();
      const data = this.#port("rdata").number;
      await this.#simulator.cycles();
      return (data >>> (8 * (offset & 3))) & (sizeBytes === 4 ? -1 : (1 << (8 * sizeBytes)) - 1);
    });
    this.#last = result;
    return result;
  }
}

/** Runs the scenario. */
export async function perCycle(): Promise<Timing> {
  const executable = await buildSimulator({ top: "vnet_top", params: SCENARIO.parameters, isFast: true });
  const simulator = await Simulator.open({ executable, seed: 1, name: "per-cycle", maxCycles: 100_000_000 });
  try {
    const port: Find = (name) => simulator.dut.signal(name);
    const count = SCENARIO.frames_each_way;
    const txFrames = Array.from({ length: count }, (_, n) => frameOf(n, "tx"));
    const rxFrames = Array.from({ length: count }, (_, n) => frameOf(n, "rx"));
    for (const name of ["s_axis_rx_tdest", "s_axis_rx_tuser", "s_axis_rx_tvalid"]) port(name).value = 0;
    for (const name of ["m_axi_rvalid", "m_axi_rresp", "m_axi_bvalid", "m_axi_bresp"]) port(name).value = 0;
    port("aresetn").value = 0;
    port("cfg_mac").value = 0x563412005452n;
    port("cfg_mtu").value = 9000;
    for (const name of ["cfg_link_up", "cfg_msix_enable", "irq_ready"]) port(name).value = 1;
    await simulator.cycles(5);
    port("aresetn").value = 1;
    await simulator.cycles(5);

    const memory = new ArrayMemory(ARENA.base, ARENA.lenBytes);
    let transmitted = 0;
    simulator.spawn("reads", () => serveReads(simulator, port, memory));
    simulator.spawn("writes", () => serveWrites(simulator, port, memory));
    simulator.spawn("sink", () =>
      takeFrames(simulator, port, (frame) => {
        if (!isSame(frame, txFrames[transmitted] ?? new Uint8Array(0))) {
          throw new BenchError(`frame ${transmitted} left the device with wrong bytes`);
        }
        transmitted++;
      }),
    );
    const driver = await GuestDriver.probe({
      memory,
      registers: new AxiLiteMaster(simulator, port),
      random: simulator.random.fork("driver"),
      layout: linux,
      arena: ARENA,
      rxFrameBytes: SCENARIO.rx_buffer_bytes - 12,
    });
    return await timed(
      () => simulator.cycle,
      2 * count,
      async () => {
        simulator.spawn("source", () => sendFrames(simulator, port, rxFrames));
        let [sent, returned, received] = [0, 0, 0];
        while (received < count || returned < count || transmitted < count) {
          const batch = txFrames
            .slice(sent, sent + (driver.tx[0]?.ring.freeDescriptors ?? 0))
            .map((frame) => ({ frame }));
          sent += driver.send(0, batch);
          driver.fillRx(0);
          for (const queue of [0, 1]) driver.armInterrupt(queue, "never");
          await driver.flushAll();
          await simulator.cycles(LOOK_CYCLES);
          const report = await driver.service();
          returned += report.sent.length;
          for (const { frame } of report.received) {
            if (!isSame(frame, rxFrames[received] ?? new Uint8Array(0))) {
              throw new BenchError(`received frame ${received} has wrong bytes`);
            }
            received++;
          }
        }
      },
    );
  } finally {
    await simulator.close();
  }
}
