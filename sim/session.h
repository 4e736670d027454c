// One conversation with the testbench: handshake, then batches of operations until BYE.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_SESSION_H_
#define VNET_SIM_SESSION_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "channel.h"
#include "simulation.h"

namespace vnet_sim {

class Reader;

class Session {
 public:
  Session(Simulation* simulation, Channel* channel);

  // Serves until BYE or failure; the failure has been told to the peer. Returns the exit code.
  ExitCode Serve();

  // Why Serve() failed.
  const std::string& failure_text() const { return failure_text_; }
  uint64_t wall_ns() const;

 private:
  void Handshake();
  std::string Description() const;
  // False after BYE.
  bool ServeBatch();
  void Execute(Op op, uint16_t arg, Reader* payload);
  void SendFatal(const SimError& error);

  void Run(Reader* payload);
  void Time();
  void TraceOn(Reader* payload);
  void SigFind(Reader* payload);
  void SigSet(uint16_t handle, Reader* payload);
  void SigList(Reader* payload);
  void MemMapFile(Reader* payload);
  void MemRead(Reader* payload);
  void MemWrite(Reader* payload);
  void MemFill(Reader* payload);
  void MemOffer(Op op, Reader* payload);
  void MemSetWatch(Reader* payload);
  void MemAddError(Reader* payload);
  void ReadAxiStats(uint16_t model, Reader* payload);
  void SendFrame(uint16_t model, Reader* payload);

  const Signal& SignalAt(uint16_t handle) const;
  template <typename T>
  T* ModelAt(uint16_t id) const;

  // The result under construction.
  void SetStatus(Status status, const std::string& text);
  uint8_t* Reserve(size_t len);
  template <typename T>
  void Append(const T& value);
  void AppendText(const std::string& text);

  Simulation* const simulation_;
  Context* const context_;
  Channel* const channel_;
  const std::chrono::steady_clock::time_point start_;

  uint32_t seq_ = 0;
  std::vector<uint8_t> request_;
  std::vector<uint8_t> results_;
  Status status_ = Status::kOk;
  size_t payload_start_ = 0;  // in results_
  std::string failure_text_;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_SESSION_H_
