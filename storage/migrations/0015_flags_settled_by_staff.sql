-- A seller who puts his flagged listing away and brings it back decides nothing about its flags. What changes a
-- listing's state knows who asks, and settles them when it is staff (storage/listings_sql.cpp).

DROP TRIGGER cars_flags_settled ON cars;
DROP TRIGGER parts_flags_settled ON parts;
DROP FUNCTION settle_flags();
