// Are keys and tokens read as they should be, and never shown?
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "api_keys.h"
#include "operator/bearer_token.h"
#include "secret_files.h"
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
    for (const char* text : {"a:1\nhush\n", "a:1\n:hush\n", "a:1\nb c:hush\n", "a:1\nb:\n",
                             "a:hush\nb:hush\n", "a:1\nb:hu sh\n"}) {
        const std::string problem = keysProblem(text);
        EXPECT_NE(problem.find("line 2"), std::string::npos) << text << problem;
        EXPECT_EQ(problem.find("hush"), std::string::npos) << problem;
    }
    EXPECT_NE(keysProblem("# nobody\n").find("no key"), std::string::npos);
    EXPECT_THROW(ApiKeys::read("/nowhere"), ConfigError);
}

TEST_F(SecretsTest, TheTokenIsMadeOnceForItsOwnerOnly) {
    std::filesystem::remove(file_);
    const std::string token = readOrMakeToken(file_, systemEntropy());
    EXPECT_EQ(token.size(), 64U);
    EXPECT_EQ(readOrMakeToken(file_, systemEntropy()), token);
    struct stat status {};
    ASSERT_EQ(::stat(file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_THROW(readOrMakeToken("/nowhere/token", systemEntropy()), ConfigError);
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
    EXPECT_TRUE(sameSecret("abc", "abc"));
    EXPECT_FALSE(sameSecret("abc", "abd"));
}

}  // namespace
}  // namespace waybill::server
