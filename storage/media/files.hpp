// Files below one directory, which no path can leave: writing so that a file is whole or absent, opening,
// removing. Blocking: for the worker pool.
#pragma once

#include "storage/model/error.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace mvp::storage::media {

/// Owns a descriptor.
class descriptor {
  public:
    descriptor() = default;
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(other.release()) {}
    descriptor& operator=(descriptor&& other) noexcept;
    ~descriptor();

    explicit operator bool() const { return fd_ >= 0; }
    int get() const { return fd_; }
    int release() noexcept;

  private:
    int fd_ = -1;
};

/// Whether `path` is made of plain names: not absolute, no empty ones, none that begins with a dot, no NUL.
bool is_plain_path(std::string_view path) noexcept;

/// 32 hexadecimal digits, from the operating system's generator.
std::string random_name();

/// The whole file; errc::too_large beyond `most` bytes, errc::unavailable if it cannot be read.
result<std::string> read_whole(const std::filesystem::path& file, std::uint64_t most);

/// Where uploads and files that are being written lie: below the root, so that a rename suffices; never
/// served.
std::filesystem::path temporary_folder(const std::filesystem::path& root);

/// Writes `bytes` to `root`/`path` and makes the folders. On success they survive a power cut; on failure (a
/// full disk: errc::unavailable, the reason in the log) nothing is left.
result<> write_whole(const std::filesystem::path& root, std::string_view path, std::string_view bytes);

/// A regular file below the root, reached without a symbolic link. errc::not_found otherwise.
result<descriptor> open_below(const std::filesystem::path& root, std::string_view path);

/// No error if it is not there.
result<> remove_below(const std::filesystem::path& root, std::string_view path);

/// Removes temporaries that have not changed for `age`: left by a process that was killed.
void remove_old_temporaries(const std::filesystem::path& root, std::chrono::seconds age);

} // namespace mvp::storage::media
