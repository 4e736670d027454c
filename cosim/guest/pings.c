// Sends an echo request of each payload size in a range, and compares every byte of the answer.
// SPDX-License-Identifier: Apache-2.0
//
//   pings ADDRESS FROM TO      one request of each size; a lost one is not sent again, the 10th
//   ends it
//
// Prints "sent N lost N bytes N us N"; exit code 1 if one was lost or came back changed.
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// A card that is broken shall not take a minute to show it.
enum { kMaxPayload = 65000, kWaitMs = 5000, kMaxLost = 10 };

static uint16_t Checksum(const uint8_t* bytes, size_t size) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < size; i += 2) sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
  if (size % 2 == 1) sum += (uint32_t)(bytes[size - 1] << 8);
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return htons((uint16_t)~sum);
}

static int64_t NowUs(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// 1: the answer came; 0: it did not; -1: it came with other bytes.
static int Await(int fd, uint16_t id, uint16_t sequence, const uint8_t* payload, size_t size) {
  static uint8_t bytes[kMaxPayload + 100];
  const int64_t end = NowUs() + kWaitMs * 1000;
  while (NowUs() < end) {
    const ssize_t length = recv(fd, bytes, sizeof(bytes), 0);
    if (length < (ssize_t)sizeof(struct iphdr)) continue;
    const size_t start = (size_t)((struct iphdr*)bytes)->ihl * 4;
    const struct icmphdr* icmp = (const struct icmphdr*)(bytes + start);
    if ((size_t)length < start + sizeof(*icmp) || icmp->type != ICMP_ECHOREPLY ||
        icmp->un.echo.id != id || icmp->un.echo.sequence != htons(sequence)) {
      continue;
    }
    const size_t got = (size_t)length - start - sizeof(*icmp);
    return got == size && memcmp(bytes + start + sizeof(*icmp), payload, size) == 0 ? 1 : -1;
  }
  return 0;
}

int main(int argc, char** argv) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  const long from = argc == 4 ? atol(argv[2]) : -1;
  const long last = argc == 4 ? atol(argv[3]) : -1;
  if (from < 0 || last < from || last > kMaxPayload ||
      inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
    fprintf(stderr, "usage: pings ADDRESS FROM TO\n");
    return 2;
  }
  const int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (fd < 0) {
    perror("pings");
    return 2;
  }
  const struct timeval wait = {.tv_usec = 100000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));

  static uint8_t request[kMaxPayload + sizeof(struct icmphdr)];
  uint8_t* payload = request + sizeof(struct icmphdr);
  const uint16_t id = htons((uint16_t)getpid());
  long sent = 0, lost = 0, bytes = 0;
  const int64_t began = NowUs();
  for (long size = from; size <= last && lost < kMaxLost; ++size) {
    for (long i = 0; i < size; ++i) payload[i] = (uint8_t)(size * 7 + i * 13);
    struct icmphdr* icmp = (struct icmphdr*)request;
    memset(icmp, 0, sizeof(*icmp));
    icmp->type = ICMP_ECHO;
    icmp->un.echo.id = id;
    icmp->un.echo.sequence = htons((uint16_t)size);
    icmp->checksum = Checksum(request, sizeof(*icmp) + (size_t)size);
    ++sent;
    if (sendto(fd, request, sizeof(*icmp) + (size_t)size, 0, (struct sockaddr*)&to, sizeof(to)) <
        0) {
      perror("pings: send");
      ++lost;
      continue;
    }
    const int answer = Await(fd, id, (uint16_t)size, payload, (size_t)size);
    if (answer == 1) {
      bytes += size;
    } else {
      ++lost;
      printf("%ld bytes: %s\n", size, answer == 0 ? "no answer" : "other bytes came back");
    }
  }
  printf("sent %ld lost %ld bytes %ld us %lld\n", sent, lost, bytes, (long long)(NowUs() - began));
  return lost == 0 ? 0 : 1;
}
