import { readFileSync } from "node:fs";

import { expect } from "chai";

import { parseVcdHeader, WAVE_GROUPS, waveSaveFile } from "../../../apps/waves-save.ts";

const HEADER = `$timescale 1ps $end
$scope module TOP $end
 $scope module tb_top $end
  $var wire 1 ! clk $end
  $var wire 64 # axi_araddr [63:0] $end
  $scope module u_dut $end
   $var wire 6 $ cfg_hdr_len [5:0] $end
  $upscope $end
 $upscope $end
$upscope $end
`;

describe("apps: GTKWave save file", () => {
  it("reads paths and widths from a VCD header", () => {
    expect([...parseVcdHeader(HEADER)]).to.deep.equal([
      ["TOP.tb_top.clk", 1],
      ["TOP.tb_top.axi_araddr", 64],
      ["TOP.tb_top.u_dut.cfg_hdr_len", 6],
    ]);
  });

  it("groups what is there and leaves out what is not", () => {
    const save = waveSaveFile("x.vcd", parseVcdHeader(HEADER), "TOP.tb_top");

    expect(save).to.contain("@800200\n-memory reads\n@22\nTOP.tb_top.axi_araddr[63:0]\n@1000200\n-memory reads\n");
    expect(save).to.contain("@28\nTOP.tb_top.clk\n");
    expect(save).to.not.contain("TX header");
  });

  it("names only signals that the sources have", () => {
    const source = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");
    const sources: Readonly<Record<string, string>> = {
      "": source("sim/tb_top.sv"),
      u_dut: source("rtl/top/vnet_top.v"),
      "u_dut.u_tx": source("rtl/net/vnet_tx.v"),
    };
    for (const signal of WAVE_GROUPS.flatMap((group) => group.signals)) {
      const [scope, name] = [signal.split(".").slice(0, -1).join("."), signal.split(".").at(-1) ?? ""];
      expect(sources[scope], scope).to.not.equal(undefined);
      expect(sources[scope], signal).to.match(new RegExp(`(wire|reg|input|output).*\\b${name}\\b`));
    }
  });
});
