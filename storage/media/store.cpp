#include "storage/media/store.hpp"

#include "storage/media/files.hpp"
#include "storage/media/format.hpp"
#include "storage/media/image.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>

namespace mvp::storage::media {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view private_prefix = "private/";
constexpr std::size_t longest_path = 100; // the columns' length
constexpr char document_text[] = "Upload a PDF document or a JPEG or PNG image.";

tl::unexpected<error> not_found() {
    return fail(errc::not_found, "Not found.");
}

bool is_private(std::string_view path) {
    return path.starts_with(private_prefix);
}

/// The bytes of an upload; a size over the limit becomes a sentence for the client.
result<std::string> upload(const fs::path& source, std::size_t most) {
    auto bytes = read_whole(source, most);
    if (!bytes && bytes.error().code == errc::too_large)
        return fail(errc::invalid,
                    fmt::format("The file is too large: at most {} MiB are accepted.", most >> 20));
    return bytes;
}

result<std::string> keep(const fs::path& root, std::string_view folder, format type, std::string_view bytes) {
    std::string path = fmt::format("{}/{}{}", folder, random_name(), extension(type));
    if (!is_plain_path(path) || path.size() > longest_path)
        return fail(errc::internal, fmt::format("media: \"{}\" is no folder for a file", folder));
    if (auto done = write_whole(root, path, bytes); !done)
        return fail(std::move(done.error()));
    return path;
}

result<std::string> keep_image(const fs::path& root, const limits& bounds, std::string_view bytes,
                               std::string_view folder) {
    auto made = reencode(bytes, bounds.pixels);
    if (!made)
        return fail(std::move(made.error()));
    return keep(root, folder, made->type, made->bytes);
}

/// An open file on its way from a worker: closed if the caller is gone meanwhile.
struct found_file {
    descriptor file;
    served_file about;
};

result<found_file> find(const fs::path& root, std::string_view path) {
    auto file = open_below(root, path);
    if (!file)
        return fail(std::move(file.error()));
    struct stat status;
    if (::fstat(file->get(), &status) != 0)
        return not_found();
    served_file about;
    about.size = static_cast<std::uint64_t>(status.st_size);
    about.modified = std::chrono::sys_seconds{std::chrono::seconds{status.st_mtime}};
    about.content_type = content_type(path);
    return found_file{std::move(*file), std::move(about)};
}

task<result<served_file>> serve(worker_pool& workers, fs::path root, std::string path) {
    auto job = [root = std::move(root), path = std::move(path)] { return find(root, path); };
    auto found = co_await workers.run(std::move(job));
    if (!found)
        co_return fail(std::move(found.error()));
    served_file served = std::move(found->about);
    served.descriptor = found->file.release();
    co_return served;
}

} // namespace

store::store(worker_pool& workers, fs::path root, limits bounds)
    : workers_(workers), root_(fs::absolute(root)), bounds_(bounds) {
    start_image_library();
    fs::create_directories(temporary_folder(root_));
    remove_old_temporaries(root_, std::chrono::days{1});
}

task<result<std::string>> store::add_image(fs::path source, std::string folder) {
    auto job = [root = root_, bounds = bounds_, source = std::move(source),
                folder = std::move(folder)]() -> result<std::string> {
        auto bytes = upload(source, bounds.bytes);
        if (!bytes)
            return bytes;
        return keep_image(root, bounds, *bytes, folder);
    };
    co_return co_await workers_.run(std::move(job));
}

task<result<std::string>> store::add_document(fs::path source, std::string folder, bool any) {
    auto job = [root = root_, bounds = bounds_, any, source = std::move(source),
                folder = std::string(private_prefix) + folder]() -> result<std::string> {
        auto bytes = upload(source, bounds.bytes);
        if (!bytes)
            return bytes;
        switch (format_of(*bytes)) {
        case format::pdf:
            return keep(root, folder, format::pdf, *bytes);
        case format::jpeg:
        case format::png:
            return keep_image(root, bounds, *bytes, folder);
        case format::unknown:
            if (any)
                return keep(root, folder, format::unknown, *bytes);
            [[fallthrough]];
        default:
            return fail(errc::invalid, document_text);
        }
    };
    co_return co_await workers_.run(std::move(job));
}

task<result<served_file>> store::open(std::string path) {
    if (is_private(path))
        co_return not_found();
    co_return co_await serve(workers_, root_, std::move(path));
}

task<result<served_file>> store::open_private(std::string path) {
    if (!is_private(path))
        co_return not_found();
    co_return co_await serve(workers_, root_, std::move(path));
}

task<result<>> store::remove(std::string path) {
    auto job = [root = root_, path = std::move(path)] { return remove_below(root, path); };
    co_return co_await workers_.run(std::move(job));
}

fs::path store::temporary() {
    auto path = temporary_folder(root_) / random_name();
    const descriptor made{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    return made ? path : fs::path{};
}

} // namespace mvp::storage::media
