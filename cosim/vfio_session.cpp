// The socket of a vfio-user client: messages with file descriptors in, replies out.
// SPDX-License-Identifier: Apache-2.0
#include "vfio_session.h"

#include <cstdio>

#include "fd_socket.h"
#include "pci_function.h"
#include "peer_error.h"
#include "vfio_protocol.h"

namespace vnet_cosim {

namespace {

class VfioSession : public Session {
 public:
  explicit VfioSession(const SessionSetup& setup)
      : loop_(setup.loop),
        socket_(setup.fd),
        function_(setup.device,
                  [](const std::string& text) {
                    std::fprintf(stderr, "cosim: vfio-user: %s\n", text.c_str());
                  }),
        server_(&function_) {
    loop_->Watch(socket_.get(), [this] { Serve(); });
  }

  ~VfioSession() override { loop_->Unwatch(socket_.get()); }

 private:
  void Serve() {
    try {
      // Not for ever: the device wants to go on.
      for (int i = 0; i < kMaxReads; ++i) {
        switch (ReadSocket(socket_.get(), server_.wanted(), server_.bytes(), server_.fds())) {
          case ReadResult::kNothingYet:
            return;
          case ReadResult::kEnd:
            End(server_.at_boundary() ? "" : "the connection ended inside a message");
            return;
          case ReadResult::kData:
            break;
        }
        const std::vector<uint8_t> reply = server_.Process();
        if (!reply.empty()) WriteSocket(socket_.get(), reply);
      }
    } catch (const PeerError& error) {
      End(error.what());
    }
  }

  void End(const std::string& error) {
    loop_->Unwatch(socket_.get());
    on_end(error);
  }

  static constexpr int kMaxReads = 64;

  EventLoop* const loop_;
  UniqueFd socket_;
  PciFunction function_;
  VfioServer server_;
};

}  // namespace

std::unique_ptr<Session> MakeVfioSession(const SessionSetup& setup) {
  return std::make_unique<VfioSession>(setup);
}

}  // namespace vnet_cosim
