#include "storage/seller_ratings.hpp"

namespace mvp::storage::seller_ratings {

task<result<page>> list(database& db, std::string ordering, int size, std::int64_t offset) {
    auto order = order_by(seller_ratings_resource, ordering);
    conditions everything;
    co_return co_await storage::list(db, seller_ratings_resource, seller_rating_shown, std::move(everything),
                                     std::move(order), size, offset);
}

task<result<rows>> find(database& db, uuid rating_or_seller) {
    static const statement either(select_sql(seller_ratings_resource, seller_rating_shown) +
                                  "g.id = $1 OR g.seller_id = $1");
    co_return co_await db.query(either, parameters(rating_or_seller));
}

task<result<rows>> of_seller(database& db, uuid seller) {
    static const statement his(select_sql(seller_ratings_resource, seller_rating_shown) + "g.seller_id = $1");
    co_return co_await db.query(his, parameters(seller));
}

} // namespace mvp::storage::seller_ratings
