// What all parts of one simulation share: the cycle number, guest memory, events, the models, the
// first failure.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_CONTEXT_H_
#define VNET_SIM_CONTEXT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "error.h"
#include "event_log.h"
#include "guest_memory.h"

namespace vnet_sim {

class Model;

class Context {
 public:
  explicit Context(uint64_t seed = 1);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Notes the first failure; the main loop ends the simulation after the current clock edge, so
  // that the waveform still shows it.
  void Fail(ExitCode code, const std::string& text) {
    if (failed_) return;
    failed_ = true;
    failure_ = code;
    failure_text_ = text;
  }

  // Takes a model over and gives it its number.
  template <typename T>
  T* Add(std::unique_ptr<T> model) {
    T* raw = model.get();
    AddModel(std::move(model));
    return raw;
  }

  // A start value for the random numbers of a model, different for each name.
  uint64_t SeedFor(const std::string& name) const;

  uint64_t cycle = 0;  // number of clock edges so far = number of the edge now being executed
  EventLog events;
  GuestMemory memory;
  std::vector<std::unique_ptr<Model>> models;
  std::map<std::string, std::string> parameters;  // of the design, for WELCOME

  bool failed() const { return failed_; }
  ExitCode failure() const { return failure_; }
  const std::string& failure_text() const { return failure_text_; }
  uint64_t seed() const { return seed_; }

 private:
  void AddModel(std::unique_ptr<Model> model);

  uint64_t seed_;
  bool failed_ = false;
  ExitCode failure_ = ExitCode::kNormal;
  std::string failure_text_;
};

// The context that DPI functions and Verilator's callbacks find. Set by main() before the design
// exists.
Context*& CurrentContext();

}  // namespace vnet_sim

#endif  // VNET_SIM_CONTEXT_H_
