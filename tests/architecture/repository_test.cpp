#include "tests/architecture/rules.hpp"

#include "config/table.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace mvp::architecture {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path root = MVP_SOURCE_DIR;

std::string content_of(const std::filesystem::path& file) {
    std::ostringstream all;
    all << std::ifstream(file).rdbuf();
    return all.str();
}

TEST(Repository, EverySourceFileKeepsTheRules) {
    int files = 0;
    const auto check = [&](const std::filesystem::path& file) {
        if (file.extension() != ".cpp" && file.extension() != ".hpp")
            return;
        ++files;
        for (const auto& violation :
             violations(file.lexically_relative(root).generic_string(), content_of(file)))
            ADD_FAILURE() << violation;
    };
    for (const auto& item : std::filesystem::directory_iterator(root))
        check(item.path());
    for (const char* folder : {"actors", "bench", "config", "http", "storage", "tests"})
        for (const auto& item : std::filesystem::recursive_directory_iterator(root / folder))
            check(item.path());
    EXPECT_GT(files, 20) << "is " << root << " the repository?";
}

TEST(Repository, TheReadmeListsEverySettingWithItsDefaultAndHelp) {
    const std::string readme = content_of(root / "README.md");
    for (const auto& row : config::table()) {
        const std::string shown = row.fallback.empty() ? "" : fmt::format(" `{}`", row.fallback);
        EXPECT_THAT(readme, HasSubstr(fmt::format("| `{}` |{} | {} |\n", row.name, shown, row.help)));
    }
}

TEST(Repository, TheReadmeListsEveryDebianPackageWithItsPurpose) {
    const std::string readme = content_of(root / "README.md");
    std::ifstream list(root / "scripts/packages.txt");
    int packages = 0;
    for (std::string line; std::getline(list, line);) {
        if (line.starts_with('#'))
            continue;
        ++packages;
        std::istringstream words(line);
        std::string name, purpose;
        words >> name >> std::ws;
        std::getline(words, purpose);
        EXPECT_FALSE(purpose.empty()) << name;
        EXPECT_THAT(readme, HasSubstr(fmt::format("| `{}` | {} |\n", name, purpose)));
    }
    EXPECT_GT(packages, 20);
}

} // namespace
} // namespace mvp::architecture
