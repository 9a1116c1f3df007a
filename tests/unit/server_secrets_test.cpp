// Are keys and tokens read as they should be, and never shown?
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "credentials/api_keys.h"
#include "credentials/bearer_token.h"
#include "credentials/secret_files.h"
#include "credentials/secrets.h"
#include "waybill/errors.h"

namespace waybill::server {
namespace {

class SecretsTest : public testing::Test {
protected:
    SecretsTest() : file_(testing::TempDir() + "waybill_secrets_" + std::to_string(::getpid())) {}
    ~SecretsTest() override { std::filesystem::remove(file_); }

    void write(const std::string& text) { std::ofstream(file_) << text; }

    std::string keysProblem(const std::string& text) {
        write(text);
        try {
            ApiKeys::read(file_);
        } catch (const ConfigError& error) {
            return error.message();
        }
        return {};
    }

    std::string file_;
};

TEST_F(SecretsTest, AKeyBelongsToItsName) {
    write("# clients\nalice:key-one\n  alice:key:two  \n\nbob:key-three\n");
    const ApiKeys keys = ApiKeys::read(file_);
    EXPECT_EQ(keys.ownerOf("key-one"), "alice");
    EXPECT_EQ(keys.ownerOf("key:two"), "alice");
    EXPECT_EQ(keys.ownerOf("key-three"), "bob");
    EXPECT_FALSE(keys.ownerOf("key"));
    EXPECT_FALSE(keys.ownerOf(""));
}

TEST_F(SecretsTest, AWrongLineIsNamedWithoutTheKey) {
    for (const char* text : {"a:key-a\nhush\n", "a:key-a\n:hush\n", "a:key-a\nb c:hush\n",
                             "a:key-a\nb:\n", "a:hush\nb:hush\n", "a:key-a\nb:hu sh\n"}) {
        const std::string problem = keysProblem(text);
        EXPECT_NE(problem.find("line 2"), std::string::npos) << text << problem;
        EXPECT_EQ(problem.find("hush"), std::string::npos) << problem;
    }
    EXPECT_NE(keysProblem("# nobody\n").find("no key"), std::string::npos);
    EXPECT_THROW(ApiKeys::read("/nowhere"), ConfigError);
}

TEST_F(SecretsTest, TheTokenIsMadeOnceForItsOwnerOnly) {
    std::filesystem::remove(file_);
    const std::string token = readOrMakeToken(file_, true, systemEntropy());
    EXPECT_EQ(token.size(), 64U);
    EXPECT_EQ(readOrMakeToken(file_, true, systemEntropy()), token);
    struct stat status {};
    ASSERT_EQ(::stat(file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_THROW(readOrMakeToken("/nowhere/token", true, systemEntropy()), ConfigError);
}

TEST_F(SecretsTest, ASecretHasOneLine) {
    write("\n s3cret \n# comment\n");
    EXPECT_EQ(readSecret("x", file_), "s3cret");
    write("a\nb\n");
    EXPECT_THROW(readSecret("x", file_), ConfigError);
    write("nonsense\n");
    EXPECT_THROW(readSigningKeys(file_), ConfigError);
    std::string secrets;
    for (int i = 0; i < 32; ++i)
        secrets += "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";
    write(secrets);
    EXPECT_EQ(readSigningKeys(file_).size(), 32u);
    write(secrets + "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    EXPECT_THROW(readSigningKeys(file_), ConfigError) << "a header that no receiver would take";
}

TEST_F(SecretsTest, AKeyThatAnybodyGuessesIsRefused) {
    for (const char* key : {"x", "abc", "aaaaaaaaaaaaaaaaaaaaaaaa"}) {
        const std::string problem = keysProblem(std::string("a:key-a\nb:") + key + "\n");
        EXPECT_NE(problem.find(file_ + " line 2"), std::string::npos) << problem;
        EXPECT_NE(problem.find("guess"), std::string::npos) << problem;
        EXPECT_EQ(problem.find(std::string(" ") + key + " "), std::string::npos) << problem;
        write(std::string(key) + "\n");
        EXPECT_THROW(readAdminToken(file_, false), ConfigError) << key;
    }
    write("a:key-a\nb:0123456789abcdef\n");
    EXPECT_EQ(ApiKeys::read(file_).shortLines(), std::vector<int>{1});
    write("eve:admin:" + std::string(32, 'a') + "\n");
    EXPECT_THROW(OperatorTokens::read(file_), ConfigError);
}

TEST_F(SecretsTest, TheAdminsTokenIsNobodyElses) {
    const std::string token = "0123456789abcdef";
    write("vera:viewer:" + token + "\n");
    const OperatorTokens operators = OperatorTokens::read(file_);
    write("alice:" + token + "\n");
    const std::optional<ApiKeys> keys = ApiKeys::read(file_);
    const ServerOptions options;
    EXPECT_THROW(checkAdminToken(token, options, std::nullopt, operators), ConfigError);
    EXPECT_THROW(checkAdminToken(token, options, keys, {}), ConfigError);
    EXPECT_EQ(checkAdminToken("fedcba9876543210", options, keys, operators), "");
    EXPECT_NE(checkAdminToken("fedc", options, keys, operators), "") << "short ones are told";
}

TEST(Credentials, AreFoundInEitherHeader) {
    HttpHeaders headers;
    EXPECT_EQ(apiKey(headers), "");
    headers.add("X-API-Key", "k");
    EXPECT_EQ(apiKey(headers), "k");
    EXPECT_EQ(bearerToken(headers), "");
    headers.add("authorization", "bearer  t");
    EXPECT_EQ(apiKey(headers), "t");
    HttpHeaders basic;
    basic.add("Authorization", "Basic dTpw");
    EXPECT_EQ(bearerToken(basic), "");
    EXPECT_TRUE(isSecret("abc", sha256("abc")));
    EXPECT_FALSE(isSecret("abc", sha256("abd")));
}

/// Of a request with these header fields; 0: it passes.
int refusalOf(std::initializer_list<HttpHeaders::Field> fields) {
    HttpRequest request;
    for (const auto& [name, value] : fields)
        request.headers.add(name, value);
    const auto refusal = refuseTwoCredentials(request);
    return refusal ? refusal->status : 0;
}

TEST(Credentials, TwoThatDifferAreNeverChosenFrom) {
    for (const char* second : {"Bearer a", "Bearer b", "Basic dTpw", ""})
        EXPECT_EQ(refusalOf({{"Authorization", "Bearer a"}, {"authorization", second}}), 401);
    EXPECT_EQ(refusalOf({{"x-api-key", "a"}, {"X-Api-Key", "a"}}), 401);
    EXPECT_EQ(refusalOf({{"Authorization", "Bearer a"}, {"x-api-key", "b"}}), 401);
    EXPECT_EQ(refusalOf({{"x-api-key", "b"}, {"Authorization", "Basic dTpw"}}), 401);
}

TEST(Credentials, OneInTwoFormsPasses) {
    EXPECT_EQ(refusalOf({}), 0);
    EXPECT_EQ(refusalOf({{"Authorization", "bearer  a"}, {"x-api-key", "a"}}), 0);
    EXPECT_EQ(refusalOf({{"Authorization", "Bearer "}, {"x-api-key", "a"}}), 0);
    EXPECT_EQ(refusalOf({{"Authorization", "Bearer a"}, {"x-api-key", ""}}), 0);
}

}  // namespace
}  // namespace waybill::server
