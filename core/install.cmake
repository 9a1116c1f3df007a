# `cmake --install`: the programs that were built, the libraries, and what `find_package(Waybill)` needs.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(WAYBILL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Waybill)

install(TARGETS waybill_core waybill_sqlite EXPORT WaybillTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY core/include/ storage/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(WAYBILL_BUILD_SERVER)
  install(TARGETS waybill_operator_api EXPORT WaybillTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY server/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
foreach(program waybilld waybill waybill-admin)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} OPTIONAL)
  endif()
endforeach()
install(EXPORT WaybillTargets NAMESPACE Waybill:: DESTINATION ${WAYBILL_CMAKE_DIR})

configure_package_config_file(core/WaybillConfig.cmake.in ${PROJECT_BINARY_DIR}/WaybillConfig.cmake
                              INSTALL_DESTINATION ${WAYBILL_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/WaybillConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/WaybillConfig.cmake ${PROJECT_BINARY_DIR}/WaybillConfigVersion.cmake
        DESTINATION ${WAYBILL_CMAKE_DIR})
