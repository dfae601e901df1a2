# viaduct_library(NAME SOURCES file... [LINKS target...])
#
# One of the internal libraries, static, from which programs, tests and the installed libraries are
# made. Includes are written from the root, so the root is the one include folder, with include/
# for <viaduct/...>. Each source stands on a line of its own, in the order of the alphabet.
function(viaduct_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    if(arg_SOURCES)
        add_library(${name} STATIC ${arg_SOURCES})
        set(scope PUBLIC)
    else()
        add_library(${name} INTERFACE) # a folder that has headers only
        set(scope INTERFACE)
    endif()
    target_include_directories(${name} ${scope} ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${name} ${scope} ${arg_LINKS})
    # The archive of libviaduct itself is called viaduct; these keep apart from it.
    set_target_properties(${name} PROPERTIES
        ARCHIVE_OUTPUT_NAME internal-${name}
        ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/internal)
endfunction()

# Everything that make run starts.
add_custom_target(programs)

# viaduct_program(NAME [OUTPUT file-name] SOURCES file... [LINKS target...]): one that is installed.
function(viaduct_program name)
    cmake_parse_arguments(arg "" "OUTPUT" "SOURCES;LINKS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    if(arg_OUTPUT)
        set_target_properties(${name} PROPERTIES OUTPUT_NAME ${arg_OUTPUT})
    endif()
    target_link_libraries(${name} PRIVATE ${arg_LINKS})
    add_dependencies(programs ${name})
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# viaduct_example(NAME SOURCES file... LINKS target...): one as a user would write it. LINKS are
# viaduct::core and the like: what is installed.
function(viaduct_example name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_LINKS})
    add_dependencies(programs ${name})
endfunction()
