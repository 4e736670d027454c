// A Verilated top module as a Dut. The generated glue code fills in class names, ports, parameters.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_VERILATED_DUT_H_
#define VNET_SIM_VERILATED_DUT_H_

#include <verilated.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dut.h"

namespace vnet_sim {

// Where a port of the Verilated class is and what it looks like. Integers of 1, 2, 4 and 8 bytes
// hold up to 64 bits; wider ports are arrays of words.
template <typename T>
Signal PortSignal(const char* name, T* data, uint32_t width, bool is_input) {
  Signal signal;
  signal.name = name;
  signal.data = data;
  signal.width = width;
  signal.item_bytes = width <= 64 ? sizeof(T) : 0;
  signal.writable = is_input && signal.name != "clk";
  signal.is_port = true;
  return signal;
}

// Signals below the top, which a debug build makes public (verilated_signals.cpp).
bool FindPublicSignal(const std::string& top, const std::string& path, Signal* signal);
std::vector<Signal> ListPublicSignals(const std::string& top, const std::string& prefix);

// Trace stands for VerilatedVcdC or VerilatedFstC.
template <typename Top, typename Trace>
class VerilatedDut : public Dut {
 public:
  struct Description {
    const char* top;
    const char* trace_kind;
    bool debug;
    uint8_t* (*clk)(Top*);
    std::vector<Signal> (*ports)(Top*);
  };

  explicit VerilatedDut(const Description& description)
      : description_(description), top_(std::make_unique<Top>()) {}

  const char* top() const override { return description_.top; }
  void Eval() override { top_->eval(); }
  void Final() override { top_->final(); }
  uint8_t* clk() override { return description_.clk(top_.get()); }
  std::vector<Signal> Ports() override { return description_.ports(top_.get()); }

  bool has_debug_signals() const override { return description_.debug; }
  bool FindInternal(const std::string& path, Signal* signal) override {
    return description_.debug && FindPublicSignal(description_.top, path, signal);
  }
  std::vector<Signal> ListInternal(const std::string& prefix) override {
    if (!description_.debug) return {};
    return ListPublicSignals(description_.top, prefix);
  }

  const char* trace_kind() const override { return description_.trace_kind; }
  bool TraceOpen(const std::string& path) override {
    if constexpr (Trace::kAvailable) return trace_.Open(top_.get(), path);
    return false;
  }
  void TraceDump(uint64_t time) override {
    if constexpr (Trace::kAvailable) trace_.Dump(time);
  }
  void TraceClose() override {
    if constexpr (Trace::kAvailable) trace_.Close();
  }

 private:
  Description description_;
  std::unique_ptr<Top> top_;
  Trace trace_;
};

struct NoTrace {
  static constexpr bool kAvailable = false;
};

template <typename File>
class FileTrace {
 public:
  static constexpr bool kAvailable = true;

  // A design can be attached to a trace object only once, so one object makes all files.
  template <typename Top>
  bool Open(Top* top, const std::string& path) {
    if (file_ == nullptr) {
      file_ = std::make_unique<File>();
      top->trace(file_.get(), 99);
    }
    file_->open(path.c_str());
    return file_->isOpen();
  }
  void Dump(uint64_t time) { file_->dump(time); }
  void Close() { file_->close(); }

 private:
  std::unique_ptr<File> file_;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_VERILATED_DUT_H_
