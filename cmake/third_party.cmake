# The third-party libraries, where third_party/build.sh puts them. Building them is the script's
# work, not the configuration's: make calls it, and what is missing is named here.
#
# Gives the targets viaduct_cjson, viaduct_mbedtls and viaduct_lws (on the TLS of VIADUCT_TLS), and
# for each a list VIADUCT_ARCHIVES_<name> of the static archives it stands for.

if(VIADUCT_TLS STREQUAL "mbedtls")
    set(lws libwebsockets)
elseif(VIADUCT_TLS STREQUAL "openssl")
    set(lws libwebsockets-openssl)
    find_package(OpenSSL REQUIRED)
else()
    message(FATAL_ERROR "VIADUCT_TLS is '${VIADUCT_TLS}'; it may be mbedtls or openssl")
endif()

function(locate_third_party name output)
    execute_process(
        COMMAND ${PROJECT_SOURCE_DIR}/third_party/build.sh --where ${name}
        OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    if(NOT IS_DIRECTORY ${folder})
        message(FATAL_ERROR
            "The third-party library ${name} is not built yet (no ${folder}).\n"
            "Build it once with:  ${PROJECT_SOURCE_DIR}/third_party/build.sh cjson mbedtls ${lws}\n"
            "'make' does it by itself.")
    endif()
    set(${output} ${folder} PARENT_SCOPE)
endfunction()

locate_third_party(cjson cjson)
locate_third_party(mbedtls mbedtls)
locate_third_party(${lws} libwebsockets)

# Another version, recipe or patch is another folder: look again when one changes.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    third_party/build.sh third_party/libwebsockets/options third_party/mbedtls/mbedtls_config.h
    third_party/patches/libwebsockets third_party/recipes third_party/versions)

set(VIADUCT_ARCHIVES_CJSON ${cjson}/lib/libcjson.a)
set(VIADUCT_ARCHIVES_MBEDTLS
    ${mbedtls}/lib/libmbedtls.a ${mbedtls}/lib/libmbedx509.a ${mbedtls}/lib/libmbedcrypto.a)
set(VIADUCT_ARCHIVES_LWS ${libwebsockets}/lib/libwebsockets.a)

# declare_third_party(TARGET ARCHIVE INCLUDES [NEEDS...]): the order of linking follows from NEEDS.
function(declare_third_party target archive includes)
    add_library(${target} STATIC IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES
        IMPORTED_LOCATION ${archive}
        INTERFACE_INCLUDE_DIRECTORIES ${includes}
        INTERFACE_LINK_LIBRARIES "${ARGN}")
endfunction()

declare_third_party(viaduct_cjson ${cjson}/lib/libcjson.a ${cjson}/include m)
declare_third_party(viaduct_mbedcrypto
    ${mbedtls}/lib/libmbedcrypto.a ${mbedtls}/include Threads::Threads)
declare_third_party(viaduct_mbedx509
    ${mbedtls}/lib/libmbedx509.a ${mbedtls}/include viaduct_mbedcrypto)
declare_third_party(viaduct_mbedtls
    ${mbedtls}/lib/libmbedtls.a ${mbedtls}/include viaduct_mbedx509)
if(VIADUCT_TLS STREQUAL "openssl")
    declare_third_party(viaduct_lws
        ${libwebsockets}/lib/libwebsockets.a ${libwebsockets}/include OpenSSL::SSL viaduct_mbedtls)
    target_compile_definitions(viaduct_lws INTERFACE VIADUCT_TLS_OPENSSL)
else()
    declare_third_party(viaduct_lws
        ${libwebsockets}/lib/libwebsockets.a ${libwebsockets}/include viaduct_mbedtls)
endif()
