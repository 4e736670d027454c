// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "error.h"

namespace vnet_sim {

namespace {

[[noreturn]] void Bad(const std::string& what) {
  throw SimError(ExitCode::kCommandLine, what + " (--help lists the options)");
}

// Decimal or 0x hexadecimal, with nothing around it.
uint64_t Number(const std::string& name, const std::string& text, uint64_t min, uint64_t max) {
  errno = 0;
  char* end = nullptr;
  const unsigned long long value = std::strtoull(text.c_str(), &end, 0);
  if (text.empty() || text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < min ||
      value > max) {
    Bad(Format("%s: '%s' is not a number in %llu..%llu", name.c_str(), text.c_str(),
               static_cast<unsigned long long>(min), static_cast<unsigned long long>(max)));
  }
  return value;
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

MemoryOption Memory(const std::string& text, bool with_fd) {
  const std::string name = with_fd ? "--mem-fd" : "--mem";
  const std::vector<std::string> parts = Split(text, ':');
  const size_t least = with_fd ? 3 : 2;
  if (parts.size() < least || parts.size() > (with_fd ? least + 1 : least)) {
    Bad(name + ": '" + text + "' has the wrong number of parts");
  }
  MemoryOption memory;
  memory.base = Number(name, parts[0], 0, UINT64_MAX);
  memory.size = Number(name, parts[1], 1, UINT64_MAX);
  if (with_fd) memory.fd = static_cast<int>(Number(name, parts[2], 0, INT_MAX));
  if (parts.size() > 3) memory.offset = Number(name, parts[3], 0, UINT64_MAX);
  return memory;
}

}  // namespace

const char* UsageText() {
  return "usage: sim (--fd N[,OUT] | --socket PATH | --tcp PORT) [options] [+plusargs]\n"
         "  --fd N[,OUT]            inherited socket, or a pair of pipes (read, write)\n"
         "  --socket PATH           connect to a listening Unix-domain socket\n"
         "  --tcp PORT              connect to a port of this machine\n"
         "  --seed N                1..2147483647, default 1\n"
         "  --max-cycles N          fail after N clock edges\n"
         "  --mem BASE:SIZE         guest memory area\n"
         "  --mem-fd BASE:SIZE:FD[:OFFSET]  guest memory that somebody else maps too\n"
         "  --trace FILE            waveform from the start (traced builds)\n"
         "  --coverage FILE         write coverage at the end (coverage builds)\n"
         "  --stats                 print cycles and seconds at the end\n"
         "Every option can be written as --name VALUE, --name=VALUE or +name=VALUE.\n"
         "Exit codes: 0 normal, 1 internal, 2 command line, 3 socket, 4 peer died, 5 malformed\n"
         "message, 6 version, 7 cycle limit, 8 $fatal, 9 bus protocol, 10 memory rule, 11 "
         "$finish.\n";
}

Options ParseOptions(int argc, const char* const* argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool plus = argument.compare(0, 1, "+") == 0;
    if (!plus && argument.compare(0, 2, "--") != 0) Bad("unknown argument '" + argument + "'");
    const size_t equals = argument.find('=');
    const size_t name_at = plus ? 1 : 2;
    const std::string name = argument.substr(name_at, equals - name_at);

    if (name == "stats" || name == "help") {
      if (equals != std::string::npos) Bad("--" + name + " takes no value");
      (name == "stats" ? options.stats : options.help) = true;
      continue;
    }
    const bool known = name == "fd" || name == "socket" || name == "tcp" || name == "seed" ||
                       name == "max-cycles" || name == "trace" || name == "coverage" ||
                       name == "mem" || name == "mem-fd";
    if (!known) {
      if (!plus) Bad("unknown option '" + argument + "'");
      options.plusargs.push_back(argument);
      continue;
    }
    std::string value;
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (!plus && i + 1 < argc) {
      value = argv[++i];
    } else {
      Bad("--" + name + " needs a value");
    }
    if (name == "fd") {
      const std::vector<std::string> parts = Split(value, ',');
      if (parts.size() > 2) Bad("--fd takes one or two descriptors");
      options.in_fd = static_cast<int>(Number("--fd", parts[0], 0, INT_MAX));
      options.out_fd = static_cast<int>(Number("--fd", parts.back(), 0, INT_MAX));
    } else if (name == "socket") {
      if (value.empty()) Bad("--socket needs a path");
      options.socket_path = value;
    } else if (name == "tcp") {
      options.tcp_port = static_cast<int>(Number("--tcp", value, 1, 65535));
    } else if (name == "seed") {
      options.seed = Number("--seed", value, 1, INT_MAX);
    } else if (name == "max-cycles") {
      options.max_cycles = Number("--max-cycles", value, 1, UINT64_MAX);
    } else if (name == "trace") {
      options.trace_path = value;
    } else if (name == "coverage") {
      options.coverage_path = value;
    } else {
      options.memories.push_back(Memory(value, name == "mem-fd"));
    }
  }
  if (options.help) return options;
  const int ways = (options.in_fd >= 0) + !options.socket_path.empty() + (options.tcp_port >= 0);
  if (ways != 1) Bad("exactly one of --fd, --socket and --tcp is needed");
  return options;
}

}  // namespace vnet_sim
