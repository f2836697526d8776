# Third-party libraries, all from Debian 12 packages (tools/install-deps.sh).
# One module owns each; see the table in ARCHITECTURE.md.
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3 REQUIRED)                               # crypto
find_package(ZLIB REQUIRED)                                    # codec
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)       # codec
pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive) # backup
pkg_check_modules(fuse3 REQUIRED IMPORTED_TARGET fuse3)        # backup
pkg_check_modules(libmariadb REQUIRED IMPORTED_TARGET libmariadb) # db
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)    # db (through SOCI), dump
find_path(HPDF_INCLUDE_DIR hpdf.h REQUIRED)                     # report
find_library(HPDF_LIBRARY hpdf REQUIRED)                       # brings no CMake or pkg-config file
add_library(hpdf::hpdf UNKNOWN IMPORTED)
set_target_properties(hpdf::hpdf PROPERTIES
  IMPORTED_LOCATION ${HPDF_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${HPDF_INCLUDE_DIR})
find_package(date 3 REQUIRED)                                   # schedule
find_package(CURL REQUIRED)                                    # net
find_package(Boost 1.81 REQUIRED COMPONENTS context)            # net
pkg_check_modules(pq REQUIRED IMPORTED_TARGET libpq)           # db
find_path(SOCI_INCLUDE_DIR soci/soci.h REQUIRED)                 # db
foreach(part IN ITEMS core sqlite3 postgresql)                 # brings no CMake or pkg-config file
  find_library(SOCI_${part}_LIBRARY soci_${part} REQUIRED)
  add_library(soci::${part} UNKNOWN IMPORTED)
  set_target_properties(soci::${part} PROPERTIES
    IMPORTED_LOCATION ${SOCI_${part}_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${SOCI_INCLUDE_DIR})
endforeach()
target_link_libraries(soci::sqlite3 INTERFACE soci::core PkgConfig::sqlite3)
target_link_libraries(soci::postgresql INTERFACE soci::core PkgConfig::pq)
find_package(prometheus-cpp REQUIRED)                          # api
find_package(pugixml REQUIRED)                                 # aws, s3
find_package(nlohmann_json 3.11 REQUIRED)                      # objects, repo, config, cli
find_package(simdjson 3 REQUIRED)                              # repo
find_package(yaml-cpp REQUIRED)                                # config
find_package(fmt 9 REQUIRED)                                   # base
find_package(spdlog REQUIRED)                                  # base
find_package(CLI11 REQUIRED)                                   # cli
