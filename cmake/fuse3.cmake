# libfuse3, for `viaduct mount` alone: VIADUCT_FUSE3 says whether it is there. Nothing else needs it.

set(VIADUCT_WITH_FUSE auto CACHE STRING "libfuse3 for `viaduct mount`: on, off, or auto: if it is there")
set_property(CACHE VIADUCT_WITH_FUSE PROPERTY STRINGS auto on off)

set(VIADUCT_FUSE3 FALSE)
if(NOT VIADUCT_WITH_FUSE STREQUAL "off")
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
        pkg_check_modules(FUSE3 QUIET IMPORTED_TARGET fuse3>=3.12)
    endif()
    if(FUSE3_FOUND)
        set(VIADUCT_FUSE3 TRUE)
    elseif(VIADUCT_WITH_FUSE STREQUAL "on")
        message(FATAL_ERROR "libfuse3 is missing (Debian: libfuse3-dev); -DVIADUCT_WITH_FUSE=off builds without it")
    else()
        message(STATUS "No libfuse3 (Debian: libfuse3-dev): viaduct mount will only say so")
    endif()
endif()
