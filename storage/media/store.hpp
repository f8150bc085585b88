// Uploaded files: pictures are decoded, checked, turned upright, stripped of metadata and encoded anew;
// documents are checked by their first bytes. Names are random. Image and file work runs on the worker pool.
#pragma once

#include "storage/async.hpp"
#include "storage/worker_pool.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace mvp::storage::media {

struct limits {
    std::size_t bytes = 10u << 20;
    std::uint64_t pixels = 40'000'000;
};

/// A file to serve: `size` and `modified` as of opening. The descriptor is closed by its owner.
struct served_file {
    int descriptor = -1;
    std::uint64_t size = 0;
    std::chrono::sys_seconds modified{};
    std::string content_type{}; ///< from the stored extension, which the store chose
};

class store {
  public:
    /// Starts the image library, makes the root and clears away uploads that are older than a day. Throws if
    /// it cannot.
    store(worker_pool& workers, std::filesystem::path root, limits bounds = {});

    /// Checks and re-encodes the picture in `source` (a temporary file) and stores it below `folder`
    /// ("cars/2026/11/23"). The value is the path relative to the root, at most 100 bytes. errc::invalid with
    /// the contract's image text if it is no JPEG, PNG, WebP or GIF or is animated, with a sentence of its
    /// own if it is over a limit: the text is in error::text, for the caller to put under his field.
    /// errc::unavailable when the disk is full.
    task<result<std::string>> add_image(std::filesystem::path source, std::string folder);
    /// PDF (as it is), JPEG or PNG (encoded anew), kept under private/ of the root, which open() never
    /// serves; the value begins with "private/". For verification documents.
    /// `any`: bytes of an unknown kind are kept as they are, too, instead of errc::invalid.
    task<result<std::string>> add_document(std::filesystem::path source, std::string folder,
                                           bool any = false);

    /// A public file by its relative path; errc::not_found for what is absent, private, or tries to leave the
    /// root.
    task<result<served_file>> open(std::string path);
    task<result<served_file>> open_private(std::string path);
    /// Removing what is not there is no error.
    task<result<>> remove(std::string path);

    /// A new, empty temporary file on the same file system, for an upload's bytes; removed by whoever made
    /// it. Empty path: it cannot be made (the disk is full).
    std::filesystem::path temporary();

  private:
    worker_pool& workers_;
    std::filesystem::path root_;
    limits bounds_;
};

} // namespace mvp::storage::media
