/*
 * The command line of viaduct-hdf-host.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define HOST_PROGRAM "viaduct-hdf-host"

struct host_options {
    const char *config;     /* borrowed, as all of the command line */
    char modules[PATH_MAX]; /* the folder */
    bool is_child;
    uint32_t host;    /* of a child: its id */
    const char *name; /* of a child: its hostName, which it is to find there */
};

enum host_want { HOST_RUN, HOST_EXIT_WELL, HOST_EXIT_USAGE };

/* Other than HOST_RUN: what there was to say has been said. */
enum host_want host_options_read(struct host_options *options, int argc, char **argv);
