// Can a damaged file break us? Whatever is changed in it, it is read, refused or found out.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "fuzz/mutations.h"
#include "support/batch_builder.h"
#include "support/temporary_directory.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {
namespace {

std::string soundLog(const TemporaryDirectory& directory) {
    sqlite::LogOptions options;
    options.directory = directory / "data";
    {
        const auto log = sqlite::openLog(options);
        BatchBuilder batch(*log);
        for (int i = 0; i < 20; ++i) {
            const StreamId id = "dlv_" + std::to_string(i);
            batch.accept(id, std::string(static_cast<std::size_t>(i) * 100, 'p')).start(id);
            if (i % 2 == 0) batch.succeed(id);
        }
        batch.commit();
    }
    std::ifstream in(directory / "data/waybill.db", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(FuzzLogFile, DamageIsReadOverRefusedOrFoundAndNeverBreaksTheReader) {
    const TemporaryDirectory directory;
    const std::string sound = soundLog(directory);
    const std::string file = directory / "damaged.db";
    Chance chance(21);
    std::uint64_t found = 0;
    for (std::uint64_t round = fuzzRounds(400); round > 0; --round) {
        std::string bytes = sound;
        for (std::uint64_t i = 1 + chance.below(8); i > 0; --i)
            bytes[chance.below(bytes.size())] = static_cast<char>(chance.next());
        if (chance.oneIn(8)) bytes.resize(chance.below(bytes.size()));
        std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
        try {
            found += !sqlite::verify({.file = file}).sound();
        } catch (const StoreUnavailable&) {
            ++found;
        } catch (const ConfigError&) {
            ++found;
        } catch (const CorruptLog&) {
            ++found;
        }
    }
    EXPECT_GT(found, 0u);
}

}  // namespace
}  // namespace waybill::test
