// Is the source tree what the design says: who may include whom, and how a file looks?
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace waybill {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = WAYBILL_SOURCE_DIR;

/// A source file: its path below the root, with forward slashes, and its lines.
struct Source {
    std::string path;
    std::vector<std::string> lines;
};

/// Which folders' public headers a folder may include, beside all that is its own.
struct Rule {
    std::string_view folder;
    std::vector<std::string_view> may_include;
};

const std::vector<Rule>& rules() {
    static const std::vector<Rule> kRules = {{"core", {}},
                                             {"storage", {"core"}},
                                             {"server", {"core", "storage"}},
                                             {"admin_gui", {"core"}},
                                             {"tools", {"core", "storage"}}};
    return kRules;
}

/// Beyond the rule: only where everything is put together does the dashboard see a log file.
bool isExempt(std::string_view path, std::string_view target_folder) {
    return path == "admin_gui/src/app/source.cpp" && target_folder == "storage";
}

/// Beyond the rule: the benchmark compares the log with SQLite itself, and measures core's pieces.
bool isBenchmark(std::string_view path) {
    return path.starts_with("tools/bench/");
}

std::string folderOf(std::string_view path) {
    return std::string(path.substr(0, path.find('/')));
}

bool isPublicHeader(std::string_view path) {
    return path.find("/include/") != std::string_view::npos;
}

/// The name between the quotes or brackets of an `#include` line, with its opening character.
std::optional<std::string> includedBy(const std::string& line) {
    static const std::regex kInclude(R"(^\s*#\s*include\s*(["<][^">]+)[">])");
    std::smatch match;
    if (!std::regex_search(line, match, kInclude)) return std::nullopt;
    return match[1].str();
}

/// The folder of ours that a quoted include leads to, seen from `path`; empty: none.
std::string leadsTo(std::string_view path, const std::string& name) {
    const std::string own = folderOf(path);
    for (const fs::path& base : {fs::path(path).parent_path(), fs::path(own) / "src",
                                 fs::path(own) / "include", fs::path(own)}) {
        if (fs::exists(kRoot / base / name)) return own;
    }
    for (const Rule& rule : rules()) {
        if (fs::exists(kRoot / rule.folder / "include" / name)) return std::string(rule.folder);
    }
    return {};
}

/// Why a line of a file breaks the rule of the folders, or nothing.
std::optional<std::string> breakIn(std::string_view path, const std::string& line) {
    const auto included = includedBy(line);
    if (!included) return std::nullopt;
    const std::string name = included->substr(1);
    const std::string own = folderOf(path);
    const bool quoted = included->front() == '"';
    const auto starts = [&](std::string_view prefix) { return name.starts_with(prefix); };

    if (!quoted) {
        const bool graphics = starts("imgui") || starts("GLFW/") || starts("GL/");
        if (own != "admin_gui" && graphics) return "only admin_gui draws";
        if (own != "storage" && !isBenchmark(path) && starts("sqlite3"))
            return "only storage knows SQLite";
        if (isPublicHeader(path) && starts("Poco/") && name != "Poco/Exception.h") {
            return "public headers name no Poco type but Poco::Exception";
        }
        if (isPublicHeader(path) && starts("nlohmann/")) return "public headers name no JSON type";
        return std::nullopt;
    }
    if (isBenchmark(path) && fs::exists(kRoot / "core/src" / name)) return std::nullopt;
    const std::string target = leadsTo(path, name);
    if (target.empty()) return "a quoted include is a file of ours";
    if (target == own || isExempt(path, target)) return std::nullopt;
    const auto rule = std::find_if(rules().begin(), rules().end(),
                                   [&](const Rule& candidate) { return candidate.folder == own; });
    const bool allowed = std::find(rule->may_include.begin(), rule->may_include.end(), target) !=
                         rule->may_include.end();
    if (!allowed) return own + " may not include " + target;
    return std::nullopt;
}

std::vector<std::string> linesOf(const fs::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        lines.push_back(line);
    return lines;
}

std::vector<Source> sourcesIn(const std::vector<std::string_view>& folders) {
    constexpr std::array<std::string_view, 3> kExtensions = {".h", ".cpp", ".py"};
    std::vector<Source> sources;
    for (const std::string_view folder : folders) {
        if (!fs::exists(kRoot / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
            const std::string extension = entry.path().extension().string();
            const bool source =
                std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
            if (!entry.is_regular_file() || !source) continue;
            sources.push_back(
                {fs::relative(entry.path(), kRoot).generic_string(), linesOf(entry.path())});
        }
    }
    return sources;
}

const std::vector<Source>& productSources() {
    static const std::vector<Source> kSources =
        sourcesIn({"core", "storage", "server", "admin_gui", "tools"});
    return kSources;
}

const std::vector<Source>& allSources() {
    static const std::vector<Source> kSources =
        sourcesIn({"core", "storage", "server", "admin_gui", "tools", "tests"});
    return kSources;
}

bool sleeps(const std::string& line) {
    static const std::regex kSleep(R"(\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\()");
    const std::string code = line.substr(0, line.find("//"));
    return std::regex_search(code, kSleep);
}

TEST(Structure, FoldersIncludeOnlyWhatTheyMay) {
    ASSERT_GT(productSources().size(), 50u);
    for (const Source& source : productSources()) {
        for (std::size_t i = 0; i < source.lines.size(); ++i) {
            const auto broken = breakIn(source.path, source.lines[i]);
            EXPECT_FALSE(broken) << source.path << ":" << i + 1 << ": " << *broken;
        }
    }
}

TEST(Structure, TheRuleOfTheFoldersCatchesABreach) {
    EXPECT_TRUE(breakIn("core/src/engine/engine.cpp", "#include \"waybill/sqlite/log.h\""));
    EXPECT_TRUE(breakIn("core/src/engine/engine.cpp", "#include <sqlite3.h>"));
    EXPECT_TRUE(breakIn("storage/src/log/log.cpp", "#include \"view_json.h\""));
    EXPECT_TRUE(breakIn("admin_gui/src/table.cpp", "  #  include \"waybill/sqlite/log.h\""));
    EXPECT_TRUE(breakIn("core/include/waybill/x.h", "#include <Poco/URI.h>"));
    EXPECT_TRUE(breakIn("core/include/waybill/x.h", "#include <nlohmann/json.hpp>"));
    EXPECT_FALSE(breakIn("storage/src/log/log.cpp", "#include \"waybill/event.h\""));
    EXPECT_TRUE(breakIn("tools/cli/main.cpp", "#include <sqlite3.h>"));
    EXPECT_TRUE(breakIn("tools/bench/raw_log.cpp", "#include \"database.h\""));
    EXPECT_FALSE(breakIn("tools/bench/raw_log.cpp", "#include <sqlite3.h>"));
    EXPECT_FALSE(breakIn("tools/cli/main.cpp", "#include \"waybill/sqlite/verify.h\""));
    EXPECT_FALSE(breakIn("core/include/waybill/x.h", "#include <Poco/Exception.h>"));
}

bool startsThreadItself(const std::string& line) {
    static const std::regex kStart(
        R"(\bstd::thread(\s+\w+)?\s*[({]|\bstd::jthread\b|\bstd::async\b)");
    return std::regex_search(line.substr(0, line.find("//")), kStart);
}

TEST(Structure, EveryThreadOfTheProductIsStartedInTheOneWayThatContainsExceptions) {
    EXPECT_TRUE(startsThreadItself("    thread_ = std::thread([this] { run(); });"));
    EXPECT_TRUE(startsThreadItself("    std::thread worker(run);"));
    EXPECT_TRUE(startsThreadItself("    std::jthread thread_;"));
    EXPECT_TRUE(startsThreadItself("    loaded_ = std::async(std::launch::async, load);"));
    EXPECT_FALSE(startsThreadItself("    std::thread thread_;"));
    for (const Source& source : sourcesIn({"core", "storage", "server", "tools", "admin_gui"})) {
        if (fs::path(source.path).stem() == "worker_thread") continue;
        if (source.path == "storage/src/index/indexer.cpp")
            continue;                                           // contains each round by itself
        if (source.path.starts_with("tools/bench/")) continue;  // measures, and serves nobody
        for (const std::string& line : source.lines)
            EXPECT_FALSE(startsThreadItself(line)) << source.path << ": " << line;
    }
}

bool containsInSilence(const std::string& line) {
    return line.find("contained(nullptr") != std::string::npos;
}

TEST(Structure, NothingThatTheDaemonOrAToolSurvivesIsKeptFromItsLog) {
    EXPECT_TRUE(containsInSilence(R"(    contained(nullptr, "", [this] { goRound(); });)"));
    for (const Source& source : sourcesIn({"server", "tools"}))
        for (const std::string& line : source.lines)
            EXPECT_FALSE(containsInSilence(line)) << source.path << ": " << line;
}

TEST(Structure, EveryHeaderSaysInItsFirstLineWhatItIs) {
    for (const Source& source : allSources()) {
        if (!source.path.ends_with(".h")) continue;
        ASSERT_FALSE(source.lines.empty()) << source.path;
        EXPECT_TRUE(source.lines[0].starts_with("// ")) << source.path;
        EXPECT_NE(std::find(source.lines.begin(), source.lines.end(), "#pragma once"),
                  source.lines.end())
            << source.path;
    }
}

TEST(Structure, FilesAreNamedInSnakeCase) {
    static const std::regex kSnakeCase("[a-z0-9_]+\\.(h|cpp|py)");
    for (const Source& source : allSources()) {
        const std::string name = fs::path(source.path).filename().string();
        EXPECT_TRUE(std::regex_match(name, kSnakeCase)) << source.path;
    }
}

TEST(Structure, NoFileOpensAWholeNamespaceButLiterals) {
    static const std::regex kUsingNamespace(R"(^\s*using\s+namespace\b(?!.*_literals;))");
    for (const Source& source : allSources()) {
        for (const std::string& line : source.lines) {
            EXPECT_FALSE(std::regex_search(line, kUsingNamespace)) << source.path << ": " << line;
        }
    }
}

std::string textOf(const char* path) {
    std::ifstream file(fs::path(WAYBILL_SOURCE_DIR) / path);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(Structure, TheReadmeShowsTheProgramThatIsBuiltAndRun) {
    const std::string program = textOf("tests/embedding/add_subdirectory/main.cpp");
    ASSERT_FALSE(program.empty());
    EXPECT_NE(textOf("README.md").find(program), std::string::npos);
}

TEST(Structure, TheReadmeShowsTheOperatorApiAsItIsServed) {
    const std::string program = textOf("tests/embedding/operator_api/main.cpp");
    const std::size_t begin = program.find("    namespace server");
    const std::size_t end = program.find("    std::cout");
    ASSERT_LT(begin, end);
    const std::string shown =
        std::regex_replace(program.substr(begin, end - begin), std::regex("(^|\n) {4}"), "$1");
    EXPECT_NE(textOf("README.md").find(shown), std::string::npos) << shown;
}

TEST(Structure, TestsAwaitConditionsAndNeverSleep) {
    EXPECT_TRUE(sleeps("    std::this_thread::sleep_for(std::chrono::seconds(1));"));
    EXPECT_TRUE(sleeps("    time.sleep(1)"));
    EXPECT_FALSE(sleeps("    wait();  // not sleep()"));
    for (const Source& source : sourcesIn({"tests"})) {
        if (source.path == "tests/unit/structure_test.cpp") continue;
        for (const std::string& line : source.lines) {
            EXPECT_FALSE(sleeps(line)) << source.path << ": " << line;
        }
    }
}

}  // namespace
}  // namespace waybill
