/*
 * Faults: a status in words a user can act upon, and the exit status that goes with it.
 */
#pragma once

#include "gateway/cli/cli.h"

/* Says on stderr that @doing ("calling core:clock") came to @status; @proxy (may be NULL) has the
 * cause of a death. */
enum cli_exit fault_report(struct cli *cli, const char *doing, enum via_status status,
                           const struct via_proxy *proxy);
/* Says that the command was wrongly used. */
enum cli_exit fault_usage(const struct cli *cli, const char *words);
