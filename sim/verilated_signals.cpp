// Finds the signals that a debug build makes public.
// SPDX-License-Identifier: Apache-2.0
#include <verilated.h>
#include <verilated_syms.h>

#include <cstdlib>
#include <string>

#include "verilated_dut.h"

namespace vnet_sim {

namespace {

// An element of a variable; false if it is of a kind that has no bits (string, real, ...).
bool Describe(const VerilatedVar& var, const std::string& name, size_t index, Signal* signal) {
  size_t item = 0;
  switch (var.vltype()) {
    case VLVT_UINT8:
      item = 1;
      break;
    case VLVT_UINT16:
      item = 2;
      break;
    case VLVT_UINT32:
      item = 4;
      break;
    case VLVT_UINT64:
      item = 8;
      break;
    case VLVT_WDATA:
      break;
    default:
      return false;
  }
  signal->name = name;
  signal->width = static_cast<uint32_t>(var.elements(0));
  signal->item_bytes = static_cast<uint32_t>(item);
  const size_t stride = item != 0 ? item : signal->bytes();
  signal->data = static_cast<uint8_t*>(var.datap()) + index * stride;
  signal->writable = var.isPublicRW();
  signal->is_port = false;
  return true;
}

// Dimension 0 is the packed one, 1 the first unpacked one.
// Number of elements of a one-dimensional memory, 0 for a plain signal.
size_t Elements(const VerilatedVar& var) {
  return var.udims() == 1 ? static_cast<size_t>(var.elements(1)) : 0;
}

// "u_a.u_b" below the top module -> name of the Verilated scope.
std::string ScopeName(const std::string& top, const std::string& path) {
  return path.empty() ? "TOP." + top : "TOP." + top + "." + path;
}

}  // namespace

bool FindPublicSignal(const std::string& top, const std::string& path, Signal* signal) {
  std::string stem = path;
  bool indexed = false;
  size_t index = 0;
  if (!path.empty() && path.back() == ']') {
    const size_t bracket = path.rfind('[');
    if (bracket == std::string::npos) return false;
    char* end = nullptr;
    index = std::strtoull(path.c_str() + bracket + 1, &end, 10);
    if (end == path.c_str() + bracket + 1 || *end != ']') return false;
    stem = path.substr(0, bracket);
    indexed = true;
  }
  const size_t dot = stem.rfind('.');
  const std::string scope_path = dot == std::string::npos ? "" : stem.substr(0, dot);
  const std::string name = dot == std::string::npos ? stem : stem.substr(dot + 1);
  const VerilatedScope* scope = Verilated::scopeFind(ScopeName(top, scope_path).c_str());
  const VerilatedVar* var = scope == nullptr ? nullptr : scope->varFind(name.c_str());
  if (var == nullptr) return false;
  const size_t elements = Elements(*var);
  if (var->udims() > 1 || indexed != (elements > 0)) return false;
  if (indexed) {
    const size_t low = static_cast<size_t>(var->low(1));
    if (index < low || index - low >= elements) return false;
    index -= low;
  }
  return Describe(*var, path, index, signal);
}

std::vector<Signal> ListPublicSignals(const std::string& top, const std::string& prefix) {
  std::vector<Signal> found;
  const std::string root = ScopeName(top, "");
  for (const auto& entry : *Verilated::scopeNameMap()) {
    const std::string scope = entry.first;
    if (scope.compare(0, root.size(), root) != 0) continue;
    if (scope.size() > root.size() && scope[root.size()] != '.') continue;
    const VerilatedVarNameMap* vars = entry.second->varsp();
    if (vars == nullptr) continue;
    std::string below = scope.substr(root.size());
    if (!below.empty()) below = below.substr(1) + ".";
    for (const auto& item : *vars) {
      std::string name = below + item.first;
      if (name.compare(0, prefix.size(), prefix) != 0) continue;
      const size_t elements = Elements(item.second);
      if (elements > 0) name += "[" + std::to_string(elements) + "]";
      Signal signal;
      if (item.second.udims() <= 1 && Describe(item.second, name, 0, &signal)) {
        found.push_back(signal);
      }
    }
  }
  return found;
}

}  // namespace vnet_sim
