// The socket to the testbench: whole messages in, whole messages out.
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_CHANNEL_H_
#define VNET_SIM_CHANNEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "protocol.h"

namespace vnet_sim {

class Channel {
 public:
  // Takes the descriptors over (they may be the same one).
  Channel(int in_fd, int out_fd);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Both connect to a listening testbench and return a descriptor; they throw SimError(kSocket).
  static int ConnectUnix(const std::string& path);
  static int ConnectTcpLoopback(uint16_t port);
  // Throws SimError(kSocket) if the descriptor is not open.
  static void CheckDescriptor(int fd);

  // Waits for one message. Throws SimError(kPeerDied) or SimError(kMalformed).
  MessageHeader Receive(std::vector<uint8_t>* body);

  // Sends header + body; fills header.length in. Throws SimError(kPeerDied).
  void Send(MessageHeader header, const std::vector<uint8_t>& body);

  // Throws SimError(kPeerDied) if nobody is there any more. Does not wait.
  void CheckPeer();

 private:
  void ReadExactly(uint8_t* to, size_t len);
  size_t ReadSome(uint8_t* to, size_t len);
  void Wait(int fd, short events);

  const int in_fd_;
  const int out_fd_;
  std::vector<uint8_t> buffer_;  // bytes read ahead are [position_, end_)
  size_t position_ = 0;
  size_t end_ = 0;
};

}  // namespace vnet_sim

#endif  // VNET_SIM_CHANNEL_H_
