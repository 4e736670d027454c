// The DPI functions that the BFM modules call: each hands the pins to its model and the model's
// pins back.
// SPDX-License-Identifier: Apache-2.0
//
// Scalars travel packed in words, bit positions as in the .sv file next to each function; vectors
// whose width is a parameter travel as arrays of words.
#include <svdpi.h>

#include <cstring>
#include <memory>

#include "axi_memory.h"
#include "axil_master.h"
#include "axis_sink.h"
#include "axis_source.h"
#include "context.h"
#include "irq_sink.h"

namespace {

using vnet_sim::AxiAddress;
using vnet_sim::Context;
using vnet_sim::CurrentContext;
using vnet_sim::ExitCode;
using vnet_sim::Format;

bool Bit(unsigned word, unsigned bit) {
  return (word >> bit & 1) != 0;
}

unsigned Put(bool value, unsigned bit) {
  return value ? 1u << bit : 0u;
}

// attributes[31:16], burst[13:12], size[10:8], len[7:0]
AxiAddress MakeAddress(unsigned id, unsigned long long addr, unsigned info) {
  AxiAddress address;
  address.addr = addr;
  address.id = id;
  address.len = static_cast<uint8_t>(info);
  address.size = static_cast<uint8_t>(info >> 8 & 7);
  address.burst = static_cast<uint8_t>(info >> 12 & 3);
  address.attributes = static_cast<uint8_t>(info >> 16);
  return address;
}

// "TOP.tb_top.u_mem" -> "u_mem"
std::string LastName(const char* path) {
  const char* dot = std::strrchr(path, '.');
  return dot == nullptr ? path : dot + 1;
}

// A BFM with parameters outside its model's range is a failure of the first RUN.
bool CheckWidths(const char* path, int data_width, int other_width, int other_max) {
  const bool good = data_width >= 64 && data_width <= 512 && (data_width & (data_width - 1)) == 0 &&
                    other_width >= 1 && other_width <= other_max;
  if (!good) {
    CurrentContext()->Fail(ExitCode::kDesignFatal, Format("%s: parameters out of range: %d, %d",
                                                          path, data_width, other_width));
  }
  return good;
}

template <typename Model, typename... Args>
void* Make(const char* path, Args... args) {
  return CurrentContext()->Add(std::make_unique<Model>(CurrentContext(), LastName(path), args...));
}

}  // namespace

extern "C" {

void vnet_parameter(const char* name, unsigned value) {
  CurrentContext()->parameters[name] = std::to_string(value);
}

// -------------------------------------------------------------------------------- axi_mem_bfm.sv

void* vnet_axi_mem_new(const char* path, int data_width, int id_width) {
  if (!CheckWidths(path, data_width, id_width, 12)) return nullptr;
  return Make<vnet_sim::AxiMemory>(path, data_width, id_width);
}

void vnet_axi_mem_clock(void* model, unsigned pins_in, unsigned arid, unsigned long long araddr,
                        unsigned arinfo, unsigned awid, unsigned long long awaddr, unsigned awinfo,
                        const svBitVecVal* wdata, unsigned long long wstrb, unsigned wdata_bytes,
                        unsigned* pins_out, unsigned* rid, unsigned* bid, svBitVecVal* rdata) {
  static const vnet_sim::AxiMemory::Outputs kNone;
  const vnet_sim::AxiMemory::Outputs* out = &kNone;
  if (model != nullptr) {
    vnet_sim::AxiPins pins;
    pins.aresetn = Bit(pins_in, 0);
    pins.arvalid = Bit(pins_in, 1);
    pins.rready = Bit(pins_in, 2);
    pins.awvalid = Bit(pins_in, 3);
    pins.wvalid = Bit(pins_in, 4);
    pins.wlast = Bit(pins_in, 5);
    pins.bready = Bit(pins_in, 6);
    if (pins.arvalid) pins.ar = MakeAddress(arid, araddr, arinfo);
    if (pins.awvalid) pins.aw = MakeAddress(awid, awaddr, awinfo);
    if (pins.wvalid) {
      std::memcpy(pins.wdata, wdata, wdata_bytes);
      pins.wstrb = wstrb;
    }
    out = &static_cast<vnet_sim::AxiMemory*>(model)->Clock(&pins);
  }
  *pins_out = Put(out->arready, 0) | Put(out->rvalid, 1) | Put(out->rlast, 2) |
              Put(out->awready, 3) | Put(out->wready, 4) | Put(out->bvalid, 5) |
              static_cast<unsigned>(out->rresp) << 8 | static_cast<unsigned>(out->bresp) << 10;
  *rid = out->rid;
  *bid = out->bid;
  std::memcpy(rdata, out->rdata, wdata_bytes);
}

// ---------------------------------------------------------------------------- axil_master_bfm.sv

void* vnet_axil_master_new(const char* path, int addr_width) {
  if (!CheckWidths(path, 64, addr_width, 32)) return nullptr;
  return Make<vnet_sim::AxilMaster>(path, addr_width);
}

void vnet_axil_master_clock(void* model, unsigned pins_in, unsigned rdata, unsigned* pins_out,
                            unsigned* awaddr, unsigned* wdata, unsigned* araddr) {
  static const vnet_sim::AxilMaster::Outputs kNone;
  const vnet_sim::AxilMaster::Outputs* out = &kNone;
  if (model != nullptr) {
    vnet_sim::AxilPins pins;
    pins.aresetn = Bit(pins_in, 0);
    pins.awready = Bit(pins_in, 1);
    pins.wready = Bit(pins_in, 2);
    pins.bvalid = Bit(pins_in, 3);
    pins.arready = Bit(pins_in, 4);
    pins.rvalid = Bit(pins_in, 5);
    pins.bresp = static_cast<uint8_t>(pins_in >> 8 & 3);
    pins.rresp = static_cast<uint8_t>(pins_in >> 10 & 3);
    pins.rdata = rdata;
    out = &static_cast<vnet_sim::AxilMaster*>(model)->Clock(&pins);
  }
  *pins_out = Put(out->awvalid, 0) | Put(out->wvalid, 1) | Put(out->bready, 2) |
              Put(out->arvalid, 3) | Put(out->rready, 4) | out->wstrb << 8;
  *awaddr = out->awaddr;
  *wdata = out->wdata;
  *araddr = out->araddr;
}

// ---------------------------------------------------------------------------- axis_source_bfm.sv

void* vnet_axis_source_new(const char* path, int data_width) {
  if (!CheckWidths(path, data_width, 1, 1)) return nullptr;
  return Make<vnet_sim::AxisSource>(path, data_width);
}

void vnet_axis_source_clock(void* model, unsigned pins_in, unsigned tdata_bytes, unsigned* pins_out,
                            unsigned* tdest, unsigned long long* tkeep, svBitVecVal* tdata) {
  static const vnet_sim::AxisSource::Outputs kNone;
  const vnet_sim::AxisSource::Outputs* out = &kNone;
  if (model != nullptr) {
    out = &static_cast<vnet_sim::AxisSource*>(model)->Clock(Bit(pins_in, 0), Bit(pins_in, 1));
  }
  *pins_out = Put(out->tvalid, 0) | Put(out->tlast, 1) | Put(out->tuser, 2);
  *tdest = out->tdest;
  *tkeep = out->tkeep;
  std::memcpy(tdata, out->tdata, tdata_bytes);
}

// ------------------------------------------------------------------------------ axis_sink_bfm.sv

void* vnet_axis_sink_new(const char* path, int data_width) {
  if (!CheckWidths(path, data_width, 1, 1)) return nullptr;
  return Make<vnet_sim::AxisSink>(path, data_width);
}

svBit vnet_axis_sink_clock(void* model, unsigned pins_in, unsigned tdest, unsigned long long tkeep,
                           const svBitVecVal* tdata, unsigned tdata_bytes,
                           const svBitVecVal* tuser) {
  if (model == nullptr) return 0;
  vnet_sim::AxisPins pins;
  pins.aresetn = Bit(pins_in, 0);
  pins.tvalid = Bit(pins_in, 1);
  pins.tlast = Bit(pins_in, 2);
  if (pins.tvalid) {
    pins.tdest = static_cast<uint16_t>(tdest);
    pins.tkeep = tkeep;
    std::memcpy(pins.tdata, tdata, tdata_bytes);
    std::memcpy(pins.tuser, tuser, sizeof(pins.tuser));
  }
  return static_cast<vnet_sim::AxisSink*>(model)->Clock(&pins) ? 1 : 0;
}

// ------------------------------------------------------------------------------------ irq_bfm.sv

void* vnet_irq_new(const char* path) {
  return Make<vnet_sim::IrqSink>(path);
}

svBit vnet_irq_clock(void* model, unsigned pins_in, unsigned vector) {
  return static_cast<vnet_sim::IrqSink*>(model)->Clock(Bit(pins_in, 0), Bit(pins_in, 1), vector,
                                                       Bit(pins_in, 2))
             ? 1
             : 0;
}

}  // extern "C"
