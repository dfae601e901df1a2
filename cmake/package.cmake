# The installed libraries, made of the internal ones, and how others find them.
#
#   libviaduct             the core                              exports bridge/viaduct.symbols
#   libviaduct-openharmony the OpenHarmony family, on the core's exported symbols alone
#   libviaduct-hdf         the HDF family, likewise
#   libviaduct-legato      the Legato family, likewise
#   libviaduct-phoenix     the Phoenix-RTOS family, likewise
#   libviaduct-portfolio   the Portfolio family, likewise
#   libviaduct-gateway     the gateway for embedding, with a core of its own inside
#
# Each is shared and static. From either, only the symbols of its list leave: a shared one by a
# version script, a static one by joining everything into one object and making the rest local, so
# that neither our internal names nor those of the third-party libraries inside can meet a program's
# own. In the build tree viaduct::core, viaduct::openharmony, viaduct::hdf, viaduct::legato,
# viaduct::phoenix, viaduct::portfolio and viaduct::gateway are the shared ones.

if(VIADUCT_SANITIZE OR VIADUCT_FUZZ)
    # What is instrumented is never installed; examples and tests take the internal libraries.
    target_include_directories(bridge_openharmony PUBLIC ${PROJECT_SOURCE_DIR}/include/openharmony)
    add_library(viaduct::core ALIAS bridge)
    add_library(viaduct::openharmony ALIAS bridge_openharmony)
    target_include_directories(bridge_hdf PUBLIC ${PROJECT_SOURCE_DIR}/include/hdf)
    add_library(viaduct::hdf ALIAS bridge_hdf)
    target_include_directories(bridge_legato PUBLIC ${PROJECT_SOURCE_DIR}/include/legato)
    add_library(viaduct::legato ALIAS bridge_legato)
    add_library(viaduct::phoenix ALIAS bridge_phoenix)
    # its folder is for programs alone
    add_library(portfolio_programs INTERFACE)
    target_include_directories(portfolio_programs INTERFACE ${PROJECT_SOURCE_DIR}/include/portfolio)
    target_link_libraries(portfolio_programs INTERFACE bridge_portfolio)
    add_library(viaduct::portfolio ALIAS portfolio_programs)
    add_library(viaduct::gateway ALIAS gateway)
    return()
endif()

# viaduct_product(NAME SYMBOLS file WHOLE internal-library... [ARCHIVES file...] [LINKS target...])
#
# WHOLE goes in completely, of ARCHIVES what is needed; LINKS stays outside.
function(viaduct_product name)
    cmake_parse_arguments(arg "" "SYMBOLS" "WHOLE;ARCHIVES;LINKS" ${ARGN})
    set(work ${PROJECT_BINARY_DIR}/package)

    file(STRINGS ${arg_SYMBOLS} symbols REGEX "^[A-Za-z_]")
    list(JOIN symbols ";\n" lines)
    file(CONFIGURE OUTPUT ${work}/${name}.map CONTENT "{\nglobal:\n@lines@;\nlocal:\n*;\n};\n" @ONLY)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${arg_SYMBOLS})

    set(whole ${arg_WHOLE})
    list(TRANSFORM whole REPLACE "(.+)" "$<TARGET_FILE:\\1>")

    file(CONFIGURE OUTPUT ${work}/${name}.c CONTENT
        "/* Everything in this library comes from its archives. */\ntypedef int nothing_of_its_own;\n")
    add_library(${name} SHARED ${work}/${name}.c)
    add_dependencies(${name} ${arg_WHOLE})
    target_link_libraries(${name} PRIVATE
        -Wl,--whole-archive ${whole} -Wl,--no-whole-archive
        ${arg_ARCHIVES} ${arg_LINKS} Threads::Threads m)
    target_link_options(${name} PRIVATE
        -Wl,--version-script=${work}/${name}.map -Wl,-z,defs)
    set_target_properties(${name} PROPERTIES
        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
        BUILD_RPATH "$ORIGIN" INSTALL_RPATH "$ORIGIN"
        LINK_DEPENDS "${work}/${name}.map;${arg_ARCHIVES}")
    # The archives change without a change of this target's own sources.
    set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS "${whole}")

    set(static ${CMAKE_ARCHIVE_OUTPUT_DIRECTORY}/lib${name}.a)
    add_custom_command(OUTPUT ${static}
        COMMAND ${CMAKE_LINKER} -r -o ${work}/${name}.o
            --whole-archive ${whole} --no-whole-archive --start-group ${arg_ARCHIVES} --end-group
        COMMAND ${CMAKE_OBJCOPY} --keep-global-symbols=${arg_SYMBOLS} ${work}/${name}.o
        COMMAND ${CMAKE_COMMAND} -E rm -f ${static}
        COMMAND ${CMAKE_AR} rcs ${static} ${work}/${name}.o
        DEPENDS ${arg_WHOLE} ${arg_ARCHIVES} ${arg_SYMBOLS}
        COMMENT "Joining lib${name}.a" VERBATIM)
    add_custom_target(${name}-static ALL DEPENDS ${static})

    install(TARGETS ${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(FILES ${static} DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()

set(tls_libraries)
if(VIADUCT_TLS STREQUAL "openssl")
    set(tls_libraries OpenSSL::SSL OpenSSL::Crypto)
    set(VIADUCT_STATIC_LIBS "-lssl -lcrypto") # for pkg-config
    set(VIADUCT_STATIC_TARGETS "ssl crypto") # for the CMake package
endif()
set(inside ${VIADUCT_ARCHIVES_LWS} ${VIADUCT_ARCHIVES_MBEDTLS} ${VIADUCT_ARCHIVES_CJSON})

viaduct_product(viaduct
    SYMBOLS ${PROJECT_SOURCE_DIR}/bridge/viaduct.symbols
    WHOLE codecs codecs_phoenix codecs_portfolio bridge
    ARCHIVES ${inside}
    LINKS ${tls_libraries})
viaduct_product(viaduct-openharmony
    SYMBOLS ${PROJECT_SOURCE_DIR}/bridge/openharmony/viaduct-openharmony.symbols
    WHOLE bridge_marked bridge_openharmony
    LINKS viaduct)
viaduct_product(viaduct-hdf
    SYMBOLS ${PROJECT_SOURCE_DIR}/bridge/hdf/viaduct-hdf.symbols
    WHOLE bridge_hcs bridge_hdf bridge_marked codecs_hcs
    LINKS viaduct)
viaduct_product(viaduct-legato
    SYMBOLS ${PROJECT_SOURCE_DIR}/bridge/legato/viaduct-legato.symbols
    WHOLE bridge_legato
    LINKS viaduct)
viaduct_product(viaduct-phoenix
    SYMBOLS ${PROJECT_SOURCE_DIR}/bridge/phoenix/viaduct-phoenix.symbols
    WHOLE bridge_phoenix codecs_phoenix
    LINKS viaduct)
viaduct_product(viaduct-portfolio
    SYMBOLS ${PROJECT_SOURCE_DIR}/bridge/portfolio/viaduct-portfolio.symbols
    WHOLE bridge_portfolio codecs_portfolio
    LINKS viaduct)
viaduct_product(viaduct-gateway
    SYMBOLS ${PROJECT_SOURCE_DIR}/gateway/viaduct-gateway.symbols
    WHOLE codecs codecs_phoenix codecs_portfolio bridge gateway
    ARCHIVES ${inside}
    LINKS ${tls_libraries})

target_include_directories(viaduct INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_include_directories(viaduct-openharmony INTERFACE
    ${PROJECT_SOURCE_DIR}/include/openharmony ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(viaduct-openharmony INTERFACE viaduct) # its own additions speak of via_status
target_include_directories(viaduct-hdf INTERFACE
    ${PROJECT_SOURCE_DIR}/include/hdf ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(viaduct-hdf INTERFACE viaduct)
target_include_directories(viaduct-legato INTERFACE
    ${PROJECT_SOURCE_DIR}/include/legato ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(viaduct-legato INTERFACE viaduct)
# Their folders have headers of the system's names: they are searched before all others.
foreach(family phoenix portfolio)
    target_include_directories(viaduct-${family} BEFORE INTERFACE
        ${PROJECT_SOURCE_DIR}/include/${family} ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(viaduct-${family} INTERFACE viaduct)
endforeach()
target_include_directories(viaduct-gateway INTERFACE ${PROJECT_SOURCE_DIR}/include)
add_library(viaduct::core ALIAS viaduct)
add_library(viaduct::openharmony ALIAS viaduct-openharmony)
add_library(viaduct::hdf ALIAS viaduct-hdf)
add_library(viaduct::legato ALIAS viaduct-legato)
add_library(viaduct::phoenix ALIAS viaduct-phoenix)
add_library(viaduct::portfolio ALIAS viaduct-portfolio)
add_library(viaduct::gateway ALIAS viaduct-gateway)

# OpenHarmony's own link names: one library under each of them, so that a program's existing link
# line does, and so that linking ipc_capi and child_process alone resolves OH_LOG_Print as well.
foreach(alias ipc_capi child_process hilog_ndk.z hilog_ndk)
    add_custom_command(TARGET viaduct-openharmony POST_BUILD
        COMMAND ${CMAKE_COMMAND} -E create_symlink libviaduct-openharmony.so
            ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/lib${alias}.so)
    install(FILES ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/lib${alias}.so
        DESTINATION ${CMAKE_INSTALL_LIBDIR})
endforeach()

install(DIRECTORY
    ${PROJECT_SOURCE_DIR}/include/hdf
    ${PROJECT_SOURCE_DIR}/include/legato
    ${PROJECT_SOURCE_DIR}/include/openharmony
    ${PROJECT_SOURCE_DIR}/include/phoenix
    ${PROJECT_SOURCE_DIR}/include/portfolio
    ${PROJECT_SOURCE_DIR}/include/viaduct
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# The CMake package.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/viaduct)
configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/viaduct-config.cmake.in
    ${PROJECT_BINARY_DIR}/package/viaduct-config.cmake
    INSTALL_DESTINATION ${package_folder}
    PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/package/viaduct-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/package/viaduct-config.cmake
    ${PROJECT_BINARY_DIR}/package/viaduct-config-version.cmake
    DESTINATION ${package_folder})

# pkg-config. The files find their prefix from where they stand, so that the whole can be moved.
file(RELATIVE_PATH VIADUCT_PC_TO_PREFIX
    /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
foreach(name viaduct viaduct-openharmony viaduct-hdf viaduct-legato viaduct-phoenix
    viaduct-phoenix-wrapped viaduct-portfolio viaduct-gateway)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in
        ${PROJECT_BINARY_DIR}/package/${name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/package/${name}.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

# Licences: ours, and those of what is inside.
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
foreach(library cjson mbedtls libwebsockets)
    install(FILES ${${library}}/licence/LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME LICENSE.${library})
endforeach()
