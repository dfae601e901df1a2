/*
 * viaduct-bench: what things cost, as ratios to what cannot be avoided.
 *
 *   viaduct-bench [--rounds N] [--quick] [--json FILE] [--only SUITE]...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/roles.h"
#include "tests/bench/rows.h"
#include "tests/bench/suites.h"

struct role {
    const char *name;
    int (*run)(int argc, char **argv);
};

static const struct role roles[] = {
    {"unix", role_unix},
    {"echo-server", role_echo_server},
    {"echo-client", role_echo_client},
    {"core-service", role_core_service},
    {"core-client", role_core_client},
    {"core-stream", role_core_stream},
    {"core-beside", role_core_beside},
    {"json-client", role_json_client},
    {"crowd", role_crowd},
    {"fan", role_fan},
    {"json-fan", role_json_fan},
    {"naive-server", role_naive_server},
    {"naive", role_naive},
    {"herd", role_herd},
    {"resume", role_resume},
    {"hdf-service", role_hdf_service},
    {"hdf-calls", role_hdf_calls},
    {"hdf-events", role_hdf_events},
    {"legato-service", role_legato_service},
    {"legato-client", role_legato_client},
    {"legato-file", role_legato_file},
    {"phoenix-service", role_phoenix_service},
    {"phoenix-calls", role_phoenix_calls},
    {"phoenix-pulses", role_phoenix_pulses},
    {"phoenix-crowd", role_phoenix_crowd},
    {"phoenix-open", role_phoenix_open},
    {"phoenix-read", role_phoenix_read},
    {"portfolio-relay", role_portfolio_relay},
    {"portfolio-listeners", role_portfolio_listeners},
};
#define N_ROLES (sizeof roles / sizeof *roles)

static const struct suite {
    const char *name;
    suite_fn run;
} suites[] = {
    {"calls", suite_calls},
    {"callers", suite_callers},
    {"links", suite_links},
    {"resume", suite_resume},
    {"transfers", suite_transfers},
    {"fanout", suite_fanout},
    {"slow_reader", suite_slow_reader},
    {"filters", suite_filters},
    {"hdf", suite_hdf},
    {"legato", suite_legato},
    {"phoenix", suite_phoenix},
    {"portfolio", suite_portfolio},
};
#define N_SUITES (sizeof suites / sizeof *suites)

static int run_role(const char *name, int argc, char **argv)
{
    for (size_t i = 0; i < N_ROLES; i++)
        if (strcmp(name, roles[i].name) == 0)
            return roles[i].run(argc, argv);
    return 2;
}

static int explain(void)
{
    fprintf(stderr,
            "usage: viaduct-bench [--quick] [--rounds 1 to %u] [--json FILE] [--only SUITE]...\n"
            "suites:",
            SUITES_ROUNDS_MAX);
    for (size_t i = 0; i < N_SUITES; i++)
        fprintf(stderr, " %s", suites[i].name);
    fputc('\n', stderr);
    return 2;
}

/* Marks the suite @name. False: there is none. */
static bool choose(bool *chosen, const char *name)
{
    for (size_t i = 0; i < N_SUITES; i++)
        if (strcmp(name, suites[i].name) == 0) {
            chosen[i] = true;
            return true;
        }
    return false;
}

int main(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "role") == 0)
        return run_role(argv[2], argc - 3, argv + 3);
    struct suite_options options = {.self = "/proc/self/exe", .n_rounds = 5};
    bool chosen[N_SUITES] = {false};
    bool any = false;
    const char *json = NULL;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--quick") == 0) {
            options.quick = true;
            options.n_rounds = 3;
        } else if (strcmp(argv[i], "--rounds") == 0 && more) {
            options.n_rounds = (unsigned)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--json") == 0 && more) {
            json = argv[++i];
        } else if (strcmp(argv[i], "--only") == 0 && more && choose(chosen, argv[i + 1])) {
            any = true;
            i++;
        } else {
            return explain();
        }
    }
    if (options.n_rounds == 0 || options.n_rounds > SUITES_ROUNDS_MAX)
        options.n_rounds = SUITES_ROUNDS_MAX;
    for (size_t i = 0; i < N_SUITES; i++) {
        if ((any && !chosen[i]) || suites[i].run(&options) == 0)
            continue;
        fprintf(stderr, "bench: suite %s failed; no figures\n", suites[i].name);
        return 1;
    }
    rows_print();
    if (json != NULL && rows_write(json) != 0) {
        fprintf(stderr, "bench: cannot write %s\n", json);
        return 1;
    }
    printf("%zu aims missed\n", rows_missed());
    return 0;
}
