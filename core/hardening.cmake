# Protection against buffer overruns, as far as the toolchain has it.
include(CheckCXXCompilerFlag)
include(CheckCXXSourceCompiles)
include(CheckLinkerFlag)

check_cxx_compiler_flag(-fstack-protector-strong WAYBILL_HAS_STACK_PROTECTOR)
if(WAYBILL_HAS_STACK_PROTECTOR)
  add_compile_options(-fstack-protector-strong)
endif()
# The checks of the C library need an optimiser, and hide calls from the sanitizers. A compiler that
# has them on by default, perhaps at a higher level, keeps its own.
if(NOT WAYBILL_SANITIZE AND CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$")
  set(CMAKE_REQUIRED_FLAGS -O2)
  check_cxx_source_compiles("
    #ifndef _FORTIFY_SOURCE
    #error it is off by default
    #endif
    int main() {}" WAYBILL_IS_FORTIFIED_ALREADY)
  unset(CMAKE_REQUIRED_FLAGS)
  if(NOT WAYBILL_IS_FORTIFIED_ALREADY)
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  endif()
endif()
check_linker_flag(CXX -Wl,-z,relro,-z,now WAYBILL_HAS_RELRO)
if(WAYBILL_HAS_RELRO)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
