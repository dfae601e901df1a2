/*
 * viaduct-hdf-host, all of it: one program for the process that people start and for those that it
 * starts, and in the library, so that modules and their host share one copy of the family.
 */
#include <stdlib.h>

#include "bridge/hdf/host_child.h"
#include "bridge/hdf/host_options.h"
#include "bridge/hdf/host_supervisor.h"
#include "bridge/log.h"
#include "include/hdf/viaduct_hdf.h"

/* A service of the system says what it does, unless it is told otherwise. */
static void choose_log(void)
{
    const char *level = getenv("VIADUCT_LOG");
    if (level == NULL || *level == '\0')
        log_set_sink(log_to_stderr, NULL, LOG_INFO);
}

int via_hdf_host_main(int argc, char **argv)
{
    struct host_options options;
    enum host_want want = host_options_read(&options, argc, argv);
    if (want != HOST_RUN)
        return want == HOST_EXIT_WELL ? EXIT_SUCCESS : 2;
    choose_log();
    return options.is_child ? host_child_run(&options) : host_supervisor_run(&options);
}
