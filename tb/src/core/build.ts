/**
 * Makes simulators: the program behind one top module, one set of parameters and one kind of waveform.
 *
 * @module
 */
import { unpin } from "./link.ts";
import { asError } from "./errors.ts";
import { COVERAGE_DIRECTORY, type WaveFormat } from "./run-context.ts";

/** What to build. */
export interface BuildRequest {
  /** Top module: `tb_top` for the whole device, or the name of a module in `rtl/`. */
  readonly top: string;
  readonly params?: Readonly<Record<string, number | string>>;
  readonly trace?: "none" | WaveFormat;
  /** All inner signals can be reached by name (slower). */
  readonly isDebug?: boolean;
  /** Root of the RTL, for a changed copy; default: the environment variable VNET_RTL, else `rtl/`. */
  readonly rtlDirectory?: string;
  /** Further Verilog files or directories, searched first. */
  readonly sources?: readonly string[];
  /** A module compiled for speed, as the whole device always is. */
  readonly isFast?: boolean;
}

/** The build failed; the message has what the tools said. */
export class BuildError extends Error {
  override readonly name = "BuildError";
  readonly request: BuildRequest;

  constructor(request: BuildRequest, cause: Error) {
    const params = Object.entries(request.params ?? {}).map(([name, value]) => ` ${name}=${value}`);
    super(`build of ${request.top}${params.join("")} failed\n${cause.message}`, { cause });
    this.request = request;
  }
}

type BuildSim = (options: {
  readonly top: string;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly trace: "none" | WaveFormat;
  readonly debugSignals: boolean;
  readonly coverage: boolean;
  readonly sanitize: boolean;
  readonly rtlDir?: string;
  readonly sources: readonly string[];
  readonly optimize?: "fast" | "quick";
}) => Promise<string>;

let buildSim: BuildSim | undefined;
const made = new Map<string, Promise<string>>();

/**
 * Builds the simulator if it does not exist, and returns the path of its program. With `COVERAGE` in the environment it measures coverage,
 * with `SANITIZE=1` its C++ is checked by the sanitizers of the compiler.
 *
 * @throws BuildError
 */
export function buildSimulator(request: BuildRequest): Promise<string> {
  const key = JSON.stringify([
    request.top,
    Object.entries(request.params ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
    request.trace ?? "none",
    request.isDebug ?? false,
    request.rtlDirectory ?? "",
    request.sources ?? [],
    request.isFast ?? false,
  ]);
  let result = made.get(key);
  if (result === undefined) {
    result = build(request);
    made.set(key, result);
  }
  return result;
}

async function build(request: BuildRequest): Promise<string> {
  unpin();
  const rtlDir = request.rtlDirectory ?? process.env["VNET_RTL"];
  try {
    const script: unknown = await import(new URL("../../../scripts/build-sim.mjs", import.meta.url).href);
    buildSim ??= (script as { readonly buildSim: BuildSim }).buildSim; // the script's documented export
    return await buildSim({
      top: request.top,
      parameters: request.params ?? {},
      trace: request.trace ?? "none",
      debugSignals: request.isDebug ?? false,
      coverage: COVERAGE_DIRECTORY !== undefined,
      sanitize: process.env["SANITIZE"] === "1",
      ...(rtlDir === undefined ? {} : { rtlDir }),
      sources: request.sources ?? [],
      ...(request.isFast === true ? { optimize: "fast" } : {}),
    });
  } catch (thrown) {
    throw new BuildError(request, asError(thrown));
  }
}
