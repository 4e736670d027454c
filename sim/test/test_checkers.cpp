// Every rule of the checkers: a good trace is silent, each faulty one is reported.
// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <string>
#include <vector>

#include "check.h"
#include "checkers.h"

using namespace vnet_sim;

namespace {

struct Recorder : ViolationSink {
  void Violation(const std::string& text) override { texts.push_back(text); }
  std::vector<std::string> texts;
};

// The first report contains `part`; an empty part means that there is none.
void Expect(const Recorder& recorder, const std::string& part, int line) {
  const std::string first = recorder.texts.empty() ? "" : recorder.texts[0];
  const bool good = part.empty() ? first.empty() : first.find(part) != std::string::npos;
  if (!good) {
    vnet_test::Failure(__FILE__, line, "expected '" + part + "', seen '" + first + "'");
  }
}

AxiPins Idle() {
  AxiPins pins;
  pins.aresetn = true;
  return pins;
}

AxiAddress Burst(uint64_t addr, uint8_t len, uint8_t size = 3, uint8_t burst = kBurstIncr,
                 uint32_t id = 1) {
  AxiAddress address;
  address.addr = addr;
  address.len = len;
  address.size = size;
  address.burst = burst;
  address.id = id;
  return address;
}

AxiPins Ar(const AxiAddress& address, bool ready = true) {
  AxiPins pins = Idle();
  pins.arvalid = true;
  pins.arready = ready;
  pins.ar = address;
  return pins;
}

AxiPins Aw(const AxiAddress& address, bool ready = true) {
  AxiPins pins = Idle();
  pins.awvalid = true;
  pins.awready = ready;
  pins.aw = address;
  return pins;
}

AxiPins W(uint64_t strobes, bool last, bool ready = true, uint8_t data = 0) {
  AxiPins pins = Idle();
  pins.wvalid = true;
  pins.wready = ready;
  pins.wstrb = strobes;
  pins.wlast = last;
  pins.wdata[0] = data;
  return pins;
}

AxiPins R(uint32_t id, bool last, bool ready = true, uint8_t resp = 0) {
  AxiPins pins = Idle();
  pins.rvalid = true;
  pins.rready = ready;
  pins.rid = id;
  pins.rlast = last;
  pins.rresp = resp;
  return pins;
}

AxiPins B(uint32_t id, bool ready = true, uint8_t resp = 0) {
  AxiPins pins = Idle();
  pins.bvalid = true;
  pins.bready = ready;
  pins.bid = id;
  pins.bresp = resp;
  return pins;
}

void ExpectAxi(const std::vector<AxiPins>& trace, const std::string& part, int line) {
  Recorder recorder;
  AxiChecker checker(8, 4, &recorder);
  for (int i = 0; i < 10; ++i) checker.Sample(AxiPins());
  checker.Sample(Idle());
  for (const AxiPins& pins : trace) checker.Sample(pins);
  checker.Sample(Idle());
  Expect(recorder, part, line);
}

}  // namespace

#define EXPECT_AXI(part, ...) ExpectAxi({__VA_ARGS__}, part, __LINE__)

TEST(axi_good_traces_are_silent) {
  EXPECT_AXI("", Ar(Burst(0xFF8, 0)), R(1, true));
  EXPECT_AXI("", Ar(Burst(0x1001, 1)), Ar(Burst(0x2000, 0, 3, 1, 2)), R(2, true), R(1, false),
             R(1, true));
  EXPECT_AXI("", Ar(Burst(0x1000, 0), false), Ar(Burst(0x1000, 0), false), Ar(Burst(0x1000, 0)));
  EXPECT_AXI("", Aw(Burst(0x1003, 1)), W(0xF8, false), W(0xFF, true), B(1));
  EXPECT_AXI("", W(0xF8, false), Aw(Burst(0x1003, 1)), W(0x01, true), B(1));  // data first
  EXPECT_AXI("", W(0xFF, true), W(0xFF, true), Aw(Burst(0, 0)), Aw(Burst(8, 0)), B(1), B(1));
  EXPECT_AXI("", Aw(Burst(0x10, 0)), W(0, true), B(1, false, 2), B(1, false, 2), B(1, true, 2));
  EXPECT_AXI("", Ar(Burst(0xFC0, 7)), Ar(Burst(0x1010, 3, 3, kBurstWrap)),
             Ar(Burst(0x1000, 15, 3, kBurstFixed)), Ar(Burst(0x1002, 3, 1)));
  // Narrow beats use one lane after the other.
  EXPECT_AXI("", Aw(Burst(0x1002, 2, 1)), W(0x0C, false), W(0x30, false), W(0xC0, true), B(1));
}

TEST(axi_valid_must_stay_and_payload_must_be_stable) {
  EXPECT_AXI("AR: valid fell", Ar(Burst(0, 0), false), Idle());
  EXPECT_AXI("AR: payload", Ar(Burst(0, 0), false), Ar(Burst(8, 0), false));
  EXPECT_AXI("AR: payload", Ar(Burst(0, 0), false), Ar(Burst(0, 1), true));
  EXPECT_AXI("AW: valid fell", Aw(Burst(0, 0), false), Idle());
  EXPECT_AXI("AW: payload", Aw(Burst(0, 0, 3, 1, 1), false), Aw(Burst(0, 0, 3, 1, 2), false));
  EXPECT_AXI("W: valid fell", Aw(Burst(0, 0)), W(0xFF, true, false), Idle());
  EXPECT_AXI("W: payload", Aw(Burst(0, 0)), W(0xFF, true, false, 1), W(0xFF, true, true, 2));
  EXPECT_AXI("W: payload", Aw(Burst(0, 0)), W(0xFF, true, false), W(0x7F, true, true));
  EXPECT_AXI("R: valid fell", Ar(Burst(0, 0)), R(1, true, false), Idle());
  EXPECT_AXI("R: payload", Ar(Burst(0, 0)), R(1, true, false), R(1, true, true, 2));
  EXPECT_AXI("B: payload", Aw(Burst(0, 0)), W(1, true), B(1, false), B(1, true, 3));
}

TEST(axi_bursts) {
  EXPECT_AXI("crosses 4 KiB", Ar(Burst(0xFF8, 1)));
  EXPECT_AXI("crosses 4 KiB", Ar(Burst(0xFF9, 1)));
  EXPECT_AXI("crosses 4 KiB", Aw(Burst(0x1FC1, 8)));
  EXPECT_AXI("wider than the bus", Ar(Burst(0, 0, 4)));
  EXPECT_AXI("reserved", Ar(Burst(0, 0, 3, 3)));
  EXPECT_AXI("WRAP burst of 3", Ar(Burst(0, 2, 3, kBurstWrap)));
  EXPECT_AXI("unaligned", Ar(Burst(4, 1, 3, kBurstWrap)));
  EXPECT_AXI("FIXED burst of 17", Ar(Burst(0, 16, 3, kBurstFixed)));
}

TEST(axi_write_data) {
  EXPECT_AXI("WLAST is 1 in beat 0", Aw(Burst(0, 1)), W(0xFF, true));
  EXPECT_AXI("WLAST is 0 in beat 0", Aw(Burst(0, 0)), W(0xFF, false));
  EXPECT_AXI("WLAST is 1 in beat 0", W(0xFF, true), Aw(Burst(0, 1)));
  EXPECT_AXI("strobes 0xff outside lanes 0xf8", Aw(Burst(3, 0)), W(0xFF, true));
  EXPECT_AXI("strobes 0x7 outside lanes 0xc", Aw(Burst(2, 0, 1)), W(0x07, true));
}

TEST(axi_responses) {
  EXPECT_AXI("R: data for ID 1 without", R(1, true));
  EXPECT_AXI("R: data for ID 2 without", Ar(Burst(0, 0)), R(2, true));
  EXPECT_AXI("RLAST is 1", Ar(Burst(0, 1)), R(1, true));
  EXPECT_AXI("RLAST is 0", Ar(Burst(0, 0)), R(1, false));
  EXPECT_AXI("R: data for ID 1 without", Ar(Burst(0, 0)), R(1, true), R(1, true));
  EXPECT_AXI("B: response for ID 1 without", B(1));
  EXPECT_AXI("B: response for ID 1 without", Aw(Burst(0, 0)), B(1));
  EXPECT_AXI("B: response for ID 2 without", Aw(Burst(0, 0)), W(1, true), B(2));
  // At the very edge at which the request moves it is too early.
  AxiPins early = Ar(Burst(0, 0));
  early.rvalid = early.rlast = true;
  early.rid = 1;
  EXPECT_AXI("R: data for ID 1 without", early);
}

TEST(axi_reset) {
  Recorder recorder;
  AxiChecker checker(8, 4, &recorder);
  // Garbage before the first reset is not looked at, and not served.
  CHECK(!checker.Sample(Ar(Burst(0xFF8, 200))));
  AxiPins in_reset = Ar(Burst(0, 0));
  in_reset.aresetn = false;
  for (int i = 0; i < 8; ++i) checker.Sample(in_reset);
  Expect(recorder, "", __LINE__);
  checker.Sample(in_reset);
  Expect(recorder, "valid is up during reset", __LINE__);

  Recorder after;
  AxiChecker second(8, 4, &after);
  for (int i = 0; i < 10; ++i) second.Sample(AxiPins());
  second.Sample(Ar(Burst(0, 0)));
  Expect(after, "first edge after reset", __LINE__);

  // What was in flight is forgotten.
  Recorder flush;
  AxiChecker third(8, 4, &flush);
  for (int i = 0; i < 10; ++i) third.Sample(AxiPins());
  third.Sample(Idle());
  third.Sample(Ar(Burst(0, 0)));
  for (int i = 0; i < 10; ++i) third.Sample(AxiPins());
  third.Sample(Idle());
  third.Sample(R(1, true));
  Expect(flush, "R: data for ID 1 without", __LINE__);
}

TEST(axi_checker_can_be_switched_off) {
  Recorder recorder;
  AxiChecker checker(8, 4, &recorder);
  checker.set_enabled(false);
  for (int i = 0; i < 10; ++i) checker.Sample(AxiPins());
  checker.Sample(R(1, true));
  checker.Sample(Ar(Burst(0xFF8, 200)));
  Expect(recorder, "", __LINE__);
}

// ------------------------------------------------------------------------------------ AXI4-Lite

namespace {

void ExpectAxil(const std::vector<std::function<void(AxilPins*)>>& trace, const std::string& part,
                int line) {
  Recorder recorder;
  AxilChecker checker(&recorder);
  for (int i = 0; i < 10; ++i) checker.Sample(AxilPins());
  AxilPins idle;
  idle.aresetn = true;
  checker.Sample(idle);
  for (const auto& change : trace) {
    AxilPins pins;
    pins.aresetn = true;
    change(&pins);
    checker.Sample(pins);
  }
  Expect(recorder, part, line);
}

const auto kLiteIdle = [](AxilPins*) {};
const auto kLiteAr = [](AxilPins* p) { p->arvalid = p->arready = true; };
const auto kLiteAw = [](AxilPins* p) { p->awvalid = p->awready = true; };
const auto kLiteW = [](AxilPins* p) { p->wvalid = p->wready = true; };
const auto kLiteR = [](AxilPins* p) { p->rvalid = p->rready = true; };
const auto kLiteB = [](AxilPins* p) { p->bvalid = p->bready = true; };
const auto kLiteRWaits = [](AxilPins* p) { p->rvalid = true; };
const auto kLiteBWaits = [](AxilPins* p) { p->bvalid = true; };

}  // namespace

TEST(axil_rules) {
  ExpectAxil({kLiteAr, kLiteRWaits, kLiteR, kLiteW, kLiteAw, kLiteB, kLiteIdle}, "", __LINE__);
  ExpectAxil({kLiteR}, "R: data without", __LINE__);
  ExpectAxil({kLiteAr, kLiteR, kLiteR}, "R: data without", __LINE__);
  ExpectAxil({kLiteAw, kLiteB}, "B: response without", __LINE__);
  ExpectAxil({kLiteW, kLiteB}, "B: response without", __LINE__);
  ExpectAxil({kLiteAr, kLiteRWaits, kLiteIdle}, "R: valid fell", __LINE__);
  ExpectAxil({kLiteAw, kLiteW, kLiteBWaits, kLiteIdle}, "B: valid fell", __LINE__);
  ExpectAxil({kLiteAr, kLiteRWaits,
              [](AxilPins* p) {
                p->rvalid = true;
                p->rdata = 1;
              }},
             "R: payload", __LINE__);
  ExpectAxil({kLiteAr,
              [](AxilPins* p) {
                p->rvalid = p->rready = true;
                p->rresp = 1;
              }},
             "EXOKAY", __LINE__);
}

TEST(axil_reset) {
  Recorder recorder;
  AxilChecker checker(&recorder);
  for (int i = 0; i < 10; ++i) checker.Sample(AxilPins());
  AxilPins pins;
  pins.aresetn = pins.bvalid = true;
  checker.Sample(pins);
  Expect(recorder, "first edge after reset", __LINE__);
}

// ---------------------------------------------------------------------------------- AXI4-Stream

namespace {

struct StreamBeat {
  uint64_t keep;
  bool last;
  bool ready = true;
  bool valid = true;
  uint16_t dest = 0;
  uint8_t user = 0;
  uint8_t data = 0;
};

void ExpectAxis(const std::vector<StreamBeat>& trace, const std::string& part, int line) {
  Recorder recorder;
  AxisChecker checker(8, true, &recorder);
  for (int i = 0; i < 10; ++i) checker.Sample(AxisPins());
  AxisPins idle;
  idle.aresetn = true;
  checker.Sample(idle);
  for (const StreamBeat& beat : trace) {
    AxisPins pins = idle;
    pins.tvalid = beat.valid;
    pins.tready = beat.ready;
    pins.tlast = beat.last;
    pins.tkeep = beat.keep;
    pins.tdest = beat.dest;
    pins.tuser[31] = beat.user;
    pins.tdata[0] = beat.data;
    checker.Sample(pins);
  }
  Expect(recorder, part, line);
}

}  // namespace

TEST(axis_rules) {
  ExpectAxis({{0xFF, false}, {0x01, true}, {0xFF, true}, {0x7F, true, false}, {0x7F, true}}, "",
             __LINE__);
  // Sidebands may change between frames.
  ExpectAxis({{0xFF, true, true, true, 1, 1}, {0xFF, true, true, true, 2, 2}}, "", __LINE__);
  ExpectAxis({{0x00, true}}, "without bytes", __LINE__);
  ExpectAxis({{0x05, true}}, "not contiguous", __LINE__);
  ExpectAxis({{0xFE, true}}, "not contiguous", __LINE__);
  ExpectAxis({{0x7F, false}}, "before the last beat", __LINE__);
  ExpectAxis({{0xFF, false, true, true, 1}, {0xFF, true, true, true, 2}}, "changed inside a frame",
             __LINE__);
  ExpectAxis({{0xFF, false, true, true, 1, 3}, {0xFF, true, true, true, 1, 4}},
             "changed inside a frame", __LINE__);
  ExpectAxis({{0xFF, true, false}, {0xFF, true, false, false}}, "valid fell", __LINE__);
  ExpectAxis({{0xFF, true, false}, {0xFF, true, true, true, 0, 0, 9}}, "payload", __LINE__);
  ExpectAxis({{0xFF, true, false}, {0x7F, true}}, "payload", __LINE__);
}

TEST(handshake_rules) {
  Recorder recorder;
  HandshakeChecker checker("irq", &recorder);
  for (int i = 0; i < 10; ++i) checker.Sample(false, false, false, 0);
  checker.Sample(true, false, false, 0);
  checker.Sample(true, true, false, 5);
  checker.Sample(true, true, true, 5);
  checker.Sample(true, false, true, 5);
  Expect(recorder, "", __LINE__);
  checker.Sample(true, true, false, 5);
  checker.Sample(true, true, false, 6);
  Expect(recorder, "irq: payload", __LINE__);
}
