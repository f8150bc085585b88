#include "storage/seed/catalogue.hpp"

#include <fmt/format.h>

namespace mvp::storage::seeding {
namespace {

constexpr std::string_view models = R"((VALUES
    (0, 'Toyota', 'Corolla', 'sedan', '{petrol,petrol,petrol,lpg}'::text[], '{manual,automatic,cvt}'::text[], '{1.5,1.6,1.8}'::numeric[], 2003, 2024, 24000, 4, 5, 1250),
    (1, 'Toyota', 'Corolla Hybrid', 'sedan', '{hybrid}', '{cvt}', '{1.8}', 2016, 2024, 28000, 4, 5, 1380),
    (2, 'Toyota', 'Camry', 'sedan', '{petrol}', '{automatic}', '{2.0,2.4,2.5}', 2003, 2024, 33000, 4, 5, 1500),
    (3, 'Toyota', 'Yaris', 'hatchback', '{petrol}', '{manual,automatic,cvt}', '{1.0,1.3,1.5}', 2003, 2024, 18000, 5, 5, 1050),
    (4, 'Toyota', 'Prius', 'hatchback', '{hybrid}', '{cvt}', '{1.5,1.8}', 2004, 2024, 31000, 5, 5, 1390),
    (5, 'Toyota', 'RAV4', 'suv', '{petrol,petrol,diesel}', '{manual,automatic}', '{2.0,2.5}', 2003, 2024, 35000, 5, 5, 1610),
    (6, 'Toyota', 'Land Cruiser Prado', 'suv', '{diesel,petrol}', '{automatic}', '{2.7,3.0,4.0}', 2003, 2024, 62000, 5, 7, 2200),
    (7, 'Toyota', 'Noah', 'van', '{petrol,petrol,lpg}', '{cvt,automatic}', '{2.0}', 2004, 2024, 32000, 5, 7, 1580),
    (8, 'Honda', 'Civic', 'sedan', '{petrol,petrol,petrol,lpg}', '{manual,automatic,cvt}', '{1.5,1.6,1.8}', 2003, 2024, 26000, 4, 5, 1270),
    (9, 'Honda', 'Accord', 'sedan', '{petrol}', '{manual,automatic}', '{2.0,2.4}', 2003, 2024, 34000, 4, 5, 1490),
    (10, 'Honda', 'City', 'sedan', '{petrol}', '{manual,cvt}', '{1.3,1.5}', 2004, 2024, 19000, 4, 5, 1100),
    (11, 'Honda', 'Fit', 'hatchback', '{petrol}', '{manual,cvt}', '{1.3,1.5}', 2003, 2020, 18000, 5, 5, 1080),
    (12, 'Honda', 'Insight', 'sedan', '{hybrid}', '{cvt}', '{1.3,1.5}', 2009, 2022, 27000, 4, 5, 1360),
    (13, 'Honda', 'CR-V', 'suv', '{petrol,petrol,diesel}', '{manual,automatic}', '{2.0,2.2,2.4}', 2003, 2024, 36000, 5, 5, 1580),
    (14, 'Honda', 'Vezel', 'suv', '{hybrid}', '{automatic}', '{1.5}', 2014, 2024, 29000, 5, 5, 1300),
    (15, 'Nissan', 'Sunny', 'sedan', '{petrol,petrol,lpg}', '{manual,automatic}', '{1.3,1.5,1.6}', 2003, 2023, 17000, 4, 5, 1060),
    (16, 'Nissan', 'Almera', 'sedan', '{petrol,petrol,diesel}', '{manual,automatic}', '{1.5,1.8}', 2003, 2024, 18000, 4, 5, 1120),
    (17, 'Nissan', 'X-Trail', 'suv', '{petrol,diesel}', '{manual,cvt}', '{2.0,2.5}', 2003, 2024, 33000, 5, 5, 1580),
    (18, 'Nissan', 'Qashqai', 'suv', '{petrol,diesel}', '{manual,cvt}', '{1.5,1.6,2.0}', 2007, 2024, 28000, 5, 5, 1420),
    (19, 'Nissan', 'Note', 'hatchback', '{petrol}', '{manual,cvt}', '{1.2,1.4,1.6}', 2005, 2023, 17000, 5, 5, 1090),
    (20, 'Nissan', 'Leaf', 'hatchback', '{electric}', '{automatic}', NULL, 2011, 2024, 32000, 5, 5, 1560),
    (21, 'Mazda', 'Axela', 'hatchback', '{petrol,petrol,diesel}', '{manual,automatic}', '{1.5,2.0,2.2}', 2004, 2019, 23000, 5, 5, 1300),
    (22, 'Mazda', 'Demio', 'hatchback', '{petrol,petrol,diesel}', '{manual,automatic}', '{1.3,1.5}', 2003, 2019, 16000, 5, 5, 1020),
    (23, 'Mazda', '6', 'sedan', '{petrol,diesel}', '{manual,automatic}', '{2.0,2.2,2.5}', 2003, 2023, 30000, 4, 5, 1460),
    (24, 'Mazda', 'CX-5', 'suv', '{petrol,diesel}', '{manual,automatic}', '{2.0,2.2,2.5}', 2012, 2024, 32000, 5, 5, 1560),
    (25, 'Mazda', 'MX-5', 'convertible', '{petrol}', '{manual,manual,automatic}', '{1.6,1.8,2.0}', 2003, 2024, 29000, 2, 2, 1080),
    (26, 'Mazda', 'MX-30', 'suv', '{electric}', '{automatic}', NULL, 2020, 2024, 34000, 5, 5, 1650),
    (27, 'Ford', 'Focus', 'hatchback', '{petrol,diesel}', '{manual,manual,automatic}', '{1.6,1.8,2.0}', 2003, 2024, 24000, 5, 5, 1320),
    (28, 'Ford', 'Fiesta', 'hatchback', '{petrol,petrol,diesel}', '{manual,manual,automatic}', '{1.25,1.4,1.6}', 2003, 2023, 17000, 5, 5, 1050),
    (29, 'Ford', 'C-Max', 'van', '{petrol,diesel}', '{manual,automatic}', '{1.6,1.8,2.0}', 2004, 2019, 25000, 5, 5, 1400),
    (30, 'Ford', 'Mondeo', 'wagon', '{petrol,diesel,diesel}', '{manual,automatic}', '{1.8,2.0}', 2003, 2022, 31000, 5, 5, 1520),
    (31, 'Ford', 'Ranger', 'pickup', '{diesel}', '{manual,automatic}', '{2.2,2.5,3.2}', 2003, 2024, 37000, 4, 5, 2000),
    (32, 'Ford', 'Mustang Mach-E', 'suv', '{electric}', '{automatic}', NULL, 2021, 2024, 52000, 5, 5, 2070),
    (33, 'BMW', '318i', 'sedan', '{petrol}', '{manual,automatic}', '{1.8,2.0}', 2003, 2024, 36000, 4, 5, 1450),
    (34, 'BMW', '320i', 'sedan', '{petrol}', '{manual,automatic}', '{2.0}', 2003, 2024, 42000, 4, 5, 1480),
    (35, 'BMW', '520d', 'sedan', '{diesel}', '{manual,automatic}', '{2.0}', 2005, 2024, 54000, 4, 5, 1640),
    (36, 'BMW', 'X1', 'suv', '{petrol,diesel}', '{manual,automatic}', '{1.5,2.0}', 2010, 2024, 40000, 5, 5, 1550),
    (37, 'BMW', 'X5', 'suv', '{petrol,diesel,diesel}', '{automatic}', '{3.0,4.4}', 2003, 2024, 72000, 5, 5, 2150),
    (38, 'BMW', 'i3', 'hatchback', '{electric}', '{automatic}', NULL, 2014, 2022, 43000, 5, 4, 1250),
    (39, 'Audi', 'A3', 'hatchback', '{petrol,diesel}', '{manual,automatic}', '{1.4,1.6,2.0}', 2003, 2024, 33000, 5, 5, 1320),
    (40, 'Audi', 'A4', 'sedan', '{petrol,diesel}', '{manual,automatic}', '{1.8,2.0}', 2003, 2024, 41000, 4, 5, 1500),
    (41, 'Audi', 'A5', 'coupe', '{petrol,diesel}', '{manual,automatic}', '{1.8,2.0,3.0}', 2008, 2024, 47000, 2, 4, 1540),
    (42, 'Audi', 'A6', 'wagon', '{petrol,diesel,diesel}', '{automatic}', '{2.0,3.0}', 2003, 2024, 55000, 5, 5, 1720),
    (43, 'Audi', 'Q5', 'suv', '{petrol,diesel}', '{automatic}', '{2.0,3.0}', 2009, 2024, 52000, 5, 5, 1820),
    (44, 'Audi', 'e-tron', 'suv', '{electric}', '{automatic}', NULL, 2019, 2023, 74000, 5, 5, 2490),
    (45, 'Hyundai', 'Elantra', 'sedan', '{petrol,petrol,lpg}', '{manual,automatic}', '{1.6,1.8,2.0}', 2003, 2024, 21000, 4, 5, 1250),
    (46, 'Hyundai', 'Accent', 'sedan', '{petrol,diesel}', '{manual,automatic}', '{1.4,1.5,1.6}', 2003, 2023, 16000, 4, 5, 1110),
    (47, 'Hyundai', 'i20', 'hatchback', '{petrol,petrol,diesel}', '{manual,automatic}', '{1.2,1.4}', 2009, 2024, 17000, 5, 5, 1060),
    (48, 'Hyundai', 'Tucson', 'suv', '{petrol,diesel}', '{manual,automatic}', '{1.6,2.0}', 2004, 2024, 30000, 5, 5, 1550),
    (49, 'Hyundai', 'Ioniq Hybrid', 'hatchback', '{hybrid}', '{automatic}', '{1.6}', 2016, 2022, 27000, 5, 5, 1370),
    (50, 'Hyundai', 'Kona Electric', 'suv', '{electric}', '{automatic}', NULL, 2018, 2024, 38000, 5, 5, 1690),
    (51, 'Kia', 'Rio', 'hatchback', '{petrol,petrol,diesel}', '{manual,automatic}', '{1.1,1.4,1.5}', 2003, 2023, 15500, 5, 5, 1090),
    (52, 'Kia', 'Cerato', 'sedan', '{petrol}', '{manual,automatic}', '{1.6,2.0}', 2004, 2024, 20000, 4, 5, 1260),
    (53, 'Kia', 'Picanto', 'hatchback', '{petrol,petrol,lpg}', '{manual,automatic}', '{1.0,1.1,1.2}', 2004, 2024, 13000, 5, 5, 930),
    (54, 'Kia', 'Sportage', 'suv', '{petrol,diesel}', '{manual,automatic}', '{1.6,2.0}', 2004, 2024, 29000, 5, 5, 1560),
    (55, 'Kia', 'Sorento', 'suv', '{diesel,diesel,petrol}', '{automatic}', '{2.2,2.4,2.5}', 2003, 2024, 38000, 5, 7, 1850),
    (56, 'Kia', 'Niro', 'suv', '{hybrid}', '{automatic}', '{1.6}', 2016, 2024, 29000, 5, 5, 1430),
    (57, 'Kia', 'EV6', 'suv', '{electric}', '{automatic}', NULL, 2021, 2024, 51000, 5, 5, 2000),
    (58, 'Suzuki', 'Swift', 'hatchback', '{petrol}', '{manual,manual,automatic}', '{1.2,1.3,1.5}', 2004, 2024, 15000, 5, 5, 960),
    (59, 'Suzuki', 'Alto', 'hatchback', '{petrol,petrol,lpg}', '{manual,manual,automatic}', '{0.8,1.0}', 2003, 2024, 9500, 5, 4, 790),
    (60, 'Suzuki', 'Baleno', 'hatchback', '{petrol}', '{manual,cvt}', '{1.2,1.4}', 2015, 2024, 15500, 5, 5, 930),
    (61, 'Suzuki', 'Vitara', 'suv', '{petrol,petrol,diesel}', '{manual,automatic}', '{1.4,1.6,2.0}', 2003, 2024, 23000, 5, 5, 1200),
    (62, 'Suzuki', 'Jimny', 'suv', '{petrol}', '{manual,automatic}', '{1.3,1.5}', 2003, 2024, 20000, 3, 4, 1090),
    (63, 'Suzuki', 'Ertiga', 'van', '{petrol}', '{manual,automatic}', '{1.4,1.5}', 2012, 2024, 18000, 5, 7, 1180)
) models (n, make, model, body, fuels, gearboxes, litres, first_year, last_year, new_price, doors, seats, kg))";

constexpr std::string_view cities = R"((VALUES
    (0, 'Dhaka', 'Dhaka Division'), (1, 'Dhaka', 'Dhaka Division'), (2, 'Dhaka', 'Dhaka Division'), (3, 'Dhaka', 'Dhaka Division'), (4, 'Dhaka', 'Dhaka Division'), (5, 'Dhaka', 'Dhaka Division'),
    (6, 'Chattogram', 'Chattogram Division'), (7, 'Chattogram', 'Chattogram Division'), (8, 'Chattogram', 'Chattogram Division'),
    (9, 'Gazipur', 'Dhaka Division'), (10, 'Gazipur', 'Dhaka Division'),
    (11, 'Narayanganj', 'Dhaka Division'),
    (12, 'Khulna', 'Khulna Division'), (13, 'Khulna', 'Khulna Division'),
    (14, 'Sylhet', 'Sylhet Division'),
    (15, 'Rajshahi', 'Rajshahi Division'),
    (16, 'Cumilla', 'Chattogram Division'),
    (17, 'Rangpur', 'Rangpur Division'),
    (18, 'Barishal', 'Barishal Division'),
    (19, 'Mymensingh', 'Mymensingh Division')
) cities (n, city, division))";

void put(std::string& sql, std::string_view place, std::string_view table) {
    for (auto at = sql.find(place); at != std::string::npos; at = sql.find(place, at + table.size()))
        sql.replace(at, place.size(), table);
}

} // namespace

std::string with_catalogue(std::string_view sql, std::string_view row) {
    std::string out(sql);
    put(out, "%models%", models);
    put(out, "%cities%", cities);
    constexpr std::string_view chance = "chance(";
    for (auto at = out.find(chance); at != std::string::npos; at = out.find(chance, at)) {
        const auto field = at + chance.size(), end = out.find(')', field);
        const auto number =
            fmt::format("(hashint8extended({}, {}) & 1048575)", row, out.substr(field, end - field));
        out.replace(at, end + 1 - at, number);
        at += number.size();
    }
    return out;
}

} // namespace mvp::storage::seeding
