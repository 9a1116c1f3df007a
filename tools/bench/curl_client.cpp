#include "bench/curl_client.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <deque>

#include "bench/cpu_time.h"
#include "bench/payload.h"
#include "bench/system_failure.h"

namespace waybill::bench {

namespace {

constexpr int kEventsAtOnce = 256;
constexpr long kTurnMs = 100;
constexpr long kHeldConnections = 4096;

struct Free {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, Free>;
using List = std::unique_ptr<curl_slist, Free>;

List listOf(const std::vector<std::string>& lines) {
    curl_slist* list = nullptr;
    for (const std::string& line : lines)
        list = curl_slist_append(list, line.c_str());
    return List(list);
}

std::string hostOf(const std::string& url) {
    const std::size_t begin = url.find("://") + 3;
    return url.substr(begin, url.find_first_of(":/", begin) - begin);
}

std::size_t discard(char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

}  // namespace

class CurlContender::Impl {
public:
    explicit Impl(CurlOptions options)
        : options_(std::move(options)),
          payload_(makePayload(options_.payload_bytes, {})),
          headers_(listOf({"Content-Type: application/json", "Expect:", "User-Agent: Waybill/0.1.0",
                           "webhook-id: dlv_01jd0000000000000000000000",
                           "webhook-timestamp: 1790000000", "waybill-attempt: 1"})),
          epoll_(require(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
          multi_(curl_multi_init()) {
        curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, socketChanged);
        curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, timerChanged);
        curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kHeldConnections);
        resolve_ = addresses();
        const std::size_t count = std::max(options_.urls.size(), options_.in_flight);
        for (std::size_t i = 0; i < count; ++i)
            handles_.push_back(makeHandle(options_.urls[i % options_.urls.size()]));
        for (const Handle& handle : handles_)
            waiting_.push_back(handle.get());
    }

    ~Impl() {
        handles_.clear();
        curl_multi_cleanup(multi_);
        close(epoll_);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Load run(std::chrono::nanoseconds duration) {
        std::uint64_t done = 0;
        MeasuredSpan span(duration);
        while (span.goesOn(done)) {
            while (in_flight_ < options_.in_flight)
                startNext();
            turn();
            done += collect();
        }
        while (in_flight_ > 0) {
            turn();
            collect();
        }
        return span.load();
    }

private:
    List addresses() const {
        std::vector<std::string> lines;
        if (options_.resolve_port == 0) return nullptr;
        for (const std::string& url : options_.urls) {
            lines.push_back(hostOf(url) + ":" + std::to_string(options_.resolve_port) +
                            ":127.0.0.1");
        }
        return listOf(lines);
    }

    Handle makeHandle(const std::string& url) {
        Handle handle(curl_easy_init());
        CURL* const easy = handle.get();
        curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(payload_.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, payload_.data());
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 30'000L);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        // Else names given to the multi handle's cache would be looked up again after a minute.
        curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
        if (!options_.keep_alive) curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        if (!options_.ca_file.empty()) {
            curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
        }
        // Once is enough: the multi handle's cache of names is shared by all.
        if (resolve_ && handles_.empty()) {
            curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve_.get());
        }
        return handle;
    }

    void startNext() {
        check(curl_multi_add_handle(multi_, waiting_.front()));
        waiting_.pop_front();
        ++in_flight_;
    }

    void turn() {
        epoll_event events[kEventsAtOnce];
        long wait = kTurnMs;
        if (timer_) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(*timer_ - monotonicNow());
            wait = std::clamp<long>(left.count(), 0, kTurnMs);
        }
        const int count = epoll_wait(epoll_, events, kEventsAtOnce, static_cast<int>(wait));
        int running = 0;
        for (int i = 0; i < count; ++i) {
            int mask = 0;
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) mask |= CURL_CSELECT_IN;
            if (events[i].events & EPOLLOUT) mask |= CURL_CSELECT_OUT;
            check(curl_multi_socket_action(multi_, events[i].data.fd, mask, &running));
        }
        if (timer_ && *timer_ <= monotonicNow()) {
            timer_.reset();
            check(curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running));
        }
    }

    std::uint64_t collect() {
        std::uint64_t done = 0;
        int left = 0;
        while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
            if (message->data.result != CURLE_OK) {
                throw Poco::RuntimeException(std::string("libcurl: ") +
                                             curl_easy_strerror(message->data.result));
            }
            CURL* const easy = message->easy_handle;
            curl_multi_remove_handle(multi_, easy);
            waiting_.push_back(easy);
            --in_flight_;
            ++done;
        }
        return done;
    }

    static void check(CURLMcode code) {
        if (code != CURLM_OK) {
            throw Poco::RuntimeException(std::string("libcurl: ") + curl_multi_strerror(code));
        }
    }

    static int socketChanged(CURL*, curl_socket_t socket, int what, void* self, void* known) {
        const int epoll = static_cast<Impl*>(self)->epoll_;
        if (what == CURL_POLL_REMOVE) {
            epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr);
            return 0;
        }
        epoll_event event{};
        event.data.fd = socket;
        if (what & CURL_POLL_IN) event.events |= EPOLLIN;
        if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
        epoll_ctl(epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
        curl_multi_assign(static_cast<Impl*>(self)->multi_, socket, self);
        return 0;
    }

    static int timerChanged(CURLM*, long milliseconds, void* self) {
        auto& timer = static_cast<Impl*>(self)->timer_;
        timer.reset();
        if (milliseconds >= 0) timer = monotonicNow() + std::chrono::milliseconds(milliseconds);
        return 0;
    }

    const CurlOptions options_;
    const std::string payload_;
    const List headers_;
    List resolve_;
    int epoll_;
    CURLM* multi_;
    std::vector<Handle> handles_;
    std::deque<CURL*> waiting_;
    std::size_t in_flight_ = 0;
    std::optional<std::chrono::nanoseconds> timer_{};
};

CurlContender::CurlContender(CurlOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

CurlContender::~CurlContender() = default;

Load CurlContender::run(std::chrono::nanoseconds duration) {
    return impl_->run(duration);
}

}  // namespace waybill::bench
