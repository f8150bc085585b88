#include "http/response.hpp"

#include <unistd.h>

namespace mvp::http {

answer_file::answer_file(storage::media::served_file opened)
    : file_(new storage::media::served_file(std::move(opened))) {}

void answer_file::closing::operator()(storage::media::served_file* opened) const {
    ::close(opened->descriptor);
    delete opened;
}

} // namespace mvp::http
