# What the toolchain has against the overrun of a buffer: where it is not there, we do without.
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)

check_cxx_compiler_flag(-fstack-protector-strong WAYBILL_HAS_STACK_PROTECTOR)
if(WAYBILL_HAS_STACK_PROTECTOR)
  add_compile_options(-fstack-protector-strong)
endif()
# The checks of the C library need an optimiser, and hide calls from the sanitizers. What a
# distribution defines by itself, perhaps at a higher level, is left alone.
if(NOT WAYBILL_SANITIZE AND CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
check_linker_flag(CXX -Wl,-z,relro,-z,now WAYBILL_HAS_RELRO)
if(WAYBILL_HAS_RELRO)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
