// A command that was copied shows what its screen shows: it is run as a shell and the command line
// tool would, and gives the same rows in the same order.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/dashboard_impl.h"
#include "app/source.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "model/evidence.h"
#include "support/batch_builder.h"
#include "support/temporary_directory.h"
#include "support/varied_log.h"
#include "window/headless.h"

namespace waybill::gui {
namespace {

using Words = std::vector<std::string>;

/// The words that a POSIX shell makes of what follows `program` in `command`.
Words wordsOf(const std::string& command, const std::string& program = "waybill") {
    const test::TemporaryDirectory directory;
    const std::string script = directory / "script";
    std::ofstream(script) << program << "() { for word; do printf '%s\\000' \"$word\"; done; }\n"
                          << command << '\n';
    FILE* shell = ::popen(("sh " + script).c_str(), "r");
    if (shell == nullptr) return {};
    Words words;
    std::string word;
    for (int c = std::fgetc(shell); c != EOF; c = std::fgetc(shell)) {
        if (c != 0) {
            word += static_cast<char>(c);
            continue;
        }
        words.push_back(std::exchange(word, {}));
    }
    EXPECT_EQ(::pclose(shell), 0) << command;
    EXPECT_EQ(word, "") << command;
    return words;
}

/// A command of the tool, as its main function takes it apart.
struct Parsed {
    const cli::Command* command = nullptr;
    cli::Arguments arguments{};
};

Parsed parsed(const std::string& text, const Words& more = {}) {
    Words words = wordsOf(text);
    const std::size_t at = cli::firstOperand(words, cli::commonOptions());
    if (at == words.size()) return {};
    const cli::Command* command = cli::findCommand(words[at]);
    EXPECT_NE(command, nullptr) << text;
    if (command == nullptr) return {};
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
    words.insert(words.end(), more.begin(), more.end());
    std::vector<cli::Option> options(cli::commonOptions().begin(), cli::commonOptions().end());
    options.insert(options.end(), command->options.begin(), command->options.end());
    auto arguments = cli::parseArguments(words, options);
    EXPECT_TRUE(arguments.ok()) << text << "\n"
                                << (arguments.ok() ? "" : arguments.refusal().message);
    if (!arguments.ok()) return {};
    return {command, *arguments};
}

/// The lines that it prints, as JSON.
Words ran(const std::string& text, Words more = {}) {
    more.push_back("--json");
    const Parsed what = parsed(text, more);
    if (what.command == nullptr) return {};
    std::ostringstream out;
    std::ostringstream err;
    cli::Console console(out, err, 0, false);
    EXPECT_EQ(what.command->run(what.arguments, console), cli::kDone) << text << "\n" << err.str();
    Words lines;
    std::istringstream printed(out.str());
    for (std::string line; std::getline(printed, line);)
        lines.push_back(line);
    return lines;
}

/// The dashboard over a real log, opened as its own command line opens it.
class CopiedCommand : public ::testing::Test {
protected:
    CopiedCommand() {
        test::VariedLog(directory_.path()).deliver(0, 330);
        DashboardOptions options;
        EXPECT_EQ(connect({.log = directory_ / "waybill.db"}, options), "");
        options.inline_calls = true;
        dashboard_ = std::make_unique<Dashboard>(std::move(options));
        frames(6);
    }

    void frames(int count) {
        for (int i = 0; i < count; ++i)
            headless_.frame(*dashboard_);
    }
    void apply(const Intents& intents) {
        for (const Intent& intent : intents)
            dashboard_->impl().controller.apply(intent);
        frames(6);
    }
    void show(View view) { apply({intent::Show{view}}); }

    /// What the key for it puts on the clipboard; empty: nothing.
    std::string copied() {
        ImGui::SetClipboardText("");
        headless_.frame(*dashboard_, {KeyPress{Key::kCharacter, U'y', false, false}});
        frames(2);
        return headless_.clipboard();
    }

    std::shared_ptr<const Snapshot> seen() { return dashboard_->impl().feed.snapshot(); }
    const State& state() { return dashboard_->impl().controller.state(); }

    Words idsOnScreen() {
        Words ids;
        for (std::size_t row = 0; seen()->list && row < seen()->list->size(); ++row)
            ids.push_back(seen()->list->at(row)->id);
        return ids;
    }
    void expectTheSameRows() {
        const std::string command = copied();
        Words ids;
        for (const std::string& line : ran(command))
            ids.push_back(deliveryViewFromJson(line).id);
        EXPECT_EQ(ids, idsOnScreen()) << command;
        EXPECT_FALSE(ids.empty()) << command;
    }

    test::TemporaryDirectory directory_;
    Headless headless_{1600, 1000};
    std::unique_ptr<Dashboard> dashboard_;
};

std::vector<std::uint64_t> positionsIn(const Words& lines) {
    std::vector<std::uint64_t> positions;
    for (const std::string& line : lines)
        positions.push_back(eventViewFromJson(line).global_position);
    return positions;
}

std::vector<std::uint64_t> positionsOf(const EventLines& lines, const std::string& text = {}) {
    std::vector<std::uint64_t> positions;
    for (const auto& line : lines) {
        if (line->searched.find(text) != std::string::npos)
            positions.push_back(line->event.global_position);
    }
    return positions;
}

TEST_F(CopiedCommand, NamesTheFileWhereverItIsRun) {
    DashboardOptions options;
    const std::string relative = std::filesystem::relative(directory_.path()).string();
    ASSERT_EQ(connect({.data = relative}, options), "");
    const Parsed what = parsed(options.command + " list");
    const std::string file = what.arguments.valueOr("--log", "");
    EXPECT_TRUE(std::filesystem::path(file).is_absolute()) << file;
    EXPECT_TRUE(std::filesystem::equivalent(file, directory_ / "waybill.db")) << file;
}

TEST_F(CopiedCommand, NamesTheDaemonAndItsToken) {
    std::ofstream(directory_ / "it's the $TOKEN") << "t0ken\n";
    DashboardOptions options;
    ASSERT_EQ(
        connect({.server = "http://127.0.0.1:9", .token_file = directory_ / "it's the $TOKEN"},
                options),
        "");
    const Parsed what = parsed(options.command + " list");
    EXPECT_EQ(what.arguments.value("--server"), "http://127.0.0.1:9");
    EXPECT_EQ(what.arguments.value("--token-file"), directory_ / "it's the $TOKEN");
}

TEST_F(CopiedCommand, ListsTheSameDeliveries) {
    show(View::kDeliveries);
    ASSERT_GT(seen()->list->size(), 50u);
    expectTheSameRows();
}

TEST_F(CopiedCommand, ListsThemInTheSameOrder) {
    show(View::kDeliveries);
    for (const DeliveryOrder order : {DeliveryOrder::kUpdated, DeliveryOrder::kNextAttempt}) {
        apply({intent::Order{order}});
        expectTheSameRows();
        apply({intent::Order{order}});
        ASSERT_TRUE(state().reverse);
        expectTheSameRows();
    }
}

TEST_F(CopiedCommand, ListsWhatTheSearchFinds) {
    show(View::kDeliveries);
    for (const char* search :
         {"status:failed", "client:\"client 1\" status:delivered", "code:500", "404",
          "reason:http_status", "since:2026-01-01T00:00:00.100Z until:2026-01-01T00:00:00.400Z",
          "order", "\"order 7919\"", "https://e2.example", "endpoint:HTTPS://E1.example"}) {
        apply({intent::Type{search}});
        expectTheSameRows();
    }
}

TEST_F(CopiedCommand, ListsWhatButtonsChose) {
    show(View::kDeliveries);
    apply({intent::FilterStatus{"delivered"}, intent::FilterEndpoint{"https://e3.example:443"},
           intent::FilterTime{test::epoch() + std::chrono::milliseconds(300), std::nullopt}});
    expectTheSameRows();
}

TEST_F(CopiedCommand, ShowsTheTabOfADelivery) {
    show(View::kDeliveries);
    apply({intent::FocusRow{7, true}, intent::OpenWide{}});
    ASSERT_EQ(state().view, View::kDelivery);
    const Words shown = ran(copied());
    ASSERT_EQ(shown.size(), 1u);
    EXPECT_EQ(deliveryDetailFromJson(shown[0]).delivery.id, state().open);
    apply({intent::SetTab{DetailTab::kPayload}});
    EXPECT_EQ(ran(copied()), Words{*seen()->open.payload->bytes});
    apply({intent::SetTab{DetailTab::kEvents}});
    Words events;
    for (const EventView& event : *seen()->open.events)
        events.push_back(toJson(event));
    EXPECT_EQ(ran(copied()), events);
}

TEST_F(CopiedCommand, ReachesAsFarBackAsTheFigures) {
    show(View::kOverview);
    for (std::size_t window = 0; window < kWindows.size(); ++window) {
        apply({intent::SetWindow{window}});
        const Words printed = ran(copied());
        ASSERT_EQ(printed.size(), 1u);
        const StatsView stats = statsViewFromJson(printed[0]);
        EXPECT_EQ(stats.step, kWindows[window].step);
        EXPECT_EQ(stats.points.size(), seen()->stats->points.size());
    }
}

TEST_F(CopiedCommand, ListsTheEndpointsOfTheSameTime) {
    show(View::kEndpoints);
    for (const std::size_t window : {0, 4}) {
        apply({intent::SetWindow{window}});
        const std::string command = copied();
        Words endpoints;
        for (const std::string& line : ran(command))
            endpoints.push_back(endpointViewFromJson(line).endpoint);
        Words shown;
        for (const EndpointView& endpoint : *seen()->endpoints)
            shown.push_back(endpoint.endpoint);
        EXPECT_EQ(endpoints, shown);
        EXPECT_EQ(parsed(command).arguments.duration("--window", {}).value(),
                  kWindows[window].length);
    }
    apply({intent::OrderEndpoints{EndpointOrder::kLatency}});
    EXPECT_EQ(copied(), "") << "the tool has no such order";
}

TEST_F(CopiedCommand, ShowsTheSameStretchOfTheLog) {
    show(View::kEvents);
    for (const bool at_head : {true, false}) {
        apply({intent::ShowStretch{at_head, at_head ? 0U : 250U}});
        ASSERT_TRUE(seen()->stretch);
        EXPECT_EQ(positionsIn(ran(copied())), positionsOf(seen()->stretch->lines));
    }
}

TEST_F(CopiedCommand, FollowsFromTheFirstLineThatIsShown) {
    show(View::kTail);
    ASSERT_TRUE(seen()->tail);
    const auto all = positionsOf(*seen()->tail);
    EXPECT_EQ(positionsIn(ran(copied(), {"--limit", std::to_string(all.size())})), all);
}

TEST_F(CopiedCommand, FollowsWhatTheFilterOfTheTailFinds) {
    show(View::kTail);
    const std::string id = seen()->tail->back()->event.stream;
    for (const std::string& text : {id, std::string("attempt_failed")}) {
        apply({intent::FilterTail{text}});
        const auto found = positionsOf(*seen()->tail, text);
        ASSERT_FALSE(found.empty());
        const std::string command = copied();
        EXPECT_EQ(positionsIn(ran(command, {"--limit", std::to_string(found.size())})), found)
            << command;
    }
    apply({intent::FilterTail{"e3.example"}});
    EXPECT_EQ(copied(), "") << "the tool has no such filter";
}

TEST_F(CopiedCommand, OfATailThatIsHeldEndsWhereItDoes) {
    show(View::kTail);
    apply({intent::FollowTail{false}});
    EXPECT_EQ(positionsIn(ran(copied())), positionsOf(*seen()->tail));
}

TEST_F(CopiedCommand, OfTheSettingsThereIsNone) {
    show(View::kSettings);
    EXPECT_EQ(copied(), "");
}

TEST(CopiedWords, AreReadBackByAShellAndTheTool) {
    for (const std::string value :
         {"two words", "it's", "\"double\"", "$HOME `id` $(id)", "J\u00FCrgen \u5C71", "-x",
          "--status=failed", "*?[a]", "a\\b\\", "#!", "~"}) {
        State state;
        state.view = View::kDeliveries;
        state.search = "status:failed";
        state.endpoint = value;
        const auto command = cliCommand(state, {}, "waybill", {});
        ASSERT_TRUE(command.ok());
        const auto filter = cli::filterFrom(parsed(*command).arguments, {});
        ASSERT_TRUE(filter.ok()) << *command;
        EXPECT_EQ(filter->endpoint, value) << *command;
        EXPECT_EQ(filter->status, "failed");
    }
}

TEST(CopiedRequest, IsWhatWasSent) {
    const std::string payload = "@file it's $5\r\n\t{\"a\": \"\u5C71\"}\x01";
    DeliveryDetail detail;
    detail.delivery.id = "dlv_1";
    detail.delivery.url = "https://a.example/hook?ids[]=1&x={y}";
    detail.attempts.emplace_back();
    detail.attempts[0].request_headers = {{"X-Empty", ""}, {"X-Odd", "a 'b' $c"}};
    OpenDelivery open;
    open.id = "dlv_1";
    open.detail.value = std::make_shared<const DeliveryDetail>(detail);
    open.payload.value = std::make_shared<const PayloadText>(payloadText(makeBytes(payload)));
    EXPECT_EQ(wordsOf(curlCommand(open, "waybill"), "curl"),
              (Words{"-X", "POST", "--globoff", detail.delivery.url, "-H", "X-Empty;", "-H",
                     "X-Odd: a 'b' $c", "--data-raw", payload}));
}

}  // namespace
}  // namespace waybill::gui
