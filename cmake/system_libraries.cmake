# Libraries of the system's that are for one thing each: VIADUCT_FUSE3 and VIADUCT_LIBEVDEV say
# whether they are there, their targets are PkgConfig::FUSE3 and PkgConfig::LIBEVDEV. Nothing else
# needs them.

# viaduct_system_library(NAME MODULE VERSION OPTION FOR WITHOUT): VIADUCT_<NAME>, by what pkg-config
# says of MODULE, unless OPTION is off. FOR: what it is for; WITHOUT: what there is if it is missing.
function(viaduct_system_library name module version option for without)
    string(REGEX REPLACE "^lib" "" stem ${module}) # of the two, one has it in its module's name
    set(library lib${stem})
    set(${option} auto CACHE STRING "${library} for ${for}: on, off, or auto: if it is there")
    set_property(CACHE ${option} PROPERTY STRINGS auto on off)
    string(TOLOWER "${${option}}" wanted)
    if(NOT wanted MATCHES "^(auto|on|off)$")
        message(FATAL_ERROR "${option} is '${${option}}'; it may be on, off or auto")
    endif()

    set(VIADUCT_${name} FALSE PARENT_SCOPE)
    if(wanted STREQUAL "off")
        return()
    endif()
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
        pkg_check_modules(${name} QUIET IMPORTED_TARGET "${module}>=${version}")
    endif()
    if(${name}_FOUND)
        set(VIADUCT_${name} TRUE PARENT_SCOPE)
    elseif(wanted STREQUAL "on")
        message(FATAL_ERROR "${library} is missing (Debian: ${library}-dev); -D${option}=off builds without it")
    else()
        message(STATUS "No ${library} (Debian: ${library}-dev): ${without}")
    endif()
endfunction()

viaduct_system_library(FUSE3 fuse3 3.12 VIADUCT_WITH_FUSE
    "`viaduct mount`" "viaduct mount will only say so")
viaduct_system_library(LIBEVDEV libevdev 1.9 VIADUCT_WITH_EVDEV
    "input devices as pods" "viaduct-event-broker --evdev will only say so")
