// The co-simulation as a program: the card, a network, and one peer after the other.
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <utility>

#include "../sim/error.h"
#include "counters.h"
#include "device.h"
#include "event_loop.h"
#include "network.h"
#include "options.h"
#include "session.h"
#include "shrink_guard.h"

namespace vnet_cosim {

using vnet_sim::ExitCode;
using vnet_sim::Format;
using vnet_sim::SimError;

namespace {

const Protocol& FindProtocol(const std::string& name) {
  std::string names;
  for (const Protocol& protocol : Protocols()) {
    if (name == protocol.name) return protocol;
    names += std::string(names.empty() ? "" : " or ") + protocol.name;
  }
  throw SimError(ExitCode::kCommandLine, "protocol '" + name + "': expected " + names);
}

[[noreturn]] void SocketError(const std::string& path, const char* what) {
  throw SimError(ExitCode::kSocket, path + ": " + what + ": " + std::strerror(errno));
}

sockaddr_un SocketAddress(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    throw SimError(ExitCode::kCommandLine,
                   Format("--socket: %zu characters, expected fewer than %zu", path.size(),
                          sizeof(address.sun_path)));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int NewSocket(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) SocketError(path, "socket");
  return fd;
}

// A socket file that a dead server has left is removed; one that somebody listens at is not.
int Listen(const std::string& path) {
  const sockaddr_un address = SocketAddress(path);
  const sockaddr* generic = reinterpret_cast<const sockaddr*>(&address);
  const int probe = NewSocket(path);
  const bool in_use = connect(probe, generic, sizeof(address)) == 0;
  const bool stale = !in_use && errno == ECONNREFUSED;
  close(probe);
  if (in_use) throw SimError(ExitCode::kSocket, path + ": another server listens here");
  if (stale) unlink(path.c_str());
  const int fd = NewSocket(path);
  if (bind(fd, generic, sizeof(address)) != 0) SocketError(path, "bind");
  if (listen(fd, 1) != 0) SocketError(path, "listen");
  return fd;
}

int Connect(const std::string& path) {
  const sockaddr_un address = SocketAddress(path);
  const int fd = NewSocket(path);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    SocketError(path, "connect");
  }
  return fd;
}

void MakeNonBlocking(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

sigset_t EndSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

class Server {
 public:
  explicit Server(const Options& options)
      : options_(options),
        protocol_(FindProtocol(options.protocol)),
        network_(MakeNetwork(options.network)) {
    if (!options.capture_path.empty()) {
      network_ = MakeCapture(std::move(network_), options.capture_path);
    }
    device_ = MakeRtlDevice(options.device);
    loop_ = std::make_unique<EventLoop>(device_.get(), network_.get());
    loop_->on_tick = [this] { Tick(); };
    WatchSignals();
    if (options.control) WatchControl();
  }

  ~Server() {
    session_.reset();
    if (listener_ >= 0) {
      close(listener_);
      unlink(options_.socket_path.c_str());
    }
    if (signals_ >= 0) close(signals_);
  }

  ExitCode Serve() {
    if (options_.connect) {
      Begin(Connect(options_.socket_path));
    } else {
      listener_ = Listen(options_.socket_path);
      AwaitPeer();
    }
    loop_->Run();
    if (session_ != nullptr) Disconnect();
    ClearStatus();
    std::fputs(SummaryText(Summarize()).c_str(), stderr);
    Event("stopped", "");
    return result_;
  }

 private:
  void AwaitPeer() {
    Say("listening at " + options_.socket_path);
    Event("listening", "");
    loop_->Watch(listener_, [this] {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      // One peer at a time; the next one waits in the queue of the socket.
      loop_->Unwatch(listener_);
      Begin(fd);
    });
  }

  void Begin(int fd) {
    MakeNonBlocking(fd);
    loop_->DropFrames();
    Say("peer connected");
    Event("connected", "");
    session_ = protocol_.make({device_.get(), loop_.get(), fd, options_.features});
    ended_ = false;
    session_->on_end = [this](const std::string& error) {
      if (!std::exchange(ended_, true)) loop_->Later([this, error] { End(error); });
    };
  }

  void End(const std::string& error) {
    Disconnect();
    Say(error.empty() ? "peer left" : "peer dropped: " + error);
    Event("ended", error);
    if (options_.keep && !options_.connect) {
      AwaitPeer();
      return;
    }
    if (!error.empty()) result_ = ExitCode::kMalformed;
    loop_->Stop();
  }

  // Leaves the device as the next peer wants to find it.
  void Disconnect() {
    session_.reset();
    device_->on_msix = [](uint16_t) {};
    device_->on_intx = [](bool) {};
    ResetDevice(device_.get());
    device_->SetMsixEnabled(false);
    device_->DrainDma();
    device_->memory()->Clear();
    device_->ResumeDma();
    // What the last accesses to the old peer's memory met is not the next peer's.
    TakeShrunk();
  }

  void WatchSignals() {
    const sigset_t set = EndSignals();
    signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals_ < 0) throw SimError(ExitCode::kInternal, "signalfd failed");
    loop_->Watch(signals_, [this] { loop_->Stop(); });
  }

  void WatchControl() {
    MakeNonBlocking(STDIN_FILENO);
    loop_->Watch(STDIN_FILENO, [this] {
      char bytes[256];
      const ssize_t length = read(STDIN_FILENO, bytes, sizeof(bytes));
      if (length < 0) return;
      if (length == 0) {  // who gave the orders is gone
        loop_->Stop();
        return;
      }
      commands_.append(bytes, static_cast<size_t>(length));
      for (size_t end; (end = commands_.find('\n')) != std::string::npos;) {
        Command(commands_.substr(0, end));
        commands_.erase(0, end + 1);
      }
    });
  }

  void Command(const std::string& command) {
    if (command == "stop") {
      loop_->Stop();
    } else if (command == "begin") {
      network_->Begin();
    } else if (command == "counters") {
      Event("counters", "");
    } else {
      Event("error", "command '" + command + "': expected begin, counters or stop");
    }
  }

  Summary Summarize() {
    Summary summary;
    summary.device = ReadCounters(device_.get());
    summary.dma = device_->dma_counters();
    summary.frames_tx = device_->frames_tx;
    summary.frames_rx = device_->frames_rx;
    summary.send_failures = network_->send_failures;
    summary.network = network_->Report();
    timespec cpu;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    summary.cpu_ns =
        static_cast<uint64_t>(cpu.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(cpu.tv_nsec);
    summary.cycles = device_->cycles();
    summary.busy_cycles = loop_->busy_cycles();
    summary.busy_ns = loop_->busy_ns();
    summary.data_bits = device_->data_bits();
    return summary;
  }

  void Event(const char* name, const std::string& error) {
    if (!options_.control) return;
    std::string line = Format("{\"event\":\"%s\"", name);
    if (!error.empty()) line += ",\"error\":" + JsonString(error);
    if (std::strcmp(name, "listening") != 0) line += ",\"summary\":" + SummaryJson(Summarize());
    std::printf("%s}\n", line.c_str());
    std::fflush(stdout);
  }

  void Say(const std::string& text) {
    ClearStatus();
    std::fprintf(stderr, "cosim: %s\n", text.c_str());
  }

  void ClearStatus() {
    if (status_shown_) std::fputs("\r\033[K", stderr);
    status_shown_ = false;
  }

  void Tick() {
    if (TakeShrunk() && session_ != nullptr) {
      session_->on_end(
          "shared memory: a file became shorter than the range that was mapped from it");
    }
    if (session_ == nullptr || !isatty(STDERR_FILENO)) return;
    const double seconds = static_cast<double>(loop_->busy_ns()) / 1e9;
    std::fprintf(
        stderr, "\r\033[K%.1f Mcycles, %.2f Mcycle/s while busy, %llu frames out, %llu in%s",
        static_cast<double>(device_->cycles()) / 1e6,
        seconds == 0 ? 0 : static_cast<double>(loop_->busy_cycles()) / 1e6 / seconds,
        static_cast<unsigned long long>(device_->frames_tx),
        static_cast<unsigned long long>(device_->frames_rx), device_->idle() ? ", idle" : "");
    status_shown_ = true;
  }

  const Options options_;
  const Protocol& protocol_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Session> session_;
  ExitCode result_ = ExitCode::kNormal;
  int listener_ = -1;
  int signals_ = -1;
  std::string commands_;
  bool ended_ = false;
  bool status_shown_ = false;
};

int Run(int argc, char** argv) {
  try {
    const Options options = ParseOptions(argc, argv);
    if (options.help) {
      std::fputs(UsageText(), stdout);
      return 0;
    }
    // A broken socket is an error code of write(), not the end of the process.
    signal(SIGPIPE, SIG_IGN);
    InstallShrinkGuard();
    // Before anything makes a thread (Verilator's run-time does): it would inherit the old mask,
    // and the signal would end the process there.
    const sigset_t set = EndSignals();
    sigprocmask(SIG_BLOCK, &set, nullptr);
    return static_cast<int>(Server(options).Serve());
  } catch (const SimError& error) {
    std::fprintf(stderr, "cosim: %s\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cosim: internal error: %s\n", error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}

}  // namespace

}  // namespace vnet_cosim

int main(int argc, char** argv) {
  return vnet_cosim::Run(argc, argv);
}
