#include "config/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mvp::config {
namespace {

using ::testing::HasSubstr;

command_line accepted(const std::vector<std::string>& arguments) {
    auto line = parse_command_line(arguments);
    EXPECT_TRUE(line) << line.error();
    return line.value_or(command_line{});
}

std::string refused(const std::vector<std::string>& arguments) {
    auto line = parse_command_line(arguments);
    EXPECT_FALSE(line);
    return line ? "" : line.error();
}

TEST(CommandLine, ServesWithAndWithoutAFile) {
    EXPECT_EQ(accepted({"serve"}).what, subcommand::serve);
    EXPECT_FALSE(accepted({"serve"}).config);
    EXPECT_EQ(accepted({"serve", "--config", "a.toml"}).config, "a.toml");
    EXPECT_EQ(accepted({"serve", "--config=a=b.toml"}).config, "a=b.toml");
}

TEST(CommandLine, KnowsEverySubcommand) {
    EXPECT_EQ(accepted({"migrate"}).what, subcommand::migrate);
    EXPECT_EQ(accepted({"openapi"}).what, subcommand::openapi);
    EXPECT_EQ(accepted({"settings"}).what, subcommand::settings);
    EXPECT_EQ(accepted({"seed"}).scale, 1u);
    EXPECT_EQ(accepted({"seed", "--scale", "100"}).scale, 100u);
    EXPECT_TRUE(accepted({"check", "--deploy"}).deploy);
    const auto super =
        accepted({"createsuperuser", "--last-name", "L", "--email", "e@x.y", "--first-name", "F"});
    EXPECT_EQ(super.what, subcommand::createsuperuser);
    EXPECT_EQ(super.email, "e@x.y");
    EXPECT_EQ(super.first_name, "F");
    EXPECT_EQ(super.last_name, "L");
}

TEST(CommandLine, HelpIsEverywhereAndNeedsNothingElse) {
    for (const char* name : {"serve", "migrate", "createsuperuser", "seed", "openapi", "settings", "check"}) {
        EXPECT_THAT(accepted({"--help"}).help, HasSubstr(name));
        const auto line = accepted({name, "--help"});
        EXPECT_EQ(line.what, subcommand::help) << name;
        EXPECT_THAT(line.help, HasSubstr(std::string("Usage: mvpbackend ") + name));
    }
    EXPECT_THAT(accepted({"createsuperuser", "-h"}).help, HasSubstr("--first-name F"));
    EXPECT_EQ(accepted({"serve", "--nonsense", "--help"}).what, subcommand::help);
}

TEST(CommandLine, RefusesWhatItDoesNotKnowInASentenceThatNamesIt) {
    EXPECT_THAT(refused({}), HasSubstr("subcommand"));
    EXPECT_THAT(refused({"server"}), HasSubstr("'server'"));
    EXPECT_THAT(refused({"serve", "--port", "1"}), HasSubstr("'--port'"));
    EXPECT_THAT(refused({"serve", "a.toml"}), HasSubstr("'a.toml'"));
    EXPECT_THAT(refused({"openapi", "--config", "a.toml"}), HasSubstr("'--config'"));
    EXPECT_THAT(refused({"check", "--deploy=yes"}), HasSubstr("'--deploy=yes'"));
}

TEST(CommandLine, RefusesMissingRepeatedAndBadValues) {
    EXPECT_EQ(refused({"serve", "--config"}), "--config needs a value.");
    EXPECT_EQ(refused({"serve", "--config", "a", "--config", "b"}), "--config is given twice.");
    EXPECT_EQ(refused({"check"}), "check needs --deploy.");
    EXPECT_EQ(refused({"createsuperuser", "--email", "e@x.y", "--first-name", "F"}),
              "createsuperuser needs --last-name L.");
    EXPECT_EQ(refused({"createsuperuser", "--email", ""}), "--email must not be empty.");
    for (const char* scale : {"0", "-1", "1001", "1.5", "many", ""})
        EXPECT_EQ(refused({"seed", "--scale", scale}), "--scale must be a whole number from 1 to 1000.")
            << scale;
}

} // namespace
} // namespace mvp::config
