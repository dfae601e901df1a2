# How tests are declared, one line each. Everything runs under ctest, with a time limit.

if(VIADUCT_TESTS)
    enable_testing()
    find_library(CMOCKA_LIBRARY cmocka)
    find_path(CMOCKA_INCLUDE_DIR cmocka.h)
    if(NOT CMOCKA_LIBRARY OR NOT CMOCKA_INCLUDE_DIR)
        message(FATAL_ERROR "cmocka is missing (Debian: libcmocka-dev); -DVIADUCT_TESTS=OFF builds without tests")
    endif()
    add_library(viaduct_cmocka INTERFACE)
    target_include_directories(viaduct_cmocka SYSTEM INTERFACE
        ${PROJECT_SOURCE_DIR}/tests/include ${CMOCKA_INCLUDE_DIR})
    target_link_libraries(viaduct_cmocka INTERFACE ${CMOCKA_LIBRARY})
endif()

# Debian's own, which has Debian's modules; another python3 may come first in PATH.
set(VIADUCT_PYTHON /usr/bin/python3)

# What every test's environment has.
set(VIADUCT_TEST_ENVIRONMENT
    VIADUCT_TEST_BIN=${PROJECT_BINARY_DIR}/bin
    VIADUCT_TEST_LIB=${PROJECT_BINARY_DIR}/lib
    VIADUCT_TEST_SOURCE=${PROJECT_SOURCE_DIR}
    VIADUCT_TEST_SANITIZE=${VIADUCT_SANITIZE}
    ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
    UBSAN_OPTIONS=print_stacktrace=1
    TSAN_OPTIONS=second_deadlock_stack=1)

function(viaduct_declare_test name label timeout)
    set_tests_properties(${name} PROPERTIES
        LABELS "${label}" TIMEOUT ${timeout} ENVIRONMENT "${VIADUCT_TEST_ENVIRONMENT}")
endfunction()

# viaduct_unit_test(FOLDER NOUN [THREADS] [SOURCES file...] [LINKS target...] [TIMEOUT seconds])
#
# tests/unit/FOLDER/NOUN_test.c tests FOLDER/NOUN.c; ctest knows it as unit.FOLDER.NOUN. It links
# FOLDER's own library. THREADS: it has several, and runs under the thread sanitizer too.
function(viaduct_unit_test folder noun)
    cmake_parse_arguments(arg "THREADS" "TIMEOUT" "SOURCES;LINKS" ${ARGN})
    string(REPLACE / . dotted ${folder})
    string(REPLACE / _ library ${folder})
    set(name unit.${dotted}.${noun})
    set(label unit)
    if(arg_THREADS)
        list(APPEND label threads)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    add_executable(${name} ${folder}/${noun}_test.c ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ${arg_LINKS} viaduct_cmocka)
    if(TARGET ${library})
        target_link_libraries(${name} PRIVATE ${library})
    endif()
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/unit)
    add_test(NAME ${name} COMMAND ${name})
    viaduct_declare_test(${name} "${label}" ${arg_TIMEOUT})
endfunction()

# viaduct_integration_test(NAME [PYTHON] [THREADS] [SOURCES file...] [LINKS target...]
#                          [TIMEOUT seconds])
#
# tests/integration/NAME_test.c, a cmocka program, or with PYTHON tests/integration/NAME_test.py.
# Runs with the programs it needs built: they are in $VIADUCT_TEST_BIN.
function(viaduct_integration_test noun)
    cmake_parse_arguments(arg "PYTHON;THREADS" "TIMEOUT" "SOURCES;LINKS" ${ARGN})
    set(name integration.${noun})
    set(label integration)
    if(arg_THREADS)
        list(APPEND label threads)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    if(arg_PYTHON)
        add_test(NAME ${name}
            COMMAND ${VIADUCT_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/${noun}_test.py)
    else()
        add_executable(${name} ${noun}_test.c ${arg_SOURCES})
        target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
        target_link_libraries(${name} PRIVATE ${arg_LINKS} viaduct_cmocka)
        set_target_properties(${name} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/integration)
        add_test(NAME ${name} COMMAND ${name})
    endif()
    viaduct_declare_test(${name} "${label}" ${arg_TIMEOUT})
endfunction()

# viaduct_fault_test(NOUN [TIMEOUT seconds]): tests/faults/NOUN_test.py, with the programs of
# tests/faults and tests/integration built. A test that the machine does not permit ends with 77: ctest
# says that it was skipped, and the test why.
function(viaduct_fault_test noun)
    cmake_parse_arguments(arg "" "TIMEOUT" "" ${ARGN})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    set(name faults.${noun})
    add_test(NAME ${name} COMMAND ${VIADUCT_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/${noun}_test.py)
    viaduct_declare_test(${name} faults ${arg_TIMEOUT})
    set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT
        PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/integration:${PROJECT_SOURCE_DIR}/tests/faults)
endfunction()

# All that libFuzzer explores.
add_custom_target(fuzzers)

# viaduct_fuzz_test(FOLDER NOUN [SOURCES file...] [LINKS target...])
#
# tests/fuzz/FOLDER/NOUN_fuzz.c defines fuzz_one() of tests/fuzz/fuzz.h. With VIADUCT_FUZZ it is a
# libFuzzer program, fuzz.FOLDER.NOUN; otherwise a test of that name that replays the corpus in
# tests/fuzz/corpus/FOLDER/NOUN/, whose file names say what must become of them.
function(viaduct_fuzz_test folder noun)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    string(REPLACE / . dotted ${folder})
    string(REPLACE / _ library ${folder})
    set(name fuzz.${dotted}.${noun})
    set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${folder}/${noun})
    if(VIADUCT_FUZZ)
        add_executable(${name} ${folder}/${noun}_fuzz.c ${arg_SOURCES}
            ${PROJECT_SOURCE_DIR}/tests/fuzz/explore.c)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        set_property(GLOBAL APPEND PROPERTY VIADUCT_FUZZ_TARGETS "${name} ${corpus}")
        add_dependencies(fuzzers ${name})
    else()
        add_executable(${name} ${folder}/${noun}_fuzz.c ${arg_SOURCES}
            ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c)
        add_test(NAME ${name} COMMAND ${name} ${corpus})
        viaduct_declare_test(${name} fuzz 60)
    endif()
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ${arg_LINKS} ${library})
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/fuzz)
endfunction()
