// Whose token is whose, and with which role?
#include "credentials/operator_tokens.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_directory.h"
#include "waybill/errors.h"

namespace waybill::server {
namespace {

class OperatorTokensTest : public testing::Test {
protected:
    OperatorTokens read(const std::string& text) {
        std::ofstream(directory_ / "operators") << text;
        return OperatorTokens::read(directory_ / "operators");
    }

    /// What the start says about a file that cannot be used.
    std::string complaint(const std::string& text) {
        try {
            read(text);
        } catch (const ConfigError& error) {
            return error.message();
        }
        return "";
    }

    test::TemporaryDirectory directory_;
};

TEST_F(OperatorTokensTest, KnowsEachOperator) {
    const OperatorTokens tokens = read(
        "# who may "
        "what\nvera:viewer:0123456789abcdef\n\nada@example.com:admin:with:colons:0123456\n"
        "vera:viewer:her-new-token-000\nKim Lee:operator:kims-token-000000\n"
        "Zoë Ångström:operator:zoes-token-000000\n");
    EXPECT_EQ(tokens.ownerOf("kims-token-000000")->name, "Kim Lee");
    EXPECT_EQ(tokens.ownerOf("zoes-token-000000")->name, "Zoë Ångström");
    EXPECT_EQ(tokens.ownerOf("0123456789abcdef")->name, "vera");
    EXPECT_EQ(tokens.ownerOf("her-new-token-000")->role, Role::kViewer);
    EXPECT_EQ(tokens.ownerOf("with:colons:0123456")->role, Role::kAdmin);
    EXPECT_FALSE(tokens.ownerOf("with:colons:0123456")->shared);
    EXPECT_FALSE(tokens.ownerOf("0123456789abcde"));
    EXPECT_FALSE(tokens.ownerOf(""));
    EXPECT_FALSE(OperatorTokens().ownerOf("0123456789abcdef"));
}

TEST_F(OperatorTokensTest, NamesTheLineAtFaultAndNoToken) {
    const std::string fine = "vera:viewer:0123456789abcdef\n";
    for (const char* line :
         {"olaf", "olaf:operator", "olaf:king:fedcba9876543210", ":viewer:fedcba9876543210",
          "ol\x01"
          "af:viewer:fedcba9876543210",
          "olaf\xE2\x80\xAE:viewer:fedcba9876543210", "olaf:viewer:short",
          "olaf:viewer:fedcba98 76543210", "vera:admin:fedcba9876543210",
          "olaf:viewer:0123456789abcdef"}) {
        const std::string said = complaint(fine + line);
        EXPECT_NE(said.find("line 2"), std::string::npos) << line << ": " << said;
        EXPECT_EQ(said.find("fedcba98"), std::string::npos) << said;
        EXPECT_EQ(said.find("0123456789"), std::string::npos) << said;
    }
    EXPECT_NE(complaint("# nobody\n"), "");
}

TEST(Role, IsNamedOneWay) {
    for (const Role role : {Role::kViewer, Role::kOperator, Role::kAdmin})
        EXPECT_EQ(roleFrom(toString(role)), role);
    EXPECT_FALSE(roleFrom("Admin"));
}

}  // namespace
}  // namespace waybill::server
