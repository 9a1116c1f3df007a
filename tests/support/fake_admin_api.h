// The operator's interface over a FakeWorld.
#pragma once

#include <memory>

#include "support/fake_world.h"

namespace waybill::test {

std::unique_ptr<AdminApi> makeFakeAdminApi(std::shared_ptr<FakeWorld> world, std::string actor);

}  // namespace waybill::test
