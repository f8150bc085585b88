#include "http/auth/sessions.hpp"

#include "http/auth/passwords.hpp"
#include "http/services.hpp"
#include "http/throttle.hpp"
#include "storage/users.hpp"
#include "storage/worker_pool.hpp"

namespace mvp::http {
namespace {

struct checked {
    bool good = false;
    std::string new_hash{}; ///< empty: the stored one is as it should be
};

task<result<checked>> check(services& with, const std::optional<storage::users::login>& who,
                            std::string password) {
    auto job = [stored = who ? who->password_hash : std::string(), known = who.has_value(),
                password = std::move(password)] {
        checked c;
        if (!known) {
            passwords::verify_nobody(password);
            return c;
        }
        c.good = passwords::verify(stored, password);
        if (c.good && passwords::needs_rehash(stored))
            c.new_hash = passwords::hash(password);
        return c;
    };
    co_return co_await with.workers.run(std::move(job), worker_pool::priority::idle);
}

} // namespace

task<result<std::optional<session>>> log_in(services& with, request& call, std::string email,
                                            std::string password) {
    if (auto allowed =
            co_await within_limit(with, limit::login, call.remote_address + ' ' + folded(call, email));
        !allowed)
        co_return fail(std::move(allowed.error()));
    auto who = co_await storage::users::find_login(with.db, email);
    if (!who)
        co_return fail(std::move(who.error()));
    auto verdict = co_await check(with, *who, std::move(password));
    if (!verdict)
        co_return fail(std::move(verdict.error()));
    if (!verdict->good || !(*who)->is_active)
        co_return std::nullopt;
    if ((*who)->suspended)
        co_return fail(errc::permission_denied, "Account is suspended");
    auto profile = co_await storage::users::logged_in(with.db, **who, std::move(verdict->new_hash));
    if (!profile)
        co_return fail(std::move(profile.error()));
    if (profile->empty()) // deactivated, suspended or given another password in this moment
        co_return std::nullopt;
    session s{std::move(*profile), with.tokens.issue_pair((*who)->id, (*who)->generation, now())};
    co_return std::optional<session>(std::move(s));
}

task<result<std::string>> hash_password(services& with, std::string password) {
    auto job = [password = std::move(password)] { return passwords::hash(password); };
    co_return co_await with.workers.run(std::move(job), worker_pool::priority::idle);
}

task<result<bool>> check_password(services& with, std::string stored, std::string password) {
    auto job = [stored = std::move(stored), password = std::move(password)] {
        return passwords::verify(stored, password);
    };
    co_return co_await with.workers.run(std::move(job), worker_pool::priority::idle);
}

} // namespace mvp::http
