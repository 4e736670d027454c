// AXI4 memory slave: guest memory behind a bus with latency, pauses, reordering and errors.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_AXI_MEMORY_H_
#define VNET_SIM_AXI_MEMORY_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "axi_types.h"
#include "model.h"
#include "random.h"

namespace vnet_sim {

class AxiMemory : public Model {
 public:
  // The pins that the model drives.
  struct Outputs {
    bool arready = false, awready = false, wready = false;
    bool rvalid = false, rlast = false, bvalid = false;
    uint8_t rresp = 0, bresp = 0;
    uint32_t rid = 0, bid = 0;
    uint8_t rdata[kMaxDataBytes] = {};
  };

  AxiMemory(Context* context, const std::string& name, uint32_t data_width, uint32_t id_width);

  // One rising edge. `pins` holds what the master drives; the slave's side is filled in here.
  const Outputs& Clock(AxiPins* pins);

  void SetChecking(bool on) override { checker_.set_enabled(on); }
  bool idle() const override { return outstanding_reads_ == 0 && outstanding_writes_ == 0; }
  // False if a field is out of range.
  bool Configure(const AxiConfig& config);
  AxiStats stats() const;
  const std::vector<AxiIdStats>& id_stats() const { return id_stats_; }
  void ClearStats();

 private:
  struct Read {
    AxiAddress address;
    uint64_t due;         // edge at which the first beat may be sampled
    uint64_t sequence;    // order of acceptance
    uint64_t generation;  // of the offers when the burst was checked
  };
  struct Write {
    AxiAddress address;
    uint64_t due = 0;
    uint64_t sequence = 0;
    uint32_t beats = 0;
    std::vector<uint8_t> data;      // one bus word per beat
    std::vector<uint64_t> strobes;  // one mask per beat
  };
  using WritePtr = std::unique_ptr<Write>;
  struct EarlyBeat {  // a data beat that came before its address
    uint64_t strobes;
    uint8_t data[kMaxDataBytes];
  };

  static const Read& Head(const std::deque<Read>& queue) { return queue.front(); }
  static const Write& Head(const std::deque<WritePtr>& queue) { return *queue.front(); }

  void Flush();
  void AcceptRead(const AxiAddress& address);
  void AcceptWrite(const AxiAddress& address);
  void TakeDataBeat(const uint8_t* data, uint64_t strobes);
  bool ChooseRead();
  void SendReadBeat();
  WritePtr ChooseWrite();
  void SendWriteResponse(WritePtr write);
  bool CheckReadBeat(const AxiAddress& address, uint32_t beat);
  void RuleViolation(const char* kind, uint64_t addr, const AxiAddress& address);
  // Index of the queue (of those named in `active`) whose head goes next, or -1.
  template <typename Queues>
  int Choose(const Queues& queues, const std::vector<uint32_t>& active);

  const uint32_t data_bytes_;
  AxiChecker checker_;
  AxiConfig config_ = {};
  Random random_;
  Pause pause_ar_, pause_r_, pause_aw_, pause_w_, pause_b_;

  Outputs out_;
  uint64_t sequence_ = 0;

  std::vector<std::deque<Read>> reads_;  // by ID
  std::vector<uint32_t> active_reads_;   // IDs with reads waiting
  bool reading_ = false;                 // `current_` is being sent
  Read current_ = {};
  uint32_t current_beat_ = 0;
  uint32_t outstanding_reads_ = 0;

  std::deque<WritePtr> open_writes_;  // address known, data missing
  std::deque<EarlyBeat> early_beats_;
  std::vector<std::deque<WritePtr>> writes_;  // by ID: complete, response not sent
  std::vector<uint32_t> active_writes_;
  std::vector<WritePtr> spare_writes_;
  uint32_t outstanding_writes_ = 0;

  AxiStats stats_ = {};
  std::vector<AxiIdStats> id_stats_;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_AXI_MEMORY_H_
