/**
 * The simulation: process and socket, time, triggers, tasks, signals, seeded random numbers.
 *
 * @module
 */
export { BuildError, buildSimulator } from "./build.ts";
export type { BuildRequest } from "./build.ts";
export { Dut, Signal } from "./dut.ts";
export { asError, SimulationError, TaskCancelled } from "./errors.ts";
export type { SimulationErrorCode, SimulationFacts } from "./errors.ts";
export { encodePause, pauseGenerator, PAUSES } from "./pause.ts";
export type { Pause, PauseGenerator } from "./pause.ts";
export { CONDITION, EVENT, getLong, OP, setLong } from "./protocol.ts";
export type { ModelInfo, PortInfo, RunEvent, Welcome } from "./protocol.ts";
export { Random } from "./random.ts";
export {
  fileStem,
  IS_FULL,
  nextWavePath,
  repeatCommand,
  RUNS_DIRECTORY,
  SEED,
  setTestContext,
  testContext,
  WAVES,
  withSeed,
} from "./run-context.ts";
export type { TestContext, WaveFormat } from "./run-context.ts";
export { openSimulators, Simulator, takeSimulationRecords } from "./simulator.ts";
export type { BatchedRun, BatchedWait, SimulationRecord, SimulatorOptions } from "./simulator.ts";
export { Event, Lock, Queue } from "./sync.ts";
export { Task } from "./task.ts";
export { combine, first, Trigger, withTimeout } from "./trigger.ts";
export type { Disarm, First, Kernel } from "./trigger.ts";
