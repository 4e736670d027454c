/**
 * What should have happened, and whether it did.
 *
 * @module
 */
export { AccessError, ArrayMemory } from "./array-memory.ts";
export { BusTrace, bytesOf, TRACE_SIGNALS } from "./bus-trace.ts";
export type { TracedBurst, TracedFrame, TracedWord } from "./bus-trace.ts";
export { describeDifference, firstDifference, hexdump } from "./hexdump.ts";
export { InterruptRule } from "./interrupt-rule.ts";
export { NetBench } from "./net-bench.ts";
export type { NetBenchOptions, RunOptions, StartOptions } from "./net-bench.ts";
export { packetLives } from "./packet-life.ts";
export type { PacketLife, RingPlace } from "./packet-life.ts";
export { ReferenceDevice, walkChain } from "./reference-device.ts";
export type {
  ChainRules,
  DeviceMemory,
  ReferenceFault,
  ReferenceOptions,
  SentWireFrame,
  WalkedChain,
} from "./reference-device.ts";
export { Scoreboard, ScoreboardError } from "./scoreboard.ts";
export type { QueueTally, WireFrame } from "./scoreboard.ts";
export { ShadowMemory } from "./shadow-memory.ts";
export type { MemoryRange } from "./shadow-memory.ts";
export { readWaveform, WaveformError } from "./waveform.ts";
export type { WaveRequest, WaveSample } from "./waveform.ts";
