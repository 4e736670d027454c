// SPDX-License-Identifier: Apache-2.0
#include "shrink_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace vnet_cosim {

namespace {

volatile sig_atomic_t shrunk = 0;
uintptr_t page_size = 0;

void OnBusError(int /*number*/, siginfo_t* info, void* /*context*/) {
  void* page =
      reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(info->si_addr) & ~(page_size - 1));
  if (info->si_code != BUS_ADRERR ||
      mmap(page, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
           0) == MAP_FAILED) {
    // Not ours: the access is tried again and ends the process.
    signal(SIGBUS, SIG_DFL);
    return;
  }
  shrunk = 1;
}

}  // namespace

void InstallShrinkGuard() {
  page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  struct sigaction action = {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

bool TakeShrunk() {
  const bool result = shrunk != 0;
  shrunk = 0;
  return result;
}

}  // namespace vnet_cosim
