// Who the client is and what it called us, when a trusted proxy stands between.
#pragma once

#include "http/hosts.hpp"
#include "http/request.hpp"

namespace mvp::http {

/// Sets `remote_address`, `client_known`, `scheme` and `host`. `peer` is the address of the connection; only
/// if it is trusted are X-Forwarded-For (the last address that is not itself a trusted proxy), -Proto and
/// -Host (the last of several) believed.
void identify_client(request& call, std::string_view peer, bool peer_trusted, const networks& trusted);

} // namespace mvp::http
