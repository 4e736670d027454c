// A vfio-user client with a small virtio driver: the part of a hypervisor that behaves badly.
// SPDX-License-Identifier: Apache-2.0
//
//   vfio_client SOCKET SCENARIO
//
// Each scenario ends with "ok SCENARIO" and exit code 0, or says what did not hold. The card behind
// the socket has the network "loopback" and waits for the next client after each one (--keep).
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<uint8_t>;

[[noreturn]] void Fail(const std::string& text) {
  std::fprintf(stderr, "vfio_client: %s\n", text.c_str());
  std::exit(1);
}

void Expect(bool holds, const std::string& text) {
  if (!holds) Fail(text);
}

constexpr int kLimitMs = 120'000;

template <typename T>
void Put(Bytes* bytes, T value) {
  const uint8_t* from = reinterpret_cast<const uint8_t*>(&value);
  bytes->insert(bytes->end(), from, from + sizeof(value));
}

class Client {
 public:
  static constexpr uint64_t kBase = 0x100000;
  static constexpr uint64_t kSize = 16 << 20;

  explicit Client(const std::string& path) {
    fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof(address.sun_path), "%s", path.c_str());
    Expect(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0,
           "cannot connect to " + path);
  }
  ~Client() {
    if (fd_ >= 0) close(fd_);
    if (memory_ != nullptr) munmap(memory_, kSize);
    if (memory_fd_ >= 0) close(memory_fd_);
  }

  static Bytes Message(uint16_t command, const Bytes& payload, uint32_t flags = 0) {
    Bytes message;
    Put<uint16_t>(&message, 7);
    Put<uint16_t>(&message, command);
    Put<uint32_t>(&message, static_cast<uint32_t>(16 + payload.size()));
    Put<uint32_t>(&message, flags);
    Put<uint32_t>(&message, 0);
    message.insert(message.end(), payload.begin(), payload.end());
    return message;
  }

  void Send(const Bytes& bytes, int passed_fd = -1) {
    iovec part = {const_cast<uint8_t*>(bytes.data()), bytes.size()};
    msghdr envelope = {};
    envelope.msg_iov = &part;
    envelope.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    if (passed_fd >= 0) {
      envelope.msg_control = control;
      envelope.msg_controllen = sizeof(control);
      cmsghdr* item = CMSG_FIRSTHDR(&envelope);
      item->cmsg_level = SOL_SOCKET;
      item->cmsg_type = SCM_RIGHTS;
      item->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(item), &passed_fd, sizeof(int));
    }
    // The other side may have closed meanwhile: what it answered tells.
    [[maybe_unused]] const ssize_t sent = sendmsg(fd_, &envelope, MSG_NOSIGNAL);
  }

  // The next message, or nothing if the other side has closed.
  Bytes Receive() {
    Bytes message = ReceiveBytes(16);
    if (message.empty()) return message;
    uint32_t size;
    std::memcpy(&size, &message[4], 4);
    Expect(size >= 16 && size < (1 << 20), "a reply of " + std::to_string(size) + " bytes");
    const Bytes rest = ReceiveBytes(size - 16);
    message.insert(message.end(), rest.begin(), rest.end());
    return message;
  }

  // Sends a command and returns the payload of its reply; a reply that is an error fails.
  Bytes Call(uint16_t command, const Bytes& payload, int passed_fd = -1) {
    Send(Message(command, payload), passed_fd);
    const Bytes reply = Receive();
    Expect(reply.size() >= 16, "no reply to command " + std::to_string(command));
    uint32_t flags, error;
    std::memcpy(&flags, &reply[8], 4);
    std::memcpy(&error, &reply[12], 4);
    Expect(flags == 1, "command " + std::to_string(command) + ": error " + std::to_string(error));
    return Bytes(reply.begin() + 16, reply.end());
  }

  void Greet() { Call(1, {0, 0, 0, 0}); }

  void ShrinkMemory() { Expect(ftruncate(memory_fd_, 0) == 0, "cannot shorten the memory"); }

  void Map() {
    if (memory_ == nullptr) {
      memory_fd_ = memfd_create("guest", MFD_CLOEXEC);
      Expect(ftruncate(memory_fd_, kSize) == 0, "no memory");
      memory_ = static_cast<uint8_t*>(
          mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd_, 0));
    }
    Bytes payload;
    Put<uint32_t>(&payload, 32);
    Put<uint32_t>(&payload, 3);
    Put<uint64_t>(&payload, 0);
    Put<uint64_t>(&payload, kBase);
    Put<uint64_t>(&payload, kSize);
    Call(2, payload, memory_fd_);
  }

  void Unmap() {
    Bytes payload;
    Put<uint32_t>(&payload, 24);
    Put<uint32_t>(&payload, 0);
    Put<uint64_t>(&payload, kBase);
    Put<uint64_t>(&payload, kSize);
    Call(3, payload);
  }

  uint32_t Read(uint64_t offset, uint32_t size) {
    Bytes payload;
    Put<uint64_t>(&payload, offset);
    Put<uint32_t>(&payload, 0);
    Put<uint32_t>(&payload, size);
    const Bytes reply = Call(9, payload);
    Expect(reply.size() == 16 + size, "a register read of the wrong size");
    uint32_t value = 0;
    std::memcpy(&value, &reply[16], size);
    return value;
  }

  void Write(uint64_t offset, uint32_t value, uint32_t size) {
    Bytes payload;
    Put<uint64_t>(&payload, offset);
    Put<uint32_t>(&payload, 0);
    Put<uint32_t>(&payload, size);
    for (uint32_t i = 0; i < size; ++i) payload.push_back(static_cast<uint8_t>(value >> 8 * i));
    Call(10, payload);
  }

  uint8_t* memory() { return memory_; }
  int fd() const { return fd_; }

 private:
  Bytes ReceiveBytes(size_t size) {
    Bytes bytes;
    while (bytes.size() < size) {
      pollfd wait = {fd_, POLLIN, 0};
      Expect(poll(&wait, 1, kLimitMs) == 1, "the card does not answer");
      uint8_t piece[4096];
      const ssize_t got = recv(fd_, piece, std::min(sizeof(piece), size - bytes.size()), 0);
      if (got <= 0) return {};
      bytes.insert(bytes.end(), piece, piece + got);
    }
    return bytes;
  }

  int fd_ = -1;
  int memory_fd_ = -1;
  uint8_t* memory_ = nullptr;
};

// A driver for both queues of the first pair, with rings of 256 entries and one buffer per entry.
class Driver {
 public:
  static constexpr uint16_t kRing = 256;
  static constexpr uint32_t kHeader = 12;

  explicit Driver(Client* client) : client_(client) {}

  void Start() {
    Reset();
    client_->Write(0x14, 0x03, 1);
    client_->Write(0x08, 1, 4);
    client_->Write(0x0C, 1, 4);  // VERSION_1
    client_->Write(0x14, 0x0B, 1);
    Expect((client_->Read(0x14, 1) & 8) != 0, "the device refuses VERSION_1");
    std::memset(client_->memory(), 0, kBuffers);
    for (uint16_t queue = 0; queue < 2; ++queue) {
      client_->Write(0x16, queue, 2);
      client_->Write(0x18, kRing, 2);
      const uint32_t ring = static_cast<uint32_t>(Client::kBase + Ring(queue));
      for (uint32_t part = 0; part < 3; ++part) {
        client_->Write(0x20 + 8 * part, ring + 0x4000 * part, 4);
        client_->Write(0x24 + 8 * part, 0, 4);
      }
      client_->Write(0x1C, 1, 2);
      available_[queue] = 0;
    }
    client_->Write(0x14, 0x0F, 1);
  }

  void Reset() {
    client_->Write(0x14, 0, 1);
    for (int i = 0; client_->Read(0x14, 1) != 0; ++i) Expect(i < 1000, "the reset does not end");
  }

  // One more buffer of a queue becomes available.
  void Post(uint16_t queue, const Bytes& data, uint32_t size, bool writable) {
    const uint16_t slot = available_[queue] % kRing;
    const uint64_t buffer = kBuffers + (queue * kRing + slot) * uint64_t{4096};
    std::memcpy(client_->memory() + buffer, data.data(), data.size());
    uint8_t* descriptor = client_->memory() + Ring(queue) + 16 * slot;
    const uint64_t addr = Client::kBase + buffer;
    const uint16_t flags = writable ? 2 : 0;
    std::memcpy(descriptor, &addr, 8);
    std::memcpy(descriptor + 8, &size, 4);
    std::memcpy(descriptor + 12, &flags, 2);
    uint8_t* ring = client_->memory() + Ring(queue) + 0x4000;
    std::memcpy(ring + 4 + 2 * slot, &slot, 2);
    ++available_[queue];
    __atomic_store_n(reinterpret_cast<uint16_t*>(ring + 2), available_[queue], __ATOMIC_RELEASE);
  }
  void PostFrame(uint32_t size, uint8_t fill) {
    Bytes bytes(kHeader + size, fill);
    std::memset(bytes.data(), 0, kHeader);
    Post(1, bytes, static_cast<uint32_t>(bytes.size()), false);
  }
  void PostBuffer() { Post(0, {}, 2048, true); }
  void Kick(uint16_t queue) { client_->Write(0x1000 + 4 * queue, queue, 2); }

  uint16_t Used(uint16_t queue) {
    const uint8_t* ring = client_->memory() + Ring(queue) + 0x8000;
    return __atomic_load_n(reinterpret_cast<const uint16_t*>(ring + 2), __ATOMIC_ACQUIRE);
  }
  void AwaitUsed(uint16_t queue, uint16_t count) {
    for (int ms = 0; Used(queue) != count; ++ms) {
      Expect(ms < kLimitMs, "queue " + std::to_string(queue) + ": " + std::to_string(Used(queue)) +
                                " of " + std::to_string(count) + " buffers came back");
      usleep(1000);
    }
  }
  const uint8_t* Received(uint16_t slot) { return client_->memory() + kBuffers + slot * 4096; }

 private:
  static constexpr uint64_t kBuffers = 0x40000;
  static uint64_t Ring(uint16_t queue) { return uint64_t{0x10000} * (1 + queue); }

  Client* const client_;
  uint16_t available_[2] = {};
};

// -----------------------------------------------------------------------------------------
// scenarios

// The card still does what it is for: frames come back through the loopback.
void Good(const std::string& path) {
  Client client(path);
  client.Greet();
  client.Map();
  Driver driver(&client);
  driver.Start();
  for (int i = 0; i < 16; ++i) driver.PostBuffer();
  driver.Kick(0);
  for (uint8_t i = 0; i < 16; ++i) driver.PostFrame(60 + i, static_cast<uint8_t>(0x40 + i));
  driver.Kick(1);
  driver.AwaitUsed(1, 16);
  driver.AwaitUsed(0, 16);
  for (uint8_t i = 0; i < 16; ++i) {
    const uint8_t* bytes = driver.Received(i) + Driver::kHeader;
    for (uint32_t k = 0; k < 60u + i; ++k) {
      Expect(bytes[k] == 0x40 + i, "frame " + std::to_string(i) + " came back changed");
    }
  }
}

// Memory goes away while the device reads frames from it: the unmap is answered, the device says
// that it needs a reset and works after it.
void UnmapUnderWork(const std::string& path) {
  Client client(path);
  client.Greet();
  client.Map();
  Driver driver(&client);
  driver.Start();
  for (int i = 0; i < Driver::kRing; ++i) driver.PostFrame(3000, 0x55);
  driver.Kick(1);
  while (driver.Used(1) == 0) usleep(100);
  client.Unmap();
  for (int i = 0; (client.Read(0x14, 1) & 0x40) == 0; ++i) {
    Expect(i < 10000, "the device has not noticed that its memory is gone");
    usleep(1000);
  }
  driver.Reset();
  client.Map();
  driver.Start();
  driver.PostBuffer();
  driver.Kick(0);
  driver.PostFrame(100, 0x77);
  driver.Kick(1);
  driver.AwaitUsed(1, 1);
}

// The file of the memory is cut to nothing while the device reads frames from it: the connection
// ends.
void Shrink(const std::string& path) {
  Client client(path);
  client.Greet();
  client.Map();
  Driver driver(&client);
  driver.Start();
  for (int i = 0; i < Driver::kRing; ++i) driver.PostFrame(3000, 0x55);
  driver.Kick(1);
  while (driver.Used(1) == 0) usleep(100);
  client.ShrinkMemory();
  Expect(client.Receive().empty(), "the card goes on with memory that is gone");
}

// A driver that never gives a receive buffer again: it can go on sending, and stop.
void NeverRefill(const std::string& path) {
  Client client(path);
  client.Greet();
  client.Map();
  Driver driver(&client);
  driver.Start();
  driver.PostBuffer();
  driver.PostBuffer();
  driver.Kick(0);
  for (uint16_t round = 1; round <= 8; ++round) {
    for (int i = 0; i < 100; ++i) driver.PostFrame(1000, 0x33);
    driver.Kick(1);
    driver.AwaitUsed(1, static_cast<uint16_t>(100 * round));
  }
  Expect(driver.Used(0) == 2, "a receive buffer came back that was never given");
  driver.Reset();
}

// The connection ends at every byte of a message, and in mid-traffic.
void Cut(const std::string& path) {
  const Bytes message = Client::Message(9, Bytes(16));
  for (size_t length = 1; length < message.size(); length += 5) {
    Client client(path);
    client.Greet();
    client.Send(Bytes(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(length)));
  }
  Client client(path);
  client.Greet();
  client.Map();
  Driver driver(&client);
  driver.Start();
  for (int i = 0; i < 200; ++i) driver.PostFrame(1500, 0x66);
  driver.Kick(1);
}

// Messages that break the protocol end the connection; wrong requests are answered with an error.
void Malformed(const std::string& path) {
  const auto raw = [](uint32_t size, uint32_t flags, uint16_t command) {
    Bytes message;
    Put<uint16_t>(&message, 1);
    Put<uint16_t>(&message, command);
    Put<uint32_t>(&message, size);
    Put<uint32_t>(&message, flags);
    Put<uint32_t>(&message, 0);
    return message;
  };
  const std::vector<Bytes> fatal = {
      raw(0, 0, 9),    raw(15, 0, 9), raw(0xFFFFFFFF, 0, 10),
      raw(16, 1, 13),  raw(16, 0, 9), raw(16, 0, 2),
      Bytes(64, 0xFF), raw(16, 0, 1), Client::Message(1, {9, 0, 0, 0}),
  };
  for (size_t i = 0; i < fatal.size(); ++i) {
    Client client(path);
    client.Greet();
    client.Send(fatal[i]);
    Expect(client.Receive().empty(), "malformed message " + std::to_string(i) + " was answered");
  }
  Client client(path);
  client.Greet();
  Bytes wrong;  // a read far outside the region
  Put<uint64_t>(&wrong, ~uint64_t{0});
  Put<uint32_t>(&wrong, 0);
  Put<uint32_t>(&wrong, 4);
  for (const uint16_t command : {uint16_t{9}, uint16_t{99}, uint16_t{8}}) {
    client.Send(Client::Message(command, command == 8 ? Bytes(20) : wrong));
    const Bytes reply = client.Receive();
    Expect(reply.size() == 16 && (reply[8] & 0x20) != 0, "a wrong request was not refused");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, void (*)(const std::string&)> scenarios = {
      {"good", Good}, {"unmap", UnmapUnderWork}, {"shrink", Shrink}, {"no-refill", NeverRefill},
      {"cut", Cut},   {"malformed", Malformed},
  };
  const auto found = argc == 3 ? scenarios.find(argv[2]) : scenarios.end();
  if (found == scenarios.end())
    Fail("usage: vfio_client SOCKET good|unmap|shrink|no-refill|cut|malformed");
  found->second(argv[1]);
  std::printf("ok %s\n", argv[2]);
  return 0;
}
