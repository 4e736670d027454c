// SPDX-License-Identifier: Apache-2.0
#include "axis_sink.h"

#include <cstring>

namespace vnet_sim {

AxisSink::AxisSink(Context* context, const std::string& name, uint32_t data_width)
    : Model(context, "axis_sink", name), checker_(data_width / 8, true, this) {}

bool AxisSink::Configure(const SinkConfig& config) {
  if (!Pause::IsValid(config.ready)) return false;
  store_ = (config.flags & 1) == 0;
  pause_ = Pause(config.ready, Random(config.seed).Next());
  return true;
}

bool AxisSink::Clock(AxisPins* pins) {
  pins->tready = tready_;
  offered_ = pins->tvalid;
  if (!checker_.Sample(*pins)) {
    frame_ = {};
    bytes_.clear();
    return tready_ = false;
  }
  if (pins->tvalid && tready_) {
    if (frame_.beats == 0) {
      frame_.first_cycle = context_->cycle;
      frame_.tdest = pins->tdest;
      std::memcpy(frame_.tuser, pins->tuser, sizeof(frame_.tuser));
    }
    // A frame too long for one event is counted to its end, but only its beginning is kept.
    const uint32_t count = static_cast<uint32_t>(__builtin_popcountll(pins->tkeep));
    if (store_ && bytes_.size() + count <= kMaxFrameBytes) {
      bytes_.insert(bytes_.end(), pins->tdata, pins->tdata + count);
    }
    ++frame_.beats;
    frame_.len += count;
    if (pins->tlast) {
      context_->events.Post(EventType::kAxisFrame, id(), context_->cycle, frame_, bytes_.data(),
                            bytes_.size());
      frame_ = {};
      bytes_.clear();
    }
  }
  return tready_ = pause_.Go();
}

}  // namespace vnet_sim
