#pragma once

/// @file
/// What codec.cc chooses from: one encoder and one decoder per format. Private
/// to codec. `level` as in make_encoder().

#include <cstddef>
#include <memory>

#include "codec/codec.h"

namespace cofre::codec {

/// Bytes of one output buffer, and so the most that a sink gets at once.
constexpr std::size_t kOutputBytes = 128UL * 1024;

std::unique_ptr<StreamTransform> make_zstd_encoder(int level);
std::unique_ptr<StreamTransform> make_zstd_decoder();
std::unique_ptr<StreamTransform> make_gzip_encoder(int level);
std::unique_ptr<StreamTransform> make_gzip_decoder();

}  // namespace cofre::codec
