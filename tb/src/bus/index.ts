/**
 * Bus models: guest memory, registers, frames, interrupts; and per-cycle streams for module tests.
 *
 * @module
 */
export { DeviceBench } from "./bench.ts";
export type { DeviceBenchOptions, DeviceParameters } from "./bench.ts";
export { EventStream } from "./event-stream.ts";
export { FrameMonitor, FrameSink, FrameSource } from "./frames.ts";
export { IrqSink } from "./irq.ts";
export type { WireRecord } from "./irq.ts";
export { GuestMemory, Watch } from "./memory.ts";
export type { MemoryErrorRecord, WatchRecord } from "./memory.ts";
export { RegisterBus } from "./registers.ts";
export type { RegisterAnswer, RegisterBusConfig } from "./registers.ts";
export { StreamBus, StreamMonitor, StreamSink, StreamSource } from "./stream.ts";
export type { Beat, MovedBeat, StreamNames, StreamOptions } from "./stream.ts";
export type {
  DeviceAccess,
  InterruptRecord,
  MemoryConfig,
  MemoryStatistics,
  ReceivedFrame,
  SendOptions,
  SentFrame,
  WatchCondition,
} from "./types.ts";
