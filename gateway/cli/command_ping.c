/*
 * viaduct ping: round trips to the gateway and back, as percentiles.
 */
#include <stdio.h>
#include <stdlib.h>

#include "gateway/cli/cli.h"
#include "gateway/cli/fault.h"

#define PING_COUNT_DEFAULT 10u
#define PING_COUNT_MAX 1000000u
#define PING_TIMEOUT_MS 5000u

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static double percentile(const uint64_t *us, size_t n, unsigned percent)
{
    size_t place = (n * percent + 99) / 100;
    return (double)us[place == 0 ? 0 : place - 1] / 1000.0;
}

static void print(const struct cli *cli, uint64_t *us, size_t n)
{
    qsort(us, n, sizeof *us, by_value);
    double least = (double)us[0] / 1000.0;
    double most = (double)us[n - 1] / 1000.0;
    double p50 = percentile(us, n, 50);
    double p90 = percentile(us, n, 90);
    double p99 = percentile(us, n, 99);
    if (cli->json)
        printf("{\"count\":%zu,\"min_ms\":%.3f,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,"
               "\"max_ms\":%.3f}\n",
               n, least, p50, p90, p99, most);
    else
        printf("%zu round trips to %s: min %.3f ms, p50 %.3f ms, p90 %.3f ms, p99 %.3f ms, max "
               "%.3f ms\n",
               n, cli->gateway, least, p50, p90, p99, most);
}

enum cli_exit command_ping(struct cli *cli)
{
    uint64_t count = cli->count == 0 ? PING_COUNT_DEFAULT : cli->count;
    if (cli->n_words != 0)
        return fault_usage(cli, "takes no words, only --count N");
    if (count > PING_COUNT_MAX)
        return fault_usage(cli, "--count is 1 to 1000000");
    uint64_t *us = calloc((size_t)count, sizeof *us);
    if (us == NULL)
        return fault_report(cli, "ping", VIA_NO_MEMORY, NULL);
    uint32_t timeout_ms = cli->timeout_ms == 0 ? PING_TIMEOUT_MS : cli->timeout_ms;
    for (uint64_t i = 0; i < count; i++) {
        enum via_status status = via_node_ping(cli->node, timeout_ms, &us[i]);
        if (status != VIA_OK) {
            free(us);
            return fault_report(cli, "ping", status, NULL);
        }
    }
    print(cli, us, (size_t)count);
    free(us);
    return CLI_OK;
}
