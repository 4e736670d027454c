// The back-end of one vhost-user connection: messages become the life of the device. No socket
// here. SPDX-License-Identifier: Apache-2.0
//
// A ring runs while it has a size, addresses and a kick descriptor and is enabled (or the front-end
// knows no enabling). When the first ring starts, the device is reset and brought up with the
// features of that moment, so a front-end that never sends SET_FEATURES gets a device without any.
// A ring stops on SET_VRING_ENABLE 0, GET_VRING_BASE, RESET_OWNER and when the back-end is
// destroyed.
//
// Limits. The device starts a ring at index 0, so a ring with another base is refused (a front-end
// that was restarted must reset its driver). Features and the place of a ring cannot change while
// it runs. Everything that is refused is a PeerError; the back-end cannot be used afterwards, but
// must still be destroyed: that stops the device.
#ifndef VNET_COSIM_VHOST_BACKEND_H_
#define VNET_COSIM_VHOST_BACKEND_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "device.h"
#include "vhost_driver.h"
#include "vhost_protocol.h"

namespace vnet_cosim {

class VhostBackend {
 public:
  using Log = std::function<void(const std::string&)>;

  // Offers those features of the device that are in `features` too.
  VhostBackend(Device* device, uint64_t features, Log log);
  // Stops the device and forgets the front-end's memory.
  ~VhostBackend();
  VhostBackend(const VhostBackend&) = delete;
  VhostBackend& operator=(const VhostBackend&) = delete;

  // Carries a message out and returns the bytes of the reply, which may be none.
  std::vector<uint8_t> Handle(VhostMessage message);

  // Descriptors to be watched for kicks; they change with messages only.
  std::vector<int> kick_fds() const;
  // One of them can be read.
  void OnKick(int fd);

  // The device has sent a message. Does not touch the device.
  void OnMsix(uint16_t vector);
  // Looks into what the device has reported. To be called now and then between runs of the clock.
  void CheckDevice();

  uint64_t kicks() const { return kicks_; }
  uint64_t calls() const { return calls_; }

 private:
  struct Ring {
    uint32_t size = 0;
    std::optional<VhostVringAddr> addr;
    uint32_t base = 0;
    std::optional<bool> enabled;  // as the front-end has said
    UniqueFd kick;
    UniqueFd call;
    UniqueFd err;
    bool running = false;
    RingSetup setup;  // while it runs
  };

  std::vector<uint8_t> Carry(VhostMessage* message);
  void SetFeatures(uint64_t features);
  void SetMemTable(VhostMessage* message);
  void SetVringNum(const VhostVringState& state);
  void SetVringAddr(const VhostVringAddr& addr);
  std::vector<uint8_t> GetVringBase(const VhostVringState& state);
  void SetVringFd(VhostMessage* message, UniqueFd Ring::*which);
  std::vector<uint8_t> GetConfig(const VhostMessage& message);

  Ring& RingAt(uint32_t index);
  uint32_t IndexOf(const Ring& ring) const { return static_cast<uint32_t>(&ring - rings_.data()); }
  bool any_running() const;
  // Starts or stops a ring if what it has demands it.
  void Update(Ring* ring);
  void Start(Ring* ring);
  void Stop(Ring* ring);
  RingSetup Locate(const Ring& ring) const;
  uint64_t Translate(const char* what, uint32_t index, uint64_t user, uint64_t size,
                     uint64_t alignment) const;

  Device* const device_;
  VhostDriver driver_;
  const Log log_;
  const uint64_t offered_;
  uint64_t features_ = 0;
  uint64_t protocol_features_ = 0;
  std::vector<VhostRegion> regions_;
  std::vector<Ring> rings_;
  UniqueFd backend_requests_;  // only kept open: this device has nothing to ask for
  bool config_event_ = false;
  bool reported_failure_ = false;
  uint64_t kicks_ = 0;
  uint64_t calls_ = 0;
};

}  // namespace vnet_cosim

#endif  // VNET_COSIM_VHOST_BACKEND_H_
