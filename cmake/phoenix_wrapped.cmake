# viaduct::phoenix_wrapped, client files of Phoenix-RTOS without macros: the linker gives a program's
# open(), read() and their kin other meanings (--wrap), and nobody else's.
#
#   libviaduct-phoenix-wrapped.a   the family's library with __wrap_open() and the others, and the core;
#                                  the host's own open(), which both call, is called __real_open() in
#                                  it. A core that is linked beside it would have its certificates
#                                  looked for at the servers that it is to find
#   viaduct-phoenix-files.wrap     the linker's options, for the compiler's command line as @FILE

set(symbols
    ${PROJECT_SOURCE_DIR}/bridge/viaduct.symbols
    ${PROJECT_SOURCE_DIR}/bridge/phoenix/viaduct-phoenix.symbols)
set(wrapped ${PROJECT_SOURCE_DIR}/bridge/phoenix/files.wrap)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${symbols} ${wrapped})
set(work ${PROJECT_BINARY_DIR}/package)

set(kept)
foreach(file ${symbols})
    file(STRINGS ${file} names REGEX "^[A-Za-z_]")
    list(APPEND kept ${names})
endforeach()
file(STRINGS ${wrapped} names REGEX "^[A-Za-z_]")
set(options ${names})
list(TRANSFORM options REPLACE "(.+)" "-Wl,--wrap=\\1\n")
list(JOIN options "" options)
file(CONFIGURE OUTPUT ${work}/viaduct-phoenix-files.wrap CONTENT "@options@" @ONLY)
foreach(name ${names})
    list(APPEND kept __wrap_${name})
endforeach()
list(JOIN kept "\n" kept)
file(CONFIGURE OUTPUT ${work}/viaduct-phoenix-wrapped.kept CONTENT "@kept@\n" @ONLY)
list(FILTER names EXCLUDE REGEX "^phoenix_") # the library's own
list(TRANSFORM names REPLACE "(.+)" "\\1 __real_\\1\n")
list(JOIN names "" names)
file(CONFIGURE OUTPUT ${work}/viaduct-phoenix-wrapped.real CONTENT "@names@" @ONLY)

set(whole bridge_phoenix_wrapped bridge_phoenix bridge codecs codecs_phoenix codecs_portfolio)
set(archives ${whole})
list(TRANSFORM archives REPLACE "(.+)" "$<TARGET_FILE:\\1>")
set(third_party ${VIADUCT_ARCHIVES_LWS} ${VIADUCT_ARCHIVES_MBEDTLS} ${VIADUCT_ARCHIVES_CJSON})
set(tls_libraries)
if(VIADUCT_TLS STREQUAL "openssl")
    set(tls_libraries OpenSSL::SSL OpenSSL::Crypto)
endif()
set(archive ${CMAKE_ARCHIVE_OUTPUT_DIRECTORY}/libviaduct-phoenix-wrapped.a)
add_custom_command(OUTPUT ${archive}
    COMMAND ${CMAKE_LINKER} -r -o ${work}/viaduct-phoenix-wrapped.o
        --whole-archive ${archives} --no-whole-archive --start-group ${third_party} --end-group
    COMMAND ${CMAKE_OBJCOPY} --keep-global-symbols=${work}/viaduct-phoenix-wrapped.kept
        --redefine-syms=${work}/viaduct-phoenix-wrapped.real ${work}/viaduct-phoenix-wrapped.o
    COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
    COMMAND ${CMAKE_AR} rcs ${archive} ${work}/viaduct-phoenix-wrapped.o
    DEPENDS ${whole} ${archives} ${third_party} ${symbols} ${wrapped}
    COMMENT "Joining libviaduct-phoenix-wrapped.a" VERBATIM)
add_custom_target(viaduct-phoenix-wrapped-archive ALL DEPENDS ${archive})

add_library(viaduct-phoenix-wrapped INTERFACE)
add_dependencies(viaduct-phoenix-wrapped viaduct-phoenix-wrapped-archive)
target_include_directories(viaduct-phoenix-wrapped BEFORE INTERFACE
    ${PROJECT_SOURCE_DIR}/include/phoenix ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(viaduct-phoenix-wrapped INTERFACE VIADUCT_PHOENIX_WRAPPED)
target_link_options(viaduct-phoenix-wrapped INTERFACE @${work}/viaduct-phoenix-files.wrap)
target_link_libraries(viaduct-phoenix-wrapped INTERFACE ${archive} ${tls_libraries} Threads::Threads m)
add_library(viaduct::phoenix_wrapped ALIAS viaduct-phoenix-wrapped)

if(NOT VIADUCT_SANITIZE AND NOT VIADUCT_FUZZ)
    install(FILES ${archive} ${work}/viaduct-phoenix-files.wrap
        DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
