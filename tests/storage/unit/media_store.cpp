#include "storage/media/files.hpp"
#include "storage/media/store.hpp"
#include "tests/storage/unit/media_support.hpp"

#include <boost/asio/co_spawn.hpp>

#include <csignal>
#include <fcntl.h>
#include <regex>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mvp::storage::media {
namespace {

namespace fs = std::filesystem;

struct MediaStore : testing::Test {
    temporary_directory outside, root;
    worker_pool workers{1, 10};
    store media{workers, root.path};

    template <class T> result<T> wait(task<result<T>> work) {
        net::io_context io{1};
        result<T> got = fail(errc::internal, "did not end");
        net::co_spawn(io.get_executor(), std::move(work), [&](std::exception_ptr e, result<T> r) {
            if (!e)
                got = std::move(r);
        });
        io.run();
        return got;
    }
    fs::path upload(std::string_view bytes) {
        const fs::path path = outside.path / random_name();
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }
    errc open_error(const std::string& path) {
        auto got = wait(media.open(path));
        if (got)
            ::close(got->descriptor);
        return got ? errc::internal : got.error().code;
    }
};

TEST_F(MediaStore, KeepsAPictureUnderARandomNameAndServesIt) {
    const auto source = upload(encoded(noise(60, 40), ".jpg"));
    const auto path = wait(media.add_image(source, "cars/2026/11/23")).value();
    EXPECT_TRUE(std::regex_match(path, std::regex("cars/2026/11/23/[0-9a-f]{32}\\.jpg"))) << path;
    EXPECT_EQ(root.files(), std::vector<std::string>{path});
    const auto served = wait(media.open(path)).value();
    EXPECT_EQ(served.content_type, "image/jpeg");
    EXPECT_EQ(served.size, fs::file_size(root.path / path));
    EXPECT_LT(std::chrono::system_clock::now() - served.modified, std::chrono::minutes{1});
    std::string bytes(served.size, '\0');
    EXPECT_EQ(::read(served.descriptor, bytes.data(), bytes.size()), static_cast<ssize_t>(served.size));
    EXPECT_EQ(bytes, file_bytes(root.path / path));
    ::close(served.descriptor);
    EXPECT_NE(wait(media.add_image(source, "cars/2026/11/23")).value(), path);
}

TEST_F(MediaStore, TakesPicturesByTheirContentsOnly) {
    const auto refused = wait(media.add_image(upload("<script>alert(1)</script>"), "cars"));
    EXPECT_EQ(refused.error().code, errc::invalid);
    EXPECT_EQ(refused.error().text, image_text);
    EXPECT_EQ(wait(media.add_image(upload("%PDF-1.4"), "cars")).error().text, image_text);
    EXPECT_TRUE(root.files().empty());
}

TEST_F(MediaStore, RefusesWhatIsTooLargeWithoutReadingIt) {
    const auto source = upload(encoded(noise(60, 40), ".png"));
    fs::resize_file(source, (10u << 20) + 1);
    const auto refused = wait(media.add_image(source, "cars"));
    EXPECT_EQ(refused.error().code, errc::invalid);
    EXPECT_EQ(refused.error().text, "The file is too large: at most 10 MiB are accepted.");
    EXPECT_EQ(wait(media.add_document(source, "cars")).error().text, refused.error().text);
}

TEST_F(MediaStore, KeepsDocumentsWhereOnlyTheirOwnDoorOpens) {
    const std::string pdf = "%PDF-1.4\nsome document";
    const auto path = wait(media.add_document(upload(pdf), "verification_docs/2026/11")).value();
    EXPECT_TRUE(std::regex_match(path, std::regex("private/verification_docs/2026/11/[0-9a-f]{32}\\.pdf")))
        << path;
    EXPECT_EQ(file_bytes(root.path / path), pdf);
    EXPECT_EQ(open_error(path), errc::not_found);
    EXPECT_EQ(open_error("/" + path), errc::not_found);
    EXPECT_EQ(open_error("./" + path), errc::not_found);
    EXPECT_EQ(open_error("cars/../" + path), errc::not_found);
    EXPECT_EQ(open_error("/" + path), errc::not_found);
    EXPECT_EQ(open_error(std::string("private//") + path.substr(8)), errc::not_found);
    const auto served = wait(media.open_private(path)).value();
    EXPECT_EQ(served.content_type, "application/pdf");
    ::close(served.descriptor);
    const auto picture =
        wait(media.add_document(upload(encoded(noise(9, 9), ".png")), "verification_docs/2026/11")).value();
    EXPECT_TRUE(picture.ends_with(".png"));
    const auto refused =
        wait(media.add_document(upload(encoded(noise(9, 9), ".gif")), "verification_docs/2026/11"));
    EXPECT_EQ(refused.error().code, errc::invalid);
    EXPECT_EQ(refused.error().text, "Upload a PDF document or a JPEG or PNG image.");
}

TEST_F(MediaStore, PrivateDoorDoesNotOpenPublicFiles) {
    const auto path = wait(media.add_image(upload(encoded(noise(9, 9), ".png")), "cars")).value();
    EXPECT_EQ(wait(media.open_private(path)).error().code, errc::not_found);
    EXPECT_EQ(wait(media.open_private("private/../" + path)).error().code, errc::not_found);
}

TEST_F(MediaStore, ServesNothingButRegularFilesOfItsOwn) {
    std::ofstream(outside.path / "secret.txt") << "secret";
    fs::create_directories(root.path / "cars");
    std::ofstream(root.path / "cars" / "page.html") << "<script>";
    std::ofstream(root.path / "cars" / ".hidden") << "x";
    fs::create_symlink(outside.path / "secret.txt", root.path / "cars" / "link.jpg");
    fs::create_directory_symlink(outside.path, root.path / "linked");
    ASSERT_EQ(::mkfifo((root.path / "cars" / "pipe.jpg").c_str(), 0600), 0);
    const auto temporary = media.temporary();
    ASSERT_TRUE(fs::exists(temporary));
    const std::string name = outside.path.filename();
    for (const std::string& path :
         {std::string{}, std::string{"cars"}, std::string{"cars/"}, std::string{"/etc/passwd"},
          std::string{"../" + name + "/secret.txt"}, std::string{"cars/../../" + name + "/secret.txt"},
          std::string{"cars/link.jpg"}, std::string{"linked/secret.txt"}, std::string{"cars/pipe.jpg"},
          std::string{"cars/.hidden"}, std::string{".incoming/"} + temporary.filename().string(),
          std::string{"cars/page.html\0.jpg", 19}, std::string{"cars//page.html"},
          std::string{"cars/page.html/"}, std::string{"absent.jpg"}, std::string(100'000, 'a'),
          std::string(3000, '/')})
        EXPECT_EQ(open_error(path), errc::not_found) << path.substr(0, 80);
    const auto page = wait(media.open("cars/page.html")).value();
    EXPECT_EQ(page.content_type, "application/octet-stream");
    ::close(page.descriptor);
}

TEST_F(MediaStore, RemovesWhatIsThereAndOnlyInside) {
    const auto path = wait(media.add_image(upload(encoded(noise(9, 9), ".png")), "cars")).value();
    EXPECT_TRUE(wait(media.remove(path)));
    EXPECT_FALSE(fs::exists(root.path / path));
    EXPECT_TRUE(wait(media.remove(path)));
    const auto kept = upload("kept");
    EXPECT_TRUE(
        wait(media.remove("../" + outside.path.filename().string() + "/" + kept.filename().string())));
    EXPECT_TRUE(wait(media.remove(kept)));
    EXPECT_TRUE(fs::exists(kept));
}

TEST_F(MediaStore, LeavesNothingBehindWhenTheDiskTakesNoMore) {
    const auto source = upload(encoded(noise(300, 300), ".png"));
    std::signal(SIGXFSZ, SIG_IGN);
    struct rlimit before;
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit little { 1000, before.rlim_max };
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &little), 0);
    const auto refused = wait(media.add_image(source, "cars"));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_TRUE(root.files().empty());
    EXPECT_TRUE(wait(media.add_image(source, "cars")));
}

TEST_F(MediaStore, SaysWhenAnUploadIsNoLongerThere) {
    EXPECT_EQ(wait(media.add_image(outside.path / "gone", "cars")).error().code, errc::unavailable);
}

TEST_F(MediaStore, ClearsAwayOldTemporariesAtItsStart) {
    const auto fresh = media.temporary(), old = media.temporary();
    const struct timespec times[2] = {{::time(nullptr), 0}, {::time(nullptr) - 2 * 86400, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, old.c_str(), times, 0), 0);
    store again{workers, root.path};
    EXPECT_TRUE(fs::exists(fresh));
    EXPECT_FALSE(fs::exists(old));
}

TEST_F(MediaStore, RefusesAFolderThatMakesThePathTooLong) {
    const auto source = upload(encoded(noise(9, 9), ".png"));
    EXPECT_EQ(wait(media.add_image(source, std::string(63, 'a'))).value().size(), 100u);
    EXPECT_EQ(wait(media.add_image(source, std::string(64, 'a'))).error().code, errc::internal);
    EXPECT_EQ(wait(media.add_image(source, "../outside")).error().code, errc::internal);
}

} // namespace
} // namespace mvp::storage::media
