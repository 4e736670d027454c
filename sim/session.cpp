// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "axi_memory.h"
#include "axil_master.h"
#include "axis_sink.h"
#include "axis_source.h"
#include "irq_sink.h"

namespace vnet_sim {

namespace {

[[noreturn]] void Malformed(const std::string& what) {
  throw SimError(ExitCode::kMalformed, "malformed message: " + what);
}

std::string Quote(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += Format("\\u%04x", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

// A number as it is, anything else as a string.
std::string JsonValue(const std::string& text) {
  const bool number = !text.empty() && text.size() <= 15 &&
                      text.find_first_not_of("0123456789") == std::string::npos &&
                      (text[0] != '0' || text.size() == 1);
  return number ? text : Quote(text);
}

}  // namespace

// Walks over bytes of the peer; every step beyond the end is a malformed message.
class Reader {
 public:
  Reader(const uint8_t* bytes, size_t len, const char* what, unsigned code = 0)
      : bytes_(bytes), left_(len), what_(what), code_(code) {}

  template <typename T>
  T Take() {
    T value;
    std::memcpy(&value, Bytes(sizeof(T)), sizeof(T));
    return value;
  }
  const uint8_t* Bytes(size_t len) {
    if (len > left_) {
      Malformed(Format("%s 0x%02x: %zu bytes where %zu are needed", what_, code_, left_, len));
    }
    const uint8_t* at = bytes_;
    bytes_ += len;
    left_ -= len;
    return at;
  }
  std::string Text() {
    const size_t len = left_;
    return std::string(reinterpret_cast<const char*>(Bytes(len)), len);
  }
  // Nothing may follow.
  void End() const {
    if (left_ != 0) Malformed(Format("%s 0x%02x: %zu bytes too many", what_, code_, left_));
  }
  // A structure and nothing else.
  template <typename T>
  T Only() {
    const T value = Take<T>();
    End();
    return value;
  }
  size_t left() const { return left_; }

 private:
  const uint8_t* bytes_;
  size_t left_;
  const char* what_;
  unsigned code_;
};

Session::Session(Simulation* simulation, Channel* channel)
    : simulation_(simulation),
      context_(simulation->context()),
      channel_(channel),
      start_(std::chrono::steady_clock::now()) {
  simulation_->set_idle_check([this] { channel_->CheckPeer(); });
}

uint64_t Session::wall_ns() const {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now() - start_)
                                   .count());
}

ExitCode Session::Serve() {
  try {
    Handshake();
    while (ServeBatch()) {
    }
    return ExitCode::kNormal;
  } catch (const SimError& error) {
    failure_text_ = error.what();
    if (error.code() != ExitCode::kPeerDied) SendFatal(error);
    return error.code();
  } catch (const std::exception& error) {  // out of memory and the like
    failure_text_ = std::string("internal error: ") + error.what();
    SendFatal(SimError(ExitCode::kInternal, failure_text_));
    return ExitCode::kInternal;
  }
}

void Session::SendFatal(const SimError& error) {
  results_.clear();
  const std::string text = error.what();
  Append(Fatal{static_cast<uint32_t>(error.code()), static_cast<uint32_t>(text.size()),
               context_->cycle});
  AppendText(text);
  results_.resize(Pad8(results_.size()));
  try {
    channel_->Send({0, static_cast<uint16_t>(MessageKind::kFatal), 0, seq_, 0}, results_);
  } catch (const SimError&) {
    // The peer is gone too; the exit code still tells the first cause.
  }
}

void Session::Handshake() {
  const MessageHeader header = channel_->Receive(&request_);
  seq_ = header.seq;
  if (header.kind != static_cast<uint16_t>(MessageKind::kHello)) {
    Malformed(Format("kind %u where HELLO is expected", header.kind));
  }
  const Hello hello = Reader(request_.data(), request_.size(), "HELLO").Only<Hello>();
  if (hello.magic != kMagic) {
    Malformed(Format("magic 0x%08x, expected 0x%08x", hello.magic, kMagic));
  }
  if (hello.version != kProtocolVersion) {
    throw SimError(ExitCode::kVersion,
                   Format("protocol version mismatch: simulator %u, testbench %u", kProtocolVersion,
                          hello.version));
  }
  const std::string json = Description();
  results_.clear();
  Append(Welcome{kMagic, kProtocolVersion, context_->cycle, static_cast<uint32_t>(json.size()), 0});
  AppendText(json);
  results_.resize(Pad8(results_.size()));
  channel_->Send({0, static_cast<uint16_t>(MessageKind::kWelcome), 0, seq_, 0}, results_);
}

std::string Session::Description() const {
  Dut* dut = simulation_->dut();
  std::string json = "{\"top\":" + Quote(dut->top()) + ",\"params\":{";
  const char* comma = "";
  for (const auto& parameter : context_->parameters) {
    json += comma + Quote(parameter.first) + ":" + JsonValue(parameter.second);
    comma = ",";
  }
  json += Format("},\"seed\":%llu,\"clock\":%s,\"trace\":\"%s\",\"debug\":%s,\"models\":[",
                 static_cast<unsigned long long>(context_->seed()),
                 dut->clk() != nullptr ? "true" : "false", dut->trace_kind(),
                 dut->has_debug_signals() ? "true" : "false");
  comma = "";
  for (const auto& model : context_->models) {
    json += comma + Format("{\"id\":%u,\"kind\":\"%s\",\"name\":%s}", model->id(), model->kind(),
                           Quote(model->name()).c_str());
    comma = ",";
  }
  json += "],\"ports\":[";
  comma = "";
  for (size_t i = 0; i < simulation_->signals().size(); ++i) {
    const Signal& port = *simulation_->signals().At(static_cast<uint16_t>(i));
    // The clock is an input too, though only the main loop writes it.
    const bool input = port.writable || port.data == dut->clk();
    json += comma + Format("{\"handle\":%zu,\"name\":%s,\"width\":%u,\"dir\":\"%s\"}", i,
                           Quote(port.name).c_str(), port.width, input ? "in" : "out");
    comma = ",";
  }
  return json + "]}";
}

bool Session::ServeBatch() {
  const MessageHeader header = channel_->Receive(&request_);
  seq_ = header.seq;
  if (header.kind != static_cast<uint16_t>(MessageKind::kBatch)) {
    Malformed(Format("kind %u where BATCH is expected", header.kind));
  }
  Reader reader(request_.data(), request_.size(), "BATCH");
  results_.clear();
  uint32_t n_results = 0;
  bool bye = false;
  for (uint32_t i = 0; i < header.count; ++i) {
    const OpHeader op = reader.Take<OpHeader>();
    const uint8_t* payload = reader.Bytes(Pad8(op.size));
    Reader payload_reader(payload, op.size, "operation", op.op);

    const size_t at = results_.size();
    results_.resize(at + sizeof(ResultHeader));
    payload_start_ = results_.size();
    status_ = Status::kOk;
    if (static_cast<Op>(op.op) == Op::kBye) {
      if (i + 1 != header.count) Malformed("operations after BYE");
      bye = true;
    }
    Execute(static_cast<Op>(op.op), op.arg, &payload_reader);
    const ResultHeader result = {op.op, static_cast<uint16_t>(status_),
                                 static_cast<uint32_t>(results_.size() - payload_start_)};
    std::memcpy(&results_[at], &result, sizeof(result));
    results_.resize(Pad8(results_.size()));
    if (results_.size() > kMaxMessageBytes - sizeof(MessageHeader)) {
      Malformed("the results of the batch are longer than a message can be");
    }
    ++n_results;
    if (status_ != Status::kOk) break;
  }
  if (status_ == Status::kOk || n_results == 0) reader.End();
  channel_->Send({0, static_cast<uint16_t>(MessageKind::kResults), 0, seq_, n_results}, results_);
  return !bye;
}

// ------------------------------------------------------------------------ building one result

uint8_t* Session::Reserve(size_t len) {
  const size_t at = results_.size();
  results_.resize(at + len);
  return results_.data() + at;
}

template <typename T>
void Session::Append(const T& value) {
  std::memcpy(Reserve(sizeof(value)), &value, sizeof(value));
}

void Session::AppendText(const std::string& text) {
  std::memcpy(Reserve(text.size()), text.data(), text.size());
}

void Session::SetStatus(Status status, const std::string& text) {
  status_ = status;
  results_.resize(payload_start_);
  AppendText(text);
}

const Signal& Session::SignalAt(uint16_t handle) const {
  const Signal* signal = simulation_->signals().At(handle);
  if (signal == nullptr) Malformed(Format("no signal has the handle %u", handle));
  return *signal;
}

template <typename T>
T* Session::ModelAt(uint16_t id) const {
  T* model = id < context_->models.size() ? dynamic_cast<T*>(context_->models[id].get()) : nullptr;
  if (model == nullptr) Malformed(Format("model %u does not exist or is of another kind", id));
  return model;
}

// ---------------------------------------------------------------------------------- operations

void Session::Execute(Op op, uint16_t arg, Reader* payload) {
  const auto configured = [this](bool valid) {
    if (!valid) SetStatus(Status::kBadValue, "a field of the configuration is out of range");
  };
  const auto queued = [this](bool valid) {
    if (!valid) SetStatus(Status::kBadValue, "address or strobes do not fit the bus");
  };
  GuestMemory& memory = context_->memory;
  switch (op) {
    case Op::kPing: {
      const size_t len = payload->left();
      if (len > kMaxPingBytes) Malformed("PING is too long");
      std::memcpy(Reserve(len), payload->Bytes(len), len);
      return;
    }
    case Op::kRun:
      return Run(payload);
    case Op::kBye:
    case Op::kTime:
      payload->End();
      return Time();
    case Op::kTraceOn:
      return TraceOn(payload);
    case Op::kTraceOff:
      payload->End();
      return simulation_->TraceOff();
    case Op::kSigFind:
      return SigFind(payload);
    case Op::kSigGet: {
      payload->End();
      const Signal& signal = SignalAt(arg);
      return signal.Read(Reserve(signal.bytes()));
    }
    case Op::kSigSet:
      return SigSet(arg, payload);
    case Op::kSigList:
      return SigList(payload);
    case Op::kMemArea: {
      const MemArea area = payload->Only<MemArea>();
      std::string text;
      const Status status = memory.AddArea(area.base, area.size, &text);
      if (status != Status::kOk) SetStatus(status, text);
      return;
    }
    case Op::kMemMap:
      return MemMapFile(payload);
    case Op::kMemRead:
      return MemRead(payload);
    case Op::kMemWrite:
      return MemWrite(payload);
    case Op::kMemFill:
      return MemFill(payload);
    case Op::kMemOffer:
    case Op::kMemRevoke:
      return MemOffer(op, payload);
    case Op::kMemWatch:
      return MemSetWatch(payload);
    case Op::kMemUnwatch:
      return memory.RemoveWatch(payload->Only<WordPair>().value);
    case Op::kMemError:
      return MemAddError(payload);
    case Op::kMemUnerror:
      return memory.RemoveErrors(payload->Only<WordPair>().value);
    case Op::kMemCheck:
      return memory.set_checking(payload->Only<WordPair>().value != 0);
    case Op::kMemOfferClear:
      payload->End();
      return memory.offers().Clear();
    case Op::kMemOffered: {
      const Offers::Counts counts = memory.offers().At(payload->Only<uint64_t>());
      return Append(OfferedResult{counts.read, counts.write});
    }
    case Op::kAxiConfig:
      return configured(ModelAt<AxiMemory>(arg)->Configure(payload->Only<AxiConfig>()));
    case Op::kAxiStats:
      return ReadAxiStats(arg, payload);
    case Op::kAxilConfig:
      return configured(ModelAt<AxilMaster>(arg)->Configure(payload->Only<AxilConfig>()));
    case Op::kAxilWrite:
      return queued(ModelAt<AxilMaster>(arg)->Write(payload->Only<AxilWrite>()));
    case Op::kAxilRead:
      return queued(ModelAt<AxilMaster>(arg)->Read(payload->Only<AxilRead>()));
    case Op::kSourceConfig:
      return configured(ModelAt<AxisSource>(arg)->Configure(payload->Only<SourceConfig>()));
    case Op::kSourceSend:
      return SendFrame(arg, payload);
    case Op::kSinkConfig:
      return configured(ModelAt<AxisSink>(arg)->Configure(payload->Only<SinkConfig>()));
    case Op::kIrqConfig:
      return configured(ModelAt<IrqSink>(arg)->Configure(payload->Only<SinkConfig>()));
    case Op::kCheckConfig:
      return ModelAt<Model>(arg)->SetChecking(payload->Only<WordPair>().value != 0);
  }
  Malformed(Format("unknown operation 0x%02x", static_cast<unsigned>(op)));
}

void Session::Run(Reader* payload) {
  const RunRequest request = payload->Take<RunRequest>();
  if (request.n_cond > kMaxConditions) Malformed("RUN: too many conditions");
  if (request.max_cycles == 0) Malformed("RUN: max_cycles is 0");
  context_->events.Clear();
  std::vector<SignalCondition> conditions;
  std::vector<IdleWait> idle_waits;
  for (uint32_t i = 0; i < request.n_cond; ++i) {
    const ConditionHeader header = payload->Take<ConditionHeader>();
    Reader value(payload->Bytes(Pad8(header.size)), header.size, "RUN condition");
    const ConditionKind kind = static_cast<ConditionKind>(header.kind);
    if (kind == ConditionKind::kEvent) {
      const EventCondition event = value.Only<EventCondition>();
      if (event.count == 0) Malformed("RUN condition: count is 0");
      if (header.arg != kAnyModel) ModelAt<Model>(header.arg);
      context_->events.AddCondition({header.arg, event.mask, event.count, i});
      continue;
    }
    if (kind == ConditionKind::kIdle) {
      const IdleCondition idle = value.Only<IdleCondition>();
      if (idle.cycles == 0) Malformed("RUN condition: cycles is 0");
      idle_waits.push_back({ModelAt<Model>(header.arg), idle.cycles, i});
      continue;
    }
    SignalCondition condition = {kind, &SignalAt(header.arg), i, {}};
    switch (kind) {
      case ConditionKind::kRising:
      case ConditionKind::kFalling:
      case ConditionKind::kChange:
        break;
      case ConditionKind::kEqual:
      case ConditionKind::kNotEqual:
        condition.value.resize(condition.signal->words());
        std::memcpy(condition.value.data(), value.Bytes(condition.signal->bytes()),
                    condition.signal->bytes());
        break;
      default:
        Malformed(Format("RUN condition: unknown kind %u", header.kind));
    }
    value.End();
    conditions.push_back(std::move(condition));
  }
  payload->End();

  const RunOutcome outcome =
      simulation_->Run(request.max_cycles, conditions, std::move(idle_waits));
  const std::vector<uint8_t>& events = context_->events.bytes();
  Append(RunResult{context_->cycle, outcome.hit, static_cast<uint32_t>(outcome.reason),
                   context_->events.count()});
  if (!events.empty()) std::memcpy(Reserve(events.size()), events.data(), events.size());
}

void Session::Time() {
  Append(TimeResult{context_->cycle, wall_ns()});
}

void Session::TraceOn(Reader* payload) {
  const std::string path = payload->Text();
  if (std::strcmp(simulation_->dut()->trace_kind(), "none") == 0) {
    return SetStatus(Status::kUnavailable, "this simulator was built without trace");
  }
  if (!simulation_->TraceOn(path)) SetStatus(Status::kSystem, "cannot write the trace " + path);
}

void Session::SigFind(Reader* payload) {
  const std::string path = payload->Text();
  uint16_t handle = 0;
  const Status status = simulation_->FindSignal(path, &handle);
  if (status == Status::kUnavailable) {
    return SetStatus(status, path + " is no port; inner signals need a debug build");
  }
  if (status != Status::kOk) return SetStatus(status, "no signal " + path);
  const Signal& signal = SignalAt(handle);
  Append(SigFindResult{handle,
                       static_cast<uint16_t>((signal.writable ? 1 : 0) | (signal.is_port ? 2 : 0)),
                       signal.width});
}

void Session::SigSet(uint16_t handle, Reader* payload) {
  const Signal& signal = SignalAt(handle);
  std::vector<uint32_t> words(signal.words());
  std::memcpy(words.data(), payload->Bytes(signal.bytes()), signal.bytes());
  payload->End();
  if (!signal.writable) return SetStatus(Status::kBadValue, signal.name + " cannot be written");
  if (!signal.Fits(words.data())) {
    return SetStatus(Status::kBadValue,
                     Format("%s has %u bits, the value more", signal.name.c_str(), signal.width));
  }
  simulation_->Drive(signal, words.data());
}

void Session::SigList(Reader* payload) {
  const std::string prefix = payload->Text();
  std::string text;
  for (size_t i = 0; i < simulation_->signals().size(); ++i) {
    const Signal& port = *simulation_->signals().At(static_cast<uint16_t>(i));
    if (port.is_port && port.name.compare(0, prefix.size(), prefix) == 0) {
      text += Format("%s %u\n", port.name.c_str(), port.width);
    }
  }
  for (const Signal& signal : simulation_->dut()->ListInternal(prefix)) {
    text += Format("%s %u\n", signal.name.c_str(), signal.width);
  }
  AppendText(text);
}

void Session::MemMapFile(Reader* payload) {
  const MemMap map = payload->Take<MemMap>();
  const std::string path = payload->Text();
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return SetStatus(Status::kNotFound, path + ": " + std::strerror(errno));
  std::string text;
  const Status status = context_->memory.MapFile(map.base, map.size, fd, map.offset, &text);
  close(fd);
  if (status != Status::kOk) SetStatus(status, text);
}

void Session::MemRead(Reader* payload) {
  const uint64_t addr = payload->Take<uint64_t>();
  const uint64_t len = payload->Only<uint64_t>();
  if (len > kMaxBlockBytes) return SetStatus(Status::kBadValue, "block too long");
  const uint8_t* from = context_->memory.At(addr, len);
  if (from == nullptr) return SetStatus(Status::kBadAddress, "outside guest memory");
  std::memcpy(Reserve(len), from, len);
}

void Session::MemWrite(Reader* payload) {
  const uint64_t addr = payload->Take<uint64_t>();
  const size_t len = payload->left();
  uint8_t* to = context_->memory.At(addr, len);
  if (to == nullptr) return SetStatus(Status::kBadAddress, "outside guest memory");
  std::memcpy(to, payload->Bytes(len), len);
  context_->memory.RefreshWatches();
}

void Session::MemFill(Reader* payload) {
  const MemBlock fill = payload->Only<MemBlock>();
  if (fill.value > 0xFF) return SetStatus(Status::kBadValue, "the fill value is no byte");
  uint8_t* to = context_->memory.At(fill.addr, fill.len);
  if (to == nullptr) return SetStatus(Status::kBadAddress, "outside guest memory");
  std::memset(to, static_cast<int>(fill.value), fill.len);
  context_->memory.RefreshWatches();
}

void Session::MemOffer(Op op, Reader* payload) {
  const MemBlock offer = payload->Only<MemBlock>();
  if (offer.value < 1 || offer.value > 3 ||
      (offer.len > 0 && offer.addr + (offer.len - 1) < offer.addr)) {
    return SetStatus(Status::kBadValue, "offer: flags are not 1..3, or the range wraps");
  }
  Offers& offers = context_->memory.offers();
  const uint32_t directions = static_cast<uint32_t>(offer.value);
  if (op == Op::kMemOffer) return offers.Offer(offer.addr, offer.len, directions);
  if (!offers.Revoke(offer.addr, offer.len, directions)) {
    SetStatus(Status::kBadValue, Format("revoke of 0x%llx + 0x%llx: not all of it is offered",
                                        static_cast<unsigned long long>(offer.addr),
                                        static_cast<unsigned long long>(offer.len)));
  }
}

void Session::MemSetWatch(Reader* payload) {
  const MemWatch watch = payload->Only<MemWatch>();
  const bool good_len = watch.len == 1 || watch.len == 2 || watch.len == 4 || watch.len == 8;
  if (!good_len || watch.kind > kWatchRead || watch.once > 1) {
    return SetStatus(Status::kBadValue, "watch: length or kind is out of range");
  }
  if (context_->memory.At(watch.addr, watch.len) == nullptr) {
    return SetStatus(Status::kBadAddress, "watch: outside guest memory");
  }
  Append(context_->memory.SetWatch(watch));
}

void Session::MemAddError(Reader* payload) {
  const MemError error = payload->Only<MemError>();
  if (error.flags < 1 || error.flags > 3 ||
      (error.resp != kRespSlverr && error.resp != kRespDecerr) || error.len == 0 ||
      error.addr + (error.len - 1) < error.addr) {
    return SetStatus(Status::kBadValue, "error range: flags, response or range out of range");
  }
  context_->memory.AddError(error);
}

void Session::ReadAxiStats(uint16_t id, Reader* payload) {
  AxiMemory* model = ModelAt<AxiMemory>(id);
  const bool clear = payload->Only<WordPair>().value != 0;
  Append(model->stats());
  for (const AxiIdStats& stats : model->id_stats()) Append(stats);
  if (clear) model->ClearStats();
}

void Session::SendFrame(uint16_t id, Reader* payload) {
  AxisSource* source = ModelAt<AxisSource>(id);
  const SourceSend send = payload->Take<SourceSend>();
  const size_t len = payload->left();
  if (len < 1 || len > kMaxFrameBytes) {
    return SetStatus(Status::kBadValue, "a frame has 1..262144 bytes");
  }
  source->Send(send, payload->Bytes(len), static_cast<uint32_t>(len));
}

}  // namespace vnet_sim
