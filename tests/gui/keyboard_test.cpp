// Does every key reach the dashboard and ImGui, however many come within one frame?
#include "window/keyboard.h"

#include <gtest/gtest.h>

#include "window/key_map.h"

namespace waybill::gui {
namespace {

class KeyboardTest : public ::testing::Test {
protected:
    KeyboardTest() { mapImGuiKeys(io_); }
    ~KeyboardTest() override { ImGui::DestroyContext(context_); }

    void named(Key key, bool down) { keyboard_.add({.press = {.key = key}, .down = down}); }
    void letter(char32_t character, bool down) {
        keyboard_.add({.press = {.character = character, .ctrl = true}, .down = down});
    }
    bool held(ImGuiKey key) const { return io_.KeysDown[io_.KeyMap[key]]; }

    ImGuiContext* context_ = ImGui::CreateContext();
    ImGuiIO& io_ = ImGui::GetIO();
    Keyboard keyboard_;
};

TEST_F(KeyboardTest, APressAndItsReleaseTakeAFrameEach) {
    named(Key::kBackspace, true);
    named(Key::kBackspace, false);
    EXPECT_EQ(keyboard_.takeForFrame(io_).size(), 1u);
    EXPECT_TRUE(held(ImGuiKey_Backspace));
    EXPECT_FALSE(keyboard_.empty());
    EXPECT_TRUE(keyboard_.takeForFrame(io_).empty());
    EXPECT_FALSE(held(ImGuiKey_Backspace));
    EXPECT_TRUE(keyboard_.empty());
}

TEST_F(KeyboardTest, CtrlIsHeldInTheFrameOfItsLetterThoughItWasLetGoBefore) {
    keyboard_.setModifiers({.ctrl = true});
    letter(U'a', true);
    letter(U'a', false);
    keyboard_.setModifiers({});
    named(Key::kBackspace, true);

    EXPECT_EQ(keyboard_.takeForFrame(io_).size(), 1u);
    EXPECT_TRUE(io_.KeyCtrl);
    EXPECT_EQ(io_.KeyMods, ImGuiKeyModFlags_Ctrl);
    EXPECT_TRUE(held(ImGuiKey_A));
    EXPECT_FALSE(held(ImGuiKey_Backspace)) << "it would be Ctrl+Backspace";

    EXPECT_TRUE(keyboard_.takeForFrame(io_).empty());
    EXPECT_FALSE(held(ImGuiKey_A));
    EXPECT_EQ(keyboard_.takeForFrame(io_).size(), 1u);
    EXPECT_FALSE(io_.KeyCtrl);
    EXPECT_TRUE(held(ImGuiKey_Backspace));
}

TEST_F(KeyboardTest, WithoutAnEventTheModifiersAreThoseOfNow) {
    keyboard_.setModifiers({.shift = true, .alt = true});
    EXPECT_TRUE(keyboard_.takeForFrame(io_).empty());
    EXPECT_TRUE(io_.KeyShift);
    EXPECT_TRUE(io_.KeyAlt);
    EXPECT_FALSE(io_.KeyCtrl);
}

TEST_F(KeyboardTest, WhatIsTypedGoesToTheFieldInOneFrame) {
    for (const char32_t character : U"order")
        if (character != 0) keyboard_.add({.press = {.character = character}, .typed = true});
    EXPECT_EQ(keyboard_.takeForFrame(io_).size(), 5u);
    EXPECT_EQ(io_.InputQueueCharacters.Size, 5);
    EXPECT_TRUE(keyboard_.empty());
}

}  // namespace
}  // namespace waybill::gui
