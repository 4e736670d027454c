/**
 * The whole device with all its bus models, ready to use.
 *
 * @module
 */
import { buildSimulator, nextWavePath, Simulator, type Trigger, WAVES } from "../core/index.ts";
import { FrameSink, FrameSource } from "./frames.ts";
import { IrqSink } from "./irq.ts";
import { GuestMemory } from "./memory.ts";
import { RegisterBus } from "./registers.ts";

/** Parameters of the device that a build is made for; docs/architecture.md section 8 lists them. What is left out has its default. */
export type DeviceParameters = Readonly<Record<string, number>>;

/** How to open a bench. */
export interface DeviceBenchOptions {
  readonly params?: DeviceParameters;
  readonly seed?: number;
  readonly maxCycles?: number;
  /** Record a waveform to this file, as fst or vcd by its ending. Default: as `WAVES` of the environment says. */
  readonly wavePath?: string;
  /** All signals can be read by their hierarchical names (slower). */
  readonly isDebug?: boolean;
  /** Root of the RTL, for a changed copy. */
  readonly rtlDirectory?: string;
  readonly name?: string;
}

/** The device, its memory, its registers, its frames and its interrupts. */
export class DeviceBench {
  readonly simulator: Simulator;
  readonly memory: GuestMemory;
  readonly registers: RegisterBus;
  readonly source: FrameSource;
  readonly sink: FrameSink;
  readonly irq: IrqSink;

  private constructor(simulator: Simulator) {
    this.simulator = simulator;
    this.memory = new GuestMemory(simulator);
    this.registers = new RegisterBus(simulator);
    this.source = new FrameSource(simulator);
    this.sink = new FrameSink(simulator);
    this.irq = new IrqSink(simulator);
  }

  /** Builds the simulator if need be, starts it, and resets the device. */
  static async open(options: DeviceBenchOptions = {}): Promise<DeviceBench> {
    const wavePath = options.wavePath ?? (WAVES === undefined ? undefined : nextWavePath(WAVES));
    const executable = await buildSimulator({
      top: "tb_top",
      params: options.params ?? {},
      trace: wavePath === undefined ? "none" : wavePath.endsWith(".vcd") ? "vcd" : "fst",
      isDebug: options.isDebug ?? false,
      ...(options.rtlDirectory === undefined ? {} : { rtlDirectory: options.rtlDirectory }),
    });
    const simulator = await Simulator.open({
      executable,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.maxCycles === undefined ? {} : { maxCycles: options.maxCycles }),
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(wavePath === undefined ? {} : { wavePath }),
    });
    const bench = new DeviceBench(simulator);
    await bench.reset();
    return bench;
  }

  /** Number of clock edges so far. */
  get cycle(): number {
    return this.simulator.cycle;
  }

  /** Fires after so many clock edges. */
  cycles(count = 1): Trigger {
    return this.simulator.cycles(count);
  }

  /** Holds the hardware reset for some cycles. */
  async reset(lengthCycles = 4): Promise<void> {
    const aresetn = this.simulator.dut.signal("aresetn");
    aresetn.value = 0;
    await this.simulator.cycles(lengthCycles);
    aresetn.value = 1;
    await this.simulator.cycles(2);
  }

  /** Ends the simulation. */
  close(): Promise<void> {
    return this.simulator.close();
  }
}
