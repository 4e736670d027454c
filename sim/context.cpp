// SPDX-License-Identifier: Apache-2.0
#include "context.h"

#include "model.h"
#include "random.h"

namespace vnet_sim {

Context::Context(uint64_t seed) : memory(&events), seed_(seed) {}

Context::~Context() = default;

void Context::AddModel(std::unique_ptr<Model> model) {
  model->set_id(static_cast<uint16_t>(models.size()));
  models.push_back(std::move(model));
}

uint64_t Context::SeedFor(const std::string& name) const {
  uint64_t mixed = seed_;
  for (const char c : name) mixed = Random(mixed ^ static_cast<uint8_t>(c)).Next();
  return mixed;
}

Context*& CurrentContext() {
  static Context* current = nullptr;
  return current;
}

}  // namespace vnet_sim
