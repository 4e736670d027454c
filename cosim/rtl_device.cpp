// The Verilated top module behind the interface Device. Compiled with each build of the model.
// SPDX-License-Identifier: Apache-2.0
#include <verilated.h>

#include <cstring>
#include <deque>

#include "../sim/checkers.h"
#include "../sim/error.h"
#include "Vdut.h"
#include "device.h"

namespace vnet_cosim {

namespace {

using vnet_sim::AxiAddress;
using vnet_sim::AxilPins;
using vnet_sim::AxiPins;
using vnet_sim::AxisPins;
using vnet_sim::ExitCode;
using vnet_sim::Format;
using vnet_sim::SimError;

constexpr uint32_t kDataBytes = VNET_DATA_W / 8;
constexpr uint32_t kIdWidth = 4;
// Longer than any waiting time of the device but RX_WAIT.
constexpr uint32_t kQuietCycles = 512;
// A read of configuration space is answered within this many cycles, or by nobody.
constexpr uint32_t kConfigLimit = 8192;
// A register access or the end of memory accesses may take this long.
constexpr uint64_t kAnswerLimit = 4'000'000;

class Violations : public vnet_sim::ViolationSink {
 public:
  explicit Violations(const char* bus) : bus_(bus) {}
  void Violation(const std::string& text) override {
    throw SimError(ExitCode::kBusProtocol, std::string(bus_) + ": " + text);
  }

 private:
  const char* bus_;
};

template <typename Port>
void Set(Port* port, uint64_t value) {
  *port = static_cast<Port>(value);
}

class RtlDevice : public Device {
 public:
  explicit RtlDevice(const DeviceSettings& settings) : slave_(&memory_, kDataBytes) {
    Verilated::randReset(2);
    Verilated::randSeed(static_cast<int>(settings.seed));
    top_ = std::make_unique<Vdut>();
    uint64_t mac = 0;
    for (size_t i = settings.mac.size(); i-- > 0;) mac = mac << 8 | settings.mac[i];
    Set(&top_->cfg_mac, mac);
    Set(&top_->cfg_mtu, settings.mtu);
    Set(&top_->cfg_link_up, settings.link_up ? 1 : 0);
    Set(&top_->cfg_msix_enable, 0);
    Set(&top_->cfg_ext_read_received, 0);
    Set(&top_->cfg_ext_write_received, 0);
    Set(&top_->s_axil_bready, 1);
    Set(&top_->s_axil_rready, 1);
    Set(&top_->irq_ready, 1);
    Set(&top_->m_axis_tx_tready, 1);
    Set(&top_->s_axis_rx_tdest, 0);
    Set(&top_->s_axis_rx_tuser, 0);
    Set(&top_->aresetn, 0);
    Set(&top_->clk, 0);
    top_->eval();
    Run(16);
    Set(&top_->aresetn, 1);
    top_->eval();
    Run(64);
  }

  ~RtlDevice() override { top_->final(); }

  uint32_t Read(uint32_t offset, uint32_t size) override {
    axil_.araddr = offset & ~3u;
    axil_.arvalid = true;
    WaitForRegister("read", offset);
    const uint32_t value = axil_.rdata >> 8 * (offset & 3);
    return size == 4 ? value : value & ((1u << 8 * size) - 1);
  }

  void Write(uint32_t offset, uint32_t value, uint32_t size) override {
    const uint32_t lane = offset & 3;
    axil_.awaddr = offset & ~3u;
    axil_.wdata = value << 8 * lane;
    axil_.wstrb = ((1u << size) - 1) << lane;
    axil_.awvalid = axil_.wvalid = true;
    WaitForRegister("write", offset);
  }

  uint32_t ReadConfig(uint32_t offset) override {
    Set(&top_->cfg_ext_register_number, offset / 4);
    Set(&top_->cfg_ext_read_received, 1);
    Cycle();
    Set(&top_->cfg_ext_read_received, 0);
    // A register of nobody is not answered; an access to vnet_top may be held back by a reset.
    for (uint32_t i = 0; i < kConfigLimit; ++i) {
      if (top_->cfg_ext_read_data_valid) return top_->cfg_ext_read_data;
      Cycle();
    }
    return 0;
  }

  void WriteConfig(uint32_t offset, uint32_t value, uint32_t strobes) override {
    Set(&top_->cfg_ext_register_number, offset / 4);
    Set(&top_->cfg_ext_write_data, value);
    Set(&top_->cfg_ext_write_byte_enable, strobes);
    Set(&top_->cfg_ext_write_received, 1);
    Cycle();
    Set(&top_->cfg_ext_write_received, 0);
    Wake();
    // Long enough for a register access that the write may start.
    Run(16);
  }

  void SetMsixEnabled(bool on) override {
    Set(&top_->cfg_msix_enable, on ? 1 : 0);
    Wake();
    Run(2);
  }

  GuestMap* memory() override { return &memory_; }

  void DrainDma() override {
    slave_.set_accepting(false);
    // One cycle with the readys of before, then nothing new comes in.
    Run(2);
    for (uint64_t i = 0; slave_.busy(); ++i) {
      if (i == kAnswerLimit) throw SimError(ExitCode::kInternal, "DMA does not come to its end");
      Run(1);
    }
  }
  void ResumeDma() override {
    slave_.set_accepting(true);
    Wake();
  }

  void PushFrame(Frame frame) override {
    if (frame.empty()) return;
    rx_.push_back(std::move(frame));
    Wake();
  }
  size_t rx_backlog() const override { return rx_.size(); }

  void Run(uint32_t cycles) override {
    for (uint32_t i = 0; i < cycles; ++i) Cycle();
  }
  bool idle() const override { return quiet_ >= kQuietCycles; }
  uint64_t cycles() const override { return cycles_; }
  const DmaCounters& dma_counters() const override { return slave_.counters(); }
  uint32_t data_bits() const override { return VNET_DATA_W; }

 private:
  void Wake() { quiet_ = 0; }

  void WaitForRegister(const char* what, uint32_t offset) {
    access_open_ = true;
    for (uint64_t i = 0; access_open_; ++i) {
      if (i == kAnswerLimit) {
        throw SimError(ExitCode::kInternal,
                       Format("%s of register 0x%04x is not answered", what, offset));
      }
      Cycle();
    }
  }

  // Samples the pins as they are before the rising edge, lets the edge happen, then drives what the
  // models around the device answer: they behave like registers.
  void Cycle() {
    Vdut& top = *top_;
    // The checkers see every edge of the reset and the one after it.
    near_reset_ = !top.aresetn || in_reset_;
    in_reset_ = !top.aresetn;
    bool moved = false;
    moved |= SampleMemory();
    moved |= SampleRegisters();
    moved |= SampleTransmit();
    moved |= SampleReceive();
    if (top.irq_valid) {
      moved = true;
      on_msix(static_cast<uint16_t>(top.irq_vector));
    }
    if ((top.intx != 0) != intx_) {
      intx_ = !intx_;
      moved = true;
      on_intx(intx_);
    }
    quiet_ = moved ? 0 : quiet_ + 1;
    ++cycles_;

    top.clk = 1;
    top.eval();
    DriveMemory();
    DriveRegisters();
    DriveReceive();
    top.clk = 0;
    top.eval();
  }

  // --------------------------------------------------------------------------------------- memory

  bool SampleMemory() {
    const Vdut& top = *top_;
    const DmaSlave::Outputs& out = slave_.outputs();
    AxiPins& pins = axi_;
    pins.aresetn = top.aresetn != 0;
    pins.arvalid = top.m_axi_arvalid != 0;
    pins.awvalid = top.m_axi_awvalid != 0;
    pins.wvalid = top.m_axi_wvalid != 0;
    pins.rready = top.m_axi_rready != 0;
    pins.bready = top.m_axi_bready != 0;
    pins.arready = out.arready;
    pins.awready = out.awready;
    pins.wready = out.wready;
    pins.rvalid = out.rvalid;
    pins.rlast = out.rlast;
    pins.rresp = out.rresp;
    pins.rid = out.rid;
    pins.bvalid = out.bvalid;
    pins.bresp = out.bresp;
    pins.bid = out.bid;
    if (pins.arvalid) {
      pins.ar.addr = top.m_axi_araddr;
      pins.ar.id = top.m_axi_arid;
      pins.ar.len = top.m_axi_arlen;
      pins.ar.size = top.m_axi_arsize;
      pins.ar.burst = top.m_axi_arburst;
      pins.ar.attributes = static_cast<uint8_t>(top.m_axi_arcache << 4 | top.m_axi_arprot);
    }
    if (pins.awvalid) {
      pins.aw.addr = top.m_axi_awaddr;
      pins.aw.id = top.m_axi_awid;
      pins.aw.len = top.m_axi_awlen;
      pins.aw.size = top.m_axi_awsize;
      pins.aw.burst = top.m_axi_awburst;
      pins.aw.attributes = static_cast<uint8_t>(top.m_axi_awcache << 4 | top.m_axi_awprot);
    }
    if (pins.wvalid) {
      pins.wlast = top.m_axi_wlast != 0;
      pins.wstrb = top.m_axi_wstrb;
      std::memcpy(pins.wdata, &top.m_axi_wdata, kDataBytes);
    }
    const bool valid = pins.arvalid || pins.awvalid || pins.wvalid || pins.rvalid || pins.bvalid;
    if (valid || near_reset_) axi_checker_.Sample(pins);
    return valid;
  }

  void DriveMemory() {
    // Only the acceptance of requests changes while nothing moves; it is renewed every cycle.
    const DmaSlave::Outputs& out = slave_.Clock(axi_);
    Vdut& top = *top_;
    top.m_axi_arready = out.arready;
    top.m_axi_awready = out.awready;
    top.m_axi_wready = out.wready;
    top.m_axi_bvalid = out.bvalid;
    top.m_axi_rvalid = out.rvalid;
    if (out.bvalid) {
      Set(&top.m_axi_bid, out.bid);
      top.m_axi_bresp = out.bresp;
    }
    if (out.rvalid) {
      Set(&top.m_axi_rid, out.rid);
      top.m_axi_rresp = out.rresp;
      top.m_axi_rlast = out.rlast;
      std::memcpy(&top.m_axi_rdata, out.rdata, kDataBytes);
    }
  }

  // ------------------------------------------------------------------------------------ registers

  bool SampleRegisters() {
    if (!access_open_ && !near_reset_) return false;
    const Vdut& top = *top_;
    AxilPins& pins = axil_;
    pins.aresetn = top.aresetn != 0;
    pins.arready = top.s_axil_arready != 0;
    pins.awready = top.s_axil_awready != 0;
    pins.wready = top.s_axil_wready != 0;
    pins.rvalid = top.s_axil_rvalid != 0;
    pins.bvalid = top.s_axil_bvalid != 0;
    pins.rready = pins.bready = true;
    pins.rresp = top.s_axil_rresp;
    pins.bresp = top.s_axil_bresp;
    // What is driven now was not there at the edge before the access began.
    AxilPins seen = pins;
    seen.arvalid = top.s_axil_arvalid != 0;
    seen.awvalid = top.s_axil_awvalid != 0;
    seen.wvalid = top.s_axil_wvalid != 0;
    if (pins.rvalid) seen.rdata = top.s_axil_rdata;
    axil_checker_.Sample(seen);
    if (seen.arvalid && pins.arready) pins.arvalid = false;
    if (seen.awvalid && pins.awready) pins.awvalid = false;
    if (seen.wvalid && pins.wready) pins.wvalid = false;
    if (pins.rvalid) pins.rdata = top.s_axil_rdata;
    if (pins.rvalid || pins.bvalid) access_open_ = false;
    return true;
  }

  void DriveRegisters() {
    Vdut& top = *top_;
    top.s_axil_arvalid = axil_.arvalid;
    top.s_axil_awvalid = axil_.awvalid;
    top.s_axil_wvalid = axil_.wvalid;
    if (axil_.arvalid) Set(&top.s_axil_araddr, axil_.araddr);
    if (axil_.awvalid) Set(&top.s_axil_awaddr, axil_.awaddr);
    if (axil_.wvalid) {
      Set(&top.s_axil_wdata, axil_.wdata);
      Set(&top.s_axil_wstrb, axil_.wstrb);
    }
  }

  // --------------------------------------------------------------------------------------- frames

  bool SampleTransmit() {
    const Vdut& top = *top_;
    if (!top.m_axis_tx_tvalid && !near_reset_) return false;
    AxisPins pins;
    pins.aresetn = top.aresetn != 0;
    pins.tvalid = top.m_axis_tx_tvalid != 0;
    pins.tready = true;
    pins.tlast = top.m_axis_tx_tlast != 0;
    pins.tdest = top.m_axis_tx_tdest;
    pins.tkeep = top.m_axis_tx_tkeep;
    std::memcpy(pins.tuser, &top.m_axis_tx_tuser, sizeof(pins.tuser));
    tx_checker_.Sample(pins);
    if (!pins.tvalid || !pins.aresetn) return false;
    const uint8_t* bytes = reinterpret_cast<const uint8_t*>(&top.m_axis_tx_tdata);
    tx_.insert(tx_.end(), bytes, bytes + __builtin_popcountll(pins.tkeep));
    if (pins.tlast) {
      ++frames_tx;
      on_frame(tx_);
      tx_.clear();
    }
    return true;
  }

  bool SampleReceive() {
    if (!rx_valid_ || !top_->s_axis_rx_tready) return false;
    rx_done_ += rx_beat_;
    if (rx_done_ == rx_.front().size()) {
      ++frames_rx;
      rx_.pop_front();
      rx_done_ = 0;
    }
    rx_valid_ = false;
    return true;
  }

  void DriveReceive() {
    Vdut& top = *top_;
    if (!rx_valid_ && !rx_.empty()) {
      const Frame& frame = rx_.front();
      rx_beat_ = std::min(size_t{kDataBytes}, frame.size() - rx_done_);
      uint8_t data[kDataBytes] = {};
      std::memcpy(data, frame.data() + rx_done_, rx_beat_);
      std::memcpy(&top.s_axis_rx_tdata, data, kDataBytes);
      Set(&top.s_axis_rx_tkeep, vnet_sim::LaneMask(0, static_cast<uint32_t>(rx_beat_)));
      top.s_axis_rx_tlast = rx_done_ + rx_beat_ == frame.size();
      rx_valid_ = true;
    }
    top.s_axis_rx_tvalid = rx_valid_;
  }

  GuestMap memory_;
  DmaSlave slave_;
  std::unique_ptr<Vdut> top_;
  uint64_t cycles_ = 0;
  uint32_t quiet_ = 0;
  bool in_reset_ = true;
  bool near_reset_ = true;
  bool intx_ = false;
  AxiPins axi_;
  AxilPins axil_;
  bool access_open_ = false;
  Frame tx_;
  std::deque<Frame> rx_;
  size_t rx_done_ = 0;  // bytes of the first frame that are in the device
  size_t rx_beat_ = 0;
  bool rx_valid_ = false;

  Violations axi_violations_{"m_axi"};
  Violations axil_violations_{"s_axil"};
  Violations tx_violations_{"m_axis_tx"};
  vnet_sim::AxiChecker axi_checker_{kDataBytes, kIdWidth, &axi_violations_};
  vnet_sim::AxilChecker axil_checker_{&axil_violations_};
  vnet_sim::AxisChecker tx_checker_{kDataBytes, true, &tx_violations_};
};

}  // namespace

std::unique_ptr<Device> MakeRtlDevice(const DeviceSettings& settings) {
  return std::make_unique<RtlDevice>(settings);
}

}  // namespace vnet_cosim

// What Verilator's run-time calls for $finish, $stop and what it cannot handle.
void vl_finish(const char* file, int line, const char*) {
  throw vnet_sim::SimError(vnet_sim::ExitCode::kDesignFinish,
                           vnet_sim::Format("%s:%d: $finish", file, line));
}

void vl_stop(const char* file, int line, const char*) {
  throw vnet_sim::SimError(
      vnet_sim::ExitCode::kDesignFatal,
      vnet_sim::Format("%s:%d: $stop, $error, $fatal or a failed assertion", file, line));
}

void vl_fatal(const char* file, int line, const char*, const char* message) {
  throw vnet_sim::SimError(vnet_sim::ExitCode::kDesignFatal,
                           vnet_sim::Format("%s:%d: %s", file, line, message));
}
