#include "tests/support/server.hpp"

#include "tests/support/free_port.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;

namespace mvp::test {
namespace {

using namespace std::chrono_literals;

std::string required(const char* name) {
    const char* value = std::getenv(name);
    if (!value)
        throw std::runtime_error(fmt::format("{} is not set: run the tests through ./dev test", name));
    return value;
}

std::atomic<int> counter{0};

std::string unique(std::string_view prefix) {
    return fmt::format("{}_{}_{}", prefix, getpid(), ++counter);
}

/// Empties one Redis database, speaking just enough of its protocol.
void flush_redis(const std::string& url, int number) {
    int fd = -1;
    if (url.rfind("unix://", 0) == 0) {
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto path = url.substr(7, url.find('?') - 7);
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("Redis does not answer at " + url);
    } else {
        const auto start = url.find("://") + 3;
        const auto at = url.find('@', start);
        const auto host_start = at == std::string::npos ? start : at + 1;
        const auto colon = url.find(':', host_start);
        fd = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<unsigned short>(
            colon == std::string::npos ? 6379 : std::stoi(url.substr(colon + 1))));
        if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("Redis does not answer at " + url);
    }
    const auto text = fmt::format("SELECT {}\r\nFLUSHDB\r\n", number);
    if (write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::runtime_error("Redis went away");
    std::string answer;
    char buffer[64];
    while (answer.size() < 10) {
        const auto got = read(fd, buffer, sizeof buffer);
        if (got <= 0)
            break;
        answer.append(buffer, static_cast<std::size_t>(got));
    }
    close(fd);
}

std::string with_redis_database(const std::string& url, int number) {
    if (url.rfind("unix://", 0) == 0)
        return fmt::format("{}?db={}", url.substr(0, url.find('?')), number);
    const auto slash = url.find('/', url.find("://") + 3);
    return fmt::format("{}/{}", url.substr(0, slash), number);
}

pid_t spawn(const std::vector<std::string>& arguments, const environment& variables, int output) {
    std::vector<char*> argv;
    for (const auto& a : arguments)
        argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    std::vector<std::string> texts;
    for (const auto& [key, value] : variables)
        texts.push_back(key + "=" + value);
    for (char** e = environ; *e; ++e) {
        const std::string line = *e;
        if (!variables.contains(line.substr(0, line.find('='))))
            texts.push_back(line);
    }
    std::vector<char*> envp;
    for (auto& t : texts)
        envp.push_back(t.data());
    envp.push_back(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that crashes leaves nothing running
        if (output >= 0) {
            dup2(output, 1);
            dup2(output, 2);
        }
        execve(argv[0], argv.data(), envp.data());
        _exit(127);
    }
    if (pid < 0)
        throw std::runtime_error("fork failed");
    return pid;
}

int wait_for(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

} // namespace

world::world(const std::string& database, const std::string& redis) : database_("template0", database) {
    const auto base = redis.empty() ? required("REDIS_URL") : redis;
    const int number = 1 + (getpid() + ++counter) % 15;
    flush_redis(base, number);
    redis_url_ = with_redis_database(base, number);
    folder_ = std::filesystem::temp_directory_path() / unique("mvp_world");
    std::filesystem::create_directories(folder_ / "media");
}

world::~world() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::vector<std::string>> world::sql(const std::string& text,
                                                 const std::vector<std::string>& parameters) const {
    const auto c = open_sql(database_url());
    std::vector<const char*> values;
    for (const auto& p : parameters)
        values.push_back(p.c_str());
    const auto r = checked(c.get(),
                           PQexecParams(c.get(), text.c_str(), static_cast<int>(values.size()), nullptr,
                                        values.data(), nullptr, nullptr, 0),
                           text);
    std::vector<std::vector<std::string>> out;
    for (int i = 0; i < PQntuples(r.get()); ++i) {
        out.emplace_back();
        for (int k = 0; k < PQnfields(r.get()); ++k)
            out.back().emplace_back(PQgetvalue(r.get(), i, k));
    }
    return out;
}

server::server(environment extra, std::shared_ptr<world> shared) : world_(std::move(shared)) {
    environment_ = {{"DATABASE_URL", world_->database_url()},
                    {"REDIS_URL", world_->redis_url()},
                    {"SECRET_KEY", secret_key},
                    {"MEDIA_ROOT", (world_->folder() / "media").string()},
                    {"ALLOWED_HOSTS", "localhost,127.0.0.1"},
                    {"RATE_LIMITS", "off"},
                    {"LOG_LEVEL", "warning"},
                    {"LOG_FORMAT", "text"}};
    for (const auto& [key, value] : extra)
        environment_[key] = value;
    port_ = free_port();
    environment_["LISTEN"] = fmt::format("127.0.0.1:{}", port_);
    if (run({"migrate"}) != 0)
        throw std::runtime_error("migrate failed");
    start();
}

server::~server() {
    if (running())
        stop(SIGTERM);
}

void server::start() {
    pid_ = spawn({required("MVPBACKEND"), "serve"}, environment_, -1);
    const bool ready = eventually(
        [this] {
            if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
                pid_ = -1;
                throw std::runtime_error("the program ended at its start");
            }
            try {
                return client().get("/readyz").status == 200;
            } catch (const boost::system::system_error&) {
                return false;
            }
        },
        20s);
    if (!ready)
        throw std::runtime_error("the program does not become ready");
}

int server::stop(int signal) {
    kill(pid_, signal);
    const bool ended = signal == SIGKILL ||
                       eventually(
                           [this] {
                               siginfo_t info{};
                               waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
                               return info.si_pid == pid_;
                           },
                           15s);
    if (!ended)
        kill(pid_, SIGKILL);
    return wait_for(std::exchange(pid_, -1));
}

int server::run(const std::vector<std::string>& arguments, environment extra, std::string* output) const {
    auto variables = environment_;
    for (const auto& [key, value] : extra)
        variables[key] = value;
    std::vector<std::string> all{required("MVPBACKEND")};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto path = world_->folder() / unique("output");
    const int fd = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    const int code = wait_for(spawn(all, variables, fd));
    std::string text(static_cast<std::size_t>(lseek(fd, 0, SEEK_END)), '\0');
    if (pread(fd, text.data(), text.size(), 0) < 0)
        text.clear();
    close(fd);
    if (output)
        *output = text;
    else if (code != 0)
        fmt::print(stderr, "{}\n", text);
    return code;
}

server& shared_server() {
    static server one;
    return one;
}

reply upload(server& on, std::string_view method, const std::string& path, const std::string& token,
             form_file file) {
    return on.client().form(method, path, {}, {std::move(file)}, token);
}

user register_user(server& on, std::string_view name, const json::object& extra) {
    user u;
    u.email = fmt::format("{}-{}@example.com", name, ++counter);
    json::object body{{"email", u.email},
                      {"password", good_password},
                      {"password2", good_password},
                      {"first_name", "Ada"},
                      {"last_name", "Lovelace"}};
    for (const auto& item : extra)
        body[item.key()] = item.value();
    auto client = on.client();
    const auto r = client.post("/api/users/register/", body);
    if (r.status != 201)
        throw std::runtime_error(fmt::format("register: {} {}", r.status, r.body));
    const auto value = r.json();
    u.id = value.at("user").at("id").as_string().c_str();
    u.access = value.at("access").as_string().c_str();
    u.refresh = value.at("refresh").as_string().c_str();
    return u;
}

void log_in(server& on, user& who, std::string_view password) {
    auto client = on.client();
    const auto r = client.post("/api/token/", json::object{{"email", who.email}, {"password", password}});
    if (r.status != 200)
        throw std::runtime_error(fmt::format("log in: {} {}", r.status, r.body));
    const auto value = r.json();
    who.access = value.at("access").as_string().c_str();
    who.refresh = value.at("refresh").as_string().c_str();
}

user superuser(server& on) {
    user u;
    u.email = "root@example.com";
    auto found = on.database().sql("SELECT id FROM users WHERE email = $1", {u.email});
    if (found.empty()) {
        if (on.run({"createsuperuser", "--email", u.email, "--first-name", "Root", "--last-name", "User"},
                   {{"SUPERUSER_PASSWORD", good_password}}) != 0)
            throw std::runtime_error("createsuperuser failed");
        found = on.database().sql("SELECT id FROM users WHERE email = $1", {u.email});
    }
    u.id = found.at(0).at(0);
    log_in(on, u);
    return u;
}

namespace {
void expect_ok(const reply& r, std::string_view what) {
    if (r.status != 200)
        throw std::runtime_error(fmt::format("{}: {} {}", what, r.status, r.body));
}
} // namespace

user register_staff(server& on) {
    auto u = register_user(on, "staff");
    const auto root = superuser(on);
    auto client = on.client();
    expect_ok(client.patch("/api/users/" + u.id + "/", json::object{{"is_staff", true}}, root.access),
              "is_staff");
    return u;
}

void enable_selling(server& on, const user& who) {
    const auto root = superuser(on);
    auto client = on.client();
    expect_ok(
        client.post("/api/users/" + who.id + "/verify/", json::object{{"status", "verified"}}, root.access),
        "verify");
    expect_ok(client.action("/api/users/enable_seller/", who.access), "enable_seller");
}

user register_seller(server& on) {
    auto u = register_user(on, "seller");
    enable_selling(on, u);
    return u;
}

json::object car_body(std::string_view title) {
    return {{"make", "Toyota"},
            {"model", "Camry"},
            {"year", 2020},
            {"mileage", 45000},
            {"transmission", "automatic"},
            {"fuel_type", "petrol"},
            {"condition", "good"},
            {"price", "25000.00"},
            {"title", title},
            {"description", "One owner, full history."},
            {"city", "Dhaka"},
            {"state_province", "Dhaka"},
            {"country", "Bangladesh"}};
}

json::object part_body(std::string_view name) {
    return {{"name", name},     {"description", "Good ones."}, {"condition", "new"},
            {"brand", "Bosch"}, {"price", "1500.00"},          {"quantity_in_stock", 50}};
}

namespace {

/// Creates a listing below `collection`, and approves it when asked.
std::string create_listing(server& on, const user& seller, bool approved, const std::string& collection,
                           const json::object& body) {
    auto client = on.client();
    const auto r = client.post(collection, body, seller.access);
    if (r.status != 201)
        throw std::runtime_error(fmt::format("POST {}: {} {}", collection, r.status, r.body));
    const std::string id = r.json().at("id").as_string().c_str();
    if (approved)
        expect_ok(client.action(collection + id + "/approve/", superuser(on).access), "approve");
    return id;
}

} // namespace

std::string create_car(server& on, const user& seller, bool approved, std::string_view title) {
    return create_listing(on, seller, approved, "/api/cars/", car_body(title));
}

std::string create_part(server& on, const user& seller, bool approved, std::string_view name) {
    return create_listing(on, seller, approved, "/api/parts/", part_body(name));
}

user register_company(server& on) {
    static int registered = 0;
    return register_user(
        on, "company",
        {{"user_type", "company"},
         {"company_name", "Corp Ltd"},
         {"company_registration_number", fmt::format("REG-{}-{}", on.port(), ++registered)}});
}

} // namespace mvp::test
