#include "http/multipart.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace mvp::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::string contents(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class Multipart : public testing::Test {
  protected:
    Multipart() {
        char path[] = "/tmp/multipart-test-XXXXXX";
        folder_ = ::mkdtemp(path);
    }
    ~Multipart() override { std::filesystem::remove_all(folder_); }

    multipart_parser::options keeping_files() {
        multipart_parser::options how;
        how.temporary = [this] { return folder_ / std::to_string(files_++); };
        return how;
    }

    std::filesystem::path folder_;
    int files_ = 0;
    form form_;
};

const std::string two_parts = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--b\r\n"
                              "content-disposition: form-data; name=\"f\"; filename=\"x.png\"\r\n"
                              "Content-Type: image/png\r\n\r\n\r\n--x\r\n-\r\n--b--\r\nrest";

TEST_F(Multipart, GivesTheSameHoweverItIsCutIntoPieces) {
    for (std::size_t size = 1; size <= two_parts.size(); ++size) {
        form got;
        multipart_parser parser("b", keeping_files(), got);
        for (std::size_t at = 0; at < two_parts.size(); at += size)
            ASSERT_TRUE(parser.feed(std::string_view(two_parts).substr(at, size)));
        EXPECT_THAT(got.fields, ElementsAre(Pair("a", "one")));
        ASSERT_EQ(got.files.size(), 1u) << size;
        EXPECT_EQ(got.files[0].name, "x.png");
        EXPECT_EQ(contents(got.files[0].path), "\r\n--x\r\n-");
    }
}

TEST_F(Multipart, KeepsAFilesBytesNameAndType) {
    multipart_parser parser("b", keeping_files(), form_);
    const std::string bytes = std::string("\0\r\n--\r\n-", 8) + std::string(100'000, 'x') + "\r\n";
    ASSERT_TRUE(parser.feed(
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"C:/cars/caf\xc3\xa9.png\"\r\n"
        "Content-Type: image/png\r\n\r\n" +
        bytes + "\r\n--b--\r\n"));
    ASSERT_EQ(form_.files.size(), 1u);
    EXPECT_EQ(form_.files[0].field, "f");
    EXPECT_EQ(form_.files[0].name, "caf\xc3\xa9.png");
    EXPECT_EQ(form_.files[0].content_type, "image/png");
    EXPECT_EQ(form_.files[0].size, bytes.size());
    EXPECT_EQ(contents(form_.files[0].path), bytes);
}

TEST_F(Multipart, AFileVanishesWithItsForm) {
    std::filesystem::path path;
    {
        form short_lived;
        multipart_parser parser("b", keeping_files(), short_lived);
        ASSERT_TRUE(parser.feed(
            "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n1\r\n--b--"));
        path = short_lived.files.at(0).path;
        EXPECT_TRUE(std::filesystem::exists(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Multipart, AnUploadThatBreaksOffLeavesNoFile) {
    {
        multipart_parser parser("b", keeping_files(), form_);
        ASSERT_TRUE(
            parser.feed("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\nhalf"));
    }
    EXPECT_THAT(form_.files, IsEmpty());
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(Multipart, KeepsTheOrderOfRepeatedFields) {
    multipart_parser parser("b", keeping_files(), form_);
    std::string body;
    for (const char* value : {"3", "1", "2"})
        body += std::string("--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n") + value + "\r\n";
    ASSERT_TRUE(parser.feed(body + "--b--\r\n"));
    EXPECT_THAT(form_.fields, ElementsAre(Pair("n", "3"), Pair("n", "1"), Pair("n", "2")));
}

TEST_F(Multipart, RubbishIsAnEmptyForm) {
    for (const char* rubbish : {"", "xx", "--", "--c\r\n\r\n", "--b", "--b\r\n", "--b\r\n\r\n", "--b--",
                                "\r\n\r\n--b\r\n: x\r\n\r\ny\r\n--b--"}) {
        form got;
        multipart_parser parser("b", keeping_files(), got);
        EXPECT_TRUE(parser.feed(rubbish)) << rubbish;
        EXPECT_THAT(got.fields, IsEmpty()) << rubbish;
        EXPECT_THAT(got.files, IsEmpty()) << rubbish;
    }
}

TEST_F(Multipart, AFileInputLeftEmptyIsNoFile) {
    multipart_parser parser("b", keeping_files(), form_);
    ASSERT_TRUE(
        parser.feed("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\r\n--b--"));
    EXPECT_THAT(form_.files, IsEmpty());
}

TEST_F(Multipart, NamesAndTextsThatAreNoUtf8AreRepaired) {
    multipart_parser parser("b", keeping_files(), form_);
    ASSERT_TRUE(parser.feed("--b\r\nContent-Disposition: form-data; name=\"a\xff\"\r\n\r\n\xc3(\r\n--b--"));
    EXPECT_THAT(form_.fields, ElementsAre(Pair("a\xef\xbf\xbd", "\xef\xbf\xbd(")));
}

TEST_F(Multipart, WithoutAPlaceForFilesTheirBytesArePassedOver) {
    multipart_parser parser("b", {}, form_);
    ASSERT_TRUE(
        parser.feed("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n123\r\n--b--"));
    ASSERT_EQ(form_.files.size(), 1u);
    EXPECT_TRUE(form_.files[0].path.empty());
    EXPECT_EQ(form_.files[0].size, 3u);
}

TEST_F(Multipart, HasLimits) {
    multipart_parser::options how = keeping_files();
    how.fields = 1;
    how.files = 1;
    how.field_bytes = 4;
    const std::string field = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    const std::string file = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n";
    for (const std::string& body :
         {field + "12345\r\n--b--", field + "1\r\n" + field + "2\r\n--b--",
          file + "1\r\n" + file + "2\r\n--b--", "--b\r\n" + std::string(40'000, 'h')}) {
        form got;
        multipart_parser parser("b", how, got);
        const auto fed = parser.feed(body);
        ASSERT_FALSE(fed) << body.substr(0, 100);
        EXPECT_EQ(fed.error().code, errc::bad_request);
        EXPECT_TRUE(parser.feed("more")); // passed over
    }
}

TEST(MultipartBoundary, IsCheckedAsClientsKnowIt) {
    EXPECT_EQ(multipart_boundary("multipart/form-data; charset=x; boundary=\"a b\"").value(), "a b");
    EXPECT_EQ(multipart_boundary("multipart/form-data").error().text,
              "Multipart form parse error - Invalid boundary in multipart: None");
    EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary=" + std::string(202, 'b')));
    EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary=\"a \""));
    EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary=a\xc3\xa9"));
}

} // namespace
} // namespace mvp::http
