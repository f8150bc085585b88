#include "tests/architecture/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mvp::architecture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Rules, ARoomSeesItselfAndTheRoomsBelow) {
    EXPECT_THAT(violations("http/rest.cpp", "#include \"http/json.hpp\"\n#include \"actors/ask.hpp\"\n"
                                            "#include \"storage/query.hpp\"\n#include <vector>\n"),
                IsEmpty());
    EXPECT_THAT(violations("actors/ask.cpp", "#include \"storage/loop.hpp\"\n"), IsEmpty());
    EXPECT_THAT(violations("storage/cars.cpp", "#include \"storage/model/car.hpp\"\n"), IsEmpty());
    EXPECT_THAT(violations("serve.cpp", "#include \"config/settings.hpp\"\n#include \"http/server.hpp\"\n"),
                IsEmpty());
}

TEST(Rules, NoRoomSeesTheRoomsAbove) {
    EXPECT_THAT(violations("storage/cars.cpp", "#include <string>\n#include \"actors/messages.hpp\"\n"),
                ElementsAre("storage/cars.cpp:2: storage/ may not include actors/messages.hpp"));
    EXPECT_THAT(violations("actors/ask.cpp", "#include \"http/request.hpp\"\n"),
                ElementsAre("actors/ask.cpp:1: actors/ may not include http/request.hpp"));
    EXPECT_THAT(violations("storage/model/car.cpp", "#include \"storage/query.hpp\"\n"),
                ElementsAre("storage/model/car.cpp:1: storage/model/ may not include storage/query.hpp"));
}

TEST(Rules, OnlyTheTopReadsSettings) {
    EXPECT_THAT(violations("http/server.cpp", "#include \"config/settings.hpp\"\n"),
                ElementsAre("http/server.cpp:1: http/ may not include config/settings.hpp"));
}

TEST(Rules, ALibraryIsSeenOnlyByItsPlace) {
    EXPECT_THAT(violations("storage/cars.cpp", "#include <libpq-fe.h>\n"),
                ElementsAre("storage/cars.cpp:1: libpq-fe.h belongs to storage/postgres/"));
    EXPECT_THAT(violations("http/feed.cpp", "#include <caf/all.hpp>\n"),
                ElementsAre("http/feed.cpp:1: caf/all.hpp belongs to actors/"));
    EXPECT_THAT(violations("serve.cpp", "#include <hiredis/hiredis.h>\n"),
                ElementsAre("serve.cpp:1: hiredis/hiredis.h belongs to storage/redis/"));
    EXPECT_THAT(violations("storage/postgres/connection.hpp",
                           "// A connection.\n#pragma once\n#include <libpq-fe.h>\n"),
                IsEmpty());
}

TEST(Rules, BeastStaysOutOfHeadersButForItsEnumerations) {
    EXPECT_THAT(violations("http/session.cpp", "#include <boost/beast/http.hpp>\n"), IsEmpty());
    EXPECT_THAT(
        violations("http/session.hpp", "// A session.\n#pragma once\n#include <boost/beast/http.hpp>\n"),
        ElementsAre("http/session.hpp:3: boost/beast/http.hpp belongs into a .cpp file"));
    EXPECT_THAT(
        violations("http/request.hpp", "// A request.\n#pragma once\n#include <boost/beast/http/verb.hpp>\n"),
        IsEmpty());
}

TEST(Rules, TestsAndTheLoadToolMaySeeEverything) {
    EXPECT_THAT(violations("tests/storage/cars.cpp", "#include <libpq-fe.h>\n#include \"http/json.hpp\"\n"),
                IsEmpty());
    EXPECT_THAT(violations("bench/floor.cpp", "#include <boost/beast/http.hpp>\n"), IsEmpty());
}

TEST(Rules, AHeaderSaysWhatItIsForAndIsReadOnce) {
    EXPECT_THAT(violations("http/x.hpp", "#include <string>\n"),
                ElementsAre("http/x.hpp:1: a header opens with a comment that says what it is for",
                            "http/x.hpp:1: a header has #pragma once"));
}

TEST(Rules, HeadersAreNamedFromTheRoot) {
    EXPECT_THAT(violations("tests/api/cars.cpp", "#include \"../support/server.hpp\"\n"),
                ElementsAre("tests/api/cars.cpp:1: headers are named from the root of the repository"));
}

TEST(Rules, NoBranchOfAConditionalOperatorAwaits) {
    const std::vector<std::string> wrong{"http/x.cpp:1: no branch of a conditional operator awaits: use if"};
    EXPECT_EQ(violations("http/x.cpp", std::string("auto a = b ?") + " co_await c() : d;\n"), wrong);
    EXPECT_EQ(violations("http/x.cpp", std::string("    :") + " co_await c();\n"), wrong);
    EXPECT_THAT(violations("http/x.cpp", "auto a = co_await c(b ? d : e);\n"), IsEmpty());
}

TEST(Rules, AFileOfMoreThan400LinesIsTooLong) {
    std::string lines;
    for (int i = 0; i < 400; ++i)
        lines += "x\n";
    EXPECT_THAT(violations("http/long.cpp", lines), IsEmpty());
    EXPECT_THAT(violations("http/long.cpp", lines + "x\n"),
                ElementsAre("http/long.cpp:401: a file has at most 400 lines"));
    EXPECT_THAT(violations("tests/http/long.cpp", lines + lines.substr(0, 400)), IsEmpty());
    EXPECT_THAT(violations("tests/http/long.cpp", lines + lines),
                ElementsAre("tests/http/long.cpp:800: a file has at most 600 lines"));
}

} // namespace
} // namespace mvp::architecture
