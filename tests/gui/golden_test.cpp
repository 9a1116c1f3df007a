// Each view in both themes looks as it did. The pictures lie in golden/; after a change that is
// meant, run with WAYBILL_UPDATE_GOLDEN=1 and look at every one of them.
#include <stb/stb_image.h>

#include <cmath>
#include <cstdlib>

#include "screen.h"

namespace waybill::gui {
namespace {

struct Look {
    const char* view;
    const char* theme;
};

std::string nameOf(const Look& look) {
    return std::string(look.view) + "_" + look.theme;
}

class Golden : public ::testing::TestWithParam<Look> {};

/// The part of pixels that differ clearly: not by the rounding of another compiler.
double difference(const Image& image, const unsigned char* golden) {
    std::size_t different = 0;
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
        int most = 0;
        for (std::size_t k = 0; k < 3; ++k)
            most = std::max(most, std::abs(image.pixels[i + k] - golden[i + k]));
        different += most > 12 ? 1 : 0;
    }
    return static_cast<double>(different) * 3 / static_cast<double>(image.pixels.size());
}

TEST_P(Golden, LooksAsItDid) {
    ScreenOptions options;
    options.view = GetParam().view;
    options.theme = GetParam().theme;
    options.width = 1280;
    options.height = 800;
    options.deliveries = 1500;
    Screen screen(options);
    if (options.view == "delivery" || options.view == "deliveries") {
        if (options.view == "delivery") screen.key(U'2');
        screen.click("chip.pending");
        screen.click("row.4");
        if (options.view == "delivery") screen.key(U'f');
    }
    screen.headless.moveMouse(-1000, -1000);
    screen.frames(3);
    if (!screen.dashboard->impl().ui.fonts().note().empty()) {
        GTEST_SKIP() << "the fonts of the pictures are not installed:"
                     << screen.dashboard->impl().ui.fonts().note();
    }
    const Image image = screen.picture();
    const std::string path = WAYBILL_SOURCE_DIR "/tests/gui/golden/" + nameOf(GetParam()) + ".png";
    if (std::getenv("WAYBILL_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(writePng(path, image));
        return;
    }
    int width = 0;
    int height = 0;
    int channels = 0;
    unsigned char* golden = stbi_load(path.c_str(), &width, &height, &channels, 3);
    ASSERT_NE(golden, nullptr) << path << " cannot be read";
    ASSERT_EQ(width, image.width);
    ASSERT_EQ(height, image.height);
    const double differs = difference(image, golden);
    stbi_image_free(golden);
    constexpr double kTolerance = 0.02;
    if (differs > kTolerance) {
        const std::string actual = ::testing::TempDir() + nameOf(GetParam()) + ".png";
        writePng(actual, image);
        FAIL() << differs * 100 << " % of the pixels differ from " << path
               << "; what was drawn is in " << actual;
    }
}

INSTANTIATE_TEST_SUITE_P(Views, Golden,
                         ::testing::Values(Look{"overview", "dark"}, Look{"overview", "light"},
                                           Look{"deliveries", "dark"}, Look{"deliveries", "light"},
                                           Look{"delivery", "dark"}, Look{"delivery", "light"},
                                           Look{"endpoints", "dark"}, Look{"endpoints", "light"},
                                           Look{"tail", "dark"}, Look{"tail", "light"},
                                           Look{"events", "dark"}, Look{"events", "light"},
                                           Look{"settings", "dark"}, Look{"settings", "light"}),
                         [](const auto& each) { return nameOf(each.param); });

}  // namespace
}  // namespace waybill::gui
