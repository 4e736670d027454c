import { fileURLToPath } from "node:url";
import { expect } from "chai";
import {
  combine,
  first,
  OP,
  SimulationError,
  Simulator,
  type SimulatorOptions,
  TaskCancelled,
  withTimeout,
} from "../../../src/core/index.ts";
import { failure, simulationFailure } from "../../support/failure.ts";

const FAKE = fileURLToPath(new URL("fake-simulator.mjs", import.meta.url));

async function withFake(
  body: (simulator: Simulator) => Promise<void>,
  options: Partial<SimulatorOptions> = {},
): Promise<void> {
  const simulator = await Simulator.open({ executable: FAKE, ...options });
  try {
    await body(simulator);
    await simulator.close();
  } finally {
    await simulator.abandon();
  }
}

describe("core: simulator", () => {
  describe("time", () => {
    it("moves only while somebody waits, and by exactly as much", () =>
      withFake(async (simulator) => {
        expect(simulator.cycle).to.equal(0);
        await simulator.cycles();
        expect(simulator.cycle).to.equal(1);
        await simulator.cycles(99);
        expect(simulator.cycle).to.equal(100);
        await simulator.untilCycle(103);
        expect(simulator.cycle).to.equal(103);
      }));

    it("wakes several tasks at their own cycles, those of one cycle in the order in which they began to wait", () =>
      withFake(async (simulator) => {
        const log: string[] = [];
        const runner = (name: string, step: number, times: number) =>
          simulator.spawn(name, async () => {
            for (let i = 0; i < times; i++) {
              await simulator.cycles(step);
              log.push(`${simulator.cycle}${name}`);
            }
          });
        await Promise.all([runner("a", 2, 3).join(), runner("b", 3, 2).join(), runner("c", 1, 2).join()]);
        expect(log).to.deep.equal(["1c", "2a", "2c", "3b", "4a", "6b", "6a"]);
      }));

    it("runs longer than one chunk", () =>
      withFake(async (simulator) => {
        await simulator.cycles(200_000);
        expect(simulator.cycle).to.equal(200_000);
      }));
  });

  describe("signals", () => {
    it("reads what the coming edge samples; a written value is there after that edge", () =>
      withFake(async (simulator) => {
        const d = simulator.dut.signal("d");
        const q = simulator.dut.signal("q");
        await simulator.cycles();
        d.value = 5;
        expect(d.value).to.equal(0n);
        await simulator.cycles();
        expect(d.value).to.equal(5n);
        expect(q.value).to.equal(0n);
        await simulator.cycles();
        expect(q.value).to.equal(5n);
        expect(q.number).to.equal(5);
        expect(q.isHigh).to.equal(true);
        expect(await q.read()).to.equal(5n);
      }));

    it("sees values written before the first edge at once", () =>
      withFake(async (simulator) => {
        const d = simulator.dut.signal("d");
        expect(d.value).to.equal(0n);
        d.value = 7;
        expect(d.value).to.equal(7n);
        await simulator.cycles();
        expect(simulator.dut.signal("q").value).to.equal(7n);
      }));

    it("carries any width", () =>
      withFake(async (simulator) => {
        const value = (1n << 69n) | 0x1234_5678_9abc_def0n;
        simulator.dut.signal("wide_d").value = value;
        await simulator.cycles(2);
        const wide = simulator.dut.signal("wide_q");
        expect(wide.value).to.equal(value);
        expect(await wide.read()).to.equal(value);
        expect([...wide.bytes]).to.deep.equal([0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12, 0x20]);
        expect(() => wide.number).to.throw(RangeError, "too wide");
      }));

    it("refuses values that do not fit", () =>
      withFake(async (simulator) => {
        const d = simulator.dut.signal("d");
        expect(() => (d.value = 256)).to.throw(RangeError, "does not fit into 8 bits");
        expect(() => (d.value = -1n)).to.throw(RangeError);
        await simulator.cycles();
      }));

    it("gives the same object for the same path, and an error with the name for an unknown one", () =>
      withFake(async (simulator) => {
        expect(simulator.dut.signal("d")).to.equal(simulator.dut.signal("d"));
        expect(() => simulator.dut.signal("nonsense")).to.throw(SimulationError, "no signal 'nonsense'");
        await simulator.cycles(); // an error of one request does not end the simulation
        expect(simulator.dut.list().map((entry) => entry.path)).to.include("wide_q");
      }));

    it("waits for edges and values", () =>
      withFake(async (simulator) => {
        const slow = simulator.dut.signal("slow");
        await slow.rising();
        expect(simulator.cycle).to.equal(8);
        await slow.falling();
        expect(simulator.cycle).to.equal(16);
        await slow.changed();
        expect(simulator.cycle).to.equal(24);
        await slow.equals(0);
        expect(simulator.cycle).to.equal(32);
        await slow.differs(0);
        expect(simulator.cycle).to.equal(40);
        expect(() => simulator.dut.signal("clk").rising()).to.throw(SimulationError, "simulator.cycles()");
      }));
  });

  describe("triggers", () => {
    it("first: the earlier one wins and the other wait ends", () =>
      withFake(async (simulator) => {
        const slow = simulator.dut.signal("slow");
        const result = await first(simulator.cycles(100), slow.rising());
        expect(result.index).to.equal(1);
        expect(simulator.cycle).to.equal(8);
        const again = await first(simulator.cycles(3), slow.falling());
        expect(again.index).to.equal(0);
        expect(simulator.cycle).to.equal(11);
      }));

    it("first: in one cycle the earlier in the list wins", () =>
      withFake(async (simulator) => {
        const queue = simulator.queue<number>();
        queue.putNow(1);
        const result = await first<unknown>(queue.get(), simulator.cycles(1));
        expect(result.index).to.equal(0);
        expect(simulator.cycle).to.equal(0);
      }));

    it("combine: waits for all", () =>
      withFake(async (simulator) => {
        await combine(simulator.cycles(4), simulator.dut.signal("slow").rising(), simulator.cycles(6));
        expect(simulator.cycle).to.equal(8);
      }));

    it("withTimeout: in time in the last cycle, an error with facts after it", () =>
      withFake(async (simulator) => {
        const slow = simulator.dut.signal("slow");
        await withTimeout(slow.rising(), 8);
        const error = await failure(withTimeout(slow.rising(), 15, "the next rise"));
        expect(error).to.be.instanceOf(SimulationError);
        expect(error.message).to.include("the next rise did not come within 15 cycles (waiting since cycle 8)");
        expect(error.message).to.include("cycle 23, seed 1");
        expect(simulator.cycle).to.equal(23);
      }));

    it("endOfStep: fires after all tasks of the cycle and before time moves", () =>
      withFake(async (simulator) => {
        const log: string[] = [];
        await simulator.cycles(3);
        const slow = simulator.spawn("slow", async () => {
          for (let i = 0; i < 5; i++) await Promise.resolve();
          log.push("task");
        });
        await simulator.endOfStep();
        log.push("end");
        await slow.join();
        expect(log).to.deep.equal(["task", "end"]);
        expect(simulator.cycle).to.equal(3);
      }));

    it("a trigger can be awaited again", () =>
      withFake(async (simulator) => {
        const five = simulator.cycles(5);
        await five;
        await five;
        expect(simulator.cycle).to.equal(10);
      }));
  });

  describe("events of models", () => {
    it("stops at the awaited event and hands over all of them", () =>
      withFake(async (simulator) => {
        const seen: number[] = [];
        const { id } = simulator.model("irq");
        simulator.onEvents(id, ({ payload }) => seen.push(payload.getUint32(0, true)));
        const stop = simulator.expectEvents({ model: id, mask: 1 << 4, remaining: () => 3 });
        await simulator.spawn("wait", () => withTimeout(simulator.cycles(30), 100)).join();
        stop();
        expect(seen).to.deep.equal([1, 2, 3]);
        expect(simulator.cycle).to.equal(30);
        expect(() => simulator.model("axi_mem")).to.throw(SimulationError, "the simulator has: irq u_irq");
      }));
  });

  describe("operations", () => {
    it("keeps the order of posted and awaited operations", () =>
      withFake(async (simulator) => {
        const write = (addr: number, ...bytes: number[]): void => {
          const payload = new Uint8Array(8 + bytes.length);
          new DataView(payload.buffer).setBigUint64(0, BigInt(addr), true);
          payload.set(bytes, 8);
          simulator.post(OP.MEM_WRITE, 0, payload);
        };
        const read = (addr: number, length: number): Promise<number[]> => {
          const payload = new Uint8Array(16);
          const view = new DataView(payload.buffer);
          view.setBigUint64(0, BigInt(addr), true);
          view.setBigUint64(8, BigInt(length), true);
          return simulator.request(OP.MEM_READ, 0, payload, (bytes) => [...bytes]);
        };
        write(16, 1, 2, 3);
        const before = read(16, 3);
        write(17, 9);
        const after = read(16, 3);
        expect(await before).to.deep.equal([1, 2, 3]);
        expect(await after).to.deep.equal([1, 9, 3]);
        expect(simulator.cycle).to.equal(0);
      }));

    it("an awaited operation that is refused fails alone; those behind it are done", () =>
      withFake(async (simulator) => {
        const outside = new Uint8Array(16);
        new DataView(outside.buffer).setBigUint64(0, 1n << 40n, true);
        const refused = simulator.request(OP.MEM_READ, 0, outside, () => undefined);
        const ping = simulator.request(OP.PING, 0, new Uint8Array([1, 2, 3]), (bytes) => [...bytes]);
        const error = await simulationFailure(refused);
        expect(error.message).to.include("MEM_READ: outside memory");
        expect(error.facts.status).to.equal(2);
        expect(await ping).to.deep.equal([1, 2, 3]);
      }));

    it("a posted operation that is refused ends the simulation", async () => {
      const simulator = await Simulator.open({ executable: FAKE });
      const outside = new Uint8Array(16);
      new DataView(outside.buffer).setBigUint64(0, 1n << 40n, true);
      simulator.post(OP.MEM_WRITE, 0, outside);
      expect((await failure(simulator.cycles())).message).to.include("MEM_WRITE: outside memory");
      expect((await failure(simulator.close())).message).to.include("MEM_WRITE: outside memory");
    });

    it("large messages go through", () =>
      withFake(async (simulator) => {
        const payload = new Uint8Array(3_000_000).map((_, i) => i);
        const echo = await simulator.request(OP.PING, 0, payload, (bytes) => bytes.slice());
        expect(echo.every((byte, i) => byte === payload[i])).to.equal(true);
        expect(echo.length).to.equal(payload.length);
      }));
  });

  describe("tasks", () => {
    it("return values, can be joined, and run beside the test", () =>
      withFake(async (simulator) => {
        const task = simulator.spawn("adder", async () => {
          await simulator.cycles(5);
          return 7;
        });
        expect(task.state).to.equal("running");
        expect(await task.join()).to.equal(7);
        expect(task.state).to.equal("done");
        expect(await task.over()).to.equal(7);
        expect(simulator.cycle).to.equal(5);
      }));

    it("a task that throws fails whoever waits, at once", async () => {
      const simulator = await Simulator.open({ executable: FAKE });
      const thrown = new Error("wrong at cycle 5");
      simulator.spawn("checker", async () => {
        await simulator.cycles(5);
        throw thrown;
      });
      expect(await failure(simulator.cycles(1000))).to.equal(thrown);
      expect(simulator.cycle).to.equal(5);
      expect(await failure(simulator.queue().get())).to.equal(thrown);
      expect(() => simulator.dut.signal("d").value).to.throw("wrong at cycle 5");
      expect(await failure(simulator.close())).to.equal(thrown);
    });

    it("cancel: the wait ends, finally blocks run, nobody fails", () =>
      withFake(async (simulator) => {
        const log: string[] = [];
        const task = simulator.spawn("endless", async (self) => {
          try {
            for (;;) {
              await self.until(simulator.cycles(3));
              log.push(`cycle ${simulator.cycle}`);
            }
          } finally {
            log.push("cleaned up");
          }
        });
        await simulator.cycles(7);
        task.cancel();
        expect(await failure(task.join())).to.be.instanceOf(TaskCancelled);
        expect(task.state).to.equal("cancelled");
        await simulator.cycles(10);
        expect(log).to.deep.equal(["cycle 3", "cycle 6", "cleaned up"]);
      }));
  });

  describe("failures of the simulator", () => {
    it("an end without a message: exit code and last output", async () => {
      const simulator = await Simulator.open({ executable: FAKE, args: ["+mode=die"] });
      const other = failure(simulator.queue().get());
      const error = await failure(simulator.cycles(10));
      expect(error.message).to.include("ended without a message").and.include("exit code 42").and.include("seed 1");
      expect(await other).to.equal(error);
      expect(await failure(simulator.close())).to.equal(error);
    });

    it("an end by a signal", async () => {
      const simulator = await Simulator.open({ executable: FAKE, args: ["+mode=kill"] });
      expect((await failure(simulator.cycles(10))).message).to.include("signal SIGKILL");
      await simulator.abandon();
    });

    it("a fatal message: its text, code and cycle", async () => {
      const simulator = await Simulator.open({ executable: FAKE, args: ["+mode=fatal"] });
      const error = await failure(simulator.cycles(10));
      expect(error.message)
        .to.include("$fatal in fake: five is too much")
        .and.include("cycle 5")
        .and.include("exit code 8");
      await simulator.abandon();
    });

    it("a malformed answer", async () => {
      const simulator = await Simulator.open({ executable: FAKE, args: ["+mode=malformed"] });
      expect((await failure(simulator.cycles(10))).message).to.include("malformed message from the simulator");
      await simulator.abandon();
    });

    it("a simulator of another version", async () => {
      const error = await failure(Simulator.open({ executable: FAKE, args: ["+mode=version"] }));
      expect(error.message).to.include("the simulator speaks protocol version 2, the testbench 1");
    });

    it("a simulator that refuses the handshake", async () => {
      const error = await failure(Simulator.open({ executable: FAKE, args: ["+mode=refuse"] }));
      expect(error.message).to.include("protocol version 1 is not mine").and.include("exit code 6");
    });

    it("a simulator that ends at once", async () => {
      const error = await failure(Simulator.open({ executable: FAKE, args: ["+mode=silent"] }));
      expect(error.message).to.include("ended before the handshake").and.include("exit code 9");
    });

    it("a simulator that does not exist", async () => {
      const error = await failure(Simulator.open({ executable: "/nowhere/simulator" }));
      expect(error.message).to.include("ended before the handshake").and.include("exit code 127");
    });

    it("a closed simulation cannot be used", async () => {
      const simulator = await Simulator.open({ executable: FAKE });
      await simulator.close();
      await simulator.close();
      expect((await failure(simulator.cycles(1))).message).to.include("this simulation is closed");
      expect(() => {
        simulator.dut.signal("d").value = 1;
      }).to.throw("this simulation is closed");
    });
  });

  describe("queue, event, lock", () => {
    it("queue: order, limit, waiting on both ends", () =>
      withFake(async (simulator) => {
        const queue = simulator.queue<number>(2);
        const taken: string[] = [];
        const taker = simulator.spawn("taker", async () => {
          for (let i = 0; i < 4; i++) {
            taken.push(`${simulator.cycle}:${await queue.get()}`);
            await simulator.cycles(10);
          }
        });
        for (let i = 0; i < 4; i++) await queue.put(i);
        expect(queue.putNow(9)).to.equal(false);
        await taker.join();
        expect(taken).to.deep.equal(["0:0", "10:1", "20:2", "30:3"]);
        expect(queue.size).to.equal(0);
        expect(queue.getNow()).to.equal(undefined);
      }));

    it("event: wakes all, stays set until cleared", () =>
      withFake(async (simulator) => {
        const event = simulator.event();
        const waiters = [event.wait().promise(), event.wait().promise()];
        simulator.spawn("setter", async () => {
          await simulator.cycles(5);
          event.set();
        });
        await Promise.all(waiters);
        expect(simulator.cycle).to.equal(5);
        await event.wait();
        event.clear();
        expect(event.isSet).to.equal(false);
        expect((await failure(withTimeout(event.wait(), 10))).message).to.include("within 10 cycles");
      }));

    it("lock: one at a time, in order of arrival", () =>
      withFake(async (simulator) => {
        const lock = simulator.lock();
        const log: string[] = [];
        const user = (name: string) =>
          simulator.spawn(name, () =>
            lock.hold(async () => {
              log.push(`${name}${simulator.cycle}`);
              await simulator.cycles(2);
            }),
          );
        await Promise.all([user("a").join(), user("b").join(), user("c").join()]);
        expect(log).to.deep.equal(["a0", "b2", "c4"]);
        expect(lock.isLocked).to.equal(false);
      }));
  });
});
