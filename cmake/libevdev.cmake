# libevdev, for the event broker's pods alone: VIADUCT_LIBEVDEV says whether it is there. Nothing
# else needs it.

set(VIADUCT_WITH_EVDEV auto CACHE STRING "libevdev for input devices as pods: on, off, or auto: if it is there")
set_property(CACHE VIADUCT_WITH_EVDEV PROPERTY STRINGS auto on off)

set(VIADUCT_LIBEVDEV FALSE)
if(NOT VIADUCT_WITH_EVDEV STREQUAL "off")
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
        pkg_check_modules(LIBEVDEV QUIET IMPORTED_TARGET libevdev>=1.9)
    endif()
    if(LIBEVDEV_FOUND)
        set(VIADUCT_LIBEVDEV TRUE)
    elseif(VIADUCT_WITH_EVDEV STREQUAL "on")
        message(FATAL_ERROR "libevdev is missing (Debian: libevdev-dev); -DVIADUCT_WITH_EVDEV=off builds without it")
    else()
        message(STATUS "No libevdev (Debian: libevdev-dev): viaduct-event-broker --evdev will only say so")
    endif()
endif()
