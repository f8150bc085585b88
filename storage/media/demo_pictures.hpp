// The pictures that the demo data names: drawn, small, the same on every machine.
#pragma once

#include "storage/model/error.hpp"

#include <filesystem>

namespace mvp::storage::media {

/// Writes cars/demo/<colour>-<view>.jpg and parts/demo/<colour>-<view>.jpg below the media root, colour 0 to
/// 7, view 1 and 2. Blocks: for the command line.
result<> write_demo_pictures(const std::filesystem::path& root);

} // namespace mvp::storage::media
