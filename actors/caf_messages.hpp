// Tells CAF that our messages stay in this process. For the actors room only.
#pragma once

#include "actors/messages.hpp"
#include "storage/model/error.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::get_unread_count)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::mark_as_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::attach_socket)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::detach_socket)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::replay_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::inbox_wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::close_all_sockets)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::result<mvp::actors::unread_count>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::result<mvp::actors::marked_as_read>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::result<mvp::actors::attached>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::storage::forum::new_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::storage::forum::new_vote)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::storage::forum::new_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::change_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::actors::stop_book)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mvp::result<mvp::actors::moderated>)
