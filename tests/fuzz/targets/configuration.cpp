// The daemon's settings: file, environment, command line, and the files of keys and secrets.
#include <sys/stat.h>

#include <fstream>

#include "config/settings.h"
#include "credentials/api_keys.h"
#include "credentials/operator_tokens.h"
#include "credentials/secret_files.h"
#include "fuzz/target.h"
#include "support/temporary_directory.h"
#include "waybill/errors.h"

namespace waybill::test {
namespace {

std::string fileWith(std::string_view bytes) {
    static const TemporaryDirectory kDirectory;
    const std::string file = kDirectory / "file";
    // Secrets are for their owner alone.
    static const bool kOwnersOnly = (::umask(077), true);
    static_cast<void>(kOwnersOnly);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    return file;
}

/// What is taken prints a file that is taken, and prints the same.
void checkSettings(const server::Settings& settings) {
    const std::string printed = server::printedConfig(settings, server::makeOptions(settings));
    const server::Settings again = server::readSettings({"--config", fileWith(printed)}, {});
    const std::string second = server::printedConfig(again, server::makeOptions(again));
    const auto withoutSources = [](const std::string& text) {
        std::string kept;
        std::string_view rest = text;
        while (!rest.empty()) {
            const std::string_view line = takeLine(rest);
            kept += line.substr(0, line.rfind("  # "));
            kept += '\n';
        }
        return kept;
    };
    FUZZ_CHECK(withoutSources(printed) == withoutSources(second));
}

std::vector<std::string> wordsOf(std::string_view bytes) {
    std::vector<std::string> words;
    while (!bytes.empty() && words.size() < 32)
        words.emplace_back(takeLine(bytes));
    return words;
}

/// A refusal names the line and not the secret in it.
void checkSecrets(std::string_view bytes) {
    const std::string file = fileWith(bytes);
    const auto quotesNone = [&](const ConfigError& error) {
        std::string_view rest = bytes;
        while (!rest.empty()) {
            std::string_view line = takeLine(rest);
            const std::size_t colon = line.rfind(':');
            const std::string_view secret = colon == line.npos ? line : line.substr(colon + 1);
            // Short words, and those with spaces, are parts of any sentence; the file's path is
            // too.
            const bool tells = secret.size() >= 16 && secret.find_first_of(" /") == secret.npos;
            FUZZ_CHECK(!tells || error.message().find(secret) == std::string::npos);
        }
    };
    const auto attempt = [&](const auto& read) {
        try {
            read();
        } catch (const ConfigError& error) {
            quotesNone(error);
        }
    };
    attempt([&] {
        const auto keys = server::ApiKeys::read(file);
        FUZZ_CHECK(!keys.ownerOf(""));
    });
    attempt([&] {
        const auto operators = server::OperatorTokens::read(file);
        FUZZ_CHECK(!operators.ownerOf(""));
    });
    attempt([&] { static_cast<void>(server::readSigningKeys(file)); });
    attempt([&] { FUZZ_CHECK(!server::readSecret("the key", file).empty()); });
}

}  // namespace

/// Settings are taken or refused in words, and what was taken can be printed and read back.
WAYBILL_FUZZ_TARGET(configuration) {
    const unsigned choice = takeByte(bytes) % 4;
    if (choice == 3) return checkSecrets(bytes);
    try {
        if (choice == 0)
            return checkSettings(server::readSettings({"--config", fileWith(bytes)}, {}));
        if (choice == 1) {
            const auto words = wordsOf(bytes);
            for (const std::string& word : words)
                if (word.starts_with("--config")) return;
            return checkSettings(server::readSettings(words, {}));
        }
        server::Environment environment;
        for (const std::string& word : wordsOf(bytes)) {
            const std::size_t equals = word.find('=');
            if (equals == word.npos || word.starts_with("WAYBILL_CONFIG=")) continue;
            environment[word.substr(0, equals)] = word.substr(equals + 1);
        }
        checkSettings(server::readSettings({}, environment));
    } catch (const ConfigError& error) {
        FUZZ_CHECK(!error.message().empty());
    }
}

}  // namespace waybill::test
