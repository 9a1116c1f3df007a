// Does every input that was ever worth keeping still keep every promise?
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/target.h"

namespace waybill::test {
namespace {

namespace fs = std::filesystem;

const fs::path kCorpus = fs::path(WAYBILL_SOURCE_DIR) / "tests/fuzz/corpus";

std::string contentOf(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class FuzzCorpus : public testing::TestWithParam<std::string> {};

TEST_P(FuzzCorpus, NoInputBreaksAPromise) {
    const FuzzTarget target = fuzzTargets().at(GetParam());
    std::size_t inputs = 0;
    for (const auto& entry : fs::directory_iterator(kCorpus / GetParam())) {
        ++inputs;
        try {
            target(contentOf(entry.path()));
        } catch (const std::exception& error) {
            ADD_FAILURE() << entry.path() << ": " << error.what();
        }
    }
    EXPECT_GT(inputs, 0U);
    target({});
}

std::vector<std::string> targetNames() {
    std::vector<std::string> names;
    for (const auto& [name, target] : fuzzTargets())
        names.push_back(name);
    return names;
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzCorpus, testing::ValuesIn(targetNames()),
                         [](const auto& target) { return target.param; });

TEST(FuzzCorpusFolders, EachIsThatOfATarget) {
    for (const auto& entry : fs::directory_iterator(kCorpus))
        EXPECT_TRUE(fuzzTargets().contains(entry.path().filename().string())) << entry.path();
}

TEST(FuzzTargets, APromiseThatIsBrokenIsTold) {
    EXPECT_THROW(FUZZ_CHECK(std::string("a") == "b"), BrokenPromise);
}

}  // namespace
}  // namespace waybill::test
