// Replays a recording of the original server, line by line in its order, and says where the answers differ.
// Usage: replay [--golden FILE] [--verbose]; FILE may also come from the variable GOLDEN.
#include "tests/replay/compare.hpp"
#include "tests/replay/story.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <thread>

namespace {

using namespace mvp;
namespace json = boost::json;

struct tally {
    int matched = 0, differed = 0, unchecked = 0, skipped = 0;
    std::set<std::string, std::less<>> incomplete; ///< chapters whose set-up needs a part that is not there
    std::map<std::string, std::set<std::string>> drifted{}; ///< keys by chapter, see note_drift()
};

/// Lines whose recorded answer was found to be wrong, and is not what the API promises now.
bool overruled(const json::object& line) {
    // The owner of an inactive store: he sees it, or could never switch it on again.
    return line.at("group") == "company-stores" && line.at("name") == "retrieve inactive";
}

std::string label(const json::object& line) {
    const auto text = [&](const char* key) {
        const auto* v = line.if_contains(key);
        return v && v->is_string() ? std::string(v->as_string()) : std::string("-");
    };
    return fmt::format("{:>4} {} | {} | {} {}", line.at("seq").to_number<int>(), text("group"), text("name"),
                       text("method"), text("path_template"));
}

/// Requests that keep the story together: before and after a line, and the staff's part of a set-up. False
/// when some could not be sent.
bool send_all(replay::story& tale, const json::object& line, const char* key) {
    const auto* list = line.if_contains(key);
    if (!list)
        return true;
    bool all = true;
    for (const auto& item : list->as_array()) {
        const auto& request = item.as_object();
        if (!tale.served(request) || tale.missing(request)) {
            all = false;
            continue;
        }
        if (const auto* settle = request.if_contains("settle"))
            std::this_thread::sleep_for(std::chrono::duration<double>(settle->to_number<double>()));
        test::reply answer;
        if (const auto* until = request.if_contains("until"); until && until->as_object().contains("count")) {
            const auto count = until->at("count").to_number<int>();
            test::eventually([&] {
                answer = tale.send(request);
                return answer.status == 200 && answer.json().at("count").to_number<int>() >= count;
            });
        } else {
            answer = tale.send(request);
        }
        if (answer.status >= 400)
            fmt::print("     note: {} of line {}: {} {}\n", key, line.at("seq").to_number<int>(),
                       answer.status, answer.body);
        tale.remember(request, answer);
    }
    return all;
}

/// Where the set-up is incomplete, counts and texts that follow from it cannot be as recorded: only the shape
/// is.
json::object compared(json::object line, const tally& so_far, const std::string& chapter) {
    if (so_far.incomplete.contains(chapter))
        line["incomplete"] = true;
    if (const auto changed = so_far.drifted.find(chapter); changed != so_far.drifted.end()) {
        auto& ignored = line["ignore"];
        if (!ignored.is_array())
            ignored = json::array();
        for (const auto& key : changed->second)
            ignored.as_array().emplace_back(key);
    }
    return line;
}

/// Where the versions that clients see accept what the recorded one refused, the keys that it sets are no
/// longer as recorded.
void note_drift(const json::object& line, const std::string& chapter, tally& count) {
    const auto* pinned = line.if_contains("pinned_status");
    if (!pinned || pinned->to_number<int>() >= 300 || line.at("status").to_number<int>() < 400)
        return;
    if (const auto* body = line.if_contains("body_template"); body && body->is_object())
        for (const auto& item : body->as_object())
            count.drifted[chapter].emplace(item.key());
}

void play(replay::story& tale, const json::object& line, tally& count, bool verbose) {
    const std::string chapter(line.at("group").as_string());
    if (line.contains("setup")) {
        if (!send_all(tale, line, "staff"))
            count.incomplete.insert(chapter);
        return;
    }
    if (!tale.served(line)) {
        ++count.skipped;
        return;
    }
    if (const auto name = tale.missing(line)) {
        ++count.skipped;
        if (verbose)
            fmt::print("skip {} ({} is not there)\n", label(line), *name);
        return;
    }
    send_all(tale, line, "before");
    const auto answer = tale.send(line);
    tale.remember(line, answer);
    std::optional<std::string> wrong;
    const bool withheld = line.contains("withheld") || overruled(line);
    try {
        if (answer.status >= 500)
            wrong = fmt::format("status {} {}", answer.status, answer.body);
        else if (const auto* expected = line.if_contains("expected"))
            wrong = replay::unexpected(tale.resolved(*expected).as_object(), answer);
        else if (!withheld && !(line.contains("defect") && !line.contains("response_body")))
            wrong = replay::difference(compared(tale.resolved(line).as_object(), count, chapter), answer);
    } catch (const std::exception& e) {
        wrong = e.what();
    }
    if (wrong) {
        ++count.differed;
        fmt::print("DIFFERS {}\n        {}\n", label(line), *wrong);
    } else {
        ++(withheld && !line.contains("expected") ? count.unchecked : count.matched);
        if (verbose)
            fmt::print("same {}\n", label(line));
    }
    note_drift(line, chapter, count);
    send_all(tale, line, "then");
}

} // namespace

int main(int argc, char** argv) {
    std::string path = std::getenv("GOLDEN") ? std::getenv("GOLDEN") : "";
    bool verbose = false;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--golden") == 0 && i + 1 < argc)
            path = argv[++i];
        else if (std::strcmp(argv[i], "--verbose") == 0)
            verbose = true;
        else
            return fmt::print(stderr, "usage: replay [--golden FILE] [--verbose]\n"), 2;
    }
    if (path.empty()) {
        fmt::print("no recording given (--golden FILE or GOLDEN): nothing replayed\n");
        return 77;
    }
    std::ifstream file(path);
    if (!file)
        return fmt::print(stderr, "cannot read {}\n", path), 2;
    try {
        test::server server(test::environment{{"CORS_ALLOWED_ORIGINS", "http://localhost:3000"}});
        replay::story tale(server);
        tale.alias("root", test::superuser(server));
        tally count;
        for (std::string text; std::getline(file, text);)
            play(tale, json::parse(text).as_object(), count, verbose);
        fmt::print(
            "{} lines agree, {} differ, {} sent whose answers are withheld, {} left out (their part of the "
            "product is not there)\n",
            count.matched, count.differed, count.unchecked, count.skipped);
        if (const int code = server.stop(SIGTERM); code != 0)
            return fmt::print("the server ended with {}\n", code), 1;
        return count.differed == 0 && count.matched > 0 ? 0 : 1;
    } catch (const std::exception& e) {
        fmt::print(stderr, "replay: {}\n", e.what());
        return 1;
    }
}
