#include "http/response.hpp"

#include <unistd.h>

namespace mvp::http {

answer_file::~answer_file() {
    if (file_.descriptor >= 0)
        ::close(file_.descriptor);
}

} // namespace mvp::http
