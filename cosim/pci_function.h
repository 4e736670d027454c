// The card as a PCI function: what a PCIe hard block does in front of the RTL.
// SPDX-License-Identifier: Apache-2.0
//
// A hard block owns the type-0 header, the MSI-X and PCI Express capabilities and the MSI-X table;
// everything else in configuration space is handed to the RTL (vnet_pci_caps), as are all accesses
// to BAR 0. The peer is told of an interrupt through eventfds.
#ifndef VNET_COSIM_PCI_FUNCTION_H_
#define VNET_COSIM_PCI_FUNCTION_H_

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "device.h"
#include "vfio_protocol.h"

namespace vnet_cosim {

class PciFunction : public VfioFunction {
 public:
  // `log` is told what a peer is refused, once per kind of message.
  PciFunction(Device* device, std::function<void(const std::string&)> log);
  ~PciFunction() override;

  uint64_t RegionSize(uint32_t region) override;
  uint32_t IrqCount(uint32_t index) override;
  int RegionRead(uint32_t region, uint64_t offset, uint32_t count, uint8_t* data) override;
  int RegionWrite(uint32_t region, uint64_t offset, uint32_t count, const uint8_t* data) override;
  int DmaMap(uint64_t addr, uint64_t size, int fd, uint64_t offset, bool writable) override;
  int DmaUnmap(uint64_t addr, uint64_t size) override;
  int DmaUnmapAll() override;
  int SetEvents(uint32_t index, uint32_t start, std::vector<UniqueFd> fds) override;
  int DisableEvents(uint32_t index) override;
  int MaskIntx(bool masked) override;
  int Reset() override;

 private:
  struct Vector {
    UniqueFd event;
    bool pending = false;  // fired while there was no event
  };
  struct Unmappable {
    uint64_t addr;
    uint64_t size;
  };

  uint32_t ReadConfigWord(uint32_t offset);
  void WriteConfigWord(uint32_t offset, uint32_t value, uint32_t strobes);
  bool msix_enabled() const;
  void FireMsix(uint16_t vector);
  void FireIntx();

  Device* const device_;
  const std::function<void(const std::string&)> log_;
  std::array<uint32_t, 64> config_ = {};    // header and the capabilities of the hard block
  std::array<uint32_t, 64> writable_ = {};  // its bits that software may change
  std::vector<uint8_t> msix_bar_;           // a hypervisor keeps its own table
  std::vector<Vector> vectors_;
  UniqueFd intx_event_;
  bool intx_level_ = false;
  bool intx_masked_ = false;
  std::vector<Unmappable> unmappable_;
};

}  // namespace vnet_cosim

#endif  // VNET_COSIM_PCI_FUNCTION_H_
