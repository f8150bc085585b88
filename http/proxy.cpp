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

struct forwarded {
    std::string_view client;
    bool known = false; ///< the client is no trusted proxy
};

/// From the right: the first that is no trusted proxy; what stands left of it the client may have made up.
forwarded client_of(std::string_view forwarded_for, std::string_view peer, const networks& trusted) {
    forwarded found{peer};
    while (!forwarded_for.empty()) {
        const auto comma = forwarded_for.rfind(',');
        const auto hop = without_port(
            trimmed(comma == forwarded_for.npos ? forwarded_for : forwarded_for.substr(comma + 1)));
        forwarded_for = comma == forwarded_for.npos ? std::string_view{} : forwarded_for.substr(0, comma);
        boost::system::error_code wrong;
        const auto address = boost::asio::ip::make_address(std::string(hop), wrong);
        if (wrong)
            break;
        found.client = hop;
        found.known = !trusted.contain(address);
        if (found.known)
            break;
    }
    return found;
}

/// The last of a list: the word of the nearest proxy, or what it handed on. How many proxies added theirs
/// nobody says, and what stands in front the client may have made up.
std::string_view said_last(std::string_view list) {
    const auto comma = list.rfind(',');
    return trimmed(comma == list.npos ? list : list.substr(comma + 1));
}

} // namespace

void identify_client(request& call, std::string_view peer, bool peer_trusted, const networks& trusted) {
    call.remote_address.assign(peer);
    call.client_known = true;
    call.scheme.assign("http");
    call.host.assign(call.known.host);
    if (!peer_trusted)
        return;
    const auto addresses = call.header_list("x-forwarded-for");
    const auto found = client_of(addresses, peer, trusted);
    call.remote_address.assign(found.client);
    call.client_known = found.known;
    const auto schemes = call.header_list("x-forwarded-proto");
    if (equals_ignoring_case(said_last(schemes), "https"))
        call.scheme.assign("https");
    const auto hosts = call.header_list("x-forwarded-host");
    if (const auto host = said_last(hosts); !host.empty())
        call.host.assign(host);
}

} // namespace mvp::http
