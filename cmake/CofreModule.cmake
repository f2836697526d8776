# cofre_module(<name> HEADERS ... SOURCES ... [PUBLIC_DEPS ...] [DEPS ...])
#   Static library cofre_<name>, alias cofre::<name>, from src/<name>/. Each
#   header is also compiled alone (target all_verify_interface_header_sets).
#   PUBLIC_DEPS: modules whose headers our headers include. DEPS: the rest.
# cofre_test(<name> SOURCES ... DEPS ...)
#   One test binary per module, known to ctest test by test.
# The standard headers that nearly every file includes, parsed once. Files still
# include what they use: the clang preset builds without this, and each header is
# compiled alone.
if(COFRE_PCH)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/pch.cc CONTENT "")
  add_library(cofre_pch STATIC ${PROJECT_BINARY_DIR}/pch.cc)
  target_link_libraries(cofre_pch PRIVATE cofre_options)
  target_precompile_headers(cofre_pch PRIVATE
    <algorithm> <chrono> <filesystem> <functional> <map> <memory> <mutex> <optional> <set> <span> <stop_token>
    <string> <string_view> <thread> <utility> <variant> <vector>)
endif()

function(cofre_module name)
  cmake_parse_arguments(ARG "" "" "HEADERS;SOURCES;PUBLIC_DEPS;DEPS" ${ARGN})
  add_library(cofre_${name} STATIC ${ARG_SOURCES})
  add_library(cofre::${name} ALIAS cofre_${name})
  target_sources(cofre_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${ARG_HEADERS})
  target_link_libraries(cofre_${name} PUBLIC ${ARG_PUBLIC_DEPS} PRIVATE ${ARG_DEPS} cofre_options)
  if(COFRE_PCH)
    target_precompile_headers(cofre_${name} REUSE_FROM cofre_pch)
  endif()
endfunction()

# GoogleTest costs two seconds per test file to parse; one precompiled copy
# serves every test binary, which therefore all have the same flags.
if(COFRE_BUILD_TESTS AND COFRE_PCH)
  # An executable, because a library would be compiled with -fPIC and its
  # header could not serve the tests, which have -fPIE.
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/test_pch.cc CONTENT "int main() {}\n")
  add_executable(cofre_test_pch EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/test_pch.cc)
  target_link_libraries(cofre_test_pch PRIVATE cofre_options GTest::gtest GTest::gmock)
  target_precompile_headers(cofre_test_pch PRIVATE <gtest/gtest.h> <filesystem> <functional> <map> <string> <vector>)
endif()

function(cofre_test name)
  if(NOT COFRE_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  add_executable(${name}_test ${ARG_SOURCES})
  target_link_libraries(${name}_test PRIVATE ${ARG_DEPS} cofre_options GTest::gtest_main GTest::gmock)
  if(COFRE_PCH)
    target_precompile_headers(${name}_test REUSE_FROM cofre_test_pch)
  endif()
  if(COFRE_TESTS_BY_BINARY)
    # Starting a process under a sanitizer costs more than most unit tests take.
    add_test(NAME ${name}_test COMMAND ${name}_test --gtest_brief=1)
    set_tests_properties(${name}_test PROPERTIES TIMEOUT 600 LABELS ${ARG_LABEL})
  else()
    gtest_discover_tests(${name}_test PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS ${ARG_LABEL} DISCOVERY_TIMEOUT 60)
  endif()
endfunction()
