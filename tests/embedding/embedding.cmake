# Can a stranger use us? Each test configures and builds a small project of its own, then has SCRIPT
# run it beside our command line tool.
function(waybill_embedding_test NAME SCRIPT)
  set(build ${CMAKE_BINARY_DIR}/embedding/${NAME})
  add_test(NAME embedding/${NAME} COMMAND ${CMAKE_CTEST_COMMAND}
    --build-and-test ${CMAKE_CURRENT_SOURCE_DIR}/embedding/${NAME} ${build}
    --build-generator ${CMAKE_GENERATOR}
    --build-target embeds_waybill
    --build-options -DCMAKE_CXX_FLAGS=-O0 -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
                    -DWAYBILL_SANITIZE=${WAYBILL_SANITIZE} ${ARGN}
    --test-command ${CMAKE_CURRENT_SOURCE_DIR}/embedding/${SCRIPT}
                   $<TARGET_FILE:waybill> ${build}/embeds_waybill)
  set_tests_properties(embedding/${NAME} PROPERTIES TIMEOUT 900)
endfunction()

waybill_embedding_test(add_subdirectory run_embedded.sh -DWAYBILL_SOURCE_DIR=${PROJECT_SOURCE_DIR})

set(prefix ${CMAKE_BINARY_DIR}/embedding/prefix)
add_test(NAME embedding/install
  COMMAND ${CMAKE_COMMAND} --install ${CMAKE_BINARY_DIR} --prefix ${prefix})
set_tests_properties(embedding/install PROPERTIES FIXTURES_SETUP installed)
if(WAYBILL_SANITIZE)
  set(sanitize -DCMAKE_EXE_LINKER_FLAGS=-fsanitize=${WAYBILL_SANITIZE})
endif()
waybill_embedding_test(find_package run_embedded.sh -DCMAKE_PREFIX_PATH=${prefix} ${sanitize})
set_tests_properties(embedding/find_package PROPERTIES FIXTURES_REQUIRED installed)
if(TARGET waybill_operator_api)
  waybill_embedding_test(operator_api run_operator_api.sh -DCMAKE_PREFIX_PATH=${prefix} ${sanitize})
  set_tests_properties(embedding/operator_api PROPERTIES FIXTURES_REQUIRED installed)
endif()
