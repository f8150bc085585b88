#include "storage/postgres/joint_writes.hpp"

#include "storage/postgres/errors.hpp"

#include <algorithm>

namespace mvp::storage {

/// Gives each its part of the answer.
class joint_writes::split final : public completion {
  public:
    split(std::shared_ptr<joint_writes> of, std::vector<unit_ptr> members)
        : of_(std::move(of)), members_(std::move(members)) {}

    void operator()(result<std::vector<rows>> answer) override {
        --of_->on_the_way_;
        for (std::size_t i = 0; i < members_.size(); ++i) {
            unit& u = *members_[i];
            if (answer) {
                u.got.push_back(std::move((*answer)[i]));
                u.finish();
            } else if (members_.size() > 1 && is_rolled_back(answer.error())) {
                of_->pool_->write(std::move(members_[i]));
            } else {
                u.fail(answer.error());
            }
        }
        of_->send_next();
    }

  private:
    std::shared_ptr<joint_writes> of_;
    std::vector<unit_ptr> members_;
};

void joint_writes::add(unit_ptr u) {
    if (waiting_.size() >= waiting_limit_)
        return u->fail(unavailable("too many statements wait"));
    waiting_.push_back(std::move(u));
    send_next();
}

void joint_writes::send_next() {
    const auto now = std::chrono::steady_clock::now();
    while (!waiting_.empty() && on_the_way_ < most_on_the_way) {
        auto all = std::make_unique<unit>();
        std::vector<unit_ptr> members;
        while (!waiting_.empty() && members.size() < most_together) {
            auto u = std::move(waiting_.front());
            waiting_.pop_front();
            if (now > u->deadline) {
                u->fail(unavailable("waited too long"));
                continue;
            }
            all->deadline = members.empty() ? u->deadline : std::min(all->deadline, u->deadline);
            all->commands.push_back(u->commands.front());
            members.push_back(std::move(u));
        }
        if (members.empty())
            return;
        ++on_the_way_;
        all->done = std::make_unique<split>(shared_from_this(), std::move(members));
        pool_->write(std::move(all));
    }
}

} // namespace mvp::storage
