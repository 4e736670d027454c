import { expect } from "chai";
import { StreamBus, StreamMonitor, StreamSink, StreamSource } from "../../../src/bus/index.ts";
import { buildSimulator, PAUSES, SimulationError, Simulator, withTimeout } from "../../../src/core/index.ts";
import { failure } from "../../support/failure.ts";

// A register slice is a good partner: what goes in comes out. The rule breaker is a slice whose pins the test drives itself.
describe("bus: streams", function () {
  this.timeout(60_000);
  let executable = "";

  before(async () => {
    executable = await buildSimulator({ top: "vnet_skid", params: { W: 8 } });
  });

  async function withSkid(body: (simulator: Simulator) => Promise<void>): Promise<void> {
    const simulator = await Simulator.open({ executable, maxCycles: 10_000 });
    for (const name of ["s_valid", "s_data", "m_ready"]) simulator.dut.signal(name).value = 0;
    simulator.dut.signal("rst").value = 1;
    await simulator.cycles(2);
    simulator.dut.signal("rst").value = 0;
    await simulator.cycles(1);
    await body(simulator);
    await simulator.close();
  }
  const bus = (simulator: Simulator, prefix: string): StreamBus<"data"> =>
    StreamBus.fromPrefix(simulator, prefix, ["data"]);

  it("send waits for its beat, sendNow does not; counts and idle agree", () =>
    withSkid(async (simulator) => {
      const source = new StreamSource(bus(simulator, "s"));
      const sink = new StreamSink(bus(simulator, "m"));
      await source.send({ data: 1n });
      expect([source.count, source.pending, source.isIdle]).to.deep.equal([1, 0, true]);
      source.sendNow({ data: 2n }, { data: 3n });
      expect([source.pending, source.isIdle]).to.deep.equal([2, false]);
      await source.wait();
      await sink.reached(3);
      expect([sink.count, sink.pending]).to.deep.equal([3, 3]);
      expect((await sink.recv()).beat.data).to.equal(1n);
      expect(sink.recvNow()?.beat.data).to.equal(2n);
      expect(sink.takeAll().map(({ beat }) => beat.data)).to.deep.equal([3n]);
      expect(sink.recvNow()).to.equal(undefined);
    }));

  it("clear forgets what is queued, but not the beat that is already shown", () =>
    withSkid(async (simulator) => {
      const source = new StreamSource(bus(simulator, "s"));
      const sink = new StreamSink(bus(simulator, "m"), { pause: { kind: "always" } });
      for (let i = 0; i < 6; i++) source.sendNow({ data: BigInt(i) });
      await simulator.cycles(6);
      source.clear();
      expect(source.pending).to.equal(1);
      sink.pause = PAUSES.never;
      await simulator.cycles(8);
      expect(sink.takeAll().map(({ beat }) => beat.data)).to.deep.equal([0n, 1n, 2n]);
      expect(source.isIdle).to.equal(true);
    }));

  it("pauses are kept to", () =>
    withSkid(async (simulator) => {
      const source = new StreamSource(bus(simulator, "s"), { pause: { kind: "everyN", go: 1, pause: 3 } });
      const sink = new StreamSink(bus(simulator, "m"));
      for (let i = 0; i < 5; i++) source.sendNow({ data: BigInt(i) });
      await withTimeout(sink.reached(5), 100);
      const cycles = source.moved.map(({ cycle }) => cycle);
      for (let i = 1; i < cycles.length; i++) expect((cycles[i] ?? 0) - (cycles[i - 1] ?? 0)).to.equal(4);
    }));

  it("a beat that reset interrupts is sent again after it", () =>
    withSkid(async (simulator) => {
      const source = new StreamSource(bus(simulator, "s"));
      const sink = new StreamSink(bus(simulator, "m"), { pause: { kind: "always" } });
      for (let i = 0; i < 4; i++) source.sendNow({ data: BigInt(i) });
      await simulator.cycles(6);
      expect(source.count).to.equal(2);
      simulator.dut.signal("rst").value = 1;
      await simulator.cycles(2);
      simulator.dut.signal("rst").value = 0;
      sink.pause = PAUSES.never;
      await simulator.cycles(10);
      // The two in the slice are lost, the two that had not moved are not.
      expect(sink.takeAll().map(({ beat }) => beat.data)).to.deep.equal([2n, 3n]);
    }));

  for (const [title, change, text] of [
    ["valid that is taken back", { s_valid: 0 }, "valid was taken back before ready came"],
    ["a payload that changes", { s_data: 9 }, "data changed before ready came"],
  ] as const) {
    it(`a monitor finds ${title}`, async () => {
      const simulator = await Simulator.open({ executable, maxCycles: 1000 });
      simulator.dut.signal("m_ready").value = 0;
      simulator.dut.signal("s_valid").value = 0;
      simulator.dut.signal("rst").value = 1;
      await simulator.cycles(2);
      simulator.dut.signal("rst").value = 0;
      const monitor = new StreamMonitor(bus(simulator, "s"));
      simulator.dut.signal("s_valid").value = 1;
      simulator.dut.signal("s_data").value = 5;
      await simulator.cycles(8);
      expect(monitor.count).to.equal(2);
      for (const [name, value] of Object.entries(change)) simulator.dut.signal(name).value = value;
      const error = await failure(simulator.cycles(10));
      expect(error).to.be.instanceOf(SimulationError);
      expect(error.message).to.include(`stream s: ${text}`);
      await simulator.abandon();
    });
  }
});
