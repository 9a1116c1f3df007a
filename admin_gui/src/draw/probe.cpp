#include "draw/probe.h"

#include <cstdio>
#include <fstream>

namespace waybill::gui {

bool Probe::write(const std::string& path) const {
    const std::string part = path + ".part";
    {
        std::ofstream file(part, std::ios::trunc);
        for (const auto& [name, item] : shown()) {
            file << name << '\t' << item.rect.x << '\t' << item.rect.y << '\t' << item.rect.w
                 << '\t' << item.rect.h << '\t' << (item.enabled ? 1 : 0) << '\t' << item.value
                 << '\n';
        }
        if (!file.good()) return false;
    }
    return std::rename(part.c_str(), path.c_str()) == 0;
}

}  // namespace waybill::gui
