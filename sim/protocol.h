// Byte layout of the messages between testbench and simulator; README.md section 1 explains them.
// SPDX-License-Identifier: Apache-2.0
//
// Only plain structs with explicit sizes: they are copied to and from the wire as they are. The
// machine is little-endian (checked in channel.cpp).
#ifndef VNET_SIM_PROTOCOL_H_
#define VNET_SIM_PROTOCOL_H_

#include <cstddef>
#include <cstdint>

namespace vnet_sim {

constexpr uint32_t kMagic = 0x54454E56;  // "VNET"
constexpr uint32_t kProtocolVersion = 1;
constexpr uint32_t kMaxMessageBytes = 64u << 20;
constexpr uint32_t kMaxBlockBytes = 32u << 20;  // one MEM_READ
constexpr uint32_t kMaxEventBytes = 16u << 20;  // a RUN stops when its events reach this
constexpr uint32_t kMaxFrameBytes = 262144;     // one SOURCE_SEND
constexpr uint32_t kMaxConditions = 64;         // of one RUN
constexpr uint32_t kMaxPingBytes = 4096;
constexpr uint32_t kUserBytes = 32;  // tuser in an AXIS_FRAME event

constexpr size_t Pad8(size_t n) {
  return (n + 7) & ~static_cast<size_t>(7);
}

enum class MessageKind : uint16_t { kHello = 1, kWelcome, kBatch, kResults, kFatal };

enum class Op : uint16_t {
  kPing = 0x01,
  kRun = 0x02,
  kBye = 0x03,
  kTime = 0x04,
  kTraceOn = 0x05,
  kTraceOff = 0x06,
  kSigFind = 0x10,
  kSigGet = 0x11,
  kSigSet = 0x12,
  kSigList = 0x13,
  kMemArea = 0x20,
  kMemMap = 0x21,
  kMemRead = 0x22,
  kMemWrite = 0x23,
  kMemFill = 0x24,
  kMemOffer = 0x25,
  kMemRevoke = 0x26,
  kMemWatch = 0x27,
  kMemUnwatch = 0x28,
  kMemError = 0x29,
  kMemUnerror = 0x2A,
  kMemCheck = 0x2B,
  kMemOfferClear = 0x2C,
  kMemOffered = 0x2D,
  kAxiConfig = 0x30,
  kAxiStats = 0x31,
  kAxilConfig = 0x40,
  kAxilWrite = 0x41,
  kAxilRead = 0x42,
  kSourceConfig = 0x50,
  kSourceSend = 0x51,
  kSinkConfig = 0x58,
  kIrqConfig = 0x60,
  kCheckConfig = 0x70,
};

enum class Status : uint16_t {
  kOk = 0,
  kNotFound = 1,
  kBadAddress = 2,
  kBadValue = 3,
  kUnavailable = 4,
  kSystem = 5,
};

enum class EventType : uint16_t {
  kAxilDone = 1,
  kAxisSent = 2,
  kAxisFrame = 3,
  kIrq = 4,
  kIntx = 5,
  kWatch = 6,
  kAxiError = 7,
};

enum class ConditionKind : uint16_t {
  kRising = 1,
  kFalling = 2,
  kChange = 3,
  kEqual = 4,
  kNotEqual = 5,
  kEvent = 16,
  kIdle = 17,
};

enum class StopReason : uint32_t { kMaxCycles = 0, kCondition = 1, kBufferFull = 2 };

constexpr uint16_t kAnyModel = 0xFFFF;
constexpr uint32_t kAllIds = 0xFFFFFFFF;

struct MessageHeader {
  uint32_t length;
  uint16_t kind;
  uint16_t reserved;
  uint32_t seq;
  uint32_t count;
};
static_assert(sizeof(MessageHeader) == 16);

struct Hello {
  uint32_t magic;
  uint32_t version;
  uint64_t reserved;
};
static_assert(sizeof(Hello) == 16);

struct Welcome {
  uint32_t magic;
  uint32_t version;
  uint64_t cycle;
  uint32_t json_len;
  uint32_t reserved;
};
static_assert(sizeof(Welcome) == 24);

struct Fatal {
  uint32_t exit_code;
  uint32_t text_len;
  uint64_t cycle;
};
static_assert(sizeof(Fatal) == 16);

struct OpHeader {
  uint16_t op;
  uint16_t arg;
  uint32_t size;
};
static_assert(sizeof(OpHeader) == 8);

struct ResultHeader {
  uint16_t op;
  uint16_t status;
  uint32_t size;
};
static_assert(sizeof(ResultHeader) == 8);

struct RunRequest {
  uint64_t max_cycles;
  uint32_t n_cond;
  uint32_t flags;
};
static_assert(sizeof(RunRequest) == 16);

struct ConditionHeader {
  uint16_t kind;
  uint16_t arg;
  uint32_t size;
};
static_assert(sizeof(ConditionHeader) == 8);

struct EventCondition {
  uint32_t mask;
  uint32_t count;
};
static_assert(sizeof(EventCondition) == 8);

struct IdleCondition {
  uint32_t cycles;
  uint32_t reserved;
};
static_assert(sizeof(IdleCondition) == 8);

struct RunResult {
  uint64_t cycle;
  uint64_t hit;
  uint32_t reason;
  uint32_t n_events;
};
static_assert(sizeof(RunResult) == 24);

struct EventHeader {
  uint16_t type;
  uint16_t model;
  uint32_t size;
  uint64_t cycle;
};
static_assert(sizeof(EventHeader) == 16);

struct AxilDoneEvent {
  uint32_t tag;
  uint32_t data;
  uint8_t resp;
  uint8_t is_write;
  uint16_t reserved0;
  uint32_t reserved1;
};
static_assert(sizeof(AxilDoneEvent) == 16);

struct AxisSentEvent {
  uint32_t tag;
  uint32_t reserved;
  uint64_t first_cycle;
};
static_assert(sizeof(AxisSentEvent) == 16);

struct AxisFrameEvent {
  uint64_t first_cycle;
  uint16_t tdest;
  uint16_t flags;
  uint32_t len;
  uint32_t beats;
  uint32_t reserved;
  uint8_t tuser[kUserBytes];
};
static_assert(sizeof(AxisFrameEvent) == 56);

struct IrqEvent {
  uint32_t vector;  // INTX: the level
  uint32_t reserved;
};
static_assert(sizeof(IrqEvent) == 8);

struct WatchEvent {
  uint32_t id;
  uint32_t reserved;
  uint64_t value;
};
static_assert(sizeof(WatchEvent) == 16);

struct AxiErrorEvent {
  uint64_t addr;
  uint32_t axi_id;
  uint8_t is_write;
  uint8_t resp;
  uint16_t reserved;
};
static_assert(sizeof(AxiErrorEvent) == 16);

struct TimeResult {
  uint64_t cycle;
  uint64_t wall_ns;
};
static_assert(sizeof(TimeResult) == 16);

struct SigFindResult {
  uint16_t handle;
  uint16_t flags;  // 1 writable, 2 port
  uint32_t width;
};
static_assert(sizeof(SigFindResult) == 8);

struct MemArea {
  uint64_t base;
  uint64_t size;
};
static_assert(sizeof(MemArea) == 16);

struct MemMap {
  uint64_t base;
  uint64_t size;
  uint64_t offset;
};
static_assert(sizeof(MemMap) == 24);

struct MemBlock {  // MEM_READ: value unused and absent; MEM_FILL: byte; MEM_OFFER: flags
  uint64_t addr;
  uint64_t len;
  uint64_t value;
};
static_assert(sizeof(MemBlock) == 24);

constexpr uint8_t kWatchRead = 4;  // MemWatch::kind: the device reads the word

struct MemWatch {
  uint64_t addr;
  uint32_t id;
  uint8_t len;
  uint8_t kind;
  uint8_t once;
  uint8_t reserved;
  uint64_t value;
};
static_assert(sizeof(MemWatch) == 24);

struct MemError {
  uint64_t addr;
  uint64_t len;
  uint32_t id;
  uint8_t flags;
  uint8_t resp;
  uint16_t count;
};
static_assert(sizeof(MemError) == 24);

struct WordPair {  // an id or a flag and a reserved word
  uint32_t value;
  uint32_t reserved;
};
static_assert(sizeof(WordPair) == 8);

struct OfferedResult {
  uint32_t read_count;
  uint32_t write_count;
};
static_assert(sizeof(OfferedResult) == 8);

struct PauseSpec {
  uint8_t kind;
  uint8_t reserved;
  uint16_t a;
  uint16_t b;
  uint16_t c;
};
static_assert(sizeof(PauseSpec) == 8);

struct AxiConfig {
  uint32_t seed;
  uint32_t flags;  // 1: reorder between IDs
  uint32_t lat_min;
  uint32_t lat_max;
  uint32_t blat_min;
  uint32_t blat_max;
  uint32_t max_reads;
  uint32_t max_writes;
  PauseSpec ar, r, aw, w, b;
};
static_assert(sizeof(AxiConfig) == 72);

struct AxiStats {
  uint64_t cycles, ar, aw, r_beats, w_beats, b;
  uint64_t r_stall, w_idle, ar_wait, aw_wait;
  uint64_t read_bytes, write_bytes;
  uint32_t outstanding_reads, outstanding_writes;
  uint32_t max_outstanding_reads, max_outstanding_writes;
  uint32_t n_ids, reserved;
};
static_assert(sizeof(AxiStats) == 120);

struct AxiIdStats {
  uint64_t ar, r_beats, aw, w_beats;
};
static_assert(sizeof(AxiIdStats) == 32);

struct AxilConfig {
  uint32_t seed;
  uint32_t max_outstanding;
  PauseSpec aw, w, b, ar, r;
};
static_assert(sizeof(AxilConfig) == 48);

struct AxilWrite {
  uint32_t tag;
  uint32_t addr;
  uint32_t data;
  uint32_t strb;
};
static_assert(sizeof(AxilWrite) == 16);

struct AxilRead {
  uint32_t tag;
  uint32_t addr;
};
static_assert(sizeof(AxilRead) == 8);

struct SourceConfig {
  uint32_t seed;
  uint32_t flags;  // 1: no noise
  PauseSpec beat, frame;
};
static_assert(sizeof(SourceConfig) == 24);

struct SourceSend {
  uint32_t tag;
  uint16_t tdest;
  uint16_t flags;  // 1: bad
  uint64_t start_cycle;
};
static_assert(sizeof(SourceSend) == 16);

struct SinkConfig {  // also IRQ_CONFIG
  uint32_t seed;
  uint32_t flags;  // 1: do not store bytes
  PauseSpec ready;
};
static_assert(sizeof(SinkConfig) == 16);

}  // namespace vnet_sim

#endif  // VNET_SIM_PROTOCOL_H_
