// Writes a JSON document piece by piece; the commas come by themselves.
#pragma once

#include "storage/model/json_text.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mvp::http {

class json_writer {
  public:
    const std::string& text() const { return out_; }
    std::string take() { return std::move(out_); }

    json_writer& key(std::string_view name) {
        separate();
        append_json_text(out_, name);
        out_ += ':';
        return *this;
    }
    void value(std::string_view text) {
        separate();
        append_json_text(out_, text);
    }
    void value(const char* text) { value(std::string_view(text)); }
    void value(bool b) { raw(b ? "true" : "false"); }
    void value(std::int64_t number) { raw(std::to_string(number)); }
    void value(int number) { raw(std::to_string(number)); }
    /// JSON made elsewhere.
    void raw(std::string_view json) {
        separate();
        out_ += json;
    }

    template <class V> void member(std::string_view name, V v) { key(name).value(v); }

    /// object([&] { w.member("a", 1); w.key("b").array([&] { … }); })
    template <class F> void object(F content) {
        separate();
        out_ += '{';
        content();
        out_ += '}';
    }
    template <class F> void array(F content) {
        separate();
        out_ += '[';
        content();
        out_ += ']';
    }

  private:
    void separate() {
        if (!out_.empty() && std::string_view("{[:,").find(out_.back()) == std::string_view::npos)
            out_ += ',';
    }
    std::string out_;
};

} // namespace mvp::http
