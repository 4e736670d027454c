import { expect } from "chai";
import { FrameSink, GuestMemory, IrqSink } from "../../src/bus/index.ts";
import { buildSimulator, Simulator, withSeed } from "../../src/core/index.ts";
import { simulationFailure } from "../support/failure.ts";

const BASE = 0x1000_0000n;

describe(withSeed("bridge: bus rules and memory rules"), function () {
  this.timeout(120_000);
  let executable = "";

  before(async () => {
    // A device that breaks one rule, chosen by cfg_mtu, about ten edges after reset.
    executable = await buildSimulator({ top: "tb_top", sources: ["tb/test/bridge/hdl/faulty_device"] });
  });

  async function open(fault: number): Promise<Simulator> {
    const simulator = await Simulator.open({ executable, maxCycles: 1000 });
    const memory = new GuestMemory(simulator);
    memory.addArea(BASE, 0x10000n);
    memory.configure(fault === 1 || fault === 2 ? { pauseAr: { kind: "always" } } : {});
    new IrqSink(simulator).configure({ pause: { kind: "always" } });
    new FrameSink(simulator).configure({});
    const { dut } = simulator;
    dut.signal("cfg_mtu").value = fault;
    dut.signal("aresetn").value = 0;
    await simulator.cycles(4);
    dut.signal("aresetn").value = 1;
    return simulator;
  }

  const cases: readonly (readonly [fault: number, text: string, code: number])[] = [
    [1, "AR: valid fell before ready", 9],
    [2, "AR: payload changed while waiting for ready", 9],
    [3, "crosses 4 KiB", 9],
    [4, "W: WLAST is 1 in beat 0", 9],
    [5, "W: strobes 0xff outside lanes 0xf0", 9],
    [6, "tkeep 0x5 is not contiguous from lane 0", 9],
    [7, "partial tkeep 0x7 before the last beat", 9],
    [8, "tdest or tuser changed inside a frame", 9],
    [9, "payload changed while waiting for ready", 9],
    [10, "B: response without a complete write", 9],
    [11, "R: data without a request", 9],
    [13, "0x10000040", 10],
    [14, "0x10000040", 10],
  ];
  for (const [fault, text, code] of cases) {
    it(`${text}: exit code ${code}`, async () => {
      const simulator = await open(fault);
      const error = await simulationFailure(simulator.cycles(200));
      await simulator.abandon();
      expect(error.message).to.include(text);
      expect(error.facts.exitCode).to.equal(code);
      // The clock edge of the offence, not that of the next stop.
      expect(error.facts.cycle).to.be.within(13, 20);
    });
  }

  it("valid is up during reset: exit code 9", async () => {
    const simulator = await Simulator.open({ executable, maxCycles: 1000 });
    simulator.dut.signal("cfg_mtu").value = 12;
    simulator.dut.signal("aresetn").value = 0;
    const error = await simulationFailure(simulator.cycles(50));
    await simulator.abandon();
    expect(error.message).to.include("valid is up during reset");
    expect(error.facts.exitCode).to.equal(9);
  });

  it("an offered range may be touched, until it is revoked", async () => {
    const simulator = await Simulator.open({ executable, maxCycles: 1000 });
    const memory = new GuestMemory(simulator);
    memory.addArea(BASE, 0x10000n);
    memory.offer(BASE + 0x40n, 8, "read");
    const { dut } = simulator;
    dut.signal("cfg_mtu").value = 13;
    for (const isOffered of [true, false]) {
      dut.signal("aresetn").value = 0;
      await simulator.cycles(4);
      dut.signal("aresetn").value = 1;
      if (!isOffered) {
        memory.revoke(BASE + 0x40n, 8);
        const error = await simulationFailure(simulator.cycles(50));
        expect(error.facts.exitCode).to.equal(10);
        continue;
      }
      await simulator.cycles(50);
      expect((await memory.statistics()).readBeats).to.equal(1);
      expect(await memory.offered(BASE + 0x47n)).to.deep.equal({ reads: 1, writes: 0 });
    }
    await simulator.abandon();
  });

  it("without checking an access outside is let through", async () => {
    const simulator = await open(14);
    const memory = new GuestMemory(simulator);
    memory.setChecking(false);
    await simulator.cycles(50);
    expect((await memory.statistics()).writeBeats).to.equal(1);
    await simulator.close();
  });

  it("a mistake of the testbench is refused with its reason", async () => {
    const simulator = await open(0);
    const memory = new GuestMemory(simulator);
    const outside = await simulationFailure(memory.read(0x9_0000_0000n, 4));
    expect(outside.code).to.equal("REFUSED");
    expect(outside.facts.status).to.equal(2);
    expect(() => {
      memory.revoke(BASE, 4);
    }).to.throw("this range was not offered");
    memory.addArea(BASE, 0x1000n);
    expect((await simulationFailure(simulator.cycles(5))).message).to.include("MEM_AREA");
    await simulator.abandon();
  });
});
