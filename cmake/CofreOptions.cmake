# Flags for our own code only: third-party headers are SYSTEM.
add_library(cofre_options INTERFACE)
# -Wmissing-field-initializers would refuse designated initializers that leave
# out what has a sensible empty value, which is our style.
target_compile_options(cofre_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wcast-qual
  -Wnon-virtual-dtor -Woverloaded-virtual -Wsuggest-override -Wimplicit-fallthrough -Wextra-semi -Wundef
  -Wno-missing-field-initializers
  -fstack-protector-strong)
target_link_libraries(cofre_options INTERFACE Threads::Threads)
# g++ 12 gives false alarms of these once it inlines (strings, optionals).
target_compile_options(cofre_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
# Where several files are compiled as one, each looks like a header to the next,
# what a Pimpl keeps to itself like a type that two files see differently, and a
# using-declaration of one like something that a local variable of another hides.
if(CMAKE_UNITY_BUILD)
  target_compile_options(cofre_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>
    -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>)
endif()
if(COFRE_WERROR)
  target_compile_options(cofre_options INTERFACE -Werror)
endif()
if(COFRE_SANITIZE)
  target_compile_options(cofre_options INTERFACE -fsanitize=${COFRE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(cofre_options INTERFACE -fsanitize=${COFRE_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" OR CMAKE_BUILD_TYPE STREQUAL "Release")
  # What a distribution would ask of a program that reads other people's bytes.
  target_compile_options(cofre_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-clash-protection -fcf-protection)
  target_link_options(cofre_options INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
