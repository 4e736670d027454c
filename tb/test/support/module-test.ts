/**
 * Tests of single RTL modules: builds the module as top, opens one simulation per test, resets it.
 *
 * @module
 */
import fc from "fast-check";
import {
  type Beat,
  StreamBus,
  StreamMonitor,
  type StreamNames,
  type StreamOptions,
  StreamSink,
  StreamSource,
} from "../../src/bus/index.ts";
import {
  asError,
  buildSimulator,
  type Dut,
  IS_FULL,
  nextWavePath,
  type Random,
  type Signal,
  Simulator,
  type Trigger,
  WAVES,
  withSeed,
} from "../../src/core/index.ts";

/** Values of the parameters of a module. */
export type Params = Readonly<Record<string, number>>;

/** What a module test works with. */
export interface ModuleBench {
  readonly simulator: Simulator;
  readonly dut: Dut;
  readonly random: Random;
  /** Number of clock edges so far. */
  readonly cycle: number;
  /** Fires after so many clock edges. */
  cycles(count?: number): Trigger;
  /** A signal by name. */
  signal(path: string): Signal;
  /** Writes several inputs. */
  drive(values: Readonly<Record<string, bigint | number>>): void;
  /** Holds `rst` for some cycles with all other inputs as they are. */
  reset(lengthCycles?: number): Promise<void>;
  source<F extends string>(
    prefix: string,
    fields: readonly F[],
    options?: StreamOptions & StreamNames,
  ): StreamSource<F>;
  sink<F extends string>(prefix: string, fields: readonly F[], options?: StreamOptions & StreamNames): StreamSink<F>;
  monitor<F extends string>(prefix: string, fields: readonly F[], names?: StreamNames): StreamMonitor<F>;
  /** Checks a property for random inputs, all in this simulation. `body` must leave the module idle, or reset it first. */
  property<T>(arbitrary: fc.Arbitrary<T>, body: (value: T) => Promise<void>, runs?: number): Promise<void>;
}

/** A suite for one set of parameters. */
export interface ModuleSuite<P extends Params> {
  readonly params: P;
  /** A test with a simulation of its own, reset and with all inputs 0. */
  readonly test: (title: string, body: (bench: ModuleBench) => Promise<void>) => void;
}

/** What to build and how far tests may run. */
export interface ModuleOptions<P extends Params> {
  /** Sets of parameters that every run tests. */
  readonly params: readonly P[];
  /** More of them, for the full run (`FULL=1`). */
  readonly fullParams?: readonly P[];
  readonly maxCycles?: number;
  /** Directories or files with wrappers. */
  readonly sources?: readonly string[];
}

/** Signals of an AXI stream: `<prefix>_tvalid` and so on. */
export const AXIS: StreamNames = { separator: "_t" };

/** Signals of an AXI channel: `<prefix>valid` and so on. */
export const AXI_CHANNEL: StreamNames = { separator: "" };

/** A suite for each set of parameters of an RTL module. */
export function describeModule<P extends Params>(
  module: string,
  options: ModuleOptions<P>,
  define: (suite: ModuleSuite<P>) => void,
): void {
  const sets = [...options.params, ...(IS_FULL ? (options.fullParams ?? []) : [])];
  for (const params of sets) {
    const shown = Object.entries(params).map(([name, value]) => ` ${name}=${value}`);
    describe(withSeed(`${module}${shown.join("")}`), () => {
      let executable = "";
      before(async function () {
        this.timeout(300_000);
        executable = await buildSimulator({
          top: module,
          params,
          trace: WAVES ?? "none",
          sources: options.sources ?? [],
        });
      });
      define({
        params,
        test(title, body) {
          it(title, async () => {
            const simulator = await Simulator.open({
              executable,
              maxCycles: options.maxCycles ?? 500_000,
              ...(WAVES === undefined ? {} : { wavePath: nextWavePath(WAVES) }),
            });
            await runBench(simulator, body);
          });
        },
      });
    });
  }
}

async function runBench(simulator: Simulator, body: (bench: ModuleBench) => Promise<void>): Promise<void> {
  const bench = makeBench(simulator);
  for (const port of simulator.dut.ports) {
    if (port.isInput && port.name !== "clk") bench.signal(port.name).value = 0;
  }
  try {
    if (simulator.dut.hasPort("rst")) await bench.reset();
    await body(bench);
  } catch (thrown) {
    // Time stops here, whatever else still runs: the waveform ends where the test failed.
    simulator.fail(asError(thrown));
    throw thrown;
  }
  if (simulator.failure !== undefined) throw simulator.failure;
  await simulator.close();
}

function makeBench(simulator: Simulator): ModuleBench {
  const { dut } = simulator;
  const bus = <F extends string>(prefix: string, fields: readonly F[], names?: StreamNames): StreamBus<F> =>
    StreamBus.fromPrefix(simulator, prefix, fields, names);
  return {
    simulator,
    dut,
    random: simulator.random.fork("test"),
    get cycle() {
      return simulator.cycle;
    },
    cycles: (count) => simulator.cycles(count),
    signal: (path) => dut.signal(path),
    drive(values) {
      for (const [name, value] of Object.entries(values)) dut.signal(name).value = value;
    },
    async reset(lengthCycles = 2) {
      dut.signal("rst").value = 1;
      await simulator.cycles(lengthCycles);
      dut.signal("rst").value = 0;
      await simulator.cycles();
    },
    source: (prefix, fields, options) => new StreamSource(bus(prefix, fields, options), options),
    sink: (prefix, fields, options) => new StreamSink(bus(prefix, fields, options), options),
    monitor: (prefix, fields, names) => new StreamMonitor(bus(prefix, fields, names)),
    property: (arbitrary, body, runs) =>
      fc.assert(fc.asyncProperty(arbitrary, body), { numRuns: runs ?? (IS_FULL ? 200 : 25) }),
  };
}

/** The values of one field of a list of beats. */
export function field<F extends string>(moved: readonly { readonly beat: Beat<F> }[], name: F): bigint[] {
  return moved.map(({ beat }) => beat[name]);
}
