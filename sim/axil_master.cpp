// SPDX-License-Identifier: Apache-2.0
#include "axil_master.h"

namespace vnet_sim {

namespace {
constexpr uint32_t kMaxOutstanding = 16;
const AxilMaster::Outputs kIdle;
}  // namespace

AxilMaster::AxilMaster(Context* context, const std::string& name, uint32_t addr_width)
    : Model(context, "axil_master", name), addr_limit_(uint64_t{1} << addr_width), checker_(this) {}

bool AxilMaster::Configure(const AxilConfig& config) {
  for (const PauseSpec* pause : {&config.aw, &config.w, &config.b, &config.ar, &config.r}) {
    if (!Pause::IsValid(*pause)) return false;
  }
  if (config.max_outstanding < 1 || config.max_outstanding > kMaxOutstanding) return false;
  max_outstanding_ = config.max_outstanding;
  Random seeds(config.seed);
  pause_aw_ = Pause(config.aw, seeds.Next());
  pause_w_ = Pause(config.w, seeds.Next());
  pause_b_ = Pause(config.b, seeds.Next());
  pause_ar_ = Pause(config.ar, seeds.Next());
  pause_r_ = Pause(config.r, seeds.Next());
  return true;
}

bool AxilMaster::Write(const AxilWrite& write) {
  if (write.addr >= addr_limit_ || write.strb > 0xF) return false;
  queue_.push_back({true, write.tag, write.addr, write.data, write.strb});
  return true;
}

bool AxilMaster::Read(const AxilRead& read) {
  if (read.addr >= addr_limit_) return false;
  queue_.push_back({false, read.tag, read.addr, 0, 0});
  return true;
}

void AxilMaster::Issue() {
  if (queue_.empty() || read_tags_.size() + write_tags_.size() >= max_outstanding_) return;
  const Access& access = queue_.front();
  if (access.is_write) {
    aw_beats_.push_back({access.addr, 0, 0});
    w_beats_.push_back({0, access.data, access.strb});
    write_tags_.push_back(access.tag);
  } else {
    ar_beats_.push_back({access.addr, 0, 0});
    read_tags_.push_back(access.tag);
  }
  queue_.pop_front();
}

const AxilMaster::Outputs& AxilMaster::Clock(AxilPins* pins) {
  pins->arvalid = out_.arvalid;
  pins->araddr = out_.araddr;
  pins->rready = out_.rready;
  pins->awvalid = out_.awvalid;
  pins->awaddr = out_.awaddr;
  pins->wvalid = out_.wvalid;
  pins->wdata = out_.wdata;
  pins->wstrb = out_.wstrb;
  pins->bready = out_.bready;
  if (!checker_.Sample(*pins)) {
    aw_beats_.clear();
    w_beats_.clear();
    ar_beats_.clear();
    read_tags_.clear();
    write_tags_.clear();
    out_ = Outputs();
    return kIdle;
  }
  const uint64_t cycle = context_->cycle;
  if (pins->rvalid && out_.rready && !read_tags_.empty()) {
    context_->events.Post(EventType::kAxilDone, id(), cycle,
                          AxilDoneEvent{read_tags_.front(), pins->rdata, pins->rresp, 0, 0, 0});
    read_tags_.pop_front();
  }
  if (pins->bvalid && out_.bready && !write_tags_.empty()) {
    context_->events.Post(EventType::kAxilDone, id(), cycle,
                          AxilDoneEvent{write_tags_.front(), 0, pins->bresp, 1, 0, 0});
    write_tags_.pop_front();
  }
  if (out_.arvalid && pins->arready) out_.arvalid = false;
  if (out_.awvalid && pins->awready) out_.awvalid = false;
  if (out_.wvalid && pins->wready) out_.wvalid = false;

  Issue();

  const bool go_aw = pause_aw_.Go();
  const bool go_w = pause_w_.Go();
  const bool go_ar = pause_ar_.Go();
  if (!out_.awvalid && go_aw && !aw_beats_.empty()) {
    out_.awvalid = true;
    out_.awaddr = aw_beats_.front().addr;
    aw_beats_.pop_front();
  }
  if (!out_.wvalid && go_w && !w_beats_.empty()) {
    out_.wvalid = true;
    out_.wdata = w_beats_.front().data;
    out_.wstrb = w_beats_.front().strb;
    w_beats_.pop_front();
  }
  if (!out_.arvalid && go_ar && !ar_beats_.empty()) {
    out_.arvalid = true;
    out_.araddr = ar_beats_.front().addr;
    ar_beats_.pop_front();
  }
  out_.bready = pause_b_.Go();
  out_.rready = pause_r_.Go();
  return out_;
}

}  // namespace vnet_sim
