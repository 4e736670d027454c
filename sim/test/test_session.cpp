// The conversation with a testbench, the timing of signals, and hostile peers. The design is a
// small class written here; no Verilator.
// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "channel.h"
#include "check.h"
#include "fake_dut.h"
#include "irq_sink.h"
#include "random.h"
#include "session.h"
#include "simulation.h"

using namespace vnet_sim;
using vnet_test::AddModels;
using vnet_test::FakeDut;

namespace {

enum Handle : uint16_t { kClk, kEnable, kAddend, kCount, kSum, kWide, kWideQ };

class Bytes {
 public:
  template <typename T>
  Bytes& Add(const T& value) {
    const uint8_t* at = reinterpret_cast<const uint8_t*>(&value);
    bytes.insert(bytes.end(), at, at + sizeof(value));
    return *this;
  }
  Bytes& Add(const std::string& text) {
    bytes.insert(bytes.end(), text.begin(), text.end());
    return *this;
  }
  Bytes& Pad() {
    bytes.resize(Pad8(bytes.size()));
    return *this;
  }
  std::vector<uint8_t> bytes;
};

struct Result {
  uint16_t op = 0;
  uint16_t status = 0;
  std::vector<uint8_t> payload;
  template <typename T>
  T As(size_t at = 0) const {
    T value = {};
    if (at + sizeof(value) <= payload.size()) std::memcpy(&value, &payload[at], sizeof(value));
    return value;
  }
  std::string Text() const { return std::string(payload.begin(), payload.end()); }
};

// The testbench's side: writes messages before the session serves them.
class Peer {
 public:
  Peer() {
    int fds[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    ours = fds[0];
    channel = std::make_unique<Channel>(fds[1], fds[1]);
    simulation = std::make_unique<Simulation>(&context, &dut);
  }
  ~Peer() { Close(); }
  void Close() {
    if (ours >= 0) close(ours);
    ours = -1;
  }

  void Raw(const std::vector<uint8_t>& bytes) {
    CHECK(write(ours, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  void Message(MessageKind kind, uint32_t count, const std::vector<uint8_t>& body) {
    const MessageHeader header = {static_cast<uint32_t>(sizeof(MessageHeader) + body.size()),
                                  static_cast<uint16_t>(kind), 0, ++seq, count};
    Raw(Bytes().Add(header).bytes);
    Raw(body);
  }
  void Greet(uint32_t version = kProtocolVersion, uint32_t magic = kMagic) {
    Message(MessageKind::kHello, 0, Bytes().Add(Hello{magic, version, 0}).bytes);
  }
  Peer& Do(Op op, uint16_t arg = 0, const std::vector<uint8_t>& payload = {}) {
    Bytes bytes;
    bytes.Add(OpHeader{static_cast<uint16_t>(op), arg, static_cast<uint32_t>(payload.size())});
    bytes.bytes.insert(bytes.bytes.end(), payload.begin(), payload.end());
    bytes.Pad();
    batch.insert(batch.end(), bytes.bytes.begin(), bytes.bytes.end());
    ++n_ops;
    return *this;
  }
  Peer& Run(uint64_t cycles, uint32_t n_cond = 0, const std::vector<uint8_t>& conditions = {}) {
    Bytes bytes;
    bytes.Add(RunRequest{cycles, n_cond, 0});
    bytes.bytes.insert(bytes.bytes.end(), conditions.begin(), conditions.end());
    return Do(Op::kRun, 0, bytes.bytes);
  }
  Peer& Set(uint16_t handle, uint32_t value) {
    return Do(Op::kSigSet, handle, Bytes().Add(value).bytes);
  }
  void Flush() {
    Message(MessageKind::kBatch, n_ops, batch);
    batch.clear();
    n_ops = 0;
  }
  // Sends the batch, says BYE, serves; returns the results of the batch.
  std::vector<Result> Exchange() {
    Greet();
    Flush();
    Do(Op::kBye).Flush();
    code = Serve();
    MessageHeader header = {};
    std::vector<uint8_t> body;
    Receive(&header, &body);  // WELCOME
    CHECK_EQ(header.kind, static_cast<uint16_t>(MessageKind::kWelcome));
    Receive(&header, &body);
    std::vector<Result> results;
    size_t at = 0;
    for (uint32_t i = 0; i < header.count && header.kind == 4; ++i) {
      ResultHeader head;
      std::memcpy(&head, &body[at], sizeof(head));
      at += sizeof(head);
      Result result;
      result.op = head.op;
      result.status = head.status;
      result.payload.assign(body.begin() + static_cast<long>(at),
                            body.begin() + static_cast<long>(at + head.size));
      at += Pad8(head.size);
      results.push_back(result);
    }
    return results;
  }
  ExitCode Serve() {
    Session session(simulation.get(), channel.get());
    const ExitCode result = session.Serve();
    text = session.failure_text();
    return result;
  }
  void Receive(MessageHeader* header, std::vector<uint8_t>* body) {
    *header = {};
    body->clear();
    if (recv(ours, header, sizeof(*header), MSG_WAITALL) != sizeof(*header)) return;
    body->resize(header->length - sizeof(*header));
    if (!body->empty()) {
      CHECK(recv(ours, body->data(), body->size(), MSG_WAITALL) ==
            static_cast<ssize_t>(body->size()));
    }
  }

  Context context;
  FakeDut dut;
  std::unique_ptr<Channel> channel;
  std::unique_ptr<Simulation> simulation;
  int ours = -1;
  uint32_t seq = 0;
  std::vector<uint8_t> batch;
  uint32_t n_ops = 0;
  ExitCode code = ExitCode::kInternal;
  std::string text;
};

std::vector<uint8_t> Condition(ConditionKind kind, uint16_t arg,
                               const std::vector<uint8_t>& payload = {}) {
  Bytes bytes;
  bytes.Add(
      ConditionHeader{static_cast<uint16_t>(kind), arg, static_cast<uint32_t>(payload.size())});
  bytes.bytes.insert(bytes.bytes.end(), payload.begin(), payload.end());
  return bytes.Pad().bytes;
}

}  // namespace

TEST(session_says_what_it_is) {
  Peer peer;
  peer.context.parameters["DATA_W"] = "64";
  peer.context.parameters["NAME"] = "a\"b";
  peer.context.Add(std::make_unique<IrqSink>(&peer.context, "u_irq"));
  peer.Greet();
  peer.Do(Op::kBye).Flush();
  CHECK(peer.Serve() == ExitCode::kNormal);
  MessageHeader header;
  std::vector<uint8_t> body;
  peer.Receive(&header, &body);
  CHECK_EQ(header.seq, 1u);
  Welcome welcome;
  std::memcpy(&welcome, body.data(), sizeof(welcome));
  CHECK_EQ(welcome.magic, kMagic);
  CHECK_EQ(welcome.version, kProtocolVersion);
  const std::string json(body.begin() + sizeof(welcome),
                         body.begin() + sizeof(welcome) + welcome.json_len);
  CHECK_EQ(
      json.substr(0, json.find(",\"ports")),
      std::string("{\"top\":\"fake \\\"top\\\"\",\"params\":{\"DATA_W\":64,\"NAME\":\"a\\\"b\"},"
                  "\"seed\":1,\"clock\":true,\"trace\":\"none\",\"debug\":false,\"models\":["
                  "{\"id\":0,\"kind\":\"irq\",\"name\":\"u_irq\"}]"));
  CHECK(json.find("{\"handle\":5,\"name\":\"wide\",\"width\":90,\"dir\":\"in\"}") !=
        std::string::npos);
  CHECK(json.find("{\"handle\":3,\"name\":\"count\",\"width\":32,\"dir\":\"out\"}") !=
        std::string::npos);
}

TEST(signals_are_sampled_before_the_edge_and_driven_after_it) {
  Peer peer;
  peer.Set(kEnable, 1).Set(kAddend, 100);
  peer.Do(Op::kSigGet, kSum);  // nothing has run: not applied yet
  peer.Run(1);                 // edge 0 sees enable = 1
  peer.Do(Op::kSigGet, kCount).Do(Op::kSigGet, kSum);
  peer.Set(kEnable, 0).Set(kAddend, 200);
  peer.Do(Op::kSigGet, kSum);  // still what edge 1 will sample
  peer.Run(1);                 // edge 1 still counts, then enable falls and addend changes
  peer.Do(Op::kSigGet, kCount).Do(Op::kSigGet, kSum);
  peer.Run(5);
  peer.Do(Op::kSigGet, kCount);
  const std::vector<Result> r = peer.Exchange();
  CHECK_EQ(r.size(), 14u);
  CHECK_EQ(r[13].As<uint32_t>(), 2u);
  CHECK_EQ(r[2].As<uint32_t>(), 0u);
  CHECK_EQ(r[3].As<RunResult>().cycle, 1u);
  CHECK_EQ(r[4].As<uint32_t>(), 1u);
  CHECK_EQ(r[5].As<uint32_t>(), 101u);
  CHECK_EQ(r[8].As<uint32_t>(), 101u);
  CHECK_EQ(r[10].As<uint32_t>(), 2u);
  CHECK_EQ(r[11].As<uint32_t>(), 202u);
  CHECK(peer.code == ExitCode::kNormal);
}

TEST(wide_signals) {
  Peer peer;
  const uint32_t words[3] = {0x11111111, 0x22222222, 0x03FFFFFF};
  peer.Do(Op::kSigSet, kWide, Bytes().Add(words).bytes).Run(2).Do(Op::kSigGet, kWideQ);
  const uint32_t too_wide[3] = {0, 0, 0x04000000};
  peer.Do(Op::kSigSet, kWide, Bytes().Add(too_wide).bytes);
  const std::vector<Result> r = peer.Exchange();
  CHECK_EQ(r.size(), 4u);
  CHECK_EQ(r[2].payload.size(), 12u);
  CHECK_EQ(r[2].As<uint32_t>(0), words[0]);
  CHECK_EQ(r[2].As<uint32_t>(8), words[2]);
  CHECK_EQ(r[3].status, static_cast<uint16_t>(Status::kBadValue));
}

TEST(run_conditions) {
  const auto value = [](uint32_t v) { return Bytes().Add(v).bytes; };
  Peer peer;
  peer.Set(kEnable, 1);
  peer.Run(100, 1, Condition(ConditionKind::kEqual, kCount, value(7)));
  peer.Run(100, 1, Condition(ConditionKind::kRising, kCount));   // bit 0: 8 -> 9
  peer.Run(100, 1, Condition(ConditionKind::kFalling, kCount));  // 9 -> 10
  peer.Run(100, 1, Condition(ConditionKind::kChange, kAddend));  // never
  peer.Run(100, 1, Condition(ConditionKind::kNotEqual, kCount, value(0)));
  std::vector<uint8_t> both = Condition(ConditionKind::kEqual, kCount, value(200));
  const std::vector<uint8_t> other = Condition(ConditionKind::kChange, kSum);
  both.insert(both.end(), other.begin(), other.end());
  peer.Run(100, 2, both);
  const std::vector<Result> r = peer.Exchange();
  CHECK_EQ(r[1].As<RunResult>().cycle, 7u);
  CHECK_EQ(r[1].As<RunResult>().hit, 1u);
  CHECK_EQ(r[1].As<RunResult>().reason, 1u);
  CHECK_EQ(r[2].As<RunResult>().cycle, 9u);
  CHECK_EQ(r[3].As<RunResult>().cycle, 10u);
  CHECK_EQ(r[4].As<RunResult>().cycle, 110u);
  CHECK_EQ(r[4].As<RunResult>().reason, 0u);
  CHECK_EQ(r[4].As<RunResult>().hit, 0u);
  CHECK_EQ(r[5].As<RunResult>().cycle, 111u);
  CHECK_EQ(r[6].As<RunResult>().hit, 2u);
}

TEST(run_stops_at_events_and_reports_all) {
  Peer peer;
  IrqSink* irq = peer.context.Add(std::make_unique<IrqSink>(&peer.context, "u_irq"));
  peer.dut.on_edge = [&] {
    const uint64_t cycle = peer.context.cycle;
    irq->Clock(cycle >= 10, cycle % 10 == 5 && cycle > 10, static_cast<uint32_t>(cycle), false);
  };
  peer.Run(
      1000, 1,
      Condition(ConditionKind::kEvent, kAnyModel, Bytes().Add(EventCondition{1u << 4, 3}).bytes));
  const std::vector<Result> r = peer.Exchange();
  const RunResult run = r[0].As<RunResult>();
  CHECK_EQ(run.cycle, 36u);  // edges 15, 25, 35
  CHECK_EQ(run.n_events, 3u);
  CHECK_EQ(r[0].As<EventHeader>(24 + 48).cycle, 35u);
  CHECK_EQ(r[0].As<IrqEvent>(24 + 48 + 16).vector, 35u);
}

TEST(run_stops_when_a_model_is_idle) {
  Peer peer;
  AxilMaster* master = peer.context.Add(std::make_unique<AxilMaster>(&peer.context, "u_axil", 16));
  peer.dut.on_edge = [&] {
    AxilPins pins = {};
    pins.aresetn = peer.context.cycle > 0;
    pins.arready = true;
    pins.rvalid = peer.context.cycle == 20;
    master->Clock(&pins);
  };
  const auto idle = [](uint32_t cycles) {
    return Condition(ConditionKind::kIdle, 0, Bytes().Add(IdleCondition{cycles, 0}).bytes);
  };
  peer.Run(100, 1, idle(5));
  peer.Do(Op::kAxilRead, 0, Bytes().Add(AxilRead{7, 0}).bytes);
  peer.Run(100, 1, idle(1));
  peer.Run(100, 1, idle(3));
  const std::vector<Result> r = peer.Exchange();
  CHECK_EQ(r[0].As<RunResult>().cycle, 5u);
  CHECK_EQ(r[0].As<RunResult>().hit, 1u);
  CHECK_EQ(r[2].As<RunResult>().cycle, 21u);  // answered at edge 20
  CHECK_EQ(r[2].As<RunResult>().hit, 1u);
  CHECK_EQ(r[3].As<RunResult>().cycle, 24u);
}

TEST(run_stops_when_the_event_buffer_is_full) {
  Peer peer;
  peer.dut.on_edge = [&] {
    const std::vector<uint8_t> bytes(1 << 20);
    peer.context.events.Post(EventType::kAxisFrame, 0, peer.context.cycle, AxisFrameEvent{},
                             bytes.data(), bytes.size());
  };
  // The answer does not fit the socket: somebody has to read it while it is written.
  peer.Greet();
  peer.Run(1000).Flush();
  peer.Do(Op::kBye).Flush();
  MessageHeader header;
  std::vector<uint8_t> body;
  std::thread reader([&] {
    peer.Receive(&header, &body);
    peer.Receive(&header, &body);
  });
  CHECK(peer.Serve() == ExitCode::kNormal);
  reader.join();
  RunResult run;
  std::memcpy(&run, &body[sizeof(ResultHeader)], sizeof(run));
  CHECK_EQ(run.reason, 2u);
  CHECK_EQ(run.cycle, 16u);
}

TEST(a_status_ends_the_batch_but_not_the_session) {
  Peer peer;
  peer.Do(Op::kPing, 0, {1, 2, 3});
  peer.Do(Op::kSigFind, 0, Bytes().Add(std::string("count")).bytes);
  peer.Do(Op::kSigFind, 0, Bytes().Add(std::string("u_x.y")).bytes);
  peer.Do(Op::kPing);
  const std::vector<Result> r = peer.Exchange();
  CHECK_EQ(r.size(), 3u);
  CHECK_EQ(r[0].payload.size(), 3u);
  CHECK_EQ(r[1].As<SigFindResult>().handle, kCount);
  CHECK_EQ(r[1].As<SigFindResult>().flags, 2);
  CHECK_EQ(r[2].status, static_cast<uint16_t>(Status::kUnavailable));
  CHECK(peer.code == ExitCode::kNormal);
}

TEST(memory_operations) {
  Peer peer;
  peer.Do(Op::kMemArea, 0, Bytes().Add(MemArea{0x1000, 0x1000}).bytes);
  peer.Do(Op::kMemWrite, 0, Bytes().Add(uint64_t{0x1FFC}).Add(uint32_t{0x12345678}).bytes);
  peer.Do(Op::kMemFill, 0, Bytes().Add(MemBlock{0x1FF0, 8, 0xAB}).bytes);
  peer.Do(Op::kMemRead, 0, Bytes().Add(uint64_t{0x1FF6}).Add(uint64_t{10}).bytes);
  peer.Do(Op::kMemOffer, 0, Bytes().Add(MemBlock{0x1000, 16, 1}).bytes);
  peer.Do(Op::kMemOffer, 0, Bytes().Add(MemBlock{0x1008, 16, 3}).bytes);
  peer.Do(Op::kMemOffered, 0, Bytes().Add(uint64_t{0x1008}).bytes);
  peer.Do(Op::kMemRevoke, 0, Bytes().Add(MemBlock{0x1000, 16, 1}).bytes);
  peer.Do(Op::kMemRevoke, 0, Bytes().Add(MemBlock{0x1000, 16, 1}).bytes);
  const std::vector<Result> r = peer.Exchange();
  CHECK_EQ(r.size(), 9u);
  const std::vector<uint8_t> expected = {0xAB, 0xAB, 0, 0, 0, 0, 0x78, 0x56, 0x34, 0x12};
  CHECK(r[3].payload == expected);
  CHECK_EQ(r[6].As<OfferedResult>().read_count, 2u);
  CHECK_EQ(r[6].As<OfferedResult>().write_count, 1u);
  CHECK_EQ(r[7].status, 0);
  CHECK_EQ(r[8].status, static_cast<uint16_t>(Status::kBadValue));
}

TEST(what_is_out_of_range_gets_a_status) {
  struct Case {
    Op op;
    std::vector<uint8_t> payload;
    Status status;
  };
  const uint64_t max = UINT64_MAX;
  const std::vector<Case> cases = {
      {Op::kMemRead, Bytes().Add(uint64_t{0}).Add(uint64_t{1}).bytes, Status::kBadAddress},
      {Op::kMemRead, Bytes().Add(uint64_t{0}).Add(max).bytes, Status::kBadValue},
      {Op::kMemRead, Bytes().Add(max).Add(uint64_t{2}).bytes, Status::kBadAddress},
      {Op::kMemWrite, Bytes().Add(max).Add(uint64_t{2}).bytes, Status::kBadAddress},
      {Op::kMemFill, Bytes().Add(MemBlock{0, max, 0}).bytes, Status::kBadAddress},
      {Op::kMemFill, Bytes().Add(MemBlock{0, 1, 256}).bytes, Status::kBadValue},
      {Op::kMemOffer, Bytes().Add(MemBlock{max, 2, 1}).bytes, Status::kBadValue},
      {Op::kMemOffer, Bytes().Add(MemBlock{0, 2, 4}).bytes, Status::kBadValue},
      {Op::kMemArea, Bytes().Add(MemArea{0, max}).bytes, Status::kBadValue},
      {Op::kMemMap, Bytes().Add(MemMap{0, 4096, 0}).Add(std::string("/nope")).bytes,
       Status::kNotFound},
      {Op::kMemMap, Bytes().Add(MemMap{0, 4096, 0}).Add(std::string("/dev/null")).bytes,
       Status::kNotFound},
      {Op::kMemWatch, Bytes().Add(MemWatch{0, 0, 2, 0, 0, 0, 0}).bytes, Status::kBadAddress},
      {Op::kMemWatch, Bytes().Add(MemWatch{0, 0, 3, 0, 0, 0, 0}).bytes, Status::kBadValue},
      {Op::kMemWatch, Bytes().Add(MemWatch{0, 0, 2, 5, 0, 0, 0}).bytes, Status::kBadValue},
      {Op::kMemError, Bytes().Add(MemError{0, 0, 0, 1, 2, 0}).bytes, Status::kBadValue},
      {Op::kMemError, Bytes().Add(MemError{0, 1, 0, 0, 2, 0}).bytes, Status::kBadValue},
      {Op::kMemError, Bytes().Add(MemError{0, 1, 0, 1, 1, 0}).bytes, Status::kBadValue},
      {Op::kTraceOn, Bytes().Add(std::string("x.vcd")).bytes, Status::kUnavailable},
  };
  for (const Case& one : cases) {
    Peer peer;
    peer.Do(one.op, 0, one.payload);
    const std::vector<Result> r = peer.Exchange();
    CHECK_EQ(r.size(), 1u);
    if (r.size() != 1) continue;
    const bool either = one.op == Op::kMemMap && r[0].status == 3;  // /dev/null can be opened
    if (!either) CHECK_EQ(r[0].status, static_cast<uint16_t>(one.status));
    CHECK(peer.code == ExitCode::kNormal);
    CHECK(!r[0].payload.empty());
  }
}

// ------------------------------------------------------------------------------- how it can end

namespace {

// The simulator must say why it ends and end with this code.
void ExpectEnd(Peer* peer, ExitCode code, const std::string& part, int line) {
  const ExitCode seen = peer->Serve();
  if (seen != code || peer->text.find(part) == std::string::npos) {
    vnet_test::Failure(__FILE__, line,
                       Format("code %d, text '%s'", static_cast<int>(seen), peer->text.c_str()));
  }
  if (code == ExitCode::kPeerDied) return;
  MessageHeader header;
  std::vector<uint8_t> body;
  do {
    peer->Receive(&header, &body);
  } while (header.length > 0 && header.kind != static_cast<uint16_t>(MessageKind::kFatal));
  CHECK_EQ(header.kind, static_cast<uint16_t>(MessageKind::kFatal));
  if (body.size() < sizeof(Fatal)) return;
  Fatal fatal;
  std::memcpy(&fatal, body.data(), sizeof(fatal));
  CHECK_EQ(fatal.exit_code, static_cast<uint32_t>(code));
  CHECK_EQ(std::string(body.begin() + sizeof(fatal),
                       body.begin() + static_cast<long>(sizeof(fatal) + fatal.text_len)),
           peer->text);
}

}  // namespace

#define EXPECT_END(peer, code, part) ExpectEnd(peer, code, part, __LINE__)

TEST(end_version_mismatch_names_both_versions) {
  Peer peer;
  peer.Greet(77);
  EXPECT_END(&peer, ExitCode::kVersion, "simulator 1, testbench 77");
}

TEST(end_bad_greetings) {
  {
    Peer peer;
    peer.Greet(1, 0x12345678);
    EXPECT_END(&peer, ExitCode::kMalformed, "magic 0x12345678");
  }
  {
    Peer peer;
    peer.Message(MessageKind::kBatch, 0, {});
    EXPECT_END(&peer, ExitCode::kMalformed, "HELLO is expected");
  }
  {
    Peer peer;
    peer.Message(MessageKind::kHello, 0, {1, 2, 3, 4, 5, 6, 7, 8});
    EXPECT_END(&peer, ExitCode::kMalformed, "HELLO");
  }
}

TEST(end_bad_lengths) {
  for (const uint32_t length : {0u, 8u, 15u, 17u, 0x04000008u, 0xFFFFFFF8u}) {
    Peer peer;
    peer.Greet();
    peer.Raw(Bytes().Add(MessageHeader{length, 3, 0, 1, 0}).bytes);
    EXPECT_END(&peer, ExitCode::kMalformed, Format("length %u", length));
  }
}

TEST(end_bad_operations) {
  const auto one = [](Op op, uint16_t arg, const std::vector<uint8_t>& payload,
                      const std::string& part, int line) {
    Peer peer;
    peer.context.Add(std::make_unique<IrqSink>(&peer.context, "u_irq"));
    peer.Greet();
    peer.Do(op, arg, payload).Flush();
    ExpectEnd(&peer, ExitCode::kMalformed, part, line);
  };
  one(static_cast<Op>(0x99), 0, {}, "unknown operation 0x99", __LINE__);
  one(Op::kRun, 0, {1, 2, 3}, "3 bytes where 16", __LINE__);
  one(Op::kRun, 0, Bytes().Add(RunRequest{0, 0, 0}).bytes, "max_cycles is 0", __LINE__);
  one(Op::kRun, 0, Bytes().Add(RunRequest{1, 65, 0}).bytes, "too many conditions", __LINE__);
  one(Op::kRun, 0, Bytes().Add(RunRequest{1, 1, 0}).bytes, "bytes where 8", __LINE__);
  one(Op::kRun, 0, Bytes().Add(RunRequest{1, 1, 0}).Add(ConditionHeader{1, 500, 0}).bytes,
      "handle 500", __LINE__);
  one(Op::kRun, 0, Bytes().Add(RunRequest{1, 1, 0}).Add(ConditionHeader{9, 0, 0}).bytes,
      "unknown kind 9", __LINE__);
  one(Op::kRun, 0,
      Bytes()
          .Add(RunRequest{1, 1, 0})
          .Add(ConditionHeader{16, 3, 8})
          .Add(EventCondition{1, 1})
          .bytes,
      "model 3", __LINE__);
  one(Op::kRun, 0, Bytes().Add(RunRequest{1, 0, 0}).Add(uint64_t{0}).bytes, "too many", __LINE__);
  one(Op::kSigGet, 100, {}, "handle 100", __LINE__);
  one(Op::kSigSet, kWide, {1, 2, 3, 4}, "4 bytes where 12", __LINE__);
  one(Op::kSigSet, kAddend, {1, 2, 3, 4, 5, 6, 7, 8}, "4 bytes too many", __LINE__);
  one(Op::kAxiStats, 0, Bytes().Add(WordPair{}).bytes, "another kind", __LINE__);
  one(Op::kIrqConfig, 7, Bytes().Add(SinkConfig{}).bytes, "model 7", __LINE__);
  one(Op::kPing, 0, std::vector<uint8_t>(5000), "PING", __LINE__);
}

TEST(end_bad_batches) {
  {
    Peer peer;  // fewer operations than announced
    peer.Greet();
    peer.Message(MessageKind::kBatch, 0xFFFFFFFF, {});
    EXPECT_END(&peer, ExitCode::kMalformed, "BATCH");
  }
  {
    Peer peer;  // more bytes than operations
    peer.Greet();
    peer.Message(MessageKind::kBatch, 0, std::vector<uint8_t>(8));
    EXPECT_END(&peer, ExitCode::kMalformed, "too many");
  }
  {
    Peer peer;  // a payload longer than the message
    peer.Greet();
    peer.Message(MessageKind::kBatch, 1, Bytes().Add(OpHeader{1, 0, 0xFFFFFFFF}).bytes);
    EXPECT_END(&peer, ExitCode::kMalformed, "BATCH");
  }
  {
    Peer peer;
    peer.Greet();
    peer.Do(Op::kBye).Do(Op::kPing).Flush();
    EXPECT_END(&peer, ExitCode::kMalformed, "after BYE");
  }
  {
    Peer peer;
    peer.Greet();
    peer.Message(MessageKind::kResults, 0, {});
    EXPECT_END(&peer, ExitCode::kMalformed, "BATCH is expected");
  }
}

TEST(end_cycle_limit) {
  Peer peer;
  peer.simulation->set_cycle_limit(50);
  peer.Greet();
  peer.Run(50).Flush();
  peer.Run(1).Flush();
  EXPECT_END(&peer, ExitCode::kCycleLimit, "50 cycles");
  CHECK_EQ(peer.context.cycle, 50u);
}

TEST(end_failure_of_the_design_or_a_model) {
  Peer peer;
  peer.dut.on_edge = [&] {
    if (peer.context.cycle == 20) peer.context.Fail(ExitCode::kDesignFatal, "boom");
    if (peer.context.cycle == 20) peer.context.Fail(ExitCode::kBusProtocol, "too late");
  };
  peer.Greet();
  peer.Run(1000).Flush();
  EXPECT_END(&peer, ExitCode::kDesignFatal, "boom");
  CHECK_EQ(peer.context.cycle, 21u);
}

TEST(end_peer_died) {
  {
    Peer peer;
    peer.Close();
    EXPECT_END(&peer, ExitCode::kPeerDied, "gone");
  }
  {
    Peer peer;  // in the middle of a header
    peer.Greet();
    peer.Raw({1, 2, 3});
    peer.Close();
    EXPECT_END(&peer, ExitCode::kPeerDied, "gone");
  }
  {
    Peer peer;  // in the middle of a long run
    peer.Greet();
    peer.Run(uint64_t{1} << 60).Flush();
    peer.dut.on_edge = [&] {
      if (peer.context.cycle == 1000) peer.Close();
    };
    EXPECT_END(&peer, ExitCode::kPeerDied, "gone");
    CHECK(peer.context.cycle < 1000000);
  }
  {
    Peer peer;  // it will not send any more but still reads: what it sent is served first
    peer.Greet();
    peer.Run(200000).Flush();
    shutdown(peer.ours, SHUT_WR);
    peer.dut.on_edge = [] {};
    CHECK(peer.Serve() == ExitCode::kPeerDied);
  }
}

TEST(end_when_results_are_longer_than_a_message) {
  Peer peer;
  std::string text;
  peer.context.memory.AddArea(0, 64 << 20, &text);
  peer.Greet();
  for (int i = 0; i < 3; ++i) {
    peer.Do(Op::kMemRead, 0, Bytes().Add(uint64_t{0}).Add(uint64_t{32 << 20}).bytes);
  }
  peer.Flush();
  EXPECT_END(&peer, ExitCode::kMalformed, "longer than a message");
}

// ---------------------------------------------------------------------------------------- fuzz

namespace {

// A batch of random operations with payloads that are about right.
void RandomBatch(Peer* peer, Random* random) {
  static const uint16_t kOps[] = {0x01, 0x02, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x20, 0x22,
                                  0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x2D,
                                  0x30, 0x31, 0x40, 0x41, 0x42, 0x50, 0x51, 0x58, 0x60, 0x70};
  static const size_t kSizes[] = {0, 16, 0, 0, 0, 5, 0,  4, 0,  16, 16, 12, 24, 24, 24, 24,
                                  8, 24, 8, 8, 0, 8, 72, 8, 48, 16, 8,  24, 20, 16, 16, 8};
  const uint32_t count = random->Range(1, 6);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t which = random->Range(0, sizeof(kOps) / sizeof(kOps[0]) - 1);
    size_t size = kSizes[which];
    if (random->Range(0, 20) == 0) size = random->Range(0, 100);
    std::vector<uint8_t> payload(size);
    for (uint8_t& byte : payload) {
      // Mostly small numbers, so that more than the first check is reached.
      byte = random->Range(0, 3) == 0 ? static_cast<uint8_t>(random->Range(0, 4)) : 0;
      if (random->Range(0, 40) == 0) byte = 0xFF;
    }
    if (kOps[which] == 0x02) {  // never run for long
      payload.assign(16, 0);
      payload[0] = static_cast<uint8_t>(random->Range(0, 50));
    }
    if (kOps[which] == 0x20 && size == 16) {
      payload.assign(16, 0);
      payload[1] = static_cast<uint8_t>(0x10 * random->Range(0, 15));
      payload[9] = 0x10;
    }
    peer->Do(static_cast<Op>(kOps[which]), static_cast<uint16_t>(random->Range(0, 7)), payload);
  }
}

}  // namespace

TEST(fuzz_hostile_peers_never_crash_it) {
  Random random(2024);
  int normal = 0;
  int ended = 0;
  for (int round = 0; round < 3000; ++round) {
    Peer peer;
    AddModels(&peer.context, &peer.dut);
    peer.Greet();
    const int batches = static_cast<int>(random.Range(1, 3));
    for (int i = 0; i < batches; ++i) {
      RandomBatch(&peer, &random);
      if (random.Range(0, 3) == 0) {  // damage it
        const size_t at = random.Range(0, static_cast<uint32_t>(peer.batch.size() - 1));
        peer.batch[at] = static_cast<uint8_t>(random.Next());
      }
      if (random.Range(0, 30) == 0) peer.n_ops = static_cast<uint32_t>(random.Next());
      // A damaged RUN could last for ever.
      peer.simulation->set_cycle_limit(20000);
      peer.Flush();
    }
    shutdown(peer.ours, SHUT_WR);
    const ExitCode code = peer.Serve();
    CHECK(code == ExitCode::kPeerDied || code == ExitCode::kMalformed ||
          code == ExitCode::kCycleLimit);
    (code == ExitCode::kPeerDied ? normal : ended) += 1;
  }
  CHECK(normal > 100 && ended > 100);
}
