-- What is said about a listing is hidden with it. A comment and a part's review know whose listing it is, and whether its
-- state lets strangers see it; that a seller is hidden is looked up (users_hidden), since a suspension ends by itself.
-- Triggers keep both right, whoever writes.

ALTER TABLE comments
    ADD seller_id uuid, -- whose car or part; goes with that one, so it refers to nobody
    ADD is_on_show boolean; -- it is active
UPDATE comments SET seller_id = c.seller_id, is_on_show = c.status = 'active' FROM cars c WHERE c.id = car_id;
UPDATE comments SET seller_id = p.seller_id, is_on_show = p.status = 'active' FROM parts p WHERE p.id = part_id;
ALTER TABLE comments ALTER seller_id SET NOT NULL, ALTER is_on_show SET NOT NULL;

ALTER TABLE part_reviews
    ADD seller_id uuid,
    ADD is_on_show boolean; -- it is active or sold out: who bought the last one may review it
UPDATE part_reviews SET seller_id = p.seller_id, is_on_show = p.status IN ('active', 'out_of_stock')
FROM parts p WHERE p.id = part_id;
ALTER TABLE part_reviews ALTER seller_id SET NOT NULL, ALTER is_on_show SET NOT NULL;

-- The lock keeps the listing's state until what is added is committed: a change of state finds it then.
CREATE FUNCTION place_comment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.car_id IS NOT NULL THEN
        SELECT seller_id, status = 'active' INTO NEW.seller_id, NEW.is_on_show FROM cars WHERE id = NEW.car_id FOR SHARE;
    ELSE
        SELECT seller_id, status = 'active' INTO NEW.seller_id, NEW.is_on_show FROM parts WHERE id = NEW.part_id FOR SHARE;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER comments_placed BEFORE INSERT ON comments FOR EACH ROW EXECUTE FUNCTION place_comment();

CREATE FUNCTION place_part_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT seller_id, status IN ('active', 'out_of_stock') INTO NEW.seller_id, NEW.is_on_show
    FROM parts WHERE id = NEW.part_id FOR SHARE;
    RETURN NEW;
END $$;
CREATE TRIGGER part_reviews_placed BEFORE INSERT ON part_reviews FOR EACH ROW EXECUTE FUNCTION place_part_review();

CREATE FUNCTION show_what_is_about_a_car() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE comments SET is_on_show = NEW.status = 'active' WHERE car_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER cars_shown AFTER UPDATE OF status ON cars
    FOR EACH ROW WHEN ((NEW.status = 'active') <> (OLD.status = 'active')) EXECUTE FUNCTION show_what_is_about_a_car();

CREATE FUNCTION show_what_is_about_a_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE comments SET is_on_show = NEW.status = 'active'
    WHERE part_id = NEW.id AND is_on_show <> (NEW.status = 'active');
    UPDATE part_reviews SET is_on_show = NEW.status IN ('active', 'out_of_stock')
    WHERE part_id = NEW.id AND is_on_show <> (NEW.status IN ('active', 'out_of_stock'));
    RETURN NULL;
END $$;
CREATE TRIGGER parts_shown AFTER UPDATE OF status ON parts
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION show_what_is_about_a_part();
