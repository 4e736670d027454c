/**
 * The errors of the core layer. Each carries a stable code and the facts one needs to look further.
 *
 * @module
 */

/** What went wrong, for programs; the message says it for people. */
export type SimulationErrorCode =
  /** The simulator ended by itself (see `exitCode`). */
  | "SIMULATOR_DIED"
  /** The simulator could not be started, or the handshake failed. */
  | "START_FAILED"
  /** The simulator refused an operation (unknown name, value out of range, address outside memory). */
  | "REFUSED"
  /** The other side sent something that does not follow the protocol. */
  | "PROTOCOL"
  /** A wait took more cycles than allowed. */
  | "TIMEOUT"
  /** The wait makes no sense, or the simulation is over. */
  | "USAGE";

/** Facts beside the message. */
export interface SimulationFacts {
  readonly cycle?: number | undefined;
  readonly seed?: number | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** Status of a refused operation, sim/README.md section 1.9. */
  readonly status?: number | undefined;
  readonly logPath?: string | undefined;
  readonly wavePath?: string | undefined;
  readonly repeat?: string | undefined;
}

/** Any failure of the simulation itself, as opposed to an assertion of a test. */
export class SimulationError extends Error {
  override readonly name = "SimulationError";
  readonly code: SimulationErrorCode;
  readonly facts: SimulationFacts;

  constructor(code: SimulationErrorCode, message: string, facts: SimulationFacts = {}, cause?: unknown) {
    super(message + describeFacts(facts), cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }
}

function describeFacts(facts: SimulationFacts): string {
  const parts: string[] = [];
  if (facts.cycle !== undefined) parts.push(`cycle ${facts.cycle}`);
  if (facts.seed !== undefined) parts.push(`seed ${facts.seed}`);
  if (facts.exitCode !== undefined) parts.push(`exit code ${facts.exitCode}`);
  if (facts.signal !== undefined) parts.push(`signal ${facts.signal}`);
  const lines = parts.length > 0 ? [`\n  at:       ${parts.join(", ")}`] : [];
  if (facts.logPath !== undefined) lines.push(`\n  log:      ${facts.logPath}`);
  if (facts.wavePath !== undefined) lines.push(`\n  waveform: ${facts.wavePath}`);
  if (facts.repeat !== undefined) lines.push(`\n  repeat:   ${facts.repeat}`);
  return lines.join("");
}

/** Thrown into a task that was cancelled; passes through the task's `finally` blocks. */
export class TaskCancelled extends Error {
  override readonly name = "TaskCancelled";

  constructor(taskName: string) {
    super(`task "${taskName}" was cancelled`);
  }
}

/** Makes an Error of whatever was thrown. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
