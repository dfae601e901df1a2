/*
 * Faults. The node knows best why there is no connection; everything else is said from the status.
 */
#include "gateway/cli/fault.h"

#include <stdio.h>

struct advice {
    enum via_status status;
    enum cli_exit exit;
    const char *words; /* what to do next; NULL: the node's own words */
};

static const struct advice advices[] = {
    {VIA_NOT_CONNECTED, CLI_NO_GATEWAY, NULL},
    {VIA_BAD_CERTIFICATE, CLI_DENIED, NULL},
    {VIA_BAD_VERSION, CLI_NO_GATEWAY, NULL},
    {VIA_BAD_SUBPROTOCOL, CLI_NO_GATEWAY, NULL},
    {VIA_DENIED, CLI_DENIED, "its mode or a rule of the gateway forbids it to you"},
    {VIA_NOT_FOUND, CLI_NOT_FOUND, "it does not know that name or code"},
    {VIA_TIMEOUT, CLI_TIMEOUT,
     "no answer in time; it may still have run (--timeout MS waits longer)"},
    {VIA_BUSY, CLI_FAILED, "a queue on the way is full; try again"},
    {VIA_TOO_LARGE, CLI_FAILED, "over the largest frame of the link (config key max_frame_size)"},
    {VIA_UNSUPPORTED, CLI_FAILED, "the service does not answer this code"},
    {VIA_BAD_PAYLOAD, CLI_FAILED, "the service could not read the values given"},
};

enum cli_exit fault_report(struct cli *cli, const char *doing, enum via_status status,
                           const struct via_proxy *proxy)
{
    char words[512];
    if (status == VIA_DEAD) {
        enum via_cause cause = proxy == NULL ? VIA_ALIVE : via_proxy_death(proxy);
        fprintf(stderr, "viaduct: %s: the service is dead%s%s\n", doing,
                cause == VIA_ALIVE ? "" : ": ", cause == VIA_ALIVE ? "" : via_cause_name(cause));
        return CLI_DEAD;
    }
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++) {
        if (advices[i].status != status)
            continue;
        /* Not let in, the node knows why; refused or kept waiting by whom we reached, the table. */
        via_node_fault(cli->node, words, sizeof words);
        bool let_in = words[0] == '\0' || (status != VIA_DENIED && status != VIA_TIMEOUT);
        if (advices[i].words != NULL && let_in) {
            fprintf(stderr, "viaduct: %s: %s: %s\n", doing, via_status_name(status),
                    advices[i].words);
        } else {
            fprintf(stderr, "viaduct: %s: %s\n", doing,
                    words[0] == '\0' ? via_status_name(status) : words);
        }
        return advices[i].exit;
    }
    fprintf(stderr, "viaduct: %s: %s\n", doing, via_status_name(status));
    return CLI_FAILED;
}

enum cli_exit fault_usage(const struct cli *cli, const char *words)
{
    if (cli->command == NULL)
        fprintf(stderr, "viaduct: %s\nTry: viaduct --help\n", words);
    else
        fprintf(stderr, "viaduct %s: %s\nTry: viaduct --help\n", cli->command, words);
    return CLI_USAGE;
}
