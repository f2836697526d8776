#include "codec/codec.h"

#include "codec/formats.h"

namespace cofre::codec {

std::unique_ptr<StreamTransform> make_encoder(Format format, int level) {
    switch (format) {  // No default: the compiler reports a missing format.
        case Format::kZstd: return make_zstd_encoder(level);
        case Format::kGzip: return make_gzip_encoder(level);
    }
    return nullptr;
}

std::unique_ptr<StreamTransform> make_decoder(Format format) {
    switch (format) {
        case Format::kZstd: return make_zstd_decoder();
        case Format::kGzip: return make_gzip_decoder();
    }
    return nullptr;
}

}  // namespace cofre::codec
