/*
 * A service as the command line names it: NAME, or FAMILY:NAME where the bare name is ambiguous.
 */
#pragma once

#include "gateway/cli/cli.h"

struct service {
    char label[600]; /* family:name, for messages */
    char family[256];
    char info[1024];
    struct via_proxy *proxy; /* owned: the published object, or the one that was opened for us */
};

/* Finds @word, and opens it if it wants that, with @back, which may be NULL, for what a family's
 * services say to who opened them; says on stderr what is wrong if it cannot be had, with the
 * nearest name. CLI_OK sets *servicep; service_close() it. */
enum cli_exit service_find(struct cli *cli, const char *word, struct via_stub *back,
                           struct service *servicep);
void service_close(struct service *service);
