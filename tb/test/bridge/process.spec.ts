import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { buildSimulator, nextWavePath, OP, RUNS_DIRECTORY, Simulator, withSeed } from "../../src/core/index.ts";
import { type ExitStatus, Link } from "../../src/core/link.ts";
import { BatchWriter, decodeFatal, encodeHello, type Fatal, KIND, MAGIC } from "../../src/core/protocol.ts";
import { simulationFailure } from "../support/failure.ts";

const HDL = "tb/test/bridge/hdl/bridge_faults.sv";

function kindOf(message: Uint8Array): number {
  return new DataView(message.buffer, message.byteOffset).getUint16(4, true);
}

describe(withSeed("bridge: process and protocol"), function () {
  this.timeout(120_000);
  let executable = "";

  before(async () => {
    executable = await buildSimulator({ top: "bridge_faults", sources: [HDL] });
  });

  describe("command line", () => {
    const cases: readonly (readonly [title: string, args: readonly string[], code: number, text: string])[] = [
      ["an unknown option", ["--fd", "0", "--nonsense"], 2, "unknown option '--nonsense'"],
      ["an unknown argument", ["nonsense"], 2, "unknown argument 'nonsense'"],
      ["no way to connect", [], 2, "exactly one of --fd, --socket and --tcp is needed"],
      ["two ways to connect", ["--fd", "0", "--tcp", "1"], 2, "exactly one of"],
      ["an option without its value", ["--seed"], 2, "--seed needs a value"],
      ["a seed out of range", ["--fd", "0", "--seed", "0"], 2, "--seed: '0' is not a number in 1..2147483647"],
      ["a number with a tail", ["--fd", "0", "--max-cycles", "12x"], 2, "--max-cycles: '12x' is not a number"],
      ["a trace in a build without trace", ["--fd", "0", "--trace", "x.fst"], 2, "trace"],
      ["a socket that is not there", ["--socket", "/nowhere/socket"], 3, "/nowhere/socket"],
      ["a port that nobody listens at", ["--tcp", "1"], 3, "cannot connect to 127.0.0.1:1"],
      ["a descriptor that is not open", ["--fd", "77"], 3, "77"],
      ["help", ["--help"], 0, "usage: sim"],
    ];
    for (const [title, args, code, text] of cases) {
      it(`${title}: exit code ${code}`, () => {
        const result = spawnSync(executable, args, { encoding: "utf8", timeout: 20_000 });
        expect(result.stdout + result.stderr).to.include(text);
        expect(result.status).to.equal(code);
      });
    }
  });

  describe("messages", () => {
    let links = 0;

    /** Starts a simulator, says `first`, and returns the fatal answer to `messages` and the exit status. */
    async function provoke(...messages: Uint8Array[]): Promise<{ fatal: Fatal; exit: ExitStatus; log: string }> {
      links++;
      const link = new Link({
        executable,
        args: [],
        logPath: `${RUNS_DIRECTORY}/bridge-${process.pid}-${links}.log`,
        cpuLimitSeconds: 60,
      });
      let answer = new Uint8Array();
      for (const message of messages) answer = new Uint8Array(link.exchange(message));
      expect(kindOf(answer)).to.equal(KIND.FATAL);
      const exit = await link.exited;
      link.close();
      return { fatal: decodeFatal(answer), exit, log: link.logTail() };
    }

    function hello(change: (view: DataView) => void): Uint8Array {
      const bytes = encodeHello(1);
      change(new DataView(bytes.buffer));
      return bytes;
    }

    function batch(fill: (writer: BatchWriter) => void, change?: (view: DataView) => void): Uint8Array {
      const writer = new BatchWriter();
      fill(writer);
      const bytes = writer.finish(2).slice();
      change?.(new DataView(bytes.buffer));
      return bytes;
    }

    const ping = (writer: BatchWriter): void => {
      writer.add(OP.PING, 0, new Uint8Array(8));
    };

    const cases: readonly (readonly [title: string, messages: readonly Uint8Array[], code: number, text: RegExp])[] = [
      [
        "another version",
        [
          hello((v) => {
            v.setUint32(20, 99, true);
          }),
        ],
        6,
        /version.*99|99.*version/,
      ],
      [
        "a wrong magic number",
        [
          hello((v) => {
            v.setUint32(16, MAGIC + 1, true);
          }),
        ],
        5,
        /magic/,
      ],
      [
        "a length below the header",
        [
          hello((v) => {
            v.setUint32(0, 8, true);
          }),
        ],
        5,
        /length/,
      ],
      [
        "a length that is no multiple of 8",
        [
          hello((v) => {
            v.setUint32(0, 33, true);
          }),
        ],
        5,
        /length/,
      ],
      [
        "a length beyond the limit",
        [
          hello((v) => {
            v.setUint32(0, 0x7ffffff8, true);
          }),
        ],
        5,
        /length/,
      ],
      ["BATCH before HELLO", [batch(ping)], 5, /HELLO/],
      ["HELLO twice", [encodeHello(1), encodeHello(2)], 5, /HELLO|kind/],
      [
        "an unknown kind",
        [
          encodeHello(1),
          batch(ping, (v) => {
            v.setUint16(4, 77, true);
          }),
        ],
        5,
        /kind 77/,
      ],
      [
        "an unknown operation",
        [
          encodeHello(1),
          batch((w) => {
            w.add(0x7777, 0);
          }),
        ],
        5,
        /operation/,
      ],
      [
        "an unknown model",
        [
          encodeHello(1),
          batch((w) => {
            w.add(OP.AXI_STATS, 33, new Uint8Array(8));
          }),
        ],
        5,
        /model 33/,
      ],
      [
        "an unknown signal",
        [
          encodeHello(1),
          batch((w) => {
            w.add(OP.SIG_GET, 999);
          }),
        ],
        5,
        /signal|handle/,
      ],
      [
        "a payload of a wrong size",
        [
          encodeHello(1),
          batch((w) => {
            w.add(OP.MEM_READ, 0, new Uint8Array(4));
          }),
        ],
        5,
        /MEM_READ|0x22: 4 bytes|0x22/,
      ],
      [
        "more operations than announced",
        [
          encodeHello(1),
          batch(ping, (v) => {
            v.setUint32(12, 0, true);
          }),
        ],
        5,
        /malformed/,
      ],
      [
        "fewer operations than announced",
        [
          encodeHello(1),
          batch(ping, (v) => {
            v.setUint32(12, 2, true);
          }),
        ],
        5,
        /malformed/,
      ],
      [
        "an operation longer than the message",
        [
          encodeHello(1),
          batch(ping, (v) => {
            v.setUint32(20, 4000, true);
          }),
        ],
        5,
        /malformed/,
      ],
      [
        "RUN of no cycles",
        [
          encodeHello(1),
          batch((w) => {
            w.add(OP.RUN, 0, new Uint8Array(16));
          }),
        ],
        5,
        /RUN|cycles/,
      ],
      [
        "operations after BYE",
        [
          encodeHello(1),
          batch((w) => {
            w.add(OP.BYE, 0);
            ping(w);
          }),
        ],
        5,
        /BYE/,
      ],
    ];
    for (const [title, messages, code, text] of cases) {
      it(`${title}: exit code ${code}`, async () => {
        const { fatal, exit, log } = await provoke(...messages);
        expect(fatal.text).to.match(text);
        expect(fatal.exitCode).to.equal(code);
        expect(exit).to.deep.equal({ exitCode: code, signal: undefined });
        // The text is on the simulator's own output, too.
        expect(log).to.include(fatal.text);
      });
    }

    const deaths: readonly (readonly [title: string, act: (link: Link) => void])[] = [
      ["before HELLO", () => undefined],
      ["after HELLO", (link) => link.exchange(encodeHello(1))],
      [
        "inside a message",
        (link) => {
          link.exchange(encodeHello(1));
          link.send(batch(ping).subarray(0, 20));
        },
      ],
    ];
    for (const [title, act] of deaths) {
      it(`the testbench dies ${title}: exit code 4`, async () => {
        links++;
        const link = new Link({
          executable,
          args: [],
          logPath: `${RUNS_DIRECTORY}/bridge-${process.pid}-${links}.log`,
          cpuLimitSeconds: 60,
        });
        act(link);
        link.close();
        expect(await link.exited).to.deep.equal({ exitCode: 4, signal: undefined });
        expect(link.logTail()).to.include("the testbench is gone");
      });
    }
  });

  describe("ends of the simulation", () => {
    const cases: readonly (readonly [
      title: string,
      drive: Readonly<Record<string, number>>,
      code: number,
      text: string,
    ])[] = [
      ["the cycle limit", { fault: 0 }, 7, "1000"],
      ["$stop", { fault: 3 }, 8, "$stop"],
      ["$finish", { fault: 4 }, 11, "$finish"],
    ];
    for (const [title, drive, code, text] of cases) {
      it(`${title}: exit code ${code}, with cycle, seed, log and how to repeat`, async () => {
        const simulator = await Simulator.open({ executable, maxCycles: 1000 });
        await simulator.cycles(5);
        for (const [name, value] of Object.entries(drive)) simulator.dut.signal(name).value = value;
        const error = await simulationFailure(simulator.cycles(100_000));
        await simulator.abandon();
        expect(error.code).to.equal("SIMULATOR_DIED");
        expect(error.message).to.include(text);
        expect(error.facts.exitCode).to.equal(code);
        expect(error.facts.cycle).to.equal(code === 7 ? 1000 : 7);
        expect(error.message)
          .to.match(/seed 1\b/)
          .and.match(/log: +build\/runs\/.*\.log/);
        expect(error.message).to.match(
          /repeat: +SEED=1 (FULL=1 )?npx mocha --spec tb\/test\/bridge\/process\.spec\.ts -g '/,
        );
      });
    }

    for (const [title, fault, text] of [
      ["$fatal", 1, "five is right out"],
      ["$error", 2, "that was wrong"],
      ["a failed assertion", 5, "d does not follow q"],
    ] as const) {
      it(`${title}: exit code 8, with its text`, async () => {
        const simulator = await Simulator.open({ executable });
        simulator.dut.signal("fault").value = fault;
        const error = await simulationFailure(simulator.cycles(10));
        await simulator.abandon();
        expect(error.facts.exitCode).to.equal(8);
        expect(error.message).to.include("bridge_faults.sv").and.include(text);
      });
    }

    it("a killed simulator: its signal", async () => {
      const simulator = await Simulator.open({ executable });
      const pid = spawnSync("pgrep", ["-P", String(process.pid), "-f", "bridge_faults"], { encoding: "utf8" }).stdout;
      process.kill(Number(pid.trim().split("\n").at(-1)), "SIGKILL");
      const error = await simulationFailure(simulator.cycles(10));
      expect(error.message).to.include("ended without a message").and.include("signal SIGKILL");
      await simulator.abandon();
    });

    it("a waveform that cannot be written: exit code 2", async () => {
      const traced = await buildSimulator({ top: "bridge_faults", sources: [HDL], trace: "fst" });
      const error = await simulationFailure(Simulator.open({ executable: traced, wavePath: "/nowhere/x.fst" }));
      expect(error.facts.exitCode).to.equal(2);
      expect(error.message).to.include("cannot write the trace /nowhere/x.fst");
    });

    it("the waveform of a failed simulation is complete and named in the message", async () => {
      const traced = await buildSimulator({ top: "bridge_faults", sources: [HDL], trace: "vcd" });
      const wavePath = nextWavePath("vcd");
      const simulator = await Simulator.open({ executable: traced, wavePath });
      simulator.dut.signal("fault").value = 0;
      await simulator.cycles(5);
      simulator.dut.signal("fault").value = 4;
      const error = await simulationFailure(simulator.cycles(10));
      await simulator.abandon();
      expect(error.message).to.include(`waveform: ${wavePath}`);
      const { stdout } = spawnSync("grep", ["-c", "^#", wavePath], { encoding: "utf8" });
      expect(Number(stdout)).to.be.at.least(7);
    });
  });
});
