import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { BusTrace, readWaveform, TRACE_SIGNALS, WaveformError } from "../../../src/model/index.ts";

type Cycle = Readonly<Record<string, number>>;

/** Feeds cycles to a trace of a 64-bit bus; signals not given are 0. */
function traceOf(cycles: readonly Cycle[]): BusTrace {
  const trace = new BusTrace(64);
  for (const [cycle, values] of cycles.entries()) {
    const all: Cycle = { aresetn: 1, ...values };
    trace.sample({
      cycle,
      value: (name) => BigInt(all[name] ?? 0),
      bit: (name) => ((all[name] ?? 0) & 1) === 1,
    });
  }
  trace.finish();
  return trace;
}

const AR = { axi_arvalid: 1, axi_arready: 1, axi_arsize: 3, axi_arburst: 1 };
const AW = { axi_awvalid: 1, axi_awready: 1, axi_awsize: 3, axi_awburst: 1 };
const W = { axi_wvalid: 1, axi_wready: 1, axi_wstrb: 0xff };

describe("model: bus trace", () => {
  it("puts bursts, frames and interrupts together", () => {
    const trace = traceOf([
      { ...AR, axi_araddr: 0x1004, axi_arlen: 1, axi_arid: 2, irq_valid: 1, irq_ready: 1, irq_vector: 7 },
      { axi_rvalid: 1, axi_rready: 1, axi_rdata: 0x11, axi_rid: 2 },
      { axi_rvalid: 1, axi_rready: 1, axi_rdata: 0x22, axi_rid: 2, axi_rlast: 1, ...AW, axi_awaddr: 0x2000 },
      {
        ...W,
        axi_wdata: 0x33,
        axi_wlast: 1,
        tx_tvalid: 1,
        tx_tready: 1,
        tx_tdata: 0x0a0b,
        tx_tkeep: 0xff,
        tx_tdest: 3,
      },
      {
        axi_bvalid: 1,
        axi_bready: 1,
        tx_tvalid: 1,
        tx_tready: 1,
        tx_tdata: 0x0c,
        tx_tkeep: 1,
        tx_tdest: 3,
        tx_tlast: 1,
      },
    ]);

    expect(trace.violations).to.deep.equal([]);
    expect(trace.reads[0]?.words.map(({ addr, cycle }) => [addr, cycle])).to.deep.equal([
      [0x1000n, 1],
      [0x1008n, 2],
    ]);
    expect(trace.writes[0]?.doneCycle).to.equal(4);
    expect([...(trace.transmitted[0]?.data ?? [])]).to.deep.equal([0x0b, 0x0a, 0, 0, 0, 0, 0, 0, 0x0c]);
    expect(trace.transmitted[0]).to.include({ dest: 3, firstCycle: 3, lastCycle: 4 });
    expect(trace.interrupts).to.deep.equal([{ vector: 7, cycle: 0 }]);
  });

  const wrong: readonly (readonly [string, readonly Cycle[]])[] = [
    ["axi_arvalid was taken back", [{ ...AR, axi_arready: 0 }, {}]],
    [
      "axi_wdata changed while valid waited",
      [AW, { ...W, axi_wready: 0, axi_wdata: 1, axi_wlast: 1 }, { ...W, axi_wdata: 2, axi_wlast: 1 }],
    ],
    ["crosses 4 KiB", [{ ...AR, axi_araddr: 0xff8, axi_arlen: 1 }]],
    ["is not INCR", [{ ...AR, axi_arburst: 2 }]],
    ["the bus has 8", [{ ...AR, axi_arsize: 2 }]],
    ["rlast at beat 1 of 1", [AR, { axi_rvalid: 1, axi_rready: 1 }]],
    ["read data of ID 0 that nobody asked for", [{ axi_rvalid: 1, axi_rready: 1 }]],
    [
      "wlast at beat 1 of 2",
      [
        { ...AW, axi_awlen: 1 },
        { ...W, axi_wlast: 1 },
      ],
    ],
    ["write data before its address", [{ ...W, axi_wlast: 1 }]],
    ["before the last data", [AW, { axi_bvalid: 1, axi_bready: 1 }]],
    ["1 reads without all their data", [AR]],
    ["1 writes without a response", [AW, { ...W, axi_wlast: 1 }]],
    ["tx_tkeep 101", [{ tx_tvalid: 1, tx_tready: 1, tx_tkeep: 5, tx_tlast: 1 }]],
    ["partial before tlast", [{ rx_tvalid: 1, rx_tready: 1, rx_tkeep: 1 }]],
    [
      "changed within a frame",
      [
        { tx_tvalid: 1, tx_tready: 1, tx_tkeep: 0xff, tx_tuser: 1 },
        { tx_tvalid: 1, tx_tready: 1, tx_tkeep: 1, tx_tuser: 2, tx_tlast: 1 },
      ],
    ],
  ];
  for (const [message, cycles] of wrong) {
    it(`finds a broken rule: ${message}`, () => {
      expect(traceOf(cycles).violations.join("\n")).to.contain(message);
    });
  }

  it("forgives what is interrupted by a reset", () => {
    expect(traceOf([{ ...AR, axi_arready: 0 }, { aresetn: 0 }, {}]).violations).to.deep.equal([]);
  });
});

describe("model: waveform reader", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vnet-waveform-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const HEAD = `$timescale 1ps $end
$scope module TOP $end
 $scope module top $end
  $var wire 1 ! clk $end
  $var wire 8 # data [7:0] $end
  $var wire 100 % wide [99:0] $end
  $var wire 1 & bit $end
 $upscope $end
$upscope $end
$enddefinitions $end
`;
  const request = (path: string, signals: readonly string[]): Parameters<typeof readWaveform>[0] => ({
    path,
    scope: "top",
    clock: "clk",
    signals,
  });

  it("samples at each rising edge what was there before it", async () => {
    const path = join(directory, "a.vcd");
    const wide = `b1${"0".repeat(99)}`;
    writeFileSync(path, `${HEAD}#0\n0!\nb101 #\n${wide} %\n0&\n#5\n1!\nb110 #\n1&\n#10\n0!\n#15\n1!\nb0 %\n#20\n0!\n`);
    const seen: (readonly [number, bigint, bigint, boolean])[] = [];

    await readWaveform(request(path, ["data", "wide", "bit"]), (sample) => {
      seen.push([sample.cycle, sample.value("data"), sample.value("wide"), sample.bit("bit")]);
    });

    expect(seen).to.deep.equal([
      [0, 5n, 1n << 99n, false],
      [1, 6n, 1n << 99n, true],
    ]);
  });

  it("says what is missing", async () => {
    const path = join(directory, "b.vcd");
    writeFileSync(path, `${HEAD}#0\n0!\n`);
    const noVcd = join(directory, "c.vcd");
    writeFileSync(noVcd, "");
    const messageOf = (run: Promise<void>): Promise<unknown> =>
      run.then(
        () => "",
        (error: unknown) => error,
      );

    expect(String(await messageOf(readWaveform(request(path, ["nothing"]), () => undefined)))).to.contain(
      "top.nothing",
    );
    expect(await messageOf(readWaveform(request(noVcd, ["data"]), () => undefined))).to.be.instanceOf(WaveformError);
    expect(String(await messageOf(readWaveform(request(join(directory, "d"), []), () => undefined)))).to.contain(
      "ENOENT",
    );
  });

  it("asks for all the signals the trace uses", () => {
    expect(TRACE_SIGNALS).to.include.members(["aresetn", "axi_araddr", "axil_wdata", "tx_tuser", "irq_vector"]);
  });
});
