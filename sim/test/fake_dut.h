// A design written in C++ for tests of the bridge; no Verilator.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_TEST_FAKE_DUT_H_
#define VNET_SIM_TEST_FAKE_DUT_H_

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "axi_memory.h"
#include "axil_master.h"
#include "axis_sink.h"
#include "axis_source.h"
#include "dut.h"
#include "irq_sink.h"

namespace vnet_test {

using vnet_sim::Signal;

// A counter with enable, a register of 96 bits, and a combinational output (sum = count + addend).
class FakeDut : public vnet_sim::Dut {
 public:
  const char* top() const override { return "fake \"top\""; }
  void Eval() override {
    if (clk_pin == 1 && clk_before == 0) {
      if (enable != 0) ++count;
      std::memcpy(wide_q, wide, sizeof(wide));
      if (on_edge) on_edge();
    }
    clk_before = clk_pin;
    sum = count + addend;
  }
  void Final() override { ++finals; }
  uint8_t* clk() override { return &clk_pin; }
  std::vector<Signal> Ports() override {
    return {Port("clk", &clk_pin, 1, 1, false),   Port("enable", &enable, 1, 1, true),
            Port("addend", &addend, 32, 4, true), Port("count", &count, 32, 4, false),
            Port("sum", &sum, 32, 4, false),      Port("wide", wide, 90, 0, true),
            Port("wide_q", wide_q, 90, 0, false)};
  }

  uint8_t clk_pin = 0, clk_before = 0, enable = 0;
  uint32_t addend = 0, count = 0, sum = 0;
  uint32_t wide[3] = {}, wide_q[3] = {};
  int finals = 0;
  std::function<void()> on_edge;

 private:
  static Signal Port(const char* name, void* data, uint32_t width, uint32_t bytes, bool writable) {
    Signal signal;
    signal.name = name;
    signal.data = data;
    signal.width = width;
    signal.item_bytes = bytes;
    signal.writable = writable;
    signal.is_port = true;
    return signal;
  }
};

// One model of each kind on a device that is out of reset after a few cycles, takes register
// accesses and does nothing.
inline void AddModels(vnet_sim::Context* context, FakeDut* dut) {
  using namespace vnet_sim;
  AxiMemory* memory = context->Add(std::make_unique<AxiMemory>(context, "a", 64, 4));
  AxilMaster* master = context->Add(std::make_unique<AxilMaster>(context, "b", 16));
  AxisSource* source = context->Add(std::make_unique<AxisSource>(context, "c", 64));
  AxisSink* sink = context->Add(std::make_unique<AxisSink>(context, "d", 64));
  IrqSink* irq = context->Add(std::make_unique<IrqSink>(context, "e"));
  dut->on_edge = [=] {
    const bool aresetn = context->cycle > 3;
    AxiPins axi;
    AxilPins axil;
    AxisPins axis;
    axi.aresetn = axil.aresetn = axis.aresetn = aresetn;
    axil.awready = axil.wready = axil.arready = true;
    memory->Clock(&axi);
    master->Clock(&axil);
    source->Clock(aresetn, true);
    sink->Clock(&axis);
    irq->Clock(aresetn, false, 0, false);
  };
}

}  // namespace vnet_test

#endif  // VNET_SIM_TEST_FAKE_DUT_H_
