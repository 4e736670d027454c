// The configurations that are measured, the targets, and the values that are required of them. Stated here and nowhere else.

/** Parameters of vnet_top, without DATA_W. */
export type Config = Readonly<Record<string, number>>;

export const CONFIGS = {
  // The least that still does everything: one queue pair, ordinary Ethernet frames, a memory that answers within some
  // ten cycles. Few reads in flight, short bursts.
  small: {
    QUEUE_PAIRS: 1,
    QUEUE_SIZE_MAX: 256,
    CHAIN_MAX: 256,
    FRAME_MAX: 2048,
    RD_OUTSTANDING: 8,
    RD_BUF_BEATS: 64,
    WR_OUTSTANDING: 8,
    CHAIN_SLOTS: 16,
    SLOT_RECORDS: 2,
    DESC_CACHE_LINES: 16,
    AXI_MAX_BURST: 16,
  },
  // Line rate at a memory latency of 256 cycles: 256 payload reads in flight, and as many chains. One queue pair, jumbo frames. `make bench`
  // measures this device. Its descriptor cache holds less than the table of a queue with 256 entries at any width: the rows fetch each
  // descriptor anew in each lap, as with a real driver.
  throughput: {
    QUEUE_PAIRS: 1,
    QUEUE_SIZE_MAX: 4096,
    CHAIN_MAX: 256,
    FRAME_MAX: 9216,
    RD_OUTSTANDING: 256,
    RD_BUF_BEATS: 1024,
    WR_OUTSTANDING: 256,
    CHAIN_SLOTS: 512,
    SLOT_RECORDS: 4,
    DESC_CACHE_LINES: 32,
    AXI_MAX_BURST: 16,
  },
} as const satisfies Record<string, Config>;
export type ConfigName = keyof typeof CONFIGS;
export const CONFIG_NAMES = Object.keys(CONFIGS) as ConfigName[];

export const WIDTHS = [64, 128, 256, 512] as const;
export type Width = (typeof WIDTHS)[number];

/** Yosys command of each target; the netlist stays without I/O buffers, because the core is a part of a larger design. */
export const TARGETS = {
  xcup: { title: "UltraScale+", command: "synth_xilinx -family xcup -noiopad -noclkbuf" },
  xc7: { title: "7-series", command: "synth_xilinx -family xc7 -noiopad -noclkbuf" },
  // Without wide LUTs: with them abc9 takes up to twice as many LUT4 for the same multiplexer.
  ecp5: { title: "ECP5", command: "synth_ecp5 -abc9 -nowidelut" },
} as const;
export type TargetName = keyof typeof TARGETS;
export const TARGET_NAMES = Object.keys(TARGETS) as TargetName[];

/**
 * Which sizes are measured if nothing else is asked for: the small device on everything, the fast one where it would be used. LUT levels
 * are measured for all widths and configurations.
 */
export const SIZES: Readonly<Record<ConfigName, { targets: readonly TargetName[]; widths: readonly Width[] }>> = {
  small: { targets: TARGET_NAMES, widths: WIDTHS },
  throughput: { targets: ["xcup"], widths: [64, 512] },
};

/** The place and route run: the device, and the seeds whose median counts. */
export const PNR = {
  config: "small" as ConfigName,
  width: 64 as Width,
  device: "LFE5UM5G-85F, speed grade 8",
  options: ["--um5g-85k", "--speed", "8", "--package", "CABGA756", "--out-of-context"],
  freqMhz: 125,
  seeds: [1, 2, 3],
} as const;

/** Tables by module are made for these. */
export const BY_MODULE: readonly { target: TargetName; width: Width; config: ConfigName }[] = [
  { target: "ecp5", width: 64, config: "small" },
  { target: "xcup", width: 512, config: "throughput" },
];

/** What must hold, and what we would like. Levels are LUT levels between registers, at any width and configuration. */
export const REQUIRED = { fmaxMhz: 110, lut4: 12000, levels: 12 } as const;
export const GOAL = { fmaxMhz: 125, levels: 8 } as const;

/**
 * A memory of at most this many bits may become flip-flops: there a LUT RAM would cost as much (an ECP5 LUT RAM cell holds
 * 16 words of 4 bits and takes the place of 4 LUTs and their flip-flops).
 */
export const MAX_FF_MEMORY_BITS = 64;

/** Names that modules inside give to the parameters of the top; used when a module is measured alone. */
export const moduleParameters = (config: Config): Config => ({
  ...config,
  NQ: config["QUEUE_PAIRS"] ?? 1,
  Q_W: Math.max(1, Math.ceil(Math.log2(config["QUEUE_PAIRS"] ?? 1))),
  SLOTS: config["CHAIN_SLOTS"] ?? 16,
  K: config["SLOT_RECORDS"] ?? 2,
  LINES: config["DESC_CACHE_LINES"] ?? 16,
});
