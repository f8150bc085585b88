// Demo categories, threads, responses, votes and experts of the forum. Counters are what the rows say.
#include "storage/seed/catalogue.hpp"
#include "storage/seed/steps.hpp"

#include <string>

namespace mvp::storage::seeding {
namespace {

constexpr std::int64_t threads_per_scale = 200, categories = 6;

const statement insert_categories(R"(
INSERT INTO forum_categories (id, name, description)
SELECT md5('demo forum category ' || n)::uuid,
       (ARRAY['Engine','Brakes and Suspension','Electrical','Transmission','Buying and Selling','Care and Detailing'])[n],
       (ARRAY['Starting, running, overheating, oil.','Noises, pads, discs, shock absorbers, steering.',
              'Batteries, lights, sensors, warning lamps.','Gearboxes, clutches, fluids.',
              'What to look at, what to pay, papers.','Paint, rust, interiors, tyres.'])[n]
FROM generate_series($1::bigint, $2::bigint) n
ON CONFLICT DO NOTHING)");

// Every twentieth user is an expert, every other twentieth waits to become one.
const statement insert_experts(R"(
INSERT INTO expert_verifications (id, user_id, expertise_areas, years_of_experience, bio, status, verification_document,
                                  created_at, verified_at)
SELECT md5('demo expert ' || i)::uuid, u.id,
       (ARRAY['["Engine","Diagnostics"]','["Brakes","Suspension"]','["Electrical"]','["Transmission","Engine"]'])[1 + i / 20 % 4]::jsonb,
       (5 + i % 25)::int,
       (ARRAY['Workshop foreman, mostly Japanese cars.','Independent mechanic, brakes and chassis.',
              'Car electrician, formerly with a dealer.','Rebuilds gearboxes for a living.'])[1 + i / 20 % 4],
       CASE WHEN i % 20 = 5 THEN 'approved' ELSE 'pending' END, 'private/expert_verification/demo.pdf',
       u.date_joined + interval '1 day', CASE WHEN i % 20 = 5 THEN u.date_joined + interval '3 days' END
FROM generate_series($1::bigint, $2::bigint) i
JOIN users u ON u.id = md5('demo user ' || i)::uuid
WHERE i % 20 IN (5, 15)
ON CONFLICT DO NOTHING)");

// What a thread is about: one of twelve topics, of which few are about an electric car, and the car of the
// asker. Every tenth has twenty responses, the others up to eight. OFFSET 0: computed once.
const std::string numbers = with_catalogue(R"(
SELECT i, (CASE WHEN litres IS NULL THEN (ARRAY[1,6,8,9,10,11])[1 + chance(2) % 6] ELSE 1 + chance(2) % 12 END)::int AS topic,
       CASE WHEN i % 10 = 0 THEN 20 ELSE i * 7 % 9 END AS answers, make, model,
       (first_year + chance(3) % (last_year - first_year + 1))::int AS year,
       timestamptz '2025-02-01 06:00:00+00' + i * interval '41 minutes' AS asked, chance(9) % 3 AS turn
FROM generate_series($1::bigint, $2::bigint) i JOIN %models% ON n = chance(1) % 64 OFFSET 0)",
                                           "i");

/// `sql` with those in the place of %numbers%, and with chances that follow from `row`.
std::string with_numbers(std::string_view sql, std::string_view row) {
    constexpr std::string_view place = "%numbers%";
    auto out = with_catalogue(sql, row);
    return out.replace(out.find(place), place.size(), numbers);
}

// $3: how many users there are.
const statement insert_threads(with_numbers(R"(
INSERT INTO forum_threads (id, author_id, category, title, description, car_make, car_model, car_year, status, is_pinned,
                           is_featured, views_count, responses_count, created_at, updated_at, resolved_at)
SELECT md5('demo thread ' || i)::uuid, u.id,
       md5('demo forum category ' || (ARRAY[2,1,3,4,1,5,3,6,6,2,2,1])[topic])::uuid,
       CASE chance(4) % 3 WHEN 0 THEN subject || ': ' || make || ' ' || model
                          WHEN 1 THEN year || ' ' || make || ' ' || model || ': ' || lower(left(subject, 1)) || substr(subject, 2)
                          ELSE subject || ' (' || model || ', ' || year || ')' END,
       'My ' || year || ' ' || make || ' ' || model || ' ' ||
       (ARRAY['squeals for the first few stops of the day, then it is quiet. The pads look half worn. Is that dust, or do the discs need turning?',
              'runs fine on the open road, but the needle climbs as soon as I sit in a jam. The coolant is full. Fan, thermostat or the pump?',
              'will not start after standing for two days. The battery is a year old and the alternator charges with 14.2 volts. How do I find what drains it?',
              'jerks between second and third, only when it is warm. The fluid was changed at 60,000 km. Is that the gearbox, or a mount?',
              'shakes at idle until it is warm. New plugs and air filter made no difference. What would you look at next?',
              'has one owner, full history and 90,000 km, and needs tyres soon. What could I ask for it without waiting for half a year?',
              'shows the lamp for a day, then it goes out by itself. The reader says lean mixture. Can I drive on until the next service?',
              'has a bubble as large as a coin under the rear arch. Can that be stopped, or is it a matter of time?',
              'cools well on the road, but at the lights the air gets warm. It was filled last summer. Is it the gas, or the fan in front?',
              'shakes the wheel at 90, and is calm again from 110 on. The wheels were balanced a month ago. Tyres, or something worn?',
              'makes a clunk in front when I cross a speed breaker slowly. Nothing is to be seen from above. Where do I begin?',
              'needs a litre of oil every 1,500 km and leaves no spot on the ground. Is that still normal at its age?'])[topic] ||
       (ARRAY['',' Any advice is welcome.',' The workshop wants to replace everything.',' It started ' || 2 + chance(6) % 9 || ' weeks ago.',
              ' It has ' || 40 + chance(6) % 160 || ',000 km on it.',' Has anybody had that with a ' || model || '?'])[1 + chance(5) % 6],
       make, model, year,
       CASE WHEN i % 40 = 7 THEN 'closed' WHEN i % 3 = 0 AND answers > 0 THEN 'resolved' ELSE 'open' END,
       i <= 2, i % 50 = 4, answers * 17 + i % 50, answers, asked, asked,
       CASE WHEN i % 40 <> 7 AND i % 3 = 0 AND answers > 0 THEN asked + interval '2 days' END
FROM (%numbers%) t
CROSS JOIN LATERAL (SELECT (ARRAY['Brakes squeal when cold','Temperature climbs in traffic','Battery is flat after two days',
    'Jerks when changing from second to third','Rough idle in the morning','Fair price for mine',
    'Check engine lamp comes and goes','Rust under the rear arch','AC blows warm at the lights',
    'Steering wheel shakes at 90','Clunk from the front axle','Uses a lot of oil'])[topic] AS subject) w
JOIN users u ON u.id = md5('demo user ' || 1 + i * 13 % $3::bigint)::uuid
ON CONFLICT DO NOTHING)",
                                            "i"));

// Response k of thread i: first what fits the topic, then what people add, each in an order of the thread's
// own.
const statement insert_responses(with_numbers(R"(
INSERT INTO forum_responses (id, thread_id, author_id, content, is_expert_response, by_expert, helpful_count,
                             unhelpful_count, created_at, updated_at)
SELECT md5('demo response ' || i || ' ' || k)::uuid, h.id, u.id,
       CASE WHEN k <= 3 THEN
           (ARRAY['','',CASE WHEN topic <> 6 THEN 'I had that with a ' || year + 1 || ' ' || model || '. ' ELSE '' END,
                  CASE WHEN topic <> 6 THEN 'A known thing with the ' || make || '. ' ELSE '' END,
                  CASE WHEN topic <> 6 THEN 'Not only the ' || model || ' does that. ' ELSE 'For a ' || model || ': ' END])[1 + chance(7) % 5] || (ARRAY[
           ARRAY['Take the pads out, break their edges with a file and put copper paste on the backs. That cured mine.',
                 'If it stops after two or three stops it is only rust and dust on the discs. Nothing to worry about.',
                 'Cheap pads squeal. Put in the ones the maker specifies, and clean the slides while you are there.'],
           ARRAY['Does the fan come on at all? Unplug the sensor: on most of them it must run then.',
                 'Sounds like the thermostat. It costs little, change it with the coolant and bleed it well.',
                 'Look through the radiator with a lamp. Mine was half blocked with leaves and flies.'],
           ARRAY['Put a meter in the negative lead, wait half an hour, then pull one fuse after the other until it drops below 50 mA.',
                 'The boot lamp stayed on in mine. Leave a phone filming inside and close the lid.',
                 'A radio that is not the original one is the first suspect.'],
           ARRAY['Check the mounts first: somebody holds the brake and selects drive, you watch the engine.',
                 'Have the adaptation reset after the fluid change, many workshops forget it.',
                 'With that mileage I would look at the solenoids before anybody talks about a new gearbox.'],
           ARRAY['Spray cleaner around the intake hoses while it idles. If the engine speed changes, you have found the leak.',
                 'Clean the throttle body and the idle valve, then let it learn again.',
                 'Coil packs crack and only misbehave when damp. Look at them in the dark.'],
           ARRAY['Look what they really go for, not what people ask: ten per cent below the listings is sold in a week.',
                 'Put the tyres on before you sell. Buyers take off twice what they cost.',
                 'With papers like that do not go below the middle of the range.'],
           ARRAY['Lean and intermittent is mostly an air leak behind the mass meter. Squeeze the hoses.',
                 'Clean the air mass sensor with the proper spray and clear the code, then see whether it returns.',
                 'You can drive, but do not wait for months: it is hard on the catalyst.'],
           ARRAY['Grind it to bare metal, rust converter, two coats of epoxy, then paint. Done properly it stays away for years.',
                 'Look from the inside too. Mostly it comes from behind the lining.',
                 'If you can push a screwdriver through it, have a piece welded in.'],
           ARRAY['Look whether the fan runs when the AC is on. At the lights there is no other wind.',
                 'Have the pressure measured, not just filled up. If gas is missing, there is a leak.',
                 'Wash the condenser from behind with little pressure. Mine was full of dust.'],
           ARRAY['Change the front wheels with the rear ones. If it moves to the seat, it is a tyre.',
                 'Balanced on which machine? Have it done with the hub''s own cone, and look for a bent rim.',
                 'A worn tie rod end does that. Lift it and pull at the wheel with both hands at nine and three.'],
           ARRAY['Stabiliser links first: they are cheap and always worn. Half an hour for both sides.',
                 'Let somebody turn the wheel while you feel the top mount with your hand.',
                 'Mine was a ball joint. Do not wait with that one.'],
           ARRAY['Look into the intake hose. If it is oily, the breather valve is stuck.',
                 'Blue smoke after a long descent means valve stem seals, blue smoke when pulling means rings.',
                 'The handbook allows a litre each 1,000 km, but that is to protect the maker. Try the thicker oil first.'
                ]])[topic][1 + (k + turn) % 3]
       ELSE (ARRAY['Same thing here with an older ' || model || '. Following.','Thanks, I will try that on Saturday.',
                   'How many kilometres has your ' || model || ' done?','That worked for me as well.','Did you solve it in the end?',
                   'I would not do that on the road side, take it to somebody with a lift.',
                   'Mine does it only in the rainy season.','Which workshop did you go to?',
                   'Good explanation, saved me a day.','The part costs about a tenth of what the dealer asks.',
                   'Do not forget to disconnect the battery first.','Post a picture, please.',
                   'Be careful with copies of that part, they last a year.','It came back after a month here.',
                   'The handbook has a page about it, near the end.','Second that.',
                   'Check it cold and warm, it makes a difference.'])[1 + (k * 5 + i * 3) % 17] END,
       e.user_id IS NOT NULL, e.user_id IS NOT NULL, up, down, at, at
FROM (%numbers%) t
CROSS JOIN LATERAL generate_series(1, answers) k
CROSS JOIN LATERAL (SELECT 1 + (i * 7 + k * 11 + 3) % $3::bigint AS who, ((i + k) % 5)::int AS up,
                           ((i * k) % 3 / 2)::int AS down, asked + k * interval '25 minutes' AS at) v
JOIN forum_threads h ON h.id = md5('demo thread ' || i)::uuid
JOIN users u ON u.id = md5('demo user ' || who)::uuid
LEFT JOIN expert_verifications e ON e.user_id = u.id AND e.status = 'approved'
ON CONFLICT DO NOTHING)",
                                              "i * 32 + k"));

const statement insert_votes(with_numbers(R"(
INSERT INTO response_votes (response_id, user_id, vote_type, created_at)
SELECT r.id, u.id, CASE WHEN v <= up THEN 'helpful' ELSE 'unhelpful' END, r.created_at + v * interval '1 hour'
FROM (%numbers%) t
CROSS JOIN LATERAL generate_series(1, answers) k
CROSS JOIN LATERAL (SELECT ((i + k) % 5)::int AS up, ((i * k) % 3 / 2)::int AS down) c
CROSS JOIN LATERAL generate_series(1, up + down) v
JOIN forum_responses r ON r.id = md5('demo response ' || i || ' ' || k)::uuid
JOIN users u ON u.id = md5('demo user ' || 1 + (i * 7 + k * 11 + 3 + v) % $3::bigint)::uuid
ON CONFLICT DO NOTHING)",
                                          "i"));

const statement count_for_experts(R"(
UPDATE expert_verifications e SET total_responses = s.total, helpful_responses = s.helpful
FROM generate_series($1::bigint, $2::bigint) i
CROSS JOIN LATERAL (SELECT count(*) AS total, count(*) FILTER (WHERE helpful_count > 0) AS helpful FROM forum_responses r
                    WHERE r.author_id = md5('demo user ' || i)::uuid AND r.is_expert_response AND r.is_approved) s
WHERE e.id = md5('demo expert ' || i)::uuid AND (e.total_responses, e.helpful_responses) <> (s.total, s.helpful))");

} // namespace

std::vector<step> forum(const scene& s) {
    const auto threads = s.scale * threads_per_scale;
    const parameters users(s.users);
    return {{&insert_categories, "forum categories", categories},
            {&insert_experts, "experts", s.users},
            {&insert_threads, "threads", threads, users},
            {&insert_responses, "responses", threads, users},
            {&insert_votes, "votes on responses", threads, users},
            {&count_for_experts, "experts' statistics", s.users}};
}

} // namespace mvp::storage::seeding
