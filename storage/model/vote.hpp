// What somebody thinks of a text: reviews and the forum's responses are voted on alike.
#pragma once

#include "storage/model/values.hpp"

#include <boost/describe/enum.hpp>

namespace mvp::storage {

enum class helpfulness { helpful, unhelpful };
BOOST_DESCRIBE_ENUM(helpfulness, helpful, unhelpful)

} // namespace mvp::storage
