// SPDX-License-Identifier: Apache-2.0
#include "axi_memory.h"

#include <algorithm>
#include <cstring>

namespace vnet_sim {

namespace {

// Data beats taken before their address; more of them wait on the bus.
constexpr size_t kMaxEarlyBeats = 1024;

// What lanes without meaning carry: not zero, so that a design that uses them is noticed.
constexpr uint8_t kNoise = 0xA5;

void Remove(std::vector<uint32_t>* ids, uint32_t id) {
  ids->erase(std::find(ids->begin(), ids->end(), id));
}

const AxiMemory::Outputs kIdle;

}  // namespace

AxiMemory::AxiMemory(Context* context, const std::string& name, uint32_t data_width,
                     uint32_t id_width)
    : Model(context, "axi_mem", name),
      data_bytes_(data_width / 8),
      checker_(data_width / 8, id_width, this),
      reads_(size_t{1} << id_width),
      writes_(size_t{1} << id_width),
      id_stats_(size_t{1} << id_width) {
  config_.lat_min = config_.lat_max = config_.blat_min = config_.blat_max = 1;
  config_.seed = static_cast<uint32_t>(context->SeedFor(name));
  Configure(config_);
}

bool AxiMemory::Configure(const AxiConfig& config) {
  for (const PauseSpec* pause : {&config.ar, &config.r, &config.aw, &config.w, &config.b}) {
    if (!Pause::IsValid(*pause)) return false;
  }
  if (config.lat_min < 1 || config.lat_max < config.lat_min || config.blat_min < 1 ||
      config.blat_max < config.blat_min) {
    return false;
  }
  config_ = config;
  // Every generator has its own sequence, so that one more pause here moves nothing there.
  Random seeds(config.seed);
  random_ = Random(seeds.Next());
  pause_ar_ = Pause(config.ar, seeds.Next());
  pause_r_ = Pause(config.r, seeds.Next());
  pause_aw_ = Pause(config.aw, seeds.Next());
  pause_w_ = Pause(config.w, seeds.Next());
  pause_b_ = Pause(config.b, seeds.Next());
  return true;
}

AxiStats AxiMemory::stats() const {
  AxiStats stats = stats_;
  stats.outstanding_reads = outstanding_reads_;
  stats.outstanding_writes = outstanding_writes_;
  stats.n_ids = static_cast<uint32_t>(id_stats_.size());
  return stats;
}

void AxiMemory::ClearStats() {
  stats_ = {};
  stats_.max_outstanding_reads = outstanding_reads_;
  stats_.max_outstanding_writes = outstanding_writes_;
  std::fill(id_stats_.begin(), id_stats_.end(), AxiIdStats());
}

void AxiMemory::Flush() {
  for (auto& queue : reads_) queue.clear();
  for (auto& queue : writes_) queue.clear();
  active_reads_.clear();
  active_writes_.clear();
  open_writes_.clear();
  early_beats_.clear();
  reading_ = false;
  outstanding_reads_ = outstanding_writes_ = 0;
  out_ = Outputs();
}

const AxiMemory::Outputs& AxiMemory::Clock(AxiPins* pins) {
  pins->arready = out_.arready;
  pins->rvalid = out_.rvalid;
  pins->rlast = out_.rlast;
  pins->rresp = out_.rresp;
  pins->rid = out_.rid;
  pins->awready = out_.awready;
  pins->wready = out_.wready;
  pins->bvalid = out_.bvalid;
  pins->bresp = out_.bresp;
  pins->bid = out_.bid;
  if (!checker_.Sample(*pins)) {
    Flush();
    return kIdle;
  }
  ++stats_.cycles;

  // Requests before responses, so that latency 1 means the very next edge.
  if (pins->arvalid) {
    if (out_.arready) {
      AcceptRead(pins->ar);
    } else {
      ++stats_.ar_wait;
    }
  }
  if (pins->awvalid) {
    if (out_.awready) {
      AcceptWrite(pins->aw);
    } else {
      ++stats_.aw_wait;
    }
  }
  if (pins->wvalid && out_.wready) {
    ++stats_.w_beats;
    if (open_writes_.empty()) {
      EarlyBeat beat = {pins->wstrb, {}};
      std::memcpy(beat.data, pins->wdata, data_bytes_);
      early_beats_.push_back(beat);
    } else {
      TakeDataBeat(pins->wdata, pins->wstrb);
    }
  } else if (!pins->wvalid && !open_writes_.empty()) {
    ++stats_.w_idle;
  }

  if (out_.rvalid) {
    if (pins->rready) {
      ++stats_.r_beats;
      ++id_stats_[out_.rid].r_beats;
      out_.rvalid = false;
      if (out_.rlast) {
        reading_ = false;
        --outstanding_reads_;
      }
    } else {
      ++stats_.r_stall;
    }
  }
  if (out_.bvalid && pins->bready) {
    ++stats_.b;
    out_.bvalid = false;
    --outstanding_writes_;
  }

  // Each generator steps in every cycle, whatever the channel does.
  const bool go_ar = pause_ar_.Go();
  const bool go_r = pause_r_.Go();
  const bool go_aw = pause_aw_.Go();
  const bool go_w = pause_w_.Go();
  const bool go_b = pause_b_.Go();

  if (!out_.rvalid && go_r && (reading_ || ChooseRead())) SendReadBeat();
  if (!out_.bvalid && go_b && !active_writes_.empty()) {
    WritePtr write = ChooseWrite();
    if (write != nullptr) SendWriteResponse(std::move(write));
  }
  out_.arready = go_ar && (config_.max_reads == 0 || outstanding_reads_ < config_.max_reads);
  out_.awready = go_aw && (config_.max_writes == 0 || outstanding_writes_ < config_.max_writes);
  out_.wready = go_w && early_beats_.size() < kMaxEarlyBeats;
  return out_;
}

// --------------------------------------------------------------------------------------- reads

void AxiMemory::AcceptRead(const AxiAddress& address) {
  ++stats_.ar;
  ++id_stats_[address.id].ar;
  ++outstanding_reads_;
  stats_.max_outstanding_reads = std::max(stats_.max_outstanding_reads, outstanding_reads_);
  stats_.read_bytes += address.BeatEnd(address.len) - address.addr;

  if (context_->memory.checking()) {
    for (uint32_t beat = 0; beat <= address.len; ++beat) {
      if (!CheckReadBeat(address, beat)) break;
    }
  }
  context_->memory.DeviceRead(address.addr, address.BeatEnd(address.len) - address.addr, id(),
                              context_->cycle);
  auto& queue = reads_[address.id];
  if (queue.empty()) active_reads_.push_back(address.id);
  queue.push_back({address, context_->cycle + random_.Range(config_.lat_min, config_.lat_max),
                   sequence_++, context_->memory.offers().generation()});
}

// A beat is legal if its container has at least one byte that the device may read: a bus word is
// the smallest thing that the bus can fetch.
bool AxiMemory::CheckReadBeat(const AxiAddress& address, uint32_t beat) {
  const uint64_t end = address.BeatEnd(beat);
  const uint64_t start = end - address.beat_bytes();
  if (context_->memory.offers().AnyReadable(start, address.beat_bytes())) return true;
  RuleViolation("read", address.BeatAddress(beat), address);
  return false;
}

void AxiMemory::RuleViolation(const char* kind, uint64_t addr, const AxiAddress& address) {
  context_->Fail(
      ExitCode::kMemoryRule,
      Format("cycle %llu: %s: %s of 0x%llx, which the driver has not offered for it (burst at "
             "0x%llx, %u beats of %u bytes, ID %u)",
             static_cast<unsigned long long>(context_->cycle), name().c_str(), kind,
             static_cast<unsigned long long>(addr), static_cast<unsigned long long>(address.addr),
             address.len + 1u, address.beat_bytes(), address.id));
}

template <typename Queues>
int AxiMemory::Choose(const Queues& queues, const std::vector<uint32_t>& active) {
  const uint64_t next_edge = context_->cycle + 1;
  int chosen = -1;
  if ((config_.flags & 1) != 0) {
    // Any head that is due, all equally likely (reservoir of one).
    uint32_t candidates = 0;
    for (const uint32_t id : active) {
      if (Head(queues[id]).due > next_edge) continue;
      ++candidates;
      if (candidates == 1 || random_.Range(1, candidates) == 1) chosen = static_cast<int>(id);
    }
    return chosen;
  }
  uint64_t oldest = UINT64_MAX;
  for (const uint32_t id : active) {
    if (Head(queues[id]).sequence >= oldest) continue;
    oldest = Head(queues[id]).sequence;
    chosen = Head(queues[id]).due > next_edge ? -1 : static_cast<int>(id);
  }
  return chosen;
}

bool AxiMemory::ChooseRead() {
  if (active_reads_.empty()) return false;
  const int id = Choose(reads_, active_reads_);
  if (id < 0) return false;
  auto& queue = reads_[static_cast<size_t>(id)];
  current_ = queue.front();
  queue.pop_front();
  if (queue.empty()) Remove(&active_reads_, static_cast<uint32_t>(id));
  current_beat_ = 0;
  reading_ = true;
  return true;
}

void AxiMemory::SendReadBeat() {
  const AxiAddress& address = current_.address;
  GuestMemory& memory = context_->memory;
  // Looked at again if an offer has changed meanwhile: what the driver has taken back is no longer
  // the device's to read.
  if (memory.checking() && current_.generation != memory.offers().generation()) {
    CheckReadBeat(address, current_beat_);
  }
  const uint64_t addr = address.BeatAddress(current_beat_);
  const uint64_t end = address.BeatEnd(current_beat_);
  const uint64_t word = addr & ~static_cast<uint64_t>(data_bytes_ - 1);
  const uint8_t* bytes = memory.At(addr, end - addr);
  uint8_t resp = memory.TakeError(addr, end - addr, false);
  if (resp != kRespOkay) {
    context_->events.Post(EventType::kAxiError, id(), context_->cycle,
                          AxiErrorEvent{addr, address.id, 0, resp, 0});
  } else if (bytes == nullptr) {
    resp = kRespDecerr;
  }
  if (resp == kRespOkay && end - addr == data_bytes_) {
    std::memcpy(out_.rdata, bytes, data_bytes_);
  } else {
    std::memset(out_.rdata, kNoise, data_bytes_);
    if (resp == kRespOkay) std::memcpy(out_.rdata + (addr - word), bytes, end - addr);
  }
  out_.rvalid = true;
  out_.rlast = current_beat_ == address.len;
  out_.rresp = resp;
  out_.rid = address.id;
  ++current_beat_;
}

// -------------------------------------------------------------------------------------- writes

void AxiMemory::AcceptWrite(const AxiAddress& address) {
  ++stats_.aw;
  ++id_stats_[address.id].aw;
  ++outstanding_writes_;
  stats_.max_outstanding_writes = std::max(stats_.max_outstanding_writes, outstanding_writes_);

  WritePtr write;
  if (spare_writes_.empty()) {
    write = std::make_unique<Write>();
  } else {
    write = std::move(spare_writes_.back());
    spare_writes_.pop_back();
  }
  write->address = address;
  write->sequence = sequence_++;
  write->beats = 0;
  write->data.clear();
  write->strobes.clear();
  open_writes_.push_back(std::move(write));
  while (!early_beats_.empty() && !open_writes_.empty()) {
    TakeDataBeat(early_beats_.front().data, early_beats_.front().strobes);
    early_beats_.pop_front();
  }
}

// One data beat for the oldest open burst. The burst ends by its length; that WLAST agrees is the
// checker's business.
void AxiMemory::TakeDataBeat(const uint8_t* data, uint64_t strobes) {
  Write& write = *open_writes_.front();
  ++id_stats_[write.address.id].w_beats;
  stats_.write_bytes += static_cast<uint64_t>(__builtin_popcountll(strobes));
  const uint64_t word =
      write.address.BeatAddress(write.beats) & ~static_cast<uint64_t>(data_bytes_ - 1);
  if (context_->memory.checking() && strobes != 0) {
    const uint32_t first = static_cast<uint32_t>(__builtin_ctzll(strobes));
    const uint32_t end = 64 - static_cast<uint32_t>(__builtin_clzll(strobes));
    const Offers& offers = context_->memory.offers();
    if (strobes != LaneMask(first, end) || !offers.AllWritable(word + first, end - first)) {
      for (uint32_t lane = first; lane < end; ++lane) {
        if ((strobes >> lane & 1) == 0 || offers.At(word + lane).write > 0) continue;
        RuleViolation("write", word + lane, write.address);
        break;
      }
    }
  }
  write.data.insert(write.data.end(), data, data + data_bytes_);
  write.strobes.push_back(strobes);
  if (++write.beats <= write.address.len) return;

  write.due = context_->cycle + random_.Range(config_.blat_min, config_.blat_max);
  auto& queue = writes_[write.address.id];
  if (queue.empty()) active_writes_.push_back(write.address.id);
  queue.push_back(std::move(open_writes_.front()));
  open_writes_.pop_front();
}

AxiMemory::WritePtr AxiMemory::ChooseWrite() {
  const int id = Choose(writes_, active_writes_);
  if (id < 0) return nullptr;
  auto& queue = writes_[static_cast<size_t>(id)];
  WritePtr write = std::move(queue.front());
  queue.pop_front();
  if (queue.empty()) Remove(&active_writes_, static_cast<uint32_t>(id));
  return write;
}

// The data becomes visible with the response, not earlier: a design that does not wait for the
// response before it lets somebody look is found out.
void AxiMemory::SendWriteResponse(WritePtr write) {
  const AxiAddress& address = write->address;
  GuestMemory& memory = context_->memory;
  const uint64_t low = address.BeatAddress(0);
  uint64_t span = address.BeatEnd(address.len) - low;
  uint8_t resp = memory.TakeError(low, span, true);
  if (resp != kRespOkay) {
    context_->events.Post(EventType::kAxiError, id(), context_->cycle,
                          AxiErrorEvent{low, address.id, 1, resp, 0});
  }
  for (uint32_t beat = 0; beat <= address.len && resp == kRespOkay; ++beat) {
    const uint64_t addr = address.BeatAddress(beat);
    if (memory.At(addr, address.BeatEnd(beat) - addr) == nullptr) resp = kRespDecerr;
  }
  for (uint32_t beat = 0; beat <= address.len && resp == kRespOkay; ++beat) {
    const uint64_t word = address.BeatAddress(beat) & ~static_cast<uint64_t>(data_bytes_ - 1);
    memory.DeviceWrite(word, &write->data[size_t{beat} * data_bytes_], write->strobes[beat], id(),
                       context_->cycle);
  }
  out_.bvalid = true;
  out_.bresp = resp;
  out_.bid = address.id;
  spare_writes_.push_back(std::move(write));
}

}  // namespace vnet_sim
