// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>
#include <cstring>

#include "check.h"

namespace vnet_test {

namespace {
int failures = 0;
}

std::vector<TestCase>& AllTests() {
  static std::vector<TestCase> tests;
  return tests;
}

void Failure(const char* file, int line, const std::string& text) {
  ++failures;
  std::printf("  %s:%d: %s\n", file, line, text.c_str());
}

}  // namespace vnet_test

// Without arguments all tests, else those whose name contains the first one.
int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  int run = 0;
  int failed = 0;
  for (const vnet_test::TestCase& test : vnet_test::AllTests()) {
    if (argc > 1 && test.name.find(argv[1]) == std::string::npos) continue;
    const int before = vnet_test::failures;
    ++run;
    try {
      test.body();
    } catch (const std::exception& error) {
      vnet_test::Failure(__FILE__, __LINE__, std::string("exception: ") + error.what());
    }
    if (vnet_test::failures != before) {
      ++failed;
      std::printf("FAILED %s\n", test.name.c_str());
    }
  }
  std::printf("C++ unit tests: %d run, %d failed\n", run, failed);
  return failed == 0 && run > 0 ? 0 : 1;
}
