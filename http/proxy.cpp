#include "http/proxy.hpp"

#include "http/text.hpp"

namespace mvp::http {

namespace {

/// "10.0.0.1:5000" and "[::1]:5000" lose their ports; "::1" stays.
std::string_view without_port(std::string_view address) {
    if (address.starts_with('['))
        return address.substr(1, address.find(']') - 1);
    const auto colon = address.find(':');
    return address.find(':', colon + 1) == address.npos ? address.substr(0, colon) : address;
}

/// From the right: the first that is no trusted proxy; what stands left of it the client may have made up.
std::string_view client_of(std::string_view forwarded_for, std::string_view peer, const networks& trusted) {
    std::string_view client = peer;
    while (!forwarded_for.empty()) {
        const auto comma = forwarded_for.rfind(',');
        const auto hop = without_port(
            trimmed(comma == forwarded_for.npos ? forwarded_for : forwarded_for.substr(comma + 1)));
        forwarded_for = comma == forwarded_for.npos ? std::string_view{} : forwarded_for.substr(0, comma);
        boost::system::error_code wrong;
        const auto address = boost::asio::ip::make_address(std::string(hop), wrong);
        if (wrong)
            break;
        client = hop;
        if (!trusted.contain(address))
            break;
    }
    return client;
}

} // namespace

void identify_client(request& call, std::string_view peer, bool peer_trusted, const networks& trusted) {
    call.remote_address.assign(peer);
    call.scheme.assign("http");
    call.host.assign(call.known.host);
    if (!peer_trusted)
        return;
    // A proxy may have added a line of its own behind the client's.
    call.remote_address.assign(client_of(call.header_list("x-forwarded-for"), peer, trusted));
    std::string_view scheme = call.header("x-forwarded-proto");
    if (equals_ignoring_case(trimmed(next_item(scheme, ',')), "https"))
        call.scheme.assign("https");
    std::string_view host = call.header("x-forwarded-host");
    if (!host.empty())
        call.host.assign(trimmed(next_item(host, ',')));
}

} // namespace mvp::http
