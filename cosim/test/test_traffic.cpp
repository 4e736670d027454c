// Networks that make and check frames.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "../../sim/error.h"
#include "../network.h"
#include "check.h"

using namespace vnet_cosim;

namespace {

std::string Refusal(const std::string& network) {
  try {
    MakeNetwork(network);
  } catch (const vnet_sim::SimError& error) {
    return error.what();
  }
  return "";
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST(traffic_expect_compares_every_byte) {
  const std::unique_ptr<Network> network = MakeNetwork("expect:0102fF");
  network->Send({1, 2, 255});
  CHECK(Has(network->Report(), "\"received\":1,\"bytes_verified\":3,\"wrong\":0"));
  network->Send({1, 3, 255});
  network->Send({1, 2});
  network->Send({1, 2, 255, 0});
  CHECK(Has(network->Report(), "\"received\":4,\"bytes_verified\":3,\"wrong\":3"));
  CHECK(
      Has(network->Report(), "frame 2: 3 bytes expected, 3 seen, the first difference is byte 1"));
}

TEST(traffic_expect_takes_one_of_several_frames) {
  const std::unique_ptr<Network> network = MakeNetwork("expect:0102/03/0405");
  network->Send({3});
  network->Send({4, 5});
  network->Send({1, 2});
  CHECK(Has(network->Report(), "\"received\":3,\"bytes_verified\":5,\"wrong\":0"));
  network->Send({4, 4});
  CHECK(Has(network->Report(), "\"wrong\":1"));
}

TEST(traffic_echo_keeps_a_window_and_compares_in_order) {
  const std::unique_ptr<Network> network = MakeNetwork("echo:count=5,window=3,min=60,max=70");
  network->Begin();
  std::vector<Frame> frames;
  Frame frame;
  while (network->Receive(&frame)) frames.push_back(frame);
  CHECK_EQ(frames.size(), size_t{3});
  for (const Frame& one : frames) CHECK(one.size() >= 60 && one.size() <= 70);
  CHECK(frames[0] != frames[1]);
  network->Send(frames[0]);
  CHECK(network->Receive(&frame));
  frames.push_back(frame);
  CHECK(!network->Receive(&frame));
  CHECK(Has(network->Report(), "\"sent\":4,\"received\":1"));
  CHECK(Has(network->Report(), "\"wrong\":0,\"outstanding\":3"));
  network->Send(frames[2]);  // one was lost
  CHECK(Has(network->Report(), "\"wrong\":1"));
}

TEST(traffic_echo_waits_until_the_driver_is_ready) {
  const std::unique_ptr<Network> network = MakeNetwork("echo:count=2");
  Frame frame;
  CHECK(!network->Receive(&frame));
  network->Begin();
  CHECK(network->Receive(&frame));
}

TEST(traffic_echo_ends_after_its_count) {
  const std::unique_ptr<Network> network = MakeNetwork("echo:count=2");
  network->Begin();
  Frame frame;
  for (int i = 0; i < 2; ++i) {
    CHECK(network->Receive(&frame));
    network->Send(frame);
  }
  CHECK(!network->Receive(&frame));
  CHECK(Has(network->Report(), "\"sent\":2,\"received\":2"));
  CHECK(Has(network->Report(), "\"wrong\":0,\"outstanding\":0"));
  network->Send(frame);
  CHECK(Has(network->Report(), "a frame that nobody has sent"));
}

TEST(traffic_echo_knows_exchanged_addresses) {
  const std::unique_ptr<Network> network = MakeNetwork("echo:swap=1");
  network->Begin();
  Frame frame;
  CHECK(network->Receive(&frame));
  Frame back = frame;
  std::swap_ranges(back.begin(), back.begin() + 6, back.begin() + 6);
  network->Send(back);
  CHECK(Has(network->Report(), "\"wrong\":0"));
  CHECK(network->Receive(&frame));
  network->Send(frame);
  CHECK(Has(network->Report(), "\"wrong\":1"));
}

TEST(traffic_options_are_checked) {
  CHECK(Has(Refusal("expect:"), "bytes of a frame"));
  CHECK(Has(Refusal("expect:012"), "bytes of a frame"));
  CHECK(Has(Refusal("expect:01//02"), "bytes of a frame"));
  CHECK(Has(Refusal("expect:0g"), "bytes of a frame"));
  CHECK(Has(Refusal("echo:speed=1"), "'speed=1'"));
  CHECK(Has(Refusal("echo:count"), "NAME=NUMBER"));
  CHECK(Has(Refusal("echo:count=-1"), "NAME=NUMBER"));
  CHECK(Has(Refusal("echo:min=13"), "lengths of 14 to 65536"));
  CHECK(Has(Refusal("echo:min=80,max=70"), "lengths"));
  CHECK(Has(Refusal("echo:max=65537"), "lengths"));
  CHECK(Has(Refusal("echo:window=0"), "window"));
}
