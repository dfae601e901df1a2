/*
 * What people may say, and what the supervisor says to a child, which is the same program.
 */
#include "bridge/hdf/host_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/hdf/device_info.h"

#define VERSION "0.1.0"

static void help(FILE *out)
{
    (void)fputs(HOST_PROGRAM
                ": runs HDF drivers\n"
                "\n"
                "usage: " HOST_PROGRAM " [--modules DIR] CONFIG.hcs\n"
                "\n"
                "  --modules DIR     where the drivers' shared objects are: NAME, libNAME.so or\n"
                "                    NAME.so for moduleName NAME; the folder of CONFIG.hcs\n"
                "  --version, --help\n"
                "\n"
                "CONFIG.hcs has a device_info (match_attr \"hdf_manager\"). Each of its hosts\n"
                "is a process; one that dies is started again. VIADUCT_GATEWAY names the\n"
                "gateway, VIADUCT_LOG (error, warn, info, debug) what is logged.\n"
                "\n"
                "examples:\n"
                "  " HOST_PROGRAM " device_info.hcs\n"
                "  " HOST_PROGRAM " --modules /usr/lib/drivers /etc/device_info.hcs\n"
                "\n"
                "exit status: 0 stopped by a signal, 1 failed, 2 usage or configuration\n",
                out);
}

static bool set_folder(struct host_options *options, const char *given)
{
    const char *slash = strrchr(options->config, '/');
    int size;
    if (given != NULL)
        size = snprintf(options->modules, sizeof options->modules, "%s", given);
    else if (slash == NULL)
        size = snprintf(options->modules, sizeof options->modules, ".");
    else
        size = snprintf(options->modules, sizeof options->modules, "%.*s",
                        (int)(slash - options->config + 1), options->config);
    return size > 0 && (size_t)size < sizeof options->modules;
}

static bool read_host(struct host_options *options, const char *word)
{
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(word, &end, 10);
    if (errno != 0 || end == word || *end != ':' || number >= DEVICE_INFO_HOSTS_MAX)
        return false;
    options->host = (uint32_t)number;
    options->name = end + 1;
    options->is_child = true;
    return true;
}

static enum host_want wrong(const char *what)
{
    (void)fprintf(stderr, HOST_PROGRAM ": %s; see " HOST_PROGRAM " --help\n", what);
    return HOST_EXIT_USAGE;
}

enum host_want host_options_read(struct host_options *options, int argc, char **argv)
{
    enum { MODULES = 256, HOST, HELP, VERSIONS };
    static const struct option known[] = {{"modules", required_argument, NULL, MODULES},
                                          {"host", required_argument, NULL, HOST},
                                          {"help", no_argument, NULL, HELP},
                                          {"version", no_argument, NULL, VERSIONS},
                                          {NULL, 0, NULL, 0}};
    const char *modules = NULL;
    int option;
    *options = (struct host_options){0};
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case MODULES:
            modules = optarg;
            break;
        case HOST:
            if (!read_host(options, optarg))
                return wrong("--host is for its own use");
            break;
        case HELP:
            help(stdout);
            return HOST_EXIT_WELL;
        case VERSIONS:
            (void)puts(HOST_PROGRAM " " VERSION);
            return HOST_EXIT_WELL;
        default:
            return HOST_EXIT_USAGE; /* getopt has told */
        }
    }
    if (optind + 1 != argc)
        return wrong("it takes one CONFIG.hcs");
    options->config = argv[optind];
    return set_folder(options, modules) ? HOST_RUN : wrong("the folder's name is too long");
}
