#include "storage/media/files.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mvp::storage::media {
namespace {

namespace fs = std::filesystem;

tl::unexpected<error> trouble(const char* what, const fs::path& where) {
    spdlog::error("media: cannot {} {}: {}", what, where.native(), std::strerror(errno));
    error e{errc::unavailable, "Service temporarily unavailable."};
    e.retry_after = 1;
    return fail(std::move(e));
}

tl::unexpected<error> not_found() {
    return fail(errc::not_found, "Not found.");
}

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// So that a new name survives a power cut.
bool sync_folder(const fs::path& folder) {
    const descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return opened && ::fsync(opened.get()) == 0;
}

/// The folder of `path`, entered name by name so that no symbolic link is followed; `path` becomes the last
/// name.
descriptor open_folder_of(const fs::path& root, std::string_view& path) {
    descriptor folder{::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    for (auto slash = path.find('/'); folder && slash != path.npos; slash = path.find('/')) {
        const std::string name(path.substr(0, slash));
        path.remove_prefix(slash + 1);
        folder =
            descriptor{::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    }
    return folder;
}

/// Unlinks on the way out, unless told that the file has its final name.
struct unlink_at_exit {
    fs::path path;
    bool kept = false;
    ~unlink_at_exit() {
        if (!kept)
            ::unlink(path.c_str());
    }
};

} // namespace

descriptor& descriptor::operator=(descriptor&& other) noexcept {
    if (this != &other) {
        if (fd_ >= 0)
            ::close(fd_);
        fd_ = other.release();
    }
    return *this;
}

descriptor::~descriptor() {
    if (fd_ >= 0)
        ::close(fd_);
}

int descriptor::release() noexcept {
    const int fd = fd_;
    fd_ = -1;
    return fd;
}

bool is_plain_path(std::string_view path) noexcept {
    if (path.empty() || path.size() > 4096 || path.find('\0') != path.npos)
        return false;
    while (true) {
        const auto slash = path.find('/');
        const auto name = path.substr(0, slash);
        if (name.empty() || name.front() == '.')
            return false;
        if (slash == path.npos)
            return true;
        path.remove_prefix(slash + 1);
    }
}

std::string random_name() {
    std::array<unsigned char, 16> bytes;
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw std::runtime_error("the operating system gives no random bytes");
    std::string name;
    for (const auto byte : bytes) {
        name += "0123456789abcdef"[byte >> 4];
        name += "0123456789abcdef"[byte & 15];
    }
    return name;
}

result<std::string> read_whole(const fs::path& file, std::uint64_t most) {
    const descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat status;
    if (!opened || ::fstat(opened.get(), &status) != 0)
        return trouble("read", file);
    if (static_cast<std::uint64_t>(status.st_size) > most)
        return fail(errc::too_large, "The file is too large.");
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t got = ::read(opened.get(), bytes.data() + have, bytes.size() - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return trouble("read", file);
        if (got == 0) // it shrank meanwhile
            break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

fs::path temporary_folder(const fs::path& root) {
    return root / ".incoming";
}

result<> write_whole(const fs::path& root, std::string_view path, std::string_view bytes) {
    const fs::path final_path = root / path;
    std::error_code failed;
    fs::create_directories(temporary_folder(root), failed);
    if (!failed)
        fs::create_directories(final_path.parent_path(), failed);
    if (failed) {
        errno = failed.value();
        return trouble("make the folder of", final_path);
    }
    unlink_at_exit temporary{temporary_folder(root) / random_name()};
    descriptor opened{::open(temporary.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640)};
    if (!opened)
        return trouble("make", temporary.path);
    if (!write_all(opened.get(), bytes) || ::fsync(opened.get()) != 0)
        return trouble("write", temporary.path);
    if (::rename(temporary.path.c_str(), final_path.c_str()) != 0)
        return trouble("name", final_path);
    temporary.kept = true;
    if (!sync_folder(final_path.parent_path())) {
        const auto answer = trouble("make durable", final_path);
        ::unlink(final_path.c_str());
        return answer;
    }
    return {};
}

result<descriptor> open_below(const fs::path& root, std::string_view path) {
    if (!is_plain_path(path))
        return not_found();
    const auto folder = open_folder_of(root, path);
    if (!folder)
        return not_found();
    // Non-blocking: opening a pipe that somebody put there must not hang.
    descriptor file{
        ::openat(folder.get(), std::string(path).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    struct stat status;
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return not_found();
    return file;
}

result<> remove_below(const fs::path& root, std::string_view path) {
    if (!is_plain_path(path))
        return {};
    auto name = path;
    const auto folder = open_folder_of(root, name);
    if (folder && ::unlinkat(folder.get(), std::string(name).c_str(), 0) != 0 && errno != ENOENT)
        return trouble("remove", root / path);
    return {};
}

void remove_old_temporaries(const fs::path& root, std::chrono::seconds age) {
    std::error_code ignored; // another process may remove the same ones
    for (const auto& entry : fs::directory_iterator(temporary_folder(root), ignored)) {
        struct stat status;
        if (::lstat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode))
            continue;
        const auto changed = std::chrono::sys_seconds{std::chrono::seconds{status.st_mtime}};
        if (changed < std::chrono::system_clock::now() - age)
            ::unlink(entry.path().c_str());
    }
}

} // namespace mvp::storage::media
