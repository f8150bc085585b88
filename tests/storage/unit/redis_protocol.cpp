#include "storage/redis/protocol.hpp"

#include <gtest/gtest.h>

using namespace mvp::storage::redis;

TEST(RedisUrl, TcpHasDefaultsForPortAndDatabase) {
    const auto where = parse_url("redis://cache.local");
    ASSERT_TRUE(where);
    EXPECT_EQ(where->host, "cache.local");
    EXPECT_EQ(where->port, "6379");
    EXPECT_EQ(where->database, 0);
    EXPECT_TRUE(where->unix_path.empty());
}

TEST(RedisUrl, TcpTakesCredentialsPortAndDatabase) {
    const auto where = parse_url("redis://:p%40ss@[::1]:7000/3");
    ASSERT_TRUE(where);
    EXPECT_EQ(where->host, "::1");
    EXPECT_EQ(where->port, "7000");
    EXPECT_EQ(where->database, 3);
    EXPECT_EQ(where->password, "p@ss");
    EXPECT_TRUE(where->user.empty());
}

TEST(RedisUrl, UnixTakesAPathAndADatabase) {
    const auto where = parse_url("unix:///run/redis.sock?db=2");
    ASSERT_TRUE(where);
    EXPECT_EQ(where->unix_path, "/run/redis.sock");
    EXPECT_EQ(where->database, 2);
    EXPECT_EQ(parse_url("unix:///run/redis.sock")->database, 0);
}

TEST(RedisUrl, NonsenseIsRefusedWithoutRepeatingThePassword) {
    for (const char* bad :
         {"", "http://host", "redis://", "redis://host:port", "redis://host:70000", "redis://host/x",
          "redis://secret@host", "redis://:se%4@host", "redis://:se%zz@host", "unix://", "unix://relative",
          "unix:///s?db=", "unix:///s?db=-1", "unix:///s?x=1"}) {
        const auto where = parse_url(bad);
        ASSERT_FALSE(where) << bad;
        EXPECT_EQ(where.error().find("secret"), std::string::npos);
    }
}

TEST(RedisProtocol, ACommandIsAnArrayOfBulkStrings) {
    std::string out;
    const std::vector<std::string> words{"SET", "k", std::string("a\0\r\n", 4)};
    append_command(out, std::span<const std::string>(words));
    EXPECT_EQ(out, std::string("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\0\r\n\r\n", 30));
}

TEST(RedisProtocol, EveryKindOfReplyIsReadByteByByte) {
    const std::string bytes =
        "+OK\r\n-ERR no\r\n:-7\r\n$-1\r\n$3\r\na\r\n\r\n*3\r\n$1\r\nx\r\n*1\r\n:5\r\n$-1\r\n*0\r\n";
    parser p;
    std::vector<reply> all;
    for (const char c : bytes) {
        p.feed(&c, 1);
        reply r;
        while (p.next(r))
            all.push_back(std::move(r));
    }
    using kind = reply::kind;
    ASSERT_EQ(all.size(), 7u);
    EXPECT_EQ(all[0].text, "OK");
    EXPECT_EQ(all[1].type, kind::error);
    EXPECT_EQ(all[1].text, "ERR no");
    EXPECT_EQ(all[2].integer, -7);
    EXPECT_EQ(all[3].type, kind::nil);
    EXPECT_EQ(all[4].text, "a\r\n");
    ASSERT_EQ(all[5].items.size(), 3u);
    EXPECT_EQ(all[5].items[1].items.at(0).integer, 5);
    EXPECT_EQ(all[5].items[2].type, kind::nil);
    EXPECT_EQ(all[6].type, kind::array);
    EXPECT_TRUE(all[6].items.empty());
}

TEST(RedisProtocol, WhatIsNotRespBreaksTheParser) {
    parser p;
    const std::string bytes = "HTTP/1.1 400 Bad Request\r\n";
    p.feed(bytes.data(), bytes.size());
    reply r;
    EXPECT_FALSE(p.next(r));
    EXPECT_TRUE(p.broken());
}

TEST(RedisProtocol, AHalfReadReplyIsFreedWithTheParser) {
    parser p; // the sanitizer build looks for the leak
    const std::string bytes = "*2\r\n$1\r\nx\r\n";
    p.feed(bytes.data(), bytes.size());
    reply r;
    EXPECT_FALSE(p.next(r));
    EXPECT_FALSE(p.broken());
}
