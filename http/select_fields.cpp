#include "http/select_fields.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <vector>

namespace mvp::http {
namespace {

class selector {
  public:
    selector(std::string_view json, std::string_view wanted) : json_(json) {
        while (!wanted.empty())
            if (const auto name = trimmed(next_item(wanted, ',')); !name.empty())
                wanted_.push_back(name);
    }

    std::string run() {
        if (wanted_.empty())
            return std::string(json_);
        out_.reserve(json_.size());
        // The only objects that are no rows themselves are pages.
        constexpr std::string_view page = R"({"count":)", results = R"(,"results":)";
        const auto rows = json_.starts_with(page) ? json_.find(results) : json_.npos;
        if (rows != json_.npos)
            at_ = rows + results.size();
        out_.append(json_, 0, at_);
        value();
        out_.append(json_, at_);
        return std::move(out_);
    }

  private:
    /// Copies one value, objects with their wanted keys only.
    void value() {
        if (at_ < json_.size() && json_[at_] == '{')
            object();
        else if (at_ < json_.size() && json_[at_] == '[')
            array();
    }

    void array() {
        out_ += json_[at_++];
        while (at_ < json_.size() && json_[at_] == '{') {
            object();
            if (at_ < json_.size() && json_[at_] == ',')
                out_ += json_[at_++];
        }
    }

    void object() {
        const auto begin = at_;
        const auto written = out_.size();
        bool any = false;
        out_ += json_[at_++];
        while (at_ < json_.size() && json_[at_] != '}') {
            const auto key_begin = at_;
            skip_text();
            const auto name = json_.substr(key_begin + 1, at_ - key_begin - 2);
            ++at_; // the colon
            skip_value();
            if (std::find(wanted_.begin(), wanted_.end(), name) != wanted_.end()) {
                if (any)
                    out_ += ',';
                any = true;
                out_.append(json_, key_begin, at_ - key_begin);
            }
            if (at_ < json_.size() && json_[at_] == ',')
                ++at_;
        }
        at_ = std::min(at_ + 1, json_.size());
        if (any) {
            out_ += '}';
        } else {
            out_.resize(written);
            out_.append(json_, begin, at_ - begin);
        }
    }

    void skip_text() {
        for (++at_; at_ < json_.size() && json_[at_] != '"'; ++at_)
            if (json_[at_] == '\\')
                ++at_;
        at_ = std::min(at_ + 1, json_.size());
    }

    /// To the comma or bracket behind the value.
    void skip_value() {
        for (int depth = 0; at_ < json_.size();) {
            const char c = json_[at_];
            if (c == '"') {
                skip_text();
                continue;
            }
            if (depth == 0 && (c == ',' || c == '}' || c == ']'))
                return;
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
            ++at_;
        }
    }

    std::string_view json_;
    std::vector<std::string_view> wanted_;
    std::size_t at_ = 0;
    std::string out_;
};

} // namespace

std::string select_fields(std::string_view json, std::string_view wanted) {
    return selector(json, wanted).run();
}

} // namespace mvp::http
