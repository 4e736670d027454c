// SPDX-License-Identifier: Apache-2.0
#include "run_simulator.h"

#include <unistd.h>
#include <verilated.h>
#if VM_COVERAGE
#include <verilated_cov.h>
#endif

#include <csignal>
#include <cstdio>
#include <ctime>

#include "channel.h"
#include "context.h"
#include "model.h"
#include "options.h"
#include "session.h"

namespace vnet_sim {

namespace {

std::unique_ptr<Channel> OpenChannel(const Options& options) {
  if (options.in_fd >= 0) {
    Channel::CheckDescriptor(options.in_fd);
    Channel::CheckDescriptor(options.out_fd);
    return std::make_unique<Channel>(options.in_fd, options.out_fd);
  }
  const int fd = options.tcp_port >= 0
                     ? Channel::ConnectTcpLoopback(static_cast<uint16_t>(options.tcp_port))
                     : Channel::ConnectUnix(options.socket_path);
  return std::make_unique<Channel>(fd, fd);
}

void AddMemories(const Options& options, GuestMemory* memory) {
  for (const MemoryOption& option : options.memories) {
    std::string text;
    const Status status =
        option.fd < 0 ? memory->AddArea(option.base, option.size, &text)
                      : memory->MapFile(option.base, option.size, option.fd, option.offset, &text);
    if (status != Status::kOk) throw SimError(ExitCode::kCommandLine, "guest memory: " + text);
  }
}

// The same seed gives the same start values of all registers, and so the same waveform. Arguments
// +verilator+... of the command line override it.
void PrepareVerilator(const char* program, const Options& options) {
  Verilated::randReset(2);
  Verilated::randSeed(static_cast<int>(options.seed));
#if VM_TRACE
  Verilated::traceEverOn(true);
#endif
  std::vector<const char*> arguments = {program};
  for (const std::string& plusarg : options.plusargs) arguments.push_back(plusarg.c_str());
  try {
    Verilated::commandArgs(static_cast<int>(arguments.size()), arguments.data());
  } catch (const SimError& error) {
    throw SimError(ExitCode::kCommandLine, error.what());
  }
}

int Run(const Options& options, const char* program, const Parameters& parameters,
        const DutFactory& make_dut) {
  // A broken socket is an error code of write(), not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  Context context(options.seed);
  CurrentContext() = &context;
  for (const auto& parameter : parameters) context.parameters[parameter.first] = parameter.second;
  AddMemories(options, &context.memory);
  const std::unique_ptr<Channel> channel = OpenChannel(options);

  PrepareVerilator(program, options);
  const std::unique_ptr<Dut> dut = make_dut();
  ExitCode code = ExitCode::kNormal;
  {
    Simulation simulation(&context, dut.get());
    if (options.max_cycles > 0) simulation.set_cycle_limit(options.max_cycles);
    // Runs the initial blocks: the bus models come into being.
    dut->Eval();
    if (!options.trace_path.empty() && !simulation.TraceOn(options.trace_path)) {
      throw SimError(ExitCode::kCommandLine, "cannot write the trace " + options.trace_path);
    }
    Session session(&simulation, channel.get());
    code = session.Serve();
    if (code != ExitCode::kNormal) {
      std::fprintf(stderr, "%s: %s\n", dut->top(), session.failure_text().c_str());
    }
    if (options.stats) {
      const double seconds = static_cast<double>(session.wall_ns()) * 1e-9;
      std::fprintf(stderr, "%s: %llu cycles in %.3f s, %.3f Mcycle/s\n", dut->top(),
                   static_cast<unsigned long long>(context.cycle), seconds,
                   static_cast<double>(context.cycle) / seconds * 1e-6);
    }
#if VM_COVERAGE
    if (!options.coverage_path.empty()) {
      Verilated::threadContextp()->coveragep()->write(options.coverage_path.c_str());
    }
#else
    if (!options.coverage_path.empty()) {
      std::fprintf(stderr, "%s: this build measures no coverage\n", dut->top());
    }
#endif
  }
  CurrentContext() = nullptr;
  return static_cast<int>(code);
}

}  // namespace

int RunSimulator(int argc, const char* const* argv, const Parameters& parameters,
                 const DutFactory& make_dut) {
  try {
    const Options options = ParseOptions(argc, argv);
    if (options.help) {
      std::fputs(UsageText(), stdout);
      return 0;
    }
    return Run(options, argv[0], parameters, make_dut);
  } catch (const SimError& error) {
    std::fprintf(stderr, "sim: %s\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sim: internal error: %s\n", error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}

}  // namespace vnet_sim

// Linked in place of time(), which only the waveform writers call: a file must not contain the
// date.
extern "C" time_t __wrap_time(time_t* at) {
  if (at != nullptr) *at = 0;
  return 0;
}

// What the run-time library calls for $finish, $stop (also a failed assertion and $error) and
// $fatal. The library is compiled without its own versions.
void vl_finish(const char* file, int line, const char*) {
  using namespace vnet_sim;
  if (CurrentContext() == nullptr) return;  // while the design is taken apart
  CurrentContext()->Fail(ExitCode::kDesignFinish,
                         Format("%s:%d: $finish at cycle %llu", file, line,
                                static_cast<unsigned long long>(CurrentContext()->cycle)));
}

void vl_stop(const char* file, int line, const char*) {
  using namespace vnet_sim;
  if (CurrentContext() == nullptr) return;
  CurrentContext()->Fail(
      ExitCode::kDesignFatal,
      Format("%s:%d: $stop, $error, $fatal or a failed assertion at cycle %llu", file, line,
             static_cast<unsigned long long>(CurrentContext()->cycle)));
}

// The run-time library cannot go on (logic that does not settle, bad plusargs, ...).
void vl_fatal(const char* file, int line, const char*, const char* message) {
  using namespace vnet_sim;
  throw SimError(ExitCode::kDesignFatal, Format("%s:%d: %s", file, line, message));
}
