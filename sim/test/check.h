// A very small unit test frame: TEST(name) { CHECK(...); CHECK_EQ(a, b); }
// SPDX-License-Identifier: Apache-2.0
#ifndef VNET_SIM_TEST_CHECK_H_
#define VNET_SIM_TEST_CHECK_H_

#include <functional>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace vnet_test {

struct TestCase {
  std::string name;
  std::function<void()> body;
};

std::vector<TestCase>& AllTests();
void Failure(const char* file, int line, const std::string& text);

struct Registration {
  Registration(const char* name, std::function<void()> body) {
    AllTests().push_back({name, std::move(body)});
  }
};

template <typename A, typename B>
void CheckEqual(const char* file, int line, const char* text, const A& a, const B& b) {
  if (a == b) return;
  std::ostringstream stream;
  if constexpr (std::is_convertible_v<A, std::string>) {
    stream << text << ": '" << a << "' != '" << b << "'";
  } else {
    stream << text << ": " << +a << " != " << +b;
  }
  Failure(file, line, stream.str());
}

}  // namespace vnet_test

#define TEST(name)                                                              \
  static void Test_##name();                                                    \
  static const vnet_test::Registration registration_##name(#name, Test_##name); \
  static void Test_##name()

#define CHECK(condition)                                                  \
  do {                                                                    \
    if (!(condition)) vnet_test::Failure(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_EQ(a, b) vnet_test::CheckEqual(__FILE__, __LINE__, #a " == " #b, a, b)

#endif  // VNET_SIM_TEST_CHECK_H_
