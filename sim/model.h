// Base class of the bus models behind the BFM modules.
// SPDX-License-Identifier: Apache-2.0
//
// A model is called once per rising edge with the pins as they were before the edge, and returns
// what its own pins are after it, like registers.
#ifndef VNET_SIM_MODEL_H_
#define VNET_SIM_MODEL_H_

#include <cstdint>
#include <string>

#include "checkers.h"
#include "context.h"

namespace vnet_sim {

class Model : public ViolationSink {
 public:
  Model(Context* context, const char* kind, const std::string& name)
      : context_(context), kind_(kind), name_(name) {}
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  virtual void SetChecking(bool on) = 0;
  // Nothing is queued and nothing is under way.
  virtual bool idle() const { return true; }

  // A rule of the bus was broken: the run fails.
  void Violation(const std::string& text) override {
    context_->Fail(ExitCode::kBusProtocol,
                   Format("cycle %llu: %s: %s", static_cast<unsigned long long>(context_->cycle),
                          name_.c_str(), text.c_str()));
  }

  const char* kind() const { return kind_; }
  const std::string& name() const { return name_; }
  uint16_t id() const { return id_; }
  void set_id(uint16_t id) { id_ = id; }

 protected:
  Context* const context_;

 private:
  const char* const kind_;
  const std::string name_;
  uint16_t id_ = 0;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_MODEL_H_
