// A small SMTP server for tests: takes mails, with answers that a test can change.
#pragma once

#include "tests/support/sink.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <istream>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mvp::test {

class smtp_sink {
    using tcp = sink::tcp;

  public:
    using answer_table = std::map<std::string, std::string>;
    /// "\0user\0pa@ss" in base64: the only log-in that is welcome.
    static constexpr char login[] = "AHVzZXIAcGFAc3M=";

    /// `answers`: by command ("RCPT", "DATA", "." for the contents' end, "" for the greeting); an empty one
    /// is silence. `port`: 0 for any that is free.
    explicit smtp_sink(answer_table answers = {}, unsigned short port = 0)
        : answers_(std::move(answers)), door_([this](tcp::socket& peer) { talk(peer); }, port) {}

    unsigned short port() const { return door_.port(); }
    std::string url(std::string_view user = "") const {
        return "smtp://" + std::string(user) + "127.0.0.1:" + std::to_string(port());
    }
    void answer_with(answer_table answers) {
        std::lock_guard lock(mutex_);
        answers_ = std::move(answers);
    }
    std::vector<std::string> commands() const {
        std::lock_guard lock(mutex_);
        return commands_;
    }
    /// Contents as they came, dots and all.
    std::vector<std::string> mails() const {
        std::lock_guard lock(mutex_);
        return mails_;
    }
    void stop() { door_.stop(); }

  private:
    bool answer(tcp::socket& peer, const std::string& command, std::string usual) {
        {
            std::lock_guard lock(mutex_);
            if (const auto found = answers_.find(command); found != answers_.end())
                usual = found->second;
        }
        boost::system::error_code failed;
        if (!usual.empty())
            boost::asio::write(peer, boost::asio::buffer(usual + "\r\n"), failed);
        return !failed;
    }
    bool is_refused(const std::string& command) const {
        std::lock_guard lock(mutex_);
        return answers_.contains(command);
    }
    template <class Text> void note(std::vector<Text>& where, Text what) {
        std::lock_guard lock(mutex_);
        where.push_back(std::move(what));
    }

    static std::string usual_answer(const std::string& word) {
        if (word == "QUIT")
            return "221 bye";
        if (word == "AUTH")
            return "334 ";
        return word == login ? "235 welcome" : "250 well";
    }

    void talk(tcp::socket& peer) {
        boost::system::error_code failed;
        if (!answer(peer, "", "220 sink"))
            return;
        boost::asio::streambuf buffer;
        std::istream in(&buffer);
        while (true) {
            boost::asio::read_until(peer, buffer, "\r\n", failed);
            if (failed)
                return;
            std::string line;
            std::getline(in, line);
            line.pop_back();
            note(commands_, line);
            const auto word = line.substr(0, line.find(' '));
            if (word == "EHLO") {
                answer(peer, word, "250-sink\r\n250-AUTH PLAIN\r\n250 8BITMIME");
            } else if (word == "DATA" && !is_refused(word)) {
                answer(peer, word, "354 go on");
                const auto size = boost::asio::read_until(peer, buffer, "\r\n.\r\n", failed);
                if (failed)
                    return;
                std::string contents(size, '\0');
                in.read(contents.data(), static_cast<std::streamsize>(size));
                if (!is_refused("."))
                    note(mails_, std::move(contents));
                answer(peer, ".", "250 taken");
            } else {
                answer(peer, word, usual_answer(word));
            }
        }
    }

    mutable std::mutex mutex_; // answers_, commands_, mails_
    answer_table answers_;
    std::vector<std::string> commands_, mails_;
    sink door_;
};

} // namespace mvp::test
