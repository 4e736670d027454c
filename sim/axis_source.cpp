// SPDX-License-Identifier: Apache-2.0
#include "axis_source.h"

#include <algorithm>
#include <cstring>

namespace vnet_sim {

namespace {
const AxisSource::Outputs kIdle;
}  // namespace

AxisSource::AxisSource(Context* context, const std::string& name, uint32_t data_width)
    : Model(context, "axis_source", name),
      data_bytes_(data_width / 8),
      random_(context->SeedFor(name)) {}

bool AxisSource::Configure(const SourceConfig& config) {
  if (!Pause::IsValid(config.beat) || !Pause::IsValid(config.frame)) return false;
  noise_ = (config.flags & 1) == 0;
  Random seeds(config.seed);
  random_ = Random(seeds.Next());
  pause_beat_ = Pause(config.beat, seeds.Next());
  pause_frame_ = Pause(config.frame, seeds.Next());
  return true;
}

void AxisSource::Send(const SourceSend& send, const uint8_t* bytes, uint32_t len) {
  queue_.push_back({send, std::vector<uint8_t>(bytes, bytes + len)});
}

// Pins that nobody may look at carry noise, so that a design that looks is found out.
void AxisSource::Noise() {
  for (uint32_t lane = 0; lane < data_bytes_; lane += 8) {
    const uint64_t word = noise_ ? random_.Next() : 0;
    std::memcpy(out_.tdata + lane, &word, 8);
  }
  out_.tuser = noise_ && (random_.Next() & 1) != 0;
}

void AxisSource::ShowBeat() {
  const Frame& frame = queue_.front();
  const uint32_t left = static_cast<uint32_t>(frame.bytes.size()) - position_;
  const uint32_t count = std::min(left, data_bytes_);
  out_.tlast = left <= data_bytes_;
  if (count < data_bytes_) Noise();
  if (!out_.tlast) out_.tuser = noise_ && (random_.Next() & 1) != 0;
  std::memcpy(out_.tdata, &frame.bytes[position_], count);
  if (out_.tlast) out_.tuser = (frame.send.flags & 1) != 0;
  out_.tkeep = LaneMask(0, count);
  out_.tdest = frame.send.tdest;
  out_.tvalid = true;
  first_beat_ = position_ == 0;
  position_ += count;
}

const AxisSource::Outputs& AxisSource::Clock(bool aresetn, bool tready) {
  if (!aresetn || !was_reset_) {
    // The frame that was cut starts again after the reset.
    was_reset_ = was_reset_ || !aresetn;
    position_ = 0;
    out_ = Outputs();
    return kIdle;
  }
  const uint64_t cycle = context_->cycle;
  if (out_.tvalid && tready) {
    if (first_beat_) first_cycle_ = cycle;
    out_.tvalid = false;
    if (out_.tlast) {
      context_->events.Post(EventType::kAxisSent, id(), cycle,
                            AxisSentEvent{queue_.front().send.tag, 0, first_cycle_});
      queue_.pop_front();
      position_ = 0;
    }
    if (queue_.empty() && noise_) Noise();
  }
  const bool go_beat = pause_beat_.Go();
  const bool go_frame = pause_frame_.Go();
  if (!out_.tvalid && !queue_.empty()) {
    const bool go =
        position_ > 0 ? go_beat : go_frame && cycle + 1 >= queue_.front().send.start_cycle;
    if (go) ShowBeat();
  }
  return out_;
}

}  // namespace vnet_sim
