// What a handler returns; the session adds the headers that every answer has and writes it.
#pragma once

#include "storage/cache.hpp"
#include "storage/media/store.hpp"
#include "storage/model/error.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mvp::http {

/// The file of an answer; closes it.
class answer_file {
  public:
    answer_file() = default;
    answer_file(storage::media::served_file opened);
    const storage::media::served_file& operator*() const { return *file_; }
    const storage::media::served_file* operator->() const { return file_.get(); }
    explicit operator bool() const { return file_ != nullptr; }

  private:
    struct closing {
        void operator()(storage::media::served_file* opened) const;
    };
    // Apart, since nearly every answer has none and is moved several times.
    std::unique_ptr<storage::media::served_file, closing> file_;
};

struct response {
    int status = 200;
    std::string body;                     ///< JSON unless content_type says otherwise
    storage::cached_body_ptr shared_body; ///< instead of `body`: bytes that others hold too, with their ETag
    answer_file file;                     ///< instead of both: sent in pieces, with ranges and validators
    std::string_view content_type = "application/json"; ///< static storage
    std::string etag; ///< of `body`; made when the answer to a GET is written
    std::vector<std::pair<std::string, std::string>> headers; ///< beyond the standard ones

    response() = default;
    response(int status_code, std::string json) : status(status_code), body(std::move(json)) {}
    explicit response(storage::cached_body_ptr shared) : shared_body(std::move(shared)) {}

    static response no_content() {
        response r;
        r.status = 204;
        return r;
    }
};

/// The one exit from an error to HTTP.
response to_response(const error& e);

} // namespace mvp::http
