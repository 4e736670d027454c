/**
 * Makes GTKWave save files: the signals between the stages of the device, grouped in the order in which a packet meets them.
 *
 * @module
 */

/** A group of signals; paths are relative to the simulation top. */
export interface WaveGroup {
  readonly name: string;
  readonly signals: readonly string[];
}

function bundle(prefix: string, names: string): string[] {
  return names.split(" ").map((name) => `${prefix}${name}`);
}

/** The groups, in order. */
export const WAVE_GROUPS: readonly WaveGroup[] = [
  { name: "clock", signals: ["clk", "aresetn"] },
  {
    name: "registers",
    signals: [
      ...bundle("axil_", "awvalid awready awaddr wvalid wready wdata wstrb bvalid"),
      ...bundle("axil_", "arvalid arready araddr rvalid rdata"),
      ...bundle(
        "u_dut.",
        "cfg_driver_ok cfg_hdr_len cfg_event_idx cfg_indirect cfg_mrg_rxbuf cfg_stop tx_kick rx_kick",
      ),
    ],
  },
  {
    name: "memory reads",
    signals: [...bundle("axi_ar", "valid ready addr len id"), ...bundle("axi_r", "valid data id last resp")],
  },
  {
    name: "memory writes",
    signals: [
      ...bundle("axi_aw", "valid ready addr len id"),
      ...bundle("axi_w", "valid ready data strb last"),
      ...bundle("axi_b", "valid resp"),
    ],
  },
  {
    name: "TX ring: chains and elements",
    signals: [
      ...bundle("u_dut.tx_", "chain_ready take_valid take_ready take_queue"),
      ...bundle("u_dut.tx_rec_", "valid ready addr len last queue head ndesc err"),
    ],
  },
  { name: "TX gather: read commands", signals: bundle("u_dut.u_tx.cmd_", "valid ready addr len last err") },
  { name: "TX windows from memory", signals: bundle("u_dut.u_tx.win_", "valid ready data off cnt last err") },
  { name: "TX header", signals: bundle("u_dut.u_tx.hdr_", "valid ready data") },
  {
    name: "TX payload before and after the realigner",
    signals: [
      ...bundle("u_dut.u_tx.pay_", "valid ready data off cnt last"),
      ...bundle("u_dut.u_tx.word_", "valid ready data cnt last"),
    ],
  },
  { name: "TX frames to the MAC", signals: bundle("tx_t", "valid ready data keep last dest user") },
  { name: "TX completions", signals: bundle("u_dut.tx_cpl_", "valid ready queue head len eof more") },
  { name: "RX frames from the MAC", signals: bundle("rx_t", "valid ready data keep last dest user") },
  {
    name: "RX ring: chains and elements",
    signals: [
      ...bundle("u_dut.rx_", "chain_ready take_valid take_ready take_queue"),
      ...bundle("u_dut.rx_rec_", "valid ready addr len last queue head ndesc err"),
    ],
  },
  {
    name: "write commands (TX used, RX used, RX payload)",
    signals: [
      ...bundle("u_dut.wr_cmd_", "valid ready addr len off eop"),
      ...bundle("u_dut.wr_", "dat_valid dat_ready done_valid done_err"),
    ],
  },
  { name: "RX completions", signals: bundle("u_dut.rx_cpl_", "valid ready queue head len eof more") },
  { name: "interrupts", signals: ["u_dut.irq_req", ...bundle("irq_", "valid ready vector"), "intx"] },
  {
    name: "errors",
    signals: [...bundle("u_dut.tx_qerr_", "valid queue code"), ...bundle("u_dut.rx_qerr_", "valid queue code")],
  },
];

/** Signals of a VCD header: full path and width. Identifier codes may contain any character, `$` too, so it goes by words. */
export function parseVcdHeader(text: string): Map<string, number> {
  const widths = new Map<string, number>();
  const scopes: string[] = [];
  const words = text.split(/\s+/);
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "$scope") {
      scopes.push(words[i + 2] ?? "");
      i += 3;
    } else if (word === "$upscope") {
      scopes.pop();
      i += 1;
    } else if (word === "$var") {
      widths.set([...scopes, words[i + 4] ?? ""].join("."), Number(words[i + 2]));
      // The code, which looks like anything, is behind us.
      i += 4;
    }
  }
  return widths;
}

const FLAG_BIT = "@28";
const FLAG_HEX = "@22";
const FLAG_GROUP = "@800200";
const FLAG_GROUP_END = "@1000200";

/**
 * The save file for a waveform.
 *
 * @param widths - signals of the waveform by full path
 * @param top - path of the simulation top, e.g. `TOP.tb_top`
 */
export function waveSaveFile(waveform: string, widths: ReadonlyMap<string, number>, top: string): string {
  const lines = [
    "[*] Made by make waves",
    `[dumpfile] "${waveform}"`,
    "[timestart] 0",
    "[size] 1700 1000",
    "[sst_width] 220",
    "[signals_width] 320",
  ];
  for (const group of WAVE_GROUPS) {
    const found = group.signals.map((name) => `${top}.${name}`).filter((path) => widths.has(path));
    if (found.length === 0) continue;
    lines.push(FLAG_GROUP, `-${group.name}`);
    for (const path of found) {
      const width = widths.get(path) ?? 1;
      lines.push(width === 1 ? FLAG_BIT : FLAG_HEX, width === 1 ? path : `${path}[${width - 1}:0]`);
    }
    lines.push(FLAG_GROUP_END, `-${group.name}`);
  }
  return `${lines.join("\n")}\n`;
}
