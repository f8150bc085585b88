// What goes to PostgreSQL and what comes back: statements, parameters, rows. No connection here.
#include "storage/postgres/database.hpp"

#include <atomic>
#include <charconv>
#include <cstring>
#include <libpq-fe.h>
#include <mutex>

namespace mvp::storage {

namespace {

std::atomic<std::size_t> statements_made{0};

const PGresult* of(const void* result) {
    return static_cast<const PGresult*>(result);
}

void append_array_text(std::string& out, std::string_view text) {
    out += '"';
    for (char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    out += '"';
}

} // namespace

statement::statement(std::string sql, use how) : how_(how), sql_(std::move(sql)) {
    if (how == use::once)
        return;
    number_ = statements_made.fetch_add(1);
    name_ = "s" + std::to_string(number_);
}

statement_ptr statement_table::find(const std::string& sql) {
    {
        std::shared_lock lock(mutex_);
        if (auto found = kept_.find(sql); found != kept_.end())
            return found->second;
        if (kept_.size() >= limit_)
            return std::make_shared<statement>(sql, statement::use::once);
    }
    std::unique_lock lock(mutex_);
    if (auto found = kept_.find(sql); found != kept_.end())
        return found->second;
    if (kept_.size() >= limit_)
        return std::make_shared<statement>(sql, statement::use::once);
    return kept_.emplace(sql, std::make_shared<statement>(sql, statement::use::often)).first->second;
}

statement_ptr prepared(const std::string& sql) {
    static statement_table kept(2000); // some MB
    return kept.find(sql);
}

parameters& parameters::add(std::string_view text) {
    if (std::memchr(text.data(), 0, text.size()))
        holds_nul_ = true;
    starts_.push_back(static_cast<std::int64_t>(text_.size()));
    text_ += text;
    text_ += '\0';
    return *this;
}

parameters& parameters::add(std::nullopt_t) {
    starts_.push_back(-1);
    return *this;
}

parameters& parameters::add(bool value) {
    return add(std::string_view(value ? "t" : "f"));
}

parameters& parameters::add(std::int64_t value) {
    char digits[24];
    auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return add(std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

parameters& parameters::add(const uuid& value) {
    starts_.push_back(static_cast<std::int64_t>(text_.size()));
    value.append_to(text_);
    text_ += '\0';
    return *this;
}

parameters& parameters::add(timestamp value) {
    starts_.push_back(static_cast<std::int64_t>(text_.size()));
    append_timestamp(text_, value);
    text_ += '\0';
    return *this;
}

parameters& parameters::add(const std::vector<uuid>& values) {
    starts_.push_back(static_cast<std::int64_t>(text_.size()));
    text_ += '{';
    for (const auto& value : values) {
        if (text_.back() != '{')
            text_ += ',';
        value.append_to(text_);
    }
    text_ += '}';
    text_ += '\0';
    return *this;
}

parameters& parameters::add(const std::vector<std::string>& values) {
    std::string array = "{";
    for (const auto& value : values) {
        if (array.size() > 1)
            array += ',';
        append_array_text(array, value);
    }
    array += '}';
    return add(std::string_view(array));
}

std::vector<const char*> parameters::pointers() const {
    std::vector<const char*> out;
    out.reserve(starts_.size());
    for (auto start : starts_)
        out.push_back(start < 0 ? nullptr : text_.data() + start);
    return out;
}

bool row::is_null(int column) const {
    return PQgetisnull(of(result_), index_, column);
}

std::string_view row::text(int column) const {
    return {PQgetvalue(of(result_), index_, column),
            static_cast<std::size_t>(PQgetlength(of(result_), index_, column))};
}

std::int64_t row::integer(int column) const {
    auto digits = text(column);
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

bool row::boolean(int column) const {
    return text(column) == "t";
}
uuid row::id(int column) const {
    return uuid::parse(text(column)).value_or(uuid{});
}
timestamp row::time(int column) const {
    return parse_timestamp(text(column)).value_or(timestamp{});
}

std::optional<uuid> row::optional_id(int column) const {
    return is_null(column) ? std::nullopt : std::optional(id(column));
}
std::optional<timestamp> row::optional_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
}
std::optional<std::string> row::optional_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional(std::string(text(column)));
}
int row::columns() const {
    return PQnfields(of(result_));
}

rows::rows(std::shared_ptr<const void> result)
    : result_(std::move(result)), size_(static_cast<std::size_t>(PQntuples(of(result_.get())))) {}

std::int64_t rows::affected() const {
    std::string_view digits = result_ ? PQcmdTuples(const_cast<PGresult*>(of(result_.get()))) : "";
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

std::string_view rows::tag() const {
    return result_ ? PQcmdStatus(const_cast<PGresult*>(of(result_.get()))) : std::string_view();
}

} // namespace mvp::storage
