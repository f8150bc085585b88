// The authorization matrix: every operation that is routed, called by every kind of caller. The operations
// come from the program itself, so one without a row in matrix_table.hpp fails here.
#include "tests/api/matrix_stage.hpp"

#include "tests/support/contract.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <set>

namespace mvp::test {
namespace {

std::vector<operation> all_operations() {
    std::vector<operation> found;
    for (const auto& path : program_contract().document().at("paths").as_object())
        for (const auto& method : path.value().as_object()) {
            std::string verb = method.key();
            std::transform(verb.begin(), verb.end(), verb.begin(),
                           [](unsigned char c) { return std::toupper(c); });
            found.push_back({method.value().at("operationId").as_string().c_str(), verb, path.key()});
        }
    return found;
}

/// The letters of a row without the space between them.
std::string letters(const matrix_row& row) {
    std::string text(row.expected);
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    return text;
}

/// The letter that the answer stands for.
char verdict(const operation& o, const reply& r) {
    switch (r.status) {
    case 401:
        return '1';
    case 403:
        return '3';
    case 404:
        return r.body.starts_with(R"({"error":)") ? '+' : '4';
    default:
        return r.status < 300 || (r.status == 400 && o.method != "DELETE") ? '+' : '?';
    }
}

TEST(Matrix, EveryOperationHasARowAndEveryRowAnOperation) {
    std::set<std::string_view> rows;
    for (const auto& row : matrix) {
        EXPECT_TRUE(rows.insert(row.operation).second) << row.operation << " twice";
        EXPECT_EQ(letters(row).size(), roles) << row.operation;
    }
    std::set<std::string> operations;
    for (const auto& o : all_operations()) {
        EXPECT_EQ(rows.count(o.id), 1u) << "say in tests/api/matrix_table.hpp who may call " << o.id << " ("
                                        << o.method << " " << o.path << ")";
        operations.insert(o.id);
    }
    for (const auto row : rows)
        EXPECT_EQ(operations.count(std::string(row)), 1u) << row << " is not routed";
}

TEST(Matrix, EveryCallerGetsInWhereHeMayAndNowhereElse) {
    stage all;
    const auto operations = all_operations();
    for (const auto& row : matrix) {
        const auto o = std::find_if(operations.begin(), operations.end(),
                                    [&](const operation& each) { return each.id == row.operation; });
        if (o == operations.end())
            continue; // the test above says so
        const auto expected = letters(row);
        for (std::size_t i = 0; i < roles; ++i) {
            const auto answer = all.call(*o, static_cast<role>(i), expected[i] == '+');
            EXPECT_EQ(verdict(*o, answer), expected[i])
                << o->method << ' ' << o->path << " as " << role_names[i] << ": " << answer.status << ' '
                << answer.body.substr(0, 300);
        }
    }
}

} // namespace
} // namespace mvp::test
