/**
 * The guest's side of a virtio-net device. Knows nothing of the simulator.
 *
 * @module
 */
export { AllocatorError, GUARD_BYTES, GuardedAllocator } from "./allocator.ts";
export type { AllocatorOptions, Region } from "./allocator.ts";
export { chainPlan, headerPlacement, planBytes } from "./chain-plan.ts";
export type {
  ChainPlan,
  FrameTraits,
  HeaderPlacement,
  Piece,
  Place,
  PlanContext,
  RxPlanContext,
  TxPlanContext,
} from "./chain-plan.ts";
export { DEFAULT_RX_FRAME_BYTES, GuestDriver, virtqueueOf } from "./driver.ts";
export type {
  Completion,
  DeliveredFrame,
  Direction,
  DriverObserver,
  DriverOptions,
  DriverQueue,
  InterruptWish,
  KickPolicy,
  PostedChain,
  RawChain,
  RxChain,
  ServiceReport,
  TxChain,
  TxRequest,
} from "./driver.ts";
export {
  AVAIL_F_NO_INTERRUPT,
  BAR,
  COMMON_CFG,
  crossesEvent,
  decodeDescriptor,
  decodeNetHeader,
  DESC_BYTES,
  DESC_F,
  encodeDescriptor,
  encodeNetHeader,
  ERROR,
  errorName,
  FEATURE,
  featureNames,
  hasAnyLayout,
  ISR,
  NET_HDR_F,
  NET_HDR_GSO,
  netHeaderLenBytes,
  NO_VECTOR,
  ringGeometry,
  STATUS,
  USED_F_NO_NOTIFY,
} from "./layout.ts";
export type { Descriptor, NetHeader, RingGeometry } from "./layout.ts";
export { bytewise, cut, cutIndirect, cutLayout, LAYOUTS } from "./layouts.ts";
export {
  dpdk,
  dpdkIndirect,
  dpdkSegments,
  edk2,
  freebsd,
  freebsdLegacy,
  ipxe,
  linux,
  linuxLegacy,
  linuxTap,
  netkvm,
  openbsd,
  protocolHeaderBytes,
  separate,
  separateIndirect,
  withForm,
} from "./layouts.ts";
export type { CutOptions, LayoutPolicy } from "./layouts.ts";
export type { DeviceAccess, DeviceRegisters, GuestMemory, RandomSource } from "./ports.ts";
export { descriptorsRead, ringDescriptors, RingError, SplitRing } from "./split-ring.ts";
export type { ChainElement, ChainForm, SplitRingOptions, UsedChain } from "./split-ring.ts";
export { DriverError, Transport } from "./transport.ts";
export type { BuildFacts, QueueCounters, QueueSetup } from "./transport.ts";
