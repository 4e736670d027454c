// Holds clones of all frames: an AF_PACKET socket that nobody reads, for so many seconds.
// SPDX-License-Identifier: Apache-2.0
//
// The driver may not push its header into the headroom of a frame that somebody else holds, too.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? atoi(argv[1]) : 0;
  if (seconds <= 0) {
    fprintf(stderr, "usage: sniff SECONDS\n");
    return 2;
  }
  const int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  if (fd < 0) {
    perror("sniff");
    return 1;
  }
  // A full buffer would let frames pass without a clone.
  const int buffer = 256 << 20;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) != 0) {
    perror("sniff: SO_RCVBUFFORCE");
    return 1;
  }
  puts("sniffing");
  fflush(stdout);
  sleep((unsigned)seconds);
  return 0;
}
