#include "store/memory_store.h"

#include "store/testing/store_contract.h"

namespace cofre::store::testing {

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract,
                         ::testing::Values(StoreFactory{.name = "Memory",
                                                        .open = [] { return std::make_unique<MemoryStore>(); }}),
                         factory_name);

}  // namespace cofre::store::testing
